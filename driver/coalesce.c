// SPDX-License-Identifier: GPL-2.0
#include "coalesce.h"

#include "control.h"
#include "window.h"

static bool by_queue(const struct vionic_net *vn)
{
	return vionic_dev_has(vn->vd, VIRTIO_NET_F_VQ_NOTF_COAL);
}

static bool for_all(const struct vionic_net *vn)
{
	return vionic_dev_has(vn->vd, VIRTIO_NET_F_NOTF_COAL);
}

static int exec(struct vionic_net *vn, u8 cmd, const void *data, size_t len)
{
	return vionic_ctrlq_exec(&vn->vd->ctrl, VIRTIO_NET_CTRL_NOTF_COAL, cmd,
				 data, len);
}

static int send_queue(struct vionic_net *vn, u16 vq, struct vionic_coal c)
{
	const struct vionic_ctrl_coal_vq cmd = {
		.vq = cpu_to_le16(vq),
		.coal = vionic_coal_wire(c),
	};

	return exec(vn, VIRTIO_NET_CTRL_NOTF_COAL_VQ_SET, &cmd, sizeof(cmd));
}

static int send_all(struct vionic_net *vn, u8 cmd, struct vionic_coal c)
{
	const struct vionic_ctrl_coal wire = vionic_coal_wire(c);

	return exec(vn, cmd, &wire, sizeof(wire));
}

/* What is in force: as the user said, or as the traffic wants it */
static struct vionic_coal rx_coal(const struct vionic_pair *qp)
{
	return qp->rx_adapt.on ? qp->rx_adapt.coal : qp->rx_coal;
}

static struct vionic_coal tx_coal(const struct vionic_pair *qp)
{
	return qp->tx_adapt.on ? qp->tx_adapt.coal : qp->tx_coal;
}

static bool same(struct vionic_coal a, struct vionic_coal b)
{
	return a.usecs == b.usecs && a.frames == b.frames;
}

/* Is there one setting for all queues, which the traffic does not change? */
static bool alike(const struct vionic_net *vn)
{
	const struct vionic_pair *first = vn->pair[0];
	u16 i;

	for (i = 0; i < vn->vd->caps.pairs; i++) {
		const struct vionic_pair *qp = vn->pair[i];

		if (qp->rx_adapt.on || qp->tx_adapt.on ||
		    !same(qp->rx_coal, first->rx_coal) ||
		    !same(qp->tx_coal, first->tx_coal))
			return false;
	}
	return true;
}

/* What the device can't do as it is asked for, the driver does */
static bool by_driver(const struct vionic_net *vn)
{
	return !by_queue(vn) && !(for_all(vn) && alike(vn));
}

static int send_pair(struct vionic_net *vn, struct vionic_pair *qp)
{
	int err;

	mutex_lock(&qp->coal_lock);
	err = send_queue(vn, vionic_rx_index(qp->index), rx_coal(qp));
	if (!err)
		err = send_queue(vn, vionic_tx_index(qp->index), tx_coal(qp));
	mutex_unlock(&qp->coal_lock);
	return err;
}

/* Bring what is kept in the pairs to a device with a setting for each queue ... */
static int send(struct vionic_net *vn, u16 from, u16 to)
{
	int err = 0;
	u16 i;

	for (i = from; i < to && !err; i++)
		err = send_pair(vn, vn->pair[i]);
	return err;
}

/* ... or to one with a single setting, which is none where the driver does it */
static int send_single(struct vionic_net *vn)
{
	const struct vionic_pair *qp = vn->pair[0];
	struct vionic_coal rx = {}, tx = {};
	int err;

	if (!by_driver(vn)) {
		rx = rx_coal(qp);
		tx = tx_coal(qp);
	}
	err = send_all(vn, VIRTIO_NET_CTRL_NOTF_COAL_RX_SET, rx);
	return err ?: send_all(vn, VIRTIO_NET_CTRL_NOTF_COAL_TX_SET, tx);
}

static void coalesce_set_delay(struct vionic_pair *qp, bool ours)
{
	const struct vionic_coal none = {};

	mutex_lock(&qp->coal_lock);
	vionic_pair_set_delay(qp, ours ? rx_coal(qp) : none,
			      ours ? tx_coal(qp) : none);
	mutex_unlock(&qp->coal_lock);
}

