// SPDX-License-Identifier: GPL-2.0
#include "napi.h"

#include <linux/interrupt.h>
#include <vionic/compat.h>
#include "trace.h"
#include "tx_xsk.h"
#include "window.h"

/* Between two polls that nobody asked for */
#define WATCH_PERIOD	(2 * HZ)
/* From one time that a pair had all others kicked to the next */
#define ROUSE_PERIOD	(HZ / 100)

static void irq_off(struct vionic_pair *qp)
{
	vionic_rx_irq_off(&qp->rx);
	vionic_tx_irq_off(&qp->tx);
}

void vionic_pairs_irq(struct vionic_pair *qp)
{
	for (; qp; qp = qp->next) {
		if (!READ_ONCE(qp->live))
			continue;
		WRITE_ONCE(qp->irqs, qp->irqs + 1);
		WRITE_ONCE(qp->armed, false);
		irq_off(qp);
		trace_vionic_irq(qp->rx.dev, qp->index);
		napi_schedule_irqoff(&qp->napi);
	}
}

/* As if there had been an interrupt */
static enum hrtimer_restart delay_over(struct hrtimer *timer)
{
	struct vionic_pair *qp = container_of(timer, struct vionic_pair,
					      delay.timer);

	if (READ_ONCE(qp->live)) {
		irq_off(qp);
		napi_schedule(&qp->napi);
	}
	return HRTIMER_NORESTART;
}

/**
 * struct napi_delay - delay of interrupts after a poll
 * @rx_ns:	nanoseconds, for received frames; 0: not delayed
 * @tx_ns:	nanoseconds, for sent frames
 */
struct napi_delay {
	u32 rx_ns;
	u32 tx_ns;
};

/* Without VIRTIO_F_EVENT_IDX the device can't be asked to interrupt before it has used all
 * receive buffers: if it had, the next interrupt is not delayed.
 */
static bool napi_rx_too_late(struct vionic_pair *qp)
{
	u64 exhausted = u64_stats_read(&qp->rx.stats.ring_exhausted);
	bool late = exhausted != qp->delay.rx_exhausted;

	qp->delay.rx_exhausted = exhausted;
	return late && !qp->rx.ring.vq.ring.event_idx;
}

/* Interrupts are delayed only after a poll that found work, and both are: otherwise the
 * one would be early for the other.
 */
static struct napi_delay napi_delay(struct vionic_pair *qp, bool found)
{
	struct napi_delay delay = {};

	if (found) {
		delay.rx_ns = READ_ONCE(qp->delay.rx_ns);
		delay.tx_ns = READ_ONCE(qp->delay.tx_ns);
	}
	if (unlikely(delay.rx_ns) && napi_rx_too_late(qp))
		delay.rx_ns = 0;
	return delay;
}

static u32 napi_shorter(struct napi_delay delay)
{
	return delay.rx_ns && delay.tx_ns ? min(delay.rx_ns, delay.tx_ns) :
	       delay.rx_ns + delay.tx_ns;
}

/* Before NAPI completes: vionic_pair_stop() waits for that, then cancels the timer */
static void napi_start_timer(struct vionic_pair *qp, struct napi_delay delay)
{
	u32 ns = napi_shorter(delay);

	/* a busy poller comes back by itself */
	if (unlikely(ns) &&
	    !test_bit(NAPI_STATE_IN_BUSY_POLL, &qp->napi.state))
		hrtimer_start(&qp->delay.timer, ns_to_ktime(ns),
			      HRTIMER_MODE_REL_PINNED);
}

static bool rx_irq_on(struct vionic_pair *qp, u32 wait)
{
	return wait ? vionic_rx_irq_after(&qp->rx,
					  READ_ONCE(qp->delay.rx_frames)) :
		      vionic_rx_irq_on(&qp->rx);
}

/* Arm both queues even if the receive queue already has work pending */
static bool irq_on(struct vionic_pair *qp, struct napi_delay delay)
{
	bool rx, tx;

	WRITE_ONCE(qp->armed, !napi_shorter(delay));
	rx = rx_irq_on(qp, delay.rx_ns);
	tx = delay.tx_ns ? vionic_tx_irq_after(&qp->tx,
					 READ_ONCE(qp->delay.tx_frames)) :
		     vionic_tx_irq_on(&qp->tx);
	return rx || tx;
}

void vionic_pair_set_delay(struct vionic_pair *qp, struct vionic_coal rx,
			   struct vionic_coal tx)
{
	WRITE_ONCE(qp->delay.rx_frames, rx.frames);
	WRITE_ONCE(qp->delay.rx_ns, rx.usecs * NSEC_PER_USEC);
	WRITE_ONCE(qp->delay.tx_frames, tx.frames);
	WRITE_ONCE(qp->delay.tx_ns, tx.usecs * NSEC_PER_USEC);
	WRITE_ONCE(qp->tx.delayed, tx.usecs);
}

