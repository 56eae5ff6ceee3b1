// SPDX-License-Identifier: GPL-2.0
#include "queues.h"

#include <linux/delay.h>
#include <linux/slab.h>
#include "tx_chain.h"
#include "window.h"

#define SENT_TIMEOUT	HZ	/* for the device to finish sending */

static int alloc_set(struct vionic_net *vn, const struct vionic_cfg *cfg,
		     struct vionic_queue_set *qs)
{
	qs->cfg = *cfg;
	qs->slots = vn->vd->caps.pairs;
	qs->rx = kvcalloc(qs->slots, sizeof(*qs->rx), GFP_KERNEL);
	qs->tx = kvcalloc(qs->slots, sizeof(*qs->tx), GFP_KERNEL);
	return qs->rx && qs->tx ? 0 : -ENOMEM;
}

int vionic_rx_ring_make(struct vionic_net *vn, const struct vionic_cfg *cfg,
			u16 i, struct vionic_rx_ring *ring)
{
	struct vionic_pair *qp = vn->pair[i];
	struct vionic_dev *vd = vn->vd;
	const struct vionic_rx_ring_params params = {
		.vq = vionic_dev_vq_params(vd, cfg->rx_num),
		.dev = vn->dev,
		.index = i,
		.pools = &qp->rx.pools,
		.xsk = qp->xsk,
		.pool_size = vd->caps.rx_max * cfg->rx_chain,
		.buf_len = cfg->rx_buf,
		.dir = cfg->rx_sends ? DMA_BIDIRECTIONAL : DMA_FROM_DEVICE,
		.hdr_len = vd->caps.hdr_len,
		.hdr_apart = vd->caps.hdr_apart,
		.hds = cfg->rx_hds && !qp->xsk,
		.chain = qp->xsk ? 1 : cfg->rx_chain,
	};

	return vionic_rx_ring_alloc(ring, &params);
}

static int alloc_rings(struct vionic_net *vn, struct vionic_queue_set *qs,
		       u16 i)
{
	const struct vionic_cfg *cfg = &qs->cfg;
	struct vionic_dev *vd = vn->vd;
	const struct vionic_tx_ring_params tx = {
		.vq = vionic_dev_vq_params(vd, cfg->tx_num),
		.hdr_len = vd->caps.hdr_len,
		.any_layout = vd->caps.any_layout,
		.csum = vionic_dev_has(vd, VIRTIO_NET_F_CSUM),
		.xsk = vn->pair[i]->xsk,
	};
	int err = vionic_rx_ring_make(vn, cfg, i, &qs->rx[i]);

	return err ?: vionic_tx_ring_alloc(&qs->tx[i], &tx);
}

int vionic_queues_alloc(struct vionic_net *vn, const struct vionic_cfg *cfg,
			u16 from, u16 to, struct vionic_queue_set *qs)
{
	int err = alloc_set(vn, cfg, qs);

	for (; from < to && !err; from++)
		err = alloc_rings(vn, qs, from);
	if (err)
		vionic_queues_free(qs);
	return err;
}

void vionic_queues_free(struct vionic_queue_set *qs)
{
	u16 i;

	for (i = 0; i < qs->slots; i++) {
		if (qs->rx)
			vionic_rx_ring_free(&qs->rx[i]);
		if (qs->tx)
			vionic_tx_ring_free(&qs->tx[i]);
	}
	kvfree(qs->rx);
	kvfree(qs->tx);
	*qs = (struct vionic_queue_set) {};
}

void vionic_pair_exchange(struct vionic_net *vn, struct vionic_queue_set *qs,
			  u16 i)
{
	swap(vn->pair[i]->rx.ring, qs->rx[i]);
	swap(vn->pair[i]->tx.ring, qs->tx[i]);
}

void vionic_queues_exchange(struct vionic_net *vn, struct vionic_queue_set *qs)
{
	u16 i;

	for (i = 0; i < qs->slots; i++)
		vionic_pair_exchange(vn, qs, i);
}

/* What the device had not sent is lost */
static void recycle_tx(struct vionic_net *vn, struct vionic_pair *qp)
{
	atomic64_add(vionic_tx_ring_recycle(&qp->tx.ring), &vn->tx_lost);
}

static int recycle_pair(struct vionic_net *vn, struct vionic_pair *qp)
{
	recycle_tx(vn, qp);
	return vionic_rx_ring_recycle(&qp->rx.ring);
}

int vionic_queues_recycle(struct vionic_net *vn)
{
	int err = 0;
	u16 i;

	for (i = 0; i < vn->cfg.pairs && !err; i++)
		err = recycle_pair(vn, vn->pair[i]);
	return err;
}

void vionic_queues_release(struct vionic_net *vn)
{
	u16 i;

	for (i = 0; i < vn->cfg.pairs; i++) {
		struct vionic_pair *qp = vn->pair[i];

		vionic_rx_ring_free(&qp->rx.ring);
		recycle_tx(vn, qp);
		vionic_tx_ring_free(&qp->tx.ring);
	}
}

static int enable_queue(struct vionic_net *vn, struct vionic_vq *vq, u16 index,
			u16 pair)
{
	struct vionic_dev *vd = vn->vd;
	u16 vector = vionic_irq_msix(&vd->irqs,
				     vionic_irq_for_pair(&vd->irqs, pair));

	return vionic_vq_enable(vq, &vd->tp, index, vector);
}

static int enable_pair(struct vionic_net *vn, u16 i)
{
	struct vionic_pair *qp = vn->pair[i];
	int err = enable_queue(vn, &qp->rx.ring.vq, vionic_rx_index(i), i);

	return err ?: enable_queue(vn, &qp->tx.ring.vq, vionic_tx_index(i), i);
}

