// SPDX-License-Identifier: GPL-2.0
#include "tx_xsk.h"

#include <linux/slab.h>
#include <vionic/compat.h>
#include "device.h"
#include "tx_chain.h"

#define BATCH		64	/* descriptors of sockets that a poll sends */

/* Asked of the device with a frame: a header of it, and the bytes it is for */
struct request {
	struct vionic_hdr *hdr;
	u32 len;
};

static void request_csum(u16 start, u16 offset, void *priv)
{
	struct request *rq = priv;

	if ((u32)start + offset + sizeof(__sum16) > rq->len)
		return;
	rq->hdr->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	rq->hdr->csum_start = cpu_to_le16(start);
	rq->hdr->csum_offset = cpu_to_le16(offset);
}

const struct xsk_tx_metadata_ops vionic_xsk_meta_ops = {
	.tmo_request_checksum = request_csum,
};

int vionic_tx_xsk_alloc(struct vionic_tx_ring *ring, struct xsk_buff_pool *pool,
			bool csum)
{
	u32 n = roundup_pow_of_two(vionic_vq_num(&ring->vq));

	ring->xsk = kvzalloc(struct_size(ring->xsk, frame, n), GFP_KERNEL);
	if (!ring->xsk)
		return -ENOMEM;
	ring->xsk->pool = pool;
	ring->xsk->csum = csum;
	ring->xsk->mask = n - 1;
	return 0;
}

static struct vionic_xsk_frame *frame_at(struct vionic_tx_xsk *xsk, u16 n)
{
	return &xsk->frame[n & xsk->mask];
}

/* Descriptors up to the end of the first frame; 0: it does not end here */
static u32 frame_descs(const struct xdp_desc *desc, u32 n)
{
	u32 i;

	for (i = 0; i < n; i++)
		if (xsk_is_eop_desc((struct xdp_desc *)&desc[i]))
			return i + 1;
	return 0;
}

static u32 frame_bytes(const struct xdp_desc *desc, u32 n)
{
	u32 bytes = 0;

	while (n--) {
		if (!desc[n].len)
			return 0;
		bytes += desc[n].len;
	}
	return bytes;
}

static bool put_hdr(struct vionic_tx_ring *ring, enum vionic_layout l,
		    struct vionic_tx_chain *c, const struct xdp_desc *desc)
{
	struct request rq = { .hdr = &ring->hdr[c->head], .len = desc->len };

	memset(rq.hdr, 0, ring->hdr_len);
	if (ring->xsk->csum)
		vionic_xsk_request(ring->xsk->pool, desc, &vionic_xsk_meta_ops,
				   &rq);
	vionic_tx_put_hdr(ring, l, c);
	return rq.hdr->flags;
}

static __always_inline void put(struct vionic_txq *tq, enum vionic_layout l,
				const struct xdp_desc *desc, u32 n, u32 bytes)
{
	struct vionic_tx_ring *ring = &tq->ring;
	struct vionic_tx_xsk *xsk = ring->xsk;
	struct vionic_tx_chain c = {
		.head = vionic_vq_head(&ring->vq, l),
		.left = n + 1,
	};
	u32 i;

	if (put_hdr(ring, l, &c, desc))
		vionic_tx_count(tq, &tq->xmit.csum);
	for (i = 0; i < n; i++) {
		dma_addr_t dma = xsk_buff_raw_get_dma(xsk->pool, desc[i].addr);

		xsk_buff_raw_dma_sync_for_device(xsk->pool, dma, desc[i].len);
		vionic_tx_put(ring, l, &c, dma, desc[i].len, VIONIC_TX_KEPT);
	}
	*frame_at(xsk, xsk->put) = (struct vionic_xsk_frame) {
		.bytes = bytes,
		.descs = n,
	};
	ring->frame[c.head] = vionic_tx_from_xsk(xsk->put++);
	WRITE_ONCE(ring->xdp_put, ring->xdp_put + 1);
	vionic_vq_commit(&ring->vq, l, c.head, c.ndesc);
}

