// SPDX-License-Identifier: GPL-2.0
#include "tx_xdp.h"

#include <vionic/compat.h>
#include "tx_chain.h"

/* May the header stand in front of it, behind what describes the frame? */
static bool has_headroom(const struct vionic_tx_ring *ring,
			 const struct xdp_frame *frame)
{
	return ring->any_layout && frame->headroom >= ring->hdr_len &&
	       IS_ALIGNED((unsigned long)frame->data, sizeof(__le16));
}

static const struct skb_shared_info *frags(struct xdp_frame *frame)
{
	if (!xdp_frame_has_frags(frame))
		return NULL;
	return xdp_get_shared_info_from_frame(frame);
}

/* Memory of a page pool is mapped: it only has to be seen by the device */
static __always_inline dma_addr_t sync_pool(const struct vionic_vq *vq,
					    void *data, u32 len)
{
	struct page *page = virt_to_head_page(data);
	u32 offset = data - page_address(page);
	dma_addr_t dma = page_pool_get_dma_addr(page);

	dma_sync_single_range_for_device(vq->dev, dma, offset, len,
					 DMA_BIDIRECTIONAL);
	return dma + offset;
}

static __always_inline dma_addr_t map(const struct vionic_vq *vq, void *data,
				      u32 len, bool pool)
{
	if (pool && unlikely(!vq->physical))
		return sync_pool(vq, data, len);
	return vionic_tx_map_linear(vq, data, len);
}

static bool put_part(struct vionic_tx_ring *ring, enum vionic_layout l,
		     struct vionic_tx_chain *c, void *data, u32 len, bool pool)
{
	dma_addr_t dma = map(&ring->vq, data, len, pool);

	if (vionic_tx_map_failed(&ring->vq, dma))
		return false;
	vionic_tx_put(ring, l, c, dma, len,
		      pool ? VIONIC_TX_KEPT : VIONIC_TX_SINGLE);
	return true;
}

/* Nothing is asked of the device: a program has no means to */
static bool put_frame(struct vionic_tx_ring *ring, enum vionic_layout l,
		      struct vionic_tx_chain *c, struct xdp_frame *frame,
		      bool pool)
{
	const struct skb_shared_info *info = frags(frame);
	void *data = frame->data - c->lead;
	int i;

	if (c->lead)
		vionic_tx_clear_hdr(data, c->lead);
	else
		vionic_tx_put_blank(ring, l, c);
	if (!put_part(ring, l, c, data, c->lead + frame->len, pool))
		return false;
	for (i = 0; info && i < info->nr_frags; i++)
		if (!put_part(ring, l, c, skb_frag_address(&info->frags[i]),
			      skb_frag_size(&info->frags[i]), pool))
			return false;
	return true;
}

static void *tagged(struct xdp_frame *frame)
{
	return (void *)((unsigned long)frame | VIONIC_TX_IS_XDP);
}

/* Most: in one piece, with room in front for the header. The shortest way into the
 * ring.
 */
static __always_inline bool put_plain(struct vionic_tx_ring *ring,
				      enum vionic_layout l,
				      struct xdp_frame *frame, bool pool)
{
	struct vionic_vq *vq = &ring->vq;
	void *data = frame->data - ring->hdr_len;
	u32 len = ring->hdr_len + frame->len;
	u16 id = vionic_vq_head(vq, l);
	dma_addr_t dma;

	vionic_tx_clear_hdr(data, ring->hdr_len);
	dma = map(vq, data, len, pool);
	if (vionic_tx_map_failed(vq, dma))
		return false;
	vionic_vq_put(vq, l, id, dma, len, 0);
	vionic_tx_keep_map(ring, &ring->map[id], dma, len,
			   pool ? VIONIC_TX_KEPT : VIONIC_TX_SINGLE);
	ring->frame[id] = tagged(frame);
	WRITE_ONCE(ring->xdp_put, ring->xdp_put + 1);
	vionic_vq_commit(vq, l, id, 1);
	return true;
}