int vionic_queues_enable(struct vionic_net *vn, u16 pairs)
{
	int err = 0;
	u16 i;

	for (i = 0; i < pairs && !err; i++)
		err = enable_pair(vn, i);
	return err;
}

void vionic_queues_start(struct vionic_net *vn, u16 pairs)
{
	u16 i;

	for (i = 0; i < pairs; i++)
		vionic_pair_start(vn->pair[i]);
}

void vionic_queues_stop(struct vionic_net *vn, u16 pairs)
{
	u16 i;

	for (i = 0; i < pairs; i++) {
		vionic_pair_stop(vn->pair[i]);
		vionic_pair_unlist(vn->pair[i]);
	}
	/* a poll that had completed may still be asking for interrupts */
	synchronize_net();
}

/* Nobody adds frames to the ring afterwards. A poll may still wake the queue: senders
 * look at @closed under the queue's lock and stop it again.
 */
static void close_queue(struct vionic_pair *qp)
{
	struct vionic_vq *vq = &qp->tx.ring.vq;

	__netif_tx_lock_bh(qp->tx.nq);
	/* what XDP left unpublished would not be sent */
	if (!qp->tx.closed && vionic_ring_has_news(&vq->ring, vq->layout))
		vionic_tx_flush(&qp->tx, vq->layout);
	WRITE_ONCE(qp->tx.closed, true);
	netif_tx_stop_queue(qp->tx.nq);
	__netif_tx_unlock_bh(qp->tx.nq);
	vionic_window();
}

/* NAPI still runs and cleans; interrupts for the last frames may be far off */
static bool sent(const struct vionic_transport *tp, struct vionic_pair *qp,
		 unsigned long deadline)
{
	while (!vionic_tx_idle(&qp->tx)) {
		if (time_after(jiffies, deadline) || tp->gone ||
		    READ_ONCE(qp->tx.stuck) ||
		    vionic_vq_broken(&qp->tx.ring.vq))
			return false;
		local_bh_disable();
		napi_schedule(&qp->napi);
		local_bh_enable();
		usleep_range(50, 100);
	}
	return true;
}

static void await_sent(struct vionic_net *vn, u16 i, unsigned long deadline)
{
	const struct vionic_transport *tp = &vn->vd->tp;

	if (!sent(tp, vn->pair[i], deadline) && !tp->gone)
		netdev_warn(vn->dev, "queue %u did not finish sending\n", i);
}

void vionic_pair_quiesce(struct vionic_net *vn, u16 i)
{
	close_queue(vn->pair[i]);
	await_sent(vn, i, jiffies + SENT_TIMEOUT);
}

void vionic_queues_quiesce(struct vionic_net *vn)
{
	unsigned long deadline = jiffies + SENT_TIMEOUT;
	u16 i;

	for (i = 0; i < vn->vd->caps.pairs; i++)
		close_queue(vn->pair[i]);
	for (i = 0; i < vn->cfg.pairs; i++)
		await_sent(vn, i, deadline);
}

void vionic_pair_wake(struct vionic_net *vn, u16 i)
{
	struct vionic_pair *qp = vn->pair[i];

	/* under the lock: a sender that found the queue closed stops it first */
	__netif_tx_lock_bh(qp->tx.nq);
	WRITE_ONCE(qp->tx.closed, i >= vn->cfg.pairs);
	__netif_tx_unlock_bh(qp->tx.nq);
	netif_tx_wake_queue(qp->tx.nq);
	if (!qp->tx.ring.xsk)
		return;
	/* polls since the pair started sent nothing for the sockets */
	local_bh_disable();
	napi_schedule(&qp->napi);
	local_bh_enable();
}

static void drain_rx(struct vionic_pair *qp)
{
	vionic_rx_drain(&qp->rx);
	vionic_rx_ring_unload(&qp->rx.ring);
}

void vionic_pair_drain(struct vionic_net *vn, u16 i)
{
	drain_rx(vn->pair[i]);
	recycle_tx(vn, vn->pair[i]);
}

int vionic_pair_stop_rx(struct vionic_net *vn, u16 i)
{
	struct vionic_pair *qp = vn->pair[i];
	int err;

	vionic_pair_stop(qp);
	synchronize_net();
	err = vionic_transport_queue_reset(&vn->vd->tp, vionic_rx_index(i));
	if (err)
		return err;
	drain_rx(qp);
	return 0;
}

int vionic_pair_start_rx(struct vionic_net *vn, u16 i)
{
	struct vionic_pair *qp = vn->pair[i];
	int err = enable_queue(vn, &qp->rx.ring.vq, vionic_rx_index(i), i);

	if (!err)
		vionic_pair_start(qp);
	return err;
}

int vionic_pair_reset(struct vionic_net *vn, struct vionic_queue_set *qs, u16 i)
{
	struct vionic_transport *tp = &vn->vd->tp;
	struct vionic_pair *qp = vn->pair[i];
	int err;

	vionic_pair_stop(qp);
	synchronize_net();
	err = vionic_transport_queue_reset(tp, vionic_tx_index(i));
	if (!err)
		err = vionic_transport_queue_reset(tp, vionic_rx_index(i));
	if (!err)
		vionic_pair_drain(vn, i);
	if (qs)
		vionic_pair_exchange(vn, qs, i);
	else if (!err)
		err = recycle_pair(vn, qp);
	netdev_tx_reset_queue(qp->tx.nq);
	if (!err)
		err = enable_pair(vn, i);
	if (!err)
		vionic_pair_start(qp);
	return err;
}
