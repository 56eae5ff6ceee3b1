// SPDX-License-Identifier: GPL-2.0
#include "tx.h"

#include <linux/slab.h>
#include <vionic/compat.h>
#include "offload.h"
#include "tx_chain.h"
#include "tx_xsk.h"
#include "window.h"

static bool alloc_tables(struct vionic_tx_ring *ring)
{
	u16 num = vionic_vq_num(&ring->vq);

	ring->shadow = kvcalloc(num, sizeof(*ring->shadow), GFP_KERNEL);
	return ring->shadow &&
	       !vionic_dma_blocks_alloc(&ring->tables, ring->vq.dev, num,
					sizeof(struct vionic_tx_table),
					sizeof(struct vionic_desc));
}

/* One for each descriptor, and one that stays zero */
static bool alloc_hdrs(struct vionic_tx_ring *ring)
{
	u16 num = vionic_vq_num(&ring->vq);

	if (vionic_dma_blocks_alloc(&ring->hdrs, ring->vq.dev, num + 1,
				    sizeof(struct vionic_hdr), sizeof(__le64)))
		return false;
	ring->blank_dma = ring->hdrs.block[num].dma;
	return true;
}

static bool alloc_shadow(struct vionic_tx_ring *ring)
{
	ring->frame = kvcalloc(vionic_vq_num(&ring->vq), sizeof(*ring->frame),
			       GFP_KERNEL);
	ring->map = kvcalloc(vionic_vq_num(&ring->vq), sizeof(*ring->map),
			     GFP_KERNEL);
	return ring->frame && ring->map && alloc_hdrs(ring);
}

int vionic_tx_ring_alloc(struct vionic_tx_ring *ring,
			 const struct vionic_tx_ring_params *params)
{
	int err;

	err = vionic_vq_alloc(&ring->vq, &params->vq);
	if (err)
		return err;
	ring->hdr_len = params->hdr_len;
	ring->any_layout = params->any_layout;
	ring->largest = min_t(u16, VIONIC_TX_NDESC_MAX,
			      vionic_vq_num(&ring->vq) - 1);
	ring->stop = params->vq.indirect ? 1 : ring->largest;
	if (!alloc_shadow(ring) ||
	    (params->vq.indirect && !alloc_tables(ring)) ||
	    (params->xsk &&
	     vionic_tx_xsk_alloc(ring, params->xsk, params->csum))) {
		vionic_tx_ring_free(ring);
		return -ENOMEM;
	}
	return 0;
}

void vionic_tx_ring_free(struct vionic_tx_ring *ring)
{
	if (!ring->vq.dev)
		return;
	vionic_tx_ring_recycle(ring);
	vionic_dma_blocks_free(&ring->hdrs);
	vionic_dma_blocks_free(&ring->tables);
	kvfree(ring->shadow);
	kvfree(ring->frame);
	kvfree(ring->map);
	kvfree(ring->xsk);
	vionic_vq_free(&ring->vq);
	*ring = (struct vionic_tx_ring) {};
}

static void free_frame(void *frame)
{
	if (!vionic_tx_is_xdp(frame))
		dev_kfree_skb_any(frame);
	else if (!vionic_tx_is_xsk(frame))
		xdp_return_frame(vionic_tx_to_xdp(frame));
}

u32 vionic_tx_ring_recycle(struct vionic_tx_ring *ring)
{
	struct vionic_used_buf b;
	u32 from = 0;
	u32 lost = 0;

	while (vionic_vq_take_back(&ring->vq, from, &b)) {
		free_frame(vionic_tx_unmap_chain(ring, ring->vq.layout, b.id,
						 b.ndesc));
		from = b.id + 1;
		lost++;
	}
	if (ring->xsk)
		vionic_tx_xsk_give_back(ring);
	vionic_vq_clear(&ring->vq);
	ring->xdp_done = ring->xdp_put;
	return lost;
}

void vionic_tx_init(struct vionic_txq *tq)
{
	/* until it is woken for the first time */
	tq->closed = true;
	u64_stats_init(&tq->xmit_sync);
	u64_stats_init(&tq->clean_sync);
}

/* May the header stand in front of the frame, in memory that is ours alone? */
static __always_inline bool has_headroom(const struct sk_buff *skb, u8 hdr_len)
{
	return skb_headroom(skb) >= hdr_len && !skb_header_cloned(skb) &&
	       IS_ALIGNED((unsigned long)skb->data, sizeof(__le16));
}

/* Header: in front of the frame, or in the ring's own array. The skb itself stays as
 * it is: others may hold it as well, or send it once more (IFF_TX_SKB_SHARING).
 */
