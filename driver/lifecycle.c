// SPDX-License-Identifier: GPL-2.0
#include "lifecycle.h"

#include "coalesce.h"
#include "control.h"
#include "devstats.h"
#include "link.h"
#include "rss.h"

#define WALK_MAX	(10 * HZ)	/* for pairs one after the other */

/* From each state to which others */
static const u8 lifecycle_next[VIONIC_STATES] = {
	[VIONIC_DOWN] = BIT(VIONIC_SUSPENDED),
	[VIONIC_SUSPENDED] = BIT(VIONIC_DOWN) | BIT(VIONIC_UP) |
			     BIT(VIONIC_FAILED) | BIT(VIONIC_GONE),
	[VIONIC_UP] = BIT(VIONIC_SUSPENDED),
	[VIONIC_FAILED] = BIT(VIONIC_DOWN) | BIT(VIONIC_SUSPENDED),
	[VIONIC_GONE] = BIT(VIONIC_DOWN) | BIT(VIONIC_SUSPENDED),
};

static const char *const lifecycle_names[VIONIC_STATES] = {
	[VIONIC_DOWN] = "down",
	[VIONIC_SUSPENDED] = "suspended",
	[VIONIC_UP] = "up",
	[VIONIC_FAILED] = "failed",
	[VIONIC_GONE] = "gone",
};

const char *vionic_state_name(const struct vionic_net *vn)
{
	return vn->suspended ? lifecycle_names[VIONIC_SUSPENDED] :
			       lifecycle_names[vn->state];
}

/* The only writer of the state */
static void lifecycle_set_state(struct vionic_net *vn, enum vionic_state state)
{
	vionic_assert_locked(vn);
	WARN_ON_ONCE(!(lifecycle_next[vn->state] & BIT(state)));
	vn->state = state;
}

/* As few queues for the stack as there are pairs. To remove queues cannot fail. */
static void lifecycle_drop_queues(struct vionic_net *vn)
{
	u16 pairs = vn->cfg.pairs;

	if (pairs < vn->dev->real_num_tx_queues)
		netif_set_real_num_queues(vn->dev, pairs, pairs);
}

/* From VIONIC_SUSPENDED to VIONIC_UP. The device itself is in any state. */
static int lifecycle_start(struct vionic_net *vn)
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
	lifecycle_set_state(vn, VIONIC_UP);
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
	lifecycle_set_state(vn, VIONIC_SUSPENDED);
	vionic_queues_stop(vn, pairs);
err_reset:
	vionic_dev_reset(vd);
	return err;
}

/* From VIONIC_UP to VIONIC_SUSPENDED. On return only the driver uses the rings. */
static void lifecycle_stop(struct vionic_net *vn)
{
	u16 pairs = vn->cfg.pairs;
	u16 i;

	vionic_queues_quiesce(vn);
	lifecycle_set_state(vn, VIONIC_SUSPENDED);
	vionic_queues_stop(vn, pairs);
	vionic_dev_reset(vn->vd);
	for (i = 0; i < pairs; i++) {
		vionic_pair_drain(vn, i);
		netdev_tx_reset_queue(vn->pair[i]->tx.nq);
	}
}

/* From VIONIC_SUSPENDED to a state without rings */
static void lifecycle_release(struct vionic_net *vn, enum vionic_state state)
{
	netif_carrier_off(vn->dev);
	vionic_queues_release(vn);
	lifecycle_set_state(vn, state);
}

/* From VIONIC_SUSPENDED to one of the states that recovery ends */
static void lifecycle_fail(struct vionic_net *vn)
{
	lifecycle_release(vn, vn->vd->tp.gone ? VIONIC_GONE : VIONIC_FAILED);
	vionic_want_recovery(vn);
}

/* From a state without rings to VIONIC_SUSPENDED */
static int lifecycle_alloc(struct vionic_net *vn)
{
	struct vionic_queue_set qs;
	int err;

	err = vionic_queues_alloc(vn, &vn->cfg, 0, vn->cfg.pairs, &qs);
	if (err)
		return err;
	vionic_queues_exchange(vn, &qs);
	vionic_queues_free(&qs);
	lifecycle_set_state(vn, VIONIC_SUSPENDED);
	return 0;
}

int vionic_open(struct vionic_net *vn)
{
	int err;

	err = lifecycle_alloc(vn);
	if (err)
		return err;
	err = lifecycle_start(vn);
	if (err)
		lifecycle_release(vn, VIONIC_DOWN);
	return err;
}

void vionic_close(struct vionic_net *vn)
{
	netif_carrier_off(vn->dev);
	if (vionic_is_up(vn))
		lifecycle_stop(vn);
	if (vn->state == VIONIC_SUSPENDED)
		lifecycle_release(vn, VIONIC_DOWN);
	else if (vn->state != VIONIC_DOWN)
		lifecycle_set_state(vn, VIONIC_DOWN);
}

