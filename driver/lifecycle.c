// SPDX-License-Identifier: GPL-2.0
#include "lifecycle.h"

#include "coalesce.h"
#include "control.h"
#include "devstats.h"
#include "link.h"
#include "rss.h"

#define WALK_MAX	(10 * HZ)	/* for pairs one after the other */

/* As few queues for the stack as there are pairs. To remove queues cannot fail. */
static void lifecycle_drop_queues(struct vionic_net *vn)
{
	u16 pairs = vn->cfg.pairs;

	if (pairs < vn->dev->real_num_tx_queues)
		netif_set_real_num_queues(vn->dev, pairs, pairs);
}

/* Rings are in the pairs; the device is in any state */
static int bring_up(struct vionic_net *vn)
{
	struct vionic_dev *vd = vn->vd;
	u16 pairs = vn->cfg.pairs;
	int err;
	u16 i;

	err = vionic_dev_begin(vd);
	if (err)
		return err;
	err = vionic_queues_enable(vn, pairs);
	if (!err)
		err = vionic_dev_run(vd);
	if (err)
		goto err_reset;
	vionic_queues_start(vn, pairs);
	vn->up = true;
	err = vionic_control_replay(vn);
	if (!err)
		err = vionic_coalesce_replay(vn, 0, pairs);
	if (err)
		goto err_stop;
	/* not before: after an error they would have to be added again */
	lifecycle_drop_queues(vn);
	/* those without a ring too: nothing chooses them, and a queue that is
	 * stopped for long counts as stuck
	 */
	for (i = 0; i < vd->caps.pairs; i++)
		vionic_pair_wake(vn, i);
	vionic_devstats_find(vn);
	vionic_link_update(vn);
	return 0;

err_stop:
	vn->up = false;
	vionic_queues_stop(vn, pairs);
err_reset:
	vionic_dev_reset(vd);
	return err;
}

/* On return the rings in the pairs are nobody else's */
static void take_down(struct vionic_net *vn)
{
	u16 pairs = vn->cfg.pairs;
	u16 i;

	vionic_queues_quiesce(vn);
	vn->up = false;
	vionic_queues_stop(vn, pairs);
	vionic_dev_reset(vn->vd);
	for (i = 0; i < pairs; i++) {
		vionic_pair_drain(vn, i);
		netdev_tx_reset_queue(vn->pair[i]->tx.nq);
	}
}

int vionic_open(struct vionic_net *vn)
{
	struct vionic_queue_set qs;
	int err;

	err = vionic_queues_alloc(vn, &vn->cfg, 0, vn->cfg.pairs, &qs);
	if (err)
		return err;
	vionic_queues_exchange(vn, &qs);
	err = bring_up(vn);
	if (err)
		vionic_queues_release(vn);
	vionic_queues_free(&qs);
	return err;
}

void vionic_close(struct vionic_net *vn)
{
	netif_carrier_off(vn->dev);
	if (vn->up)
		take_down(vn);
	else if (!vn->asleep)
		return;
	vn->asleep = false;
	vionic_queues_release(vn);
}

/* Back to the rings that are in the pairs, whatever happened to them */
static void restore(struct vionic_net *vn)
{
	int err = -EBUSY;

	if (!vn->vd->stuck)
		err = vionic_queues_recycle(vn);
	if (!err)
		err = bring_up(vn);
	if (!err)
		return;
	netdev_err(vn->dev, "device does not come back: %d\n", err);
	netif_carrier_off(vn->dev);
	vionic_queues_release(vn);
	vionic_want_recovery(vn);
}

void vionic_restart(struct vionic_net *vn)
{
	take_down(vn);
	restore(vn);
	vn->resets++;
}

int vionic_restart_pair(struct vionic_net *vn, u16 i)
{
	int err;

	vionic_pair_quiesce(vn, i);
	err = vionic_pair_reset(vn, NULL, i);
	if (!err)
		err = vionic_coalesce_replay(vn, i, i + 1);
	if (err)
		return err;
	vionic_pair_wake(vn, i);
	vn->pair_resets++;
	return 0;
}

void vionic_reopen(struct vionic_net *vn)
{
	vn->resets++;
	if (vionic_open(vn))
		vionic_want_recovery(vn);
}

void vionic_suspend(struct vionic_net *vn)
{
	netif_device_detach(vn->dev);
	if (!vn->up)
		return;
	take_down(vn);
	vn->asleep = true;
}

void vionic_resume(struct vionic_net *vn)
{
	if (vn->asleep) {
		vn->asleep = false;
		/* a reset of the function stops a device that ignored its own reset */
		if (vn->vd->stuck)
			vionic_dev_reset(vn->vd);
		restore(vn);
	}
	netif_device_attach(vn->dev);
}

/* Pair by pair, while the others work. A device may have done with each in time and hold
 * up all who want rtnl: then it is reset instead.
 */