static __always_inline bool put_header(struct vionic_tx_ring *ring,
				       enum vionic_layout l,
				       struct vionic_tx_chain *c,
				       const struct sk_buff *skb)
{
	struct vionic_hdr *hdr;

	if (c->lead) {
		hdr = (struct vionic_hdr *)(skb->data - c->lead);
		return vionic_offload_tx(skb, hdr, ring->hdr_len);
	}
	hdr = ring->hdrs.block[c->head].mem;
	if (!vionic_offload_tx(skb, hdr, ring->hdr_len))
		return false;
	vionic_tx_put_hdr(ring, l, c);
	return true;
}

static __always_inline bool put_frame(struct vionic_tx_ring *ring,
				      enum vionic_layout l,
				      struct vionic_tx_chain *c,
				      const struct sk_buff *skb)
{
	u32 linear = c->lead + skb_headlen(skb);
	unsigned int i;
	dma_addr_t dma;

	dma = vionic_tx_map_linear(&ring->vq, skb->data - c->lead, linear);
	if (vionic_tx_map_failed(&ring->vq, dma))
		return false;
	vionic_tx_put(ring, l, c, dma, linear, VIONIC_TX_SINGLE);
	for (i = 0; i < skb_shinfo(skb)->nr_frags; i++) {
		const skb_frag_t *frag = &skb_shinfo(skb)->frags[i];

		dma = vionic_tx_map_frag(&ring->vq, frag);
		if (vionic_tx_map_failed(&ring->vq, dma))
			return false;
		vionic_tx_put(ring, l, c, dma, skb_frag_size(frag),
			      VIONIC_TX_PAGE);
	}
	return true;
}

/* The one descriptor of a frame that is in a table */
static __always_inline void put_table(struct vionic_tx_ring *ring,
				      enum vionic_layout l,
				      struct vionic_tx_chain *c)
{
	dma_addr_t dma = ring->tables.block[c->head].dma;

	vionic_vq_put(&ring->vq, l, c->head, dma,
		      c->ndesc * sizeof(struct vionic_desc),
		      VRING_DESC_F_INDIRECT);
	vionic_tx_keep_map(ring, &ring->map[c->head], dma, c->ndesc,
			   VIONIC_TX_TABLE);
	c->ndesc = 1;
}

/* The end of looking at the skb: a device that lies may have it freed from here on,
 * before it is shown
 */
static __always_inline void commit(struct vionic_vq *vq, enum vionic_layout l,
				   struct sk_buff *skb, u16 head, u16 ndesc)
{
	skb_tx_timestamp(skb);
	vionic_vq_commit(vq, l, head, ndesc);
}

/* Put a whole frame or nothing */
static __always_inline bool put_skb(struct vionic_tx_ring *ring,
				    enum vionic_layout l, struct sk_buff *skb,
				    u16 ndesc, bool push, bool table)
{
	struct vionic_tx_chain c = {
		.head = vionic_vq_head(&ring->vq, l),
		.left = ndesc,
		.lead = push ? ring->hdr_len : 0,
		.table = table,
	};

	ring->frame[c.head] = skb;
	if (!put_header(ring, l, &c, skb) ||
	    !put_frame(ring, l, &c, skb)) {
		vionic_tx_undo(ring, &c);
		return false;
	}
	if (table)
		put_table(ring, l, &c);
	commit(&ring->vq, l, skb, c.head, c.ndesc);
	return true;
}

/* A frame in one piece, with room in front for the header, takes one descriptor, and
 * most are like that: this is the shortest way into the ring.
 */
static __always_inline bool is_plain(const struct vionic_tx_ring *ring,
				     const struct sk_buff *skb)
{
	return ring->any_layout && !skb_is_nonlinear(skb) &&
	       has_headroom(skb, ring->hdr_len) &&
	       vionic_vq_free_count(&ring->vq);
}

static __always_inline bool put_plain(struct vionic_tx_ring *ring,
				      enum vionic_layout l, struct sk_buff *skb)
{
	struct vionic_vq *vq = &ring->vq;
	void *data = skb->data - ring->hdr_len;
	u32 len = ring->hdr_len + skb->len;
	u16 id = vionic_vq_head(vq, l);
	dma_addr_t dma;

	if (!vionic_offload_tx(skb, data, ring->hdr_len))
		return false;
	dma = vionic_tx_map_linear(vq, data, len);
	if (vionic_tx_map_failed(vq, dma))
		return false;
	vionic_vq_put(vq, l, id, dma, len, 0);
	vionic_tx_keep_map(ring, &ring->map[id], dma, len, VIONIC_TX_SINGLE);
	ring->frame[id] = skb;
	commit(vq, l, skb, id, 1);
	return true;
}