/* A wish for interrupts is a hint that is only valid from when the device sees
 * it: what it used before then must be found by looking again (2.7.7.1).
 */
static void rearm(struct vionic_pair *qp, struct napi_delay delay)
{
	if (irq_on(qp, delay) && napi_schedule_prep(&qp->napi)) {
		irq_off(qp);
		__napi_schedule(&qp->napi);
	}
}

static void adapt(struct vionic_adapt *a, const u64_stats_t *polls,
		  const u64_stats_t *packets, const u64_stats_t *bytes)
{
	struct dim_sample sample = {};

	if (likely(!READ_ONCE(a->on)))
		return;
	dim_update_sample(u64_stats_read(polls), u64_stats_read(packets),
			  u64_stats_read(bytes), &sample);
	vionic_net_dim(&a->dim, &sample);
}

/* Before somebody else may poll */
static void adapt_both(struct vionic_pair *qp)
{
	const struct vionic_rx_totals *rx = &qp->rx.stats;
	const struct vionic_tx_clean_totals *tx = &qp->tx.clean;

	adapt(&qp->rx_adapt, &rx->polls, &rx->packets, &rx->bytes);
	adapt(&qp->tx_adapt, &rx->polls, &tx->packets, &tx->bytes);
}

static bool broken(const struct vionic_pair *qp)
{
	return vionic_vq_broken(&qp->rx.ring.vq) ||
	       vionic_vq_broken(&qp->tx.ring.vq);
}

/* Whether or not the device asks for it */
static void watch(struct timer_list *t)
{
	struct vionic_pair *qp = timer_container_of(qp, t, watch);

	WRITE_ONCE(qp->watched, true);
	napi_schedule(&qp->napi);
	mod_timer(&qp->watch, round_jiffies(jiffies + WATCH_PERIOD));
}

/* After a poll that nobody but @watch may have asked for. Work that it found where
 * an interrupt should have told of it is work that one was lost for, unless it
 * came this very moment. Frames that the device has had all the while, it may
 * have missed a kick for.
 */
static void look_after(struct vionic_pair *qp, bool found)
{
	u64 sent = u64_stats_read(&qp->tx.clean.packets);

	WRITE_ONCE(qp->watched, false);
	if (found && READ_ONCE(qp->armed))
		WRITE_ONCE(qp->rescues, qp->rescues + 1);
	if (sent == qp->sent_then && !vionic_tx_idle(&qp->tx))
		vionic_tx_rekick(&qp->tx);
	qp->sent_then = sent;
}

/* A device that asks for a kick of its receive queue had run out of buffers. One that
 * spreads frames by their hash has read them elsewhere first, maybe in the place of
 * another queue, where the one that did not fit waits until that other queue is
 * kicked: under QEMU for ever, and all behind it. Nobody but us can know, so all are.
 */
static void rouse(struct vionic_pair *qp)
{
	u16 i;

	qp->starved = false;
	qp->roused = jiffies;
	for (i = 0; i < qp->members; i++) {
		struct vionic_pair *other = qp->family[i];

		if (other == qp || !READ_ONCE(other->live))
			continue;
		WRITE_ONCE(other->rouse, true);
		napi_schedule(&other->napi);
	}
}

/* Both sides of that, after a receive poll. A device that wants each kick is not to have
 * all polls multiplied.
 */
static void rouse_family(struct vionic_pair *qp, bool kicked)
{
	qp->starved |= kicked;
	if (unlikely(qp->starved)) {
		if (time_after_eq(jiffies, qp->roused + ROUSE_PERIOD))
			rouse(qp);
		else
			vionic_rx_again(&qp->rx, qp->roused + ROUSE_PERIOD);
	}
	if (unlikely(READ_ONCE(qp->rouse))) {
		WRITE_ONCE(qp->rouse, false);
		vionic_rx_rekick(&qp->rx);
	}
}

