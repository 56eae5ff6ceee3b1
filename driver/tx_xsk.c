// SPDX-License-Identifier: GPL-2.0
#include "tx_xsk.h"

#include <linux/if_vlan.h>
#include <linux/slab.h>
#include <vionic/compat.h>

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

/* A header of its own. Rare, and out of the way of others */
static noinline void ask(struct vionic_txq *tq, const struct xdp_desc *desc,
			 struct vionic_hdr *hdr)
{
	struct request rq = { .hdr = hdr, .len = desc->len };

	vionic_tx_clear_hdr(hdr, tq->ring.hdr_len);
	vionic_xsk_request(tq->ring.xsk->pool, desc, &vionic_xsk_meta_ops, &rq);
	if (hdr->flags)
		vionic_tx_count(tq, &tq->xmit.csum);
}

static __always_inline dma_addr_t for_device(struct xsk_buff_pool *pool,
					     const struct xdp_desc *desc)
{
	dma_addr_t dma = xsk_buff_raw_get_dma(pool, desc->addr);

	xsk_buff_raw_dma_sync_for_device(pool, dma, desc->len);
	return dma;
}

/* A header apart: sockets' memory has no room for it that they could not want
 * themselves. Where nothing is asked of the device it is nobody's and everybody's
 */
static __always_inline void put_hdr(struct vionic_txq *tq, enum vionic_layout l,
				    struct vionic_tx_chain *c,
				    const struct xdp_desc *desc)
{
	struct vionic_tx_ring *ring = &tq->ring;

	if (unlikely(vionic_xsk_asks(desc)) && ring->xsk->csum) {
		ask(tq, desc, ring->hdrs.block[c->head].mem);
		vionic_tx_put_hdr(ring, l, c);
	} else {
		vionic_tx_put_blank(ring, l, c);
	}
}

static __always_inline void commit(struct vionic_tx_ring *ring,
				   enum vionic_layout l,
				   const struct vionic_tx_chain *c, u32 bytes)
{
	struct vionic_tx_xsk *xsk = ring->xsk;

	*frame_at(xsk, xsk->put) = (struct vionic_xsk_frame) {
		.bytes = bytes,
		.descs = c->ndesc - 1,
	};
	ring->frame[c->head] = vionic_tx_from_xsk(xsk->put++);
	vionic_vq_commit(&ring->vq, l, c->head, c->ndesc);
}

/* Most: in one piece. The shortest way into the ring */
static __always_inline void put_plain(struct vionic_txq *tq,
				      enum vionic_layout l,
				      const struct xdp_desc *desc)
{
	struct vionic_tx_ring *ring = &tq->ring;
	/* a call: before anything has to be kept over it */
	dma_addr_t dma = for_device(ring->xsk->pool, desc);
	struct vionic_tx_chain c = {
		.head = vionic_vq_head(&ring->vq, l),
		.left = 2,
	};

	put_hdr(tq, l, &c, desc);
	vionic_tx_put(ring, l, &c, dma, desc->len, VIONIC_TX_KEPT);
	commit(ring, l, &c, desc->len);
}

static void put_pieces(struct vionic_txq *tq, enum vionic_layout l,
		       const struct xdp_desc *desc, u32 n, u32 bytes)
{
	struct vionic_tx_ring *ring = &tq->ring;
	struct vionic_tx_chain c = {
		.head = vionic_vq_head(&ring->vq, l),
		.left = n + 1,
	};
	u32 i;

	put_hdr(tq, l, &c, desc);
	for (i = 0; i < n; i++)
		vionic_tx_put(ring, l, &c,
			      for_device(ring->xsk->pool, &desc[i]),
			      desc[i].len, VIONIC_TX_KEPT);
	commit(ring, l, &c, bytes);
}

/* As if sent, after those before it */
static void throw_away(struct vionic_tx_xsk *xsk, u32 n)
{
	if (xsk->put != xsk->told)
		frame_at(xsk, xsk->put - 1)->descs += n;
	else
		xsk_tx_completed(xsk->pool, n);
}

static bool can_be_sent(const struct vionic_tx_xsk *xsk, u32 bytes)
{
	return bytes >= ETH_HLEN && bytes - ETH_HLEN <= xsk->payload_max;
}

/* A frame in several pieces, the rest of one, or what can't be sent.
 *
 * Return: descriptors of sockets that are dealt with.
 */
static noinline u32 put_other(struct vionic_txq *tq, enum vionic_layout l,
			      const struct xdp_desc *desc, u32 left,
			      u32 *dropped)
{
	struct vionic_tx_xsk *xsk = tq->ring.xsk;
	u32 n = frame_descs(desc, left);
	u32 bytes = n ? frame_bytes(desc, n) : 0;

	if (!xsk->cut && n < VIONIC_TX_NDESC_MAX && can_be_sent(xsk, bytes)) {
		put_pieces(tq, l, desc, n, bytes);
	} else {
		throw_away(xsk, n ?: left);
		++*dropped;
	}
	xsk->cut = !n;
	return n ?: left;
}

