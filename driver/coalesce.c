// SPDX-License-Identifier: GPL-2.0
#include "coalesce.h"

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

/* Bring what is kept in the pairs to the device */
static int send(struct vionic_net *vn, u16 from, u16 to)
{
	const struct vionic_pair *qp = vn->pair[from];
	int err = 0;
	u16 i;

	if (!by_queue(vn)) {
		err = send_all(vn, VIRTIO_NET_CTRL_NOTF_COAL_RX_SET,
			       qp->rx_coal);
		return err ?: send_all(vn, VIRTIO_NET_CTRL_NOTF_COAL_TX_SET,
				       qp->tx_coal);
	}
	for (i = from; i < to && !err; i++) {
		qp = vn->pair[i];
		err = send_queue(vn, qp->rx.ring.vq.index, qp->rx_coal);
		if (!err)
			err = send_queue(vn, qp->tx.ring.vq.index, qp->tx_coal);
	}
	return err;
}

/* Exchange the delays of a range of pairs with those that are given */
static void exchange(struct vionic_net *vn, u16 from, u16 to,
		     struct vionic_coal (*coal)[2])
{
	u16 i;

	for (i = from; i < to; i++) {
		swap(vn->pair[i]->rx_coal, coal[i - from][0]);
		swap(vn->pair[i]->tx_coal, coal[i - from][1]);
	}
}

static int check(const struct vionic_net *vn, u16 from, u16 to,
		 struct vionic_coal rx, struct vionic_coal tx,
		 struct netlink_ext_ack *extack)
{
	bool all = !from && to == vn->vd->caps.pairs;

	if (!by_queue(vn) && !(for_all(vn) && all)) {
		NL_SET_ERR_MSG_MOD(extack, "device does not coalesce interrupts");
		return -EOPNOTSUPP;
	}
	if (!vionic_coal_valid(rx) || !vionic_coal_valid(tx)) {
		NL_SET_ERR_MSG_MOD(extack, "frames without usecs would wait for ever");
		return -EINVAL;
	}
	return 0;
}

int vionic_coalesce_set(struct vionic_net *vn, u16 from, u16 to,
			struct vionic_coal rx, struct vionic_coal tx,
			struct netlink_ext_ack *extack)
{
	u16 running = min(to, vn->cfg.pairs);
	struct vionic_coal (*coal)[2];
	int err;
	u16 i;

	err = check(vn, from, to, rx, tx, extack);
	if (err)
		return err;
	coal = kvcalloc(to - from, sizeof(*coal), GFP_KERNEL);
	if (!coal)
		return -ENOMEM;
	for (i = 0; i < to - from; i++) {
		coal[i][0] = rx;
		coal[i][1] = tx;
	}
	exchange(vn, from, to, coal);
	if (vn->up && from < running)
		err = send(vn, from, running);
	if (err) {
		NL_SET_ERR_MSG_MOD(extack, "device refused, the former delays stay");
		exchange(vn, from, to, coal);
		send(vn, from, running);
	}
	kvfree(coal);
	return err;
}

static bool is_default(const struct vionic_pair *qp)
{
	return !qp->rx_coal.usecs && !qp->tx_coal.usecs;
}

int vionic_coalesce_replay(struct vionic_net *vn, u16 from, u16 to)
{
	u16 i;

	if (!by_queue(vn) && !for_all(vn))
		return 0;
	/* a fresh device, or queue, does not delay */
	for (i = from; i < to; i++)
		if (!is_default(vn->pair[i]))
			return send(vn, from, to);
	return 0;
}