static int exchange_by_queue(struct vionic_net *vn, struct vionic_queue_set *qs,
			     u16 from, u16 to)
{
	unsigned long deadline = jiffies + WALK_MAX;
	int err = 0;
	u16 i, done;

	for (done = from; done < to && !err; done++) {
		vionic_pair_quiesce(vn, done);
		err = vionic_pair_reset(vn, qs, done);
		if (!err)
			err = vionic_coalesce_replay(vn, done, done + 1);
		if (!err)
			vionic_pair_wake(vn, done);
		if (!err && done + 1 < to && time_after(jiffies, deadline))
			err = -ETIMEDOUT;
	}
	if (!err)
		return 0;

	take_down(vn);
	for (i = from; i < done; i++)
		vionic_pair_exchange(vn, qs, i);
	restore(vn);
	return err;
}

static void lifecycle_set_cfg(struct vionic_net *vn,
			      const struct vionic_cfg *cfg)
{
	vn->cfg = *cfg;
	vionic_rss_fit(vn);
}

/* More queues for the stack. Unlike fewer, see lifecycle_drop_queues(), this can fail. */
static int lifecycle_add_queues(struct vionic_net *vn, u16 pairs)
{
	if (pairs <= vn->dev->real_num_tx_queues)
		return 0;
	return netif_set_real_num_queues(vn->dev, pairs, pairs);
}

static int exchange_by_device(struct vionic_net *vn,
			      struct vionic_queue_set *qs)
{
	struct vionic_cfg old = vn->cfg;
	int err = -ETIMEDOUT;

	take_down(vn);
	if (vn->vd->stuck)
		goto out;
	err = lifecycle_add_queues(vn, qs->cfg.pairs);
	if (err)
		goto out;
	vionic_queues_exchange(vn, qs);
	lifecycle_set_cfg(vn, &qs->cfg);
	err = bring_up(vn);
	if (!err) {
		vn->resets++;
		return 0;
	}
	lifecycle_set_cfg(vn, &old);
	lifecycle_drop_queues(vn);
	vionic_queues_exchange(vn, qs);
out:
	restore(vn);
	return err;
}

static int lifecycle_reconfigure_down(struct vionic_net *vn,
				      const struct vionic_cfg *cfg)
{
	int err = lifecycle_add_queues(vn, cfg->pairs);

	if (err)
		return err;
	lifecycle_set_cfg(vn, cfg);
	lifecycle_drop_queues(vn);
	return 0;
}

int vionic_reconfigure(struct vionic_net *vn, const struct vionic_cfg *cfg)
{
	struct vionic_queue_set qs;
	int err;

	if (!vn->up)
		return lifecycle_reconfigure_down(vn, cfg);
	err = vionic_queues_alloc(vn, cfg, 0, cfg->pairs, &qs);
	if (err)
		return err;
	if (vionic_dev_has(vn->vd, VIRTIO_F_RING_RESET) &&
	    cfg->pairs == vn->cfg.pairs)
		err = exchange_by_queue(vn, &qs, 0, cfg->pairs);
	else
		err = exchange_by_device(vn, &qs);
	if (!err) {
		vn->cfg = *cfg;
		vn->resizes++;
	}
	vionic_queues_free(&qs);
	return err;
}

/* Rings that nobody uses: those of a device that was put to rest */
static int exchange_asleep(struct vionic_net *vn, u16 i)
{
	struct vionic_queue_set qs;
	int err;

	err = vionic_queues_alloc(vn, &vn->cfg, i, i + 1, &qs);
	if (err)
		return err;
	vionic_pair_exchange(vn, &qs, i);
	vionic_queues_free(&qs);
	return 0;
}

int vionic_rebuild_pair(struct vionic_net *vn, u16 i)
{
	bool one = vionic_dev_has(vn->vd, VIRTIO_F_RING_RESET);
	struct vionic_queue_set qs;
	int err;

	if (vn->asleep)
		return exchange_asleep(vn, i);
	if (!vn->up)
		return 0;
	err = vionic_queues_alloc(vn, &vn->cfg, one ? i : 0,
				  one ? i + 1 : vn->cfg.pairs, &qs);
	if (err)
		return err;
	err = one ? exchange_by_queue(vn, &qs, i, i + 1) :
		    exchange_by_device(vn, &qs);
	vionic_queues_free(&qs);
	return err;
}

int vionic_take_rx_ring(struct vionic_net *vn, u16 i,
			struct vionic_rx_ring *ring)
{
	if (vn->up && vionic_pair_stop_rx(vn, i)) {
		vionic_give_up(vn);
		return -ENETDOWN;
	}
	swap(vn->pair[i]->rx.ring, *ring);
	return 0;
}

/* Without a device that is up or asleep, rings are made when it is back */
int vionic_give_rx_ring(struct vionic_net *vn, u16 i,
			struct vionic_rx_ring *ring)
{
	int err;

	if (!vn->up && !vn->asleep) {
		vionic_rx_ring_free(ring);
		return 0;
	}
	swap(vn->pair[i]->rx.ring, *ring);
	if (!vn->up)
		return 0;
	err = vionic_pair_start_rx(vn, i);
	if (!err)
		err = vionic_coalesce_replay(vn, i, i + 1);
	if (err) {
		if (!vionic_pair_stop_rx(vn, i))
			swap(vn->pair[i]->rx.ring, *ring);
		vionic_give_up(vn);
		return -ENETDOWN;
	}
	return 0;
}

void vionic_give_up(struct vionic_net *vn)
{
	vionic_close(vn);
	vionic_want_recovery(vn);
}