static bool put_other(struct vionic_tx_ring *ring, enum vionic_layout l,
		      struct xdp_frame *frame, bool pool, u16 reserve)
{
	const struct skb_shared_info *info = frags(frame);
	bool push = has_headroom(ring, frame);
	struct vionic_tx_chain c = {
		.head = vionic_vq_head(&ring->vq, l),
		.left = (info ? info->nr_frags : 0) + 1 + !push,
		.lead = push ? ring->hdr_len : 0,
	};

	/* a frame that can't leave the reserve needs an empty ring */
	if (vionic_vq_free_count(&ring->vq) <
	    max_t(u32, c.left, min_t(u32, c.left + reserve,
				     vionic_vq_num(&ring->vq))))
		return false;
	ring->frame[c.head] = tagged(frame);
	if (!put_frame(ring, l, &c, frame, pool)) {
		vionic_tx_undo(ring, &c);
		return false;
	}
	WRITE_ONCE(ring->xdp_put, ring->xdp_put + 1);
	vionic_vq_commit(&ring->vq, l, c.head, c.ndesc);
	return true;
}

static __always_inline bool put(struct vionic_tx_ring *ring,
				enum vionic_layout l, struct xdp_frame *frame,
				bool pool, u16 reserve)
{
	if (likely(!xdp_frame_has_frags(frame) && has_headroom(ring, frame) &&
		   vionic_vq_free_count(&ring->vq) > reserve))
		return put_plain(ring, l, frame, pool);
	return put_other(ring, l, frame, pool, reserve);
}

static __always_inline int put_all(struct vionic_txq *tq, enum vionic_layout l,
				   struct xdp_frame **frames, int n,
				   unsigned int flags)
{
	u16 reserve = vionic_tx_reserve(tq);
	int sent = 0;

	while (sent < n &&
	       put(&tq->ring, l, frames[sent], flags & VIONIC_TX_XDP_POOL,
		   reserve))
		sent++;
	if (flags & VIONIC_TX_XDP_FLUSH)
		vionic_tx_flush(tq, l);
	return sent;
}

static int put_any(struct vionic_txq *tq, struct xdp_frame **frames, int n,
		   unsigned int flags)
{
	switch ((enum vionic_layout)tq->ring.vq.layout) {
	case VIONIC_SPLIT:
		return put_all(tq, VIONIC_SPLIT, frames, n, flags);
	case VIONIC_SPLIT_IN_ORDER:
		return put_all(tq, VIONIC_SPLIT_IN_ORDER, frames, n, flags);
	case VIONIC_PACKED:
		return put_all(tq, VIONIC_PACKED, frames, n, flags);
	case VIONIC_PACKED_IN_ORDER:
		break;
	}
	return put_all(tq, VIONIC_PACKED_IN_ORDER, frames, n, flags);
}

int vionic_tx_xdp(struct vionic_txq *tq, struct xdp_frame **frames, int n,
		  unsigned int flags)
{
	int sent = 0;

	__netif_tx_lock(tq->nq, smp_processor_id());
	if (likely(!tq->closed && !vionic_vq_broken(&tq->ring.vq))) {
		sent = put_any(tq, frames, n, flags);
		/* a full ring: its queue is stopped already, and may be stuck */
		if (likely(sent)) {
			txq_trans_cond_update(tq->nq);
			if (unlikely(vionic_tx_maybe_stop(tq) < 0))
				netif_schedule_queue(tq->nq);
		}
	}
	u64_stats_update_begin(&tq->xmit_sync);
	u64_stats_add(&tq->xmit.xdp, sent);
	u64_stats_add(&tq->xmit.xdp_drops, n - sent);
	u64_stats_update_end(&tq->xmit_sync);
	__netif_tx_unlock(tq->nq);
	return sent;
}