/* Those that don't run have their delays, too: they may be started */
static int apply(struct vionic_net *vn, u16 from, u16 to)
{
	bool ours = by_driver(vn);
	u16 i;

	if (by_queue(vn)) {
		to = min(to, vn->cfg.pairs);
		return vionic_is_up(vn) && from < to ? send(vn, from, to) : 0;
	}
	/* what changes for one may change who does it for the others */
	for (i = 0; i < vn->vd->caps.pairs; i++)
		coalesce_set_delay(vn->pair[i], ours);
	return for_all(vn) && vionic_is_up(vn) ? send_single(vn) : 0;
}

/* Of a pair whose delay follows the traffic. Where the device has no delays by queue, the
 * driver delays all interrupts. A stopped pair gets its delays when it is started.
 */
static int coalesce_apply_adapted(struct vionic_pair *qp, u16 vq,
				  struct vionic_coal c)
{
	struct vionic_net *vn = netdev_priv(qp->rx.dev);

	if (by_queue(vn))
		return READ_ONCE(qp->live) ? send_queue(vn, vq, c) : 0;
	vionic_pair_set_delay(qp, rx_coal(qp), tx_coal(qp));
	return 0;
}

/* Work items of the library, which has chosen. They must not wait for rtnl, which others
 * hold for long: @qp->coal_lock keeps the queues enabled and their settings as they are.
 */
static void adapted(struct vionic_pair *qp, struct vionic_adapt *a, u16 vq,
		    struct dim_cq_moder moder)
{
	struct vionic_coal old;
	int err = 0;

	vionic_window();
	mutex_lock(&qp->coal_lock);
	old = a->coal;
	a->coal.usecs = moder.usec;
	a->coal.frames = moder.pkts;
	if (a->on)
		err = coalesce_apply_adapted(qp, vq, a->coal);
	if (err) {
		a->coal = old;
		/* other errors are those of the control queue, which recovery reports */
		if (err == -EINVAL && net_ratelimit())
			netdev_warn(qp->rx.dev, "device refused an adaptive delay\n");
	}
	a->dim.state = DIM_START_MEASURE;
	mutex_unlock(&qp->coal_lock);
}

static void rx_adapted(struct work_struct *work)
{
	struct vionic_pair *qp = container_of(work, struct vionic_pair,
					      rx_adapt.dim.work);
	const struct dim *dim = &qp->rx_adapt.dim;

	adapted(qp, &qp->rx_adapt, vionic_rx_index(qp->index),
		net_dim_get_rx_moderation(dim->mode, dim->profile_ix));
}

static void tx_adapted(struct work_struct *work)
{
	struct vionic_pair *qp = container_of(work, struct vionic_pair,
					      tx_adapt.dim.work);
	const struct dim *dim = &qp->tx_adapt.dim;

	adapted(qp, &qp->tx_adapt, vionic_tx_index(qp->index),
		net_dim_get_tx_moderation(dim->mode, dim->profile_ix));
}

void vionic_coalesce_init(struct vionic_net *vn)
{
	u16 i;

	for (i = 0; i < vn->vd->caps.pairs; i++) {
		struct vionic_pair *qp = vn->pair[i];

		INIT_WORK(&qp->rx_adapt.dim.work, rx_adapted);
		INIT_WORK(&qp->tx_adapt.dim.work, tx_adapted);
	}
}

void vionic_coalesce_stop(struct vionic_net *vn)
{
	u16 i;

	for (i = 0; i < vn->vd->caps.pairs; i++) {
		cancel_work_sync(&vn->pair[i]->rx_adapt.dim.work);
		cancel_work_sync(&vn->pair[i]->tx_adapt.dim.work);
	}
}

static void coalesce_set_adapt(struct vionic_adapt *a, bool on)
{
	if (a->on == on)
		return;
	a->dim.mode = DIM_CQ_PERIOD_MODE_START_FROM_EQE;
	a->dim.state = DIM_START_MEASURE;
	a->coal = (struct vionic_coal) {};
	WRITE_ONCE(a->on, on);
}

/* Settings of a pair, to undo a change */
struct coalesce_saved {
	struct vionic_coal_cfg cfg;
	struct vionic_coal rx_adapted;
	struct vionic_coal tx_adapted;
};

void vionic_coalesce_get(const struct vionic_pair *qp,
			 struct vionic_coal_cfg *cfg)
{
	cfg->rx = qp->rx_coal;
	cfg->tx = qp->tx_coal;
	cfg->rx_adapt = qp->rx_adapt.on;
	cfg->tx_adapt = qp->tx_adapt.on;
}