/* Return: frames; @dropped of them were not put into the ring */
static __always_inline u32 put_all(struct vionic_txq *tq, enum vionic_layout l,
				   const struct xdp_desc *desc, u32 left,
				   u32 *dropped)
{
	struct vionic_tx_xsk *xsk = tq->ring.xsk;
	u32 frames = 0;

	for (; left; frames++) {
		u32 n = 1;

		if (likely(xsk_is_eop_desc((struct xdp_desc *)desc) &&
			   !xsk->cut && can_be_sent(xsk, desc->len)))
			put_plain(tq, l, desc);
		else
			n = put_other(tq, l, desc, left, dropped);
		desc += n;
		left -= n;
	}
	return frames;
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

/* Without VIRTIO_F_IN_ORDER a device may use frames in any order (2.7.9), and sockets get them
 * back in the order in which they sent them. One frame that stays with the device keeps the
 * entries of all frames behind it in use, while the descriptors of these are free again.
 *
 * Return: entries of @xsk->frame that are not in use.
 */
static u32 tx_xsk_free_entries(const struct vionic_tx_xsk *xsk)
{
	return xsk->mask + 1 - (u16)(xsk->put - xsk->told);
}

/* Pop the descriptors of whole frames from the sockets' rings, as many as the transmit
 * ring has room for: a frame of n descriptors takes n + 1, with one for its header.
 */
static u32 tx_xsk_peek(struct vionic_txq *tq)
{
	struct xsk_buff_pool *pool = tq->ring.xsk->pool;
	u32 num = vionic_vq_num(&tq->ring.vq);
	u32 free = vionic_vq_free_count(&tq->ring.vq);
	u32 reserve = vionic_tx_reserve(tq);
	u32 most = min(tx_xsk_free_entries(tq->ring.xsk), BATCH);
	u32 room = free > reserve ? min((free - reserve) / 2, most) : 0;
	u32 n = room ? xsk_tx_peek_release_desc_batch(pool, room) : 0;

	/* A frame of more than @room descriptors needs an empty ring. One of more than half
	 * the ring is never sent.
	 */
	if (!n && free == num && room < 1 + MAX_SKB_FRAGS)
		n = xsk_tx_peek_release_desc_batch(pool, num / 2);
	return n;
}

static bool send(struct vionic_txq *tq)
{
	struct xsk_buff_pool *pool = tq->ring.xsk->pool;
	u32 n = tx_xsk_peek(tq);
	u32 dropped = 0;
	u32 sent;

	if (!n)
		return false;
	txq_trans_cond_update(tq->nq);
	/* 5.1.4.2, and what xdp_ok_fwd_dev() accepts of XDP_REDIRECT */
	tq->ring.xsk->payload_max = READ_ONCE(tq->nq->dev->mtu) + VLAN_HLEN;
	sent = put_any(tq, pool->tx_descs, n, &dropped) - dropped;
	WRITE_ONCE(tq->ring.xdp_put, tq->ring.xdp_put + sent);
	vionic_tx_flush(tq, tq->ring.vq.layout);
	vionic_tx_maybe_stop(tq);
	u64_stats_update_begin(&tq->xmit_sync);
	u64_stats_add(&tq->xmit.xsk, sent);
	u64_stats_add(&tq->xmit.xsk_drops, dropped);
	u64_stats_update_end(&tq->xmit_sync);
	return n == BATCH;
}

bool vionic_tx_xsk(struct vionic_txq *tq)
{
	bool more = false;

	__netif_tx_lock(tq->nq, smp_processor_id());
	if (likely(!tq->closed && !vionic_vq_broken(&tq->ring.vq)))
		more = send(tq);
	__netif_tx_unlock(tq->nq);
	return more;
}

void vionic_tx_xsk_tell(struct vionic_tx_ring *ring)
{
	struct vionic_tx_xsk *xsk = ring->xsk;

	while (xsk->told != xsk->put && !frame_at(xsk, xsk->told)->bytes)
		xsk->descs += frame_at(xsk, xsk->told++)->descs;
	if (!xsk->descs)
		return;
	xsk_tx_completed(xsk->pool, xsk->descs);
	xsk->descs = 0;
}

void vionic_tx_xsk_give_back(struct vionic_tx_ring *ring)
{
	struct vionic_tx_xsk *xsk = ring->xsk;
	u16 n;

	for (n = xsk->told; n != xsk->put; n++)
		frame_at(xsk, n)->bytes = 0;
	vionic_tx_xsk_tell(ring);
}