/* Are so few left that a frame should not take this many? */
static bool runs_short(const struct vionic_tx_ring *ring, u16 ndesc)
{
	return ring->tables.block && ndesc > 1 &&
	       vionic_vq_free_count(&ring->vq) <
	       ndesc + vionic_vq_num(&ring->vq) / 4;
}

/* The frame fits into the ring at all: a small ring may need it in one piece */
static bool fit(struct vionic_txq *tq, struct sk_buff *skb)
{
	if (likely(skb_shinfo(skb)->nr_frags + 2 <= tq->ring.largest) ||
	    !skb_is_nonlinear(skb))
		return true;
	vionic_tx_count(tq, &tq->xmit.linearized);
	return !skb_linearize(skb);
}

/* Any other frame. -ENOSPC: not now. */
static __always_inline int put_other(struct vionic_txq *tq,
				     enum vionic_layout l, struct sk_buff *skb)
{
	struct vionic_tx_ring *ring = &tq->ring;
	bool push, table;
	u16 ndesc;

	if (!fit(tq, skb))
		return -EMSGSIZE;
	push = ring->any_layout && has_headroom(skb, ring->hdr_len);
	ndesc = skb_shinfo(skb)->nr_frags + 1 + !push;
	table = runs_short(ring, ndesc);
	if (unlikely(vionic_vq_free_count(&ring->vq) < (table ? 1 : ndesc)))
		return -ENOSPC;
	if (!put_skb(ring, l, skb, ndesc, push, table))
		return -EINVAL;
	if (!push)
		vionic_tx_count(tq, &tq->xmit.headers);
	if (table)
		vionic_tx_count(tq, &tq->xmit.indirect);
	return 0;
}

static __always_inline netdev_tx_t xmit(struct vionic_txq *tq,
					struct sk_buff *skb,
					enum vionic_layout l)
{
	struct vionic_tx_ring *ring = &tq->ring;
	struct vionic_vq *vq = &ring->vq;
	bool more = netdev_xmit_more();
	unsigned int bytes = skb->len;
	bool csum = skb->ip_summed == CHECKSUM_PARTIAL;

	/* a frame would be lost with its ring, or get into one that is being built */
	vionic_debug_warn(tq->closed);
	if (unlikely(vionic_vq_broken(vq)))
		goto drop;
	if (is_plain(ring, skb)) {
		if (!put_plain(ring, l, skb))
			goto drop;
	} else {
		int err = put_other(tq, l, skb);

		if (err == -ENOSPC) {
			/* room may have come before the queue is stopped */
			vionic_tx_maybe_stop(tq);
			vionic_tx_count(tq, &tq->xmit.busy);
			vionic_tx_flush(tq, l);
			return NETDEV_TX_BUSY;
		}
		if (err)
			goto drop;
	}
	if (csum)
		vionic_tx_count(tq, &tq->xmit.csum);

	vionic_tx_maybe_stop(tq);
	vionic_window();
	if (__netdev_tx_sent_queue(tq->nq, bytes, more))
		vionic_tx_flush(tq, l);
	return NETDEV_TX_OK;

drop:
	vionic_tx_count(tq, &tq->xmit.drops);
	dev_kfree_skb_any(skb);
	if (!more)
		vionic_tx_flush(tq, l);
	return NETDEV_TX_OK;
}

netdev_tx_t vionic_tx_xmit(struct sk_buff *skb, struct vionic_txq *tq)
{
	switch ((enum vionic_layout)tq->ring.vq.layout) {
	case VIONIC_SPLIT:
		return xmit(tq, skb, VIONIC_SPLIT);
	case VIONIC_SPLIT_IN_ORDER:
		return xmit(tq, skb, VIONIC_SPLIT_IN_ORDER);
	case VIONIC_PACKED:
		return xmit(tq, skb, VIONIC_PACKED);
	case VIONIC_PACKED_IN_ORDER:
		break;
	}
	return xmit(tq, skb, VIONIC_PACKED_IN_ORDER);
}

/* A frame that the device cut, while its skb is there */
static void count_gso(struct vionic_tx_clean_stats *sum,
		      const struct sk_buff *skb)
{
	u32 bytes;
	u32 frames = vionic_offload_wire_gso(skb, &bytes);

	/* the others are counted as they are */
	sum->packets += frames - 1;
	sum->bytes += bytes - skb->len;
	sum->gso++;
	sum->gso_bytes += skb->len;
	sum->gso_frames += frames;
	sum->gso_wire_bytes += bytes;
}

/* It is nobody's but ours: BQL never heard of it */
static u32 clean_xdp(void *tagged)
{
	struct xdp_frame *frame = vionic_tx_to_xdp(tagged);
	u32 len = xdp_get_frame_len(frame);

	xdp_return_frame(frame);
	return len;
}