/* Under @qp->coal_lock */
static void coalesce_set_pair(struct vionic_pair *qp,
			      const struct vionic_coal_cfg *cfg)
{
	qp->rx_coal = cfg->rx;
	qp->tx_coal = cfg->tx;
	coalesce_set_adapt(&qp->rx_adapt, cfg->rx_adapt);
	coalesce_set_adapt(&qp->tx_adapt, cfg->tx_adapt);
}

static void coalesce_change_pair(struct vionic_pair *qp,
				 const struct vionic_coal_cfg *cfg,
				 struct coalesce_saved *old)
{
	mutex_lock(&qp->coal_lock);
	vionic_coalesce_get(qp, &old->cfg);
	old->rx_adapted = qp->rx_adapt.coal;
	old->tx_adapted = qp->tx_adapt.coal;
	coalesce_set_pair(qp, cfg);
	mutex_unlock(&qp->coal_lock);
}

static void coalesce_restore_pair(struct vionic_pair *qp,
				  const struct coalesce_saved *old)
{
	mutex_lock(&qp->coal_lock);
	coalesce_set_pair(qp, &old->cfg);
	qp->rx_adapt.coal = old->rx_adapted;
	qp->tx_adapt.coal = old->tx_adapted;
	mutex_unlock(&qp->coal_lock);
}

static int coalesce_check(const struct vionic_net *vn,
			  const struct vionic_coal_cfg *cfg,
			  struct netlink_ext_ack *extack)
{
	/* the driver may have to do it, if not now */
	if (!by_queue(vn) && (cfg->rx.usecs > VIONIC_COAL_USECS_MAX ||
			      cfg->tx.usecs > VIONIC_COAL_USECS_MAX)) {
		NL_SET_ERR_MSG_MOD(extack, "delay is longer than a second");
		return -EINVAL;
	}
	if (!vionic_coal_valid(cfg->rx) || !vionic_coal_valid(cfg->tx)) {
		NL_SET_ERR_MSG_MOD(extack, "frames without usecs would wait for ever");
		return -EINVAL;
	}
	return 0;
}

int vionic_coalesce_set(struct vionic_net *vn, u16 from, u16 to,
			const struct vionic_coal_cfg *cfg,
			struct netlink_ext_ack *extack)
{
	struct coalesce_saved *old;
	int err;
	u16 i;

	err = coalesce_check(vn, cfg, extack);
	if (err)
		return err;
	old = kvcalloc(to - from, sizeof(*old), GFP_KERNEL);
	if (!old)
		return -ENOMEM;
	for (i = from; i < to; i++)
		coalesce_change_pair(vn->pair[i], cfg, &old[i - from]);
	err = apply(vn, from, to);
	if (err) {
		for (i = from; i < to; i++)
			coalesce_restore_pair(vn->pair[i], &old[i - from]);
		/* the device may have taken some of the commands */
		if (apply(vn, from, to))
			NL_SET_ERR_MSG_MOD(extack, "device refused these delays, and then the former ones");
		else
			NL_SET_ERR_MSG_MOD(extack, "device refused, the former delays stay");
	}
	kvfree(old);
	if (!err && !from && to >= vn->cfg.pairs)
		vionic_control_accepted(vn, VIONIC_SETTING_DELAY);
	return err;
}

static bool is_default(struct vionic_pair *qp)
{
	bool none;

	mutex_lock(&qp->coal_lock);
	none = !rx_coal(qp).usecs && !tx_coal(qp).usecs;
	mutex_unlock(&qp->coal_lock);
	return none;
}

/* Without a delay, interrupts are more but right */
static int coalesce_send(struct vionic_net *vn, u16 from, u16 to)
{
	int err = by_queue(vn) ? send(vn, from, to) : send_single(vn);

	return vionic_control_refused(vn, VIONIC_SETTING_DELAY, err);
}

int vionic_coalesce_replay(struct vionic_net *vn, u16 from, u16 to)
{
	u16 i;

	if (!from && to == vn->cfg.pairs)
		vn->refused &= ~BIT(VIONIC_SETTING_DELAY);
	if (by_driver(vn))
		return 0;
	/* a fresh device, or queue, does not delay */
	for (i = from; i < to; i++)
		if (!is_default(vn->pair[i]))
			return coalesce_send(vn, from, to);
	return 0;
}