/* From VIONIC_SUSPENDED to VIONIC_UP, with the rings that are in the pairs */
static void lifecycle_restore(struct vionic_net *vn)
{
	int err = -EBUSY;

	if (!vn->vd->stuck)
		err = vionic_queues_recycle(vn);
	if (!err)
		err = lifecycle_start(vn);
	if (!err)
		return;
	netdev_err(vn->dev, "device does not come back: %d\n", err);
	lifecycle_fail(vn);
}

void vionic_restart(struct vionic_net *vn)
{
	lifecycle_stop(vn);
	lifecycle_restore(vn);
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
	if (lifecycle_alloc(vn))
		vionic_want_recovery(vn);
	else if (lifecycle_start(vn))
		lifecycle_fail(vn);
}

void vionic_suspend(struct vionic_net *vn, enum vionic_suspend cause)
{
	vn->suspended |= BIT(cause);
	netif_device_detach(vn->dev);
	if (vionic_is_up(vn))
		lifecycle_stop(vn);
}

void vionic_resume(struct vionic_net *vn, enum vionic_suspend cause)
{
	if (!(vn->suspended & BIT(cause)))
		return;
	vn->suspended &= ~BIT(cause);
	if (vn->suspended)
		return;
	/* a reset of the function stops a device that ignored its own reset */
	if (vn->vd->stuck)
		vionic_dev_reset(vn->vd);
	if (vn->state == VIONIC_SUSPENDED)
		lifecycle_restore(vn);
	else if (vn->state != VIONIC_DOWN)
		vionic_reopen(vn);
	netif_device_attach(vn->dev);
}

/* Pair by pair, while the others work. A device may have done with each in time and hold
 * up all who want rtnl: then it is reset instead.
 */
static int lifecycle_exchange_pairs(struct vionic_net *vn,
				    struct vionic_queue_set *qs,
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

	lifecycle_stop(vn);
	for (i = from; i < done; i++)
		vionic_pair_exchange(vn, qs, i);
	lifecycle_restore(vn);
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

static int lifecycle_exchange_all(struct vionic_net *vn,
				  struct vionic_queue_set *qs)
{
	struct vionic_cfg old = vn->cfg;
	int err = -ETIMEDOUT;

	lifecycle_stop(vn);
	if (vn->vd->stuck)
		goto out;
	err = lifecycle_add_queues(vn, qs->cfg.pairs);
	if (err)
		goto out;
	vionic_queues_exchange(vn, qs);
	lifecycle_set_cfg(vn, &qs->cfg);
	err = lifecycle_start(vn);
	if (!err) {
		vn->resets++;
		return 0;
	}
	lifecycle_set_cfg(vn, &old);
	lifecycle_drop_queues(vn);
	vionic_queues_exchange(vn, qs);
out:
	lifecycle_restore(vn);
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

	if (!vionic_is_up(vn))
		return lifecycle_reconfigure_down(vn, cfg);
	err = vionic_queues_alloc(vn, cfg, 0, cfg->pairs, &qs);
	if (err)
		return err;
	if (vionic_dev_has(vn->vd, VIRTIO_F_RING_RESET) &&
	    cfg->pairs == vn->cfg.pairs)
		err = lifecycle_exchange_pairs(vn, &qs, 0, cfg->pairs);
	else
		err = lifecycle_exchange_all(vn, &qs);
	if (!err) {
		vn->cfg = *cfg;
		vn->resizes++;
	}
	vionic_queues_free(&qs);
	return err;
}

/* In VIONIC_SUSPENDED: the device does not use its rings */
static int lifecycle_exchange_suspended(struct vionic_net *vn, u16 i)
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

	if (vn->state == VIONIC_SUSPENDED)
		return lifecycle_exchange_suspended(vn, i);
	if (!vionic_is_up(vn))
		return 0;
	err = vionic_queues_alloc(vn, &vn->cfg, one ? i : 0,
				  one ? i + 1 : vn->cfg.pairs, &qs);
	if (err)
		return err;
	err = one ? lifecycle_exchange_pairs(vn, &qs, i, i + 1) :
		    lifecycle_exchange_all(vn, &qs);
	vionic_queues_free(&qs);
	return err;
}

int vionic_take_rx_ring(struct vionic_net *vn, u16 i,
			struct vionic_rx_ring *ring)
{
	if (vionic_is_up(vn) && vionic_pair_stop_rx(vn, i)) {
		vionic_give_up(vn);
		return -ENETDOWN;
	}
	swap(vn->pair[i]->rx.ring, *ring);
	return 0;
}

/* In other states than VIONIC_SUSPENDED and VIONIC_UP, rings are made when the device is
 * started
 */
int vionic_give_rx_ring(struct vionic_net *vn, u16 i,
			struct vionic_rx_ring *ring)
{
	int err;

	if (!vionic_is_up(vn) && vn->state != VIONIC_SUSPENDED) {
		vionic_rx_ring_free(ring);
		return 0;
	}
	swap(vn->pair[i]->rx.ring, *ring);
	if (!vionic_is_up(vn))
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
	if (vionic_is_up(vn))
		lifecycle_stop(vn);
	if (vn->state == VIONIC_SUSPENDED)
		lifecycle_fail(vn);
}