/* As if sent, after those before it */
static void throw_away(struct vionic_tx_xsk *xsk, u32 n)
{
	if (xsk->put != xsk->told)
		frame_at(xsk, xsk->put - 1)->descs += n;
	else
		xsk_tx_completed(xsk->pool, n);
}

/* Return: frames that were put into the ring; @dropped of them were not */
static __always_inline u32 put_all(struct vionic_txq *tq, enum vionic_layout l,
				   const struct xdp_desc *desc, u32 left,
				   u32 *dropped)
{
	struct vionic_tx_xsk *xsk = tq->ring.xsk;
	u32 sent = 0;

	while (left) {
		u32 n = frame_descs(desc, left);
		u32 bytes = n ? frame_bytes(desc, n) : 0;

		if (!xsk->cut && n && n < VIONIC_TX_NDESC_MAX &&
		    bytes >= ETH_HLEN && bytes <= VIONIC_FRAME_MAX) {
			put(tq, l, desc, n, bytes);
			sent++;
		} else {
			throw_away(xsk, n ?: left);
			++*dropped;
		}
		xsk->cut = !n;
		desc += n ?: left;
		left -= n ?: left;
	}
	vionic_tx_flush(tq, l);
	return sent;
}

static u32 put_any(struct vionic_txq *tq, const struct xdp_desc *desc, u32 n,
		   u32 *dropped)
{
	switch ((enum vionic_layout)tq->ring.vq.layout) {
	case VIONIC_SPLIT:
		return put_all(tq, VIONIC_SPLIT, desc, n, dropped);
	case VIONIC_SPLIT_IN_ORDER:
		return put_all(tq, VIONIC_SPLIT_IN_ORDER, desc, n, dropped);
	case VIONIC_PACKED:
		return put_all(tq, VIONIC_PACKED, desc, n, dropped);
	case VIONIC_PACKED_IN_ORDER:
		break;
	}
	return put_all(tq, VIONIC_PACKED_IN_ORDER, desc, n, dropped);
}

/* A header and a frame's only part: two descriptors each, and never more */
static bool send(struct vionic_txq *tq)
{
	struct xsk_buff_pool *pool = tq->ring.xsk->pool;
	u32 room = min(vionic_vq_free_count(&tq->ring.vq) / 2, BATCH);
	u32 n = room ? xsk_tx_peek_release_desc_batch(pool, room) : 0;
	u32 dropped = 0;
	u32 sent;

	if (!n)
		return false;
	txq_trans_cond_update(tq->nq);
	sent = put_any(tq, pool->tx_descs, n, &dropped);
	vionic_tx_maybe_stop(tq);
	u64_stats_update_begin(&tq->xmit_sync);
	tq->xmit.xsk += sent;
	tq->xmit.xsk_drops += dropped;
	u64_stats_update_end(&tq->xmit_sync);
	return n == BATCH;
}

bool vionic_tx_xsk(struct vionic_txq *tq)
{
	bool more = false;

	__netif_tx_lock(tq->nq, smp_processor_id());
	if (likely(!READ_ONCE(tq->closed) && !vionic_vq_broken(&tq->ring.vq)))
		more = send(tq);
	__netif_tx_unlock(tq->nq);
	return more;
}

u32 vionic_tx_xsk_done(struct vionic_tx_ring *ring, const void *frame)
{
	struct vionic_xsk_frame *f = frame_at(ring->xsk,
					      vionic_tx_to_xsk(frame));

	f->done = true;
	return f->bytes;
}

void vionic_tx_xsk_tell(struct vionic_tx_ring *ring)
{
	struct vionic_tx_xsk *xsk = ring->xsk;
	u32 descs = 0;

	while (xsk->told != xsk->put && frame_at(xsk, xsk->told)->done)
		descs += frame_at(xsk, xsk->told++)->descs;
	if (descs)
		xsk_tx_completed(xsk->pool, descs);
}

void vionic_tx_xsk_give_back(struct vionic_tx_ring *ring)
{
	struct vionic_tx_xsk *xsk = ring->xsk;
	u16 n;

	for (n = xsk->told; n != xsk->put; n++)
		frame_at(xsk, n)->done = true;
	vionic_tx_xsk_tell(ring);
}