static int poll(struct napi_struct *napi, int budget)
{
	struct vionic_pair *qp = container_of(napi, struct vionic_pair, napi);
	u64 kicks = u64_stats_read(&qp->rx.stats.kicks);
	u64 sent = u64_stats_read(&qp->tx.clean.packets);
	u64 wakes = u64_stats_read(&qp->tx.clean.wakes);
	bool more = vionic_tx_clean(&qp->tx, budget);
	struct napi_delay delay;
	bool found;
	int done;

	if (!budget)	/* netpoll: sending only */
		return 0;
	if (unlikely(qp->tx.ring.xsk))
		more |= vionic_tx_xsk(&qp->tx);
	done = vionic_rx_poll(&qp->rx, budget);
	if (unlikely(broken(qp)))
		schedule_delayed_work(qp->fault, 0);
	else if (qp->family)
		rouse_family(qp, u64_stats_read(&qp->rx.stats.kicks) != kicks);
	if (unlikely(READ_ONCE(qp->watched)))
		look_after(qp, done ||
			   u64_stats_read(&qp->tx.clean.wakes) != wakes);
	more |= done == budget;
	trace_vionic_poll(qp->rx.dev, qp->index, done, budget, more);
	if (more)
		return budget;
	adapt_both(qp);
	found = done || u64_stats_read(&qp->tx.clean.packets) != sent;
	delay = napi_delay(qp, found);
	napi_start_timer(qp, delay);
	vionic_window();
	/* from here on another CPU may poll; see vionic_split_irq_on() */
	if (napi_complete_done(napi, done)) {
		vionic_window();
		rearm(qp, delay);
	}
	return done;
}

static void napi_exit(struct vionic_pair *qp)
{
	if (test_bit(NAPI_STATE_LISTED, &qp->napi.state))
		netif_napi_del(&qp->napi);
}

/* Between vionic_pair_stop() and vionic_pair_start() neither may */
static bool napi_timers_run(const struct vionic_pair *qp)
{
	return hrtimer_active(&qp->delay.timer) || timer_pending(&qp->watch);
}

int vionic_pair_init(struct vionic_pair *qp, struct net_device *dev, u16 index)
{
	int err;

	mutex_init(&qp->coal_lock);
	qp->index = index;
	qp->rx.dev = dev;
	qp->rx.napi = &qp->napi;
	qp->rx.index = index;
	qp->tx.nq = netdev_get_tx_queue(dev, index);
	qp->tx.napi = &qp->napi;
	qp->rx.xdp.tx = &qp->tx;
	vionic_tx_init(&qp->tx);
	timer_setup(&qp->watch, watch, 0);
	hrtimer_setup(&qp->delay.timer, delay_over, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_PINNED);
	vionic_napi_init(dev, &qp->napi, poll);
	err = vionic_rx_init(&qp->rx);
	if (err)
		napi_exit(qp);
	return err;
}

void vionic_pair_exit(struct vionic_pair *qp)
{
	WARN_ON_ONCE(napi_timers_run(qp));
	napi_exit(qp);
	vionic_rx_exit(&qp->rx);
}

void vionic_pair_start(struct vionic_pair *qp)
{
	struct net_device *dev = qp->rx.dev;

	WARN_ON_ONCE(napi_timers_run(qp));
	/* while nobody else can: the poll publishes, too */
	vionic_rx_start(&qp->rx);
	vionic_pool_link(qp->rx.ring.pool.pp, &qp->napi);
	/* of a standby, the stack does not hold it */
	netdev_lock_ops_to_full(dev);
	vionic_napi_list(dev, &qp->napi, poll, qp->index, qp->irq);
	napi_enable_locked(&qp->napi);
	netdev_unlock_full_to_ops(dev);
	netif_queue_set_napi(dev, qp->index, NETDEV_QUEUE_TYPE_RX, &qp->napi);
	netif_queue_set_napi(dev, qp->index, NETDEV_QUEUE_TYPE_TX, &qp->napi);
	WRITE_ONCE(qp->live, true);
	mod_timer(&qp->watch, round_jiffies(jiffies + WATCH_PERIOD));
	/* interrupts are on in a fresh ring, and may have come too early */
	local_bh_disable();
	napi_schedule(&qp->napi);
	local_bh_enable();
}

void vionic_pair_stop(struct vionic_pair *qp)
{
	struct net_device *dev = qp->rx.dev;

	if (!qp->live)
		return;
	/* no command about queues that are about to be disabled */
	mutex_lock(&qp->coal_lock);
	WRITE_ONCE(qp->live, false);
	mutex_unlock(&qp->coal_lock);
	vionic_window();
	timer_delete_sync(&qp->watch);
	synchronize_irq(qp->irq);
	netif_queue_set_napi(dev, qp->index, NETDEV_QUEUE_TYPE_RX, NULL);
	netif_queue_set_napi(dev, qp->index, NETDEV_QUEUE_TYPE_TX, NULL);
	netdev_lock_ops_to_full(dev);
	napi_disable_locked(&qp->napi);
	netdev_unlock_full_to_ops(dev);
	hrtimer_cancel(&qp->delay.timer);
	vionic_rx_stop(&qp->rx);
	vionic_pool_unlink(qp->rx.ring.pool.pp);
}

void vionic_pair_unlist(struct vionic_pair *qp)
{
	netdev_lock_ops_to_full(qp->rx.dev);
	vionic_napi_unlist(&qp->napi);
	netdev_unlock_full_to_ops(qp->rx.dev);
}