/* Read after the queue was found stopped. The queue may be closed right after it: then
 * ndo_start_xmit stops it again.
 */
static __always_inline bool tx_is_closed(const struct vionic_txq *tq)
{
	bool closed = READ_ONCE(tq->closed);

	vionic_window();
	return closed;
}

static __always_inline bool clean(struct vionic_txq *tq, int budget,
				  enum vionic_layout l)
{
	struct vionic_tx_ring *ring = &tq->ring;
	struct vionic_vq *vq = &ring->vq;
	unsigned int limit = vionic_vq_num(vq);
	unsigned int packets = 0, bytes = 0;
	struct vionic_tx_clean_stats sum = {};
	struct vionic_used_buf b;
	unsigned int done;

	for (done = 0;
	     done < limit && vionic_vq_pop(vq, l, &b) == VIONIC_RING_OK;
	     done++) {
		void *frame = vionic_tx_unmap_chain(ring, l, b.id, b.ndesc);

		if (unlikely(vionic_tx_is_xdp(frame))) {
			sum.bytes += vionic_tx_is_xsk(frame) ?
				     vionic_tx_xsk_done(ring, frame) :
				     clean_xdp(frame);
		} else {
			struct sk_buff *skb = frame;

			bytes += skb->len;
			packets++;
			if (unlikely(skb_is_gso(skb)))
				count_gso(&sum, skb);
			napi_consume_skb(skb, budget);
		}
		vionic_vq_free_buf(vq, l, &b);
	}
	if (!done)
		return false;

	if (unlikely(done != packets))
		WRITE_ONCE(ring->xdp_done, ring->xdp_done + done - packets);
	if (unlikely(ring->xsk))
		vionic_tx_xsk_tell(ring);
	sum.packets += done;
	sum.bytes += bytes;
	if (unlikely(!vionic_bql_sent(tq->nq, bytes))) {
		/* completed before it was published */
		vionic_ring_break(&vq->ring);
		return false;
	}
	if (unlikely(!bytes))
		/* room before a look at whether the queue is stopped: BQL does
		 * this only where there are bytes
		 */
		smp_mb();
	/* XDP frames free descriptors too: with no packets the helper wakes
	 * nobody
	 */
	sum.wakes = !__netif_txq_completed_wake(tq->nq, done, bytes,
						vionic_vq_free_count(vq),
						ring->largest,
						tx_is_closed(tq));
	u64_stats_update_begin(&tq->clean_sync);
#define X(name) u64_stats_add(&tq->clean.name, sum.name);
	VIONIC_TX_CLEAN_STATS(X)
#undef X
	u64_stats_update_end(&tq->clean_sync);
	return done == limit;
}

bool vionic_tx_clean(struct vionic_txq *tq, int budget)
{
	/* with irqs off those of XDP can't be freed */
	if (unlikely(!budget) &&
	    READ_ONCE(tq->ring.xdp_put) != tq->ring.xdp_done)
		return false;
	switch ((enum vionic_layout)tq->ring.vq.layout) {
	case VIONIC_SPLIT:
		return clean(tq, budget, VIONIC_SPLIT);
	case VIONIC_SPLIT_IN_ORDER:
		return clean(tq, budget, VIONIC_SPLIT_IN_ORDER);
	case VIONIC_PACKED:
		return clean(tq, budget, VIONIC_PACKED);
	case VIONIC_PACKED_IN_ORDER:
		break;
	}
	return clean(tq, budget, VIONIC_PACKED_IN_ORDER);
}

bool vionic_tx_irq_after(struct vionic_txq *tq, u32 frames)
{
	const struct vionic_tx_ring *ring = &tq->ring;
	struct vionic_vq *vq = &tq->ring.vq;
	u16 bufs = vionic_vq_inflight(vq);
	u16 free = vionic_vq_free_count(vq);
	u16 ndesc = bufs ? (vionic_vq_num(vq) - free) / bufs : 1;

	/* XDP leaves room for an skb, and may need as much */
	if (free >= 2 * ring->largest)
		return vionic_vq_irq_after(vq, frames, max_t(u16, ndesc, 1),
					   vionic_vq_num(vq));
	if (!vq->ring.event_idx)
		return vionic_vq_irq_on(vq);
	return vionic_vq_irq_after(vq, frames, max_t(u16, ndesc, 1),
				   vionic_vq_inflight_units(vq));
}

void vionic_tx_rekick(struct vionic_txq *tq)
{
	if (!__netif_tx_trylock(tq->nq))
		return;
	__vionic_tx_kick(tq);
	__netif_tx_unlock(tq->nq);
	u64_stats_update_begin(&tq->clean_sync);
	u64_stats_inc(&tq->clean.rekicks);
	u64_stats_update_end(&tq->clean_sync);
}
