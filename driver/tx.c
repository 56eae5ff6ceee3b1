// SPDX-License-Identifier: GPL-2.0
#include "tx.h"

#include <linux/slab.h>
#include <vionic/compat.h>
#include "offload.h"

/* What clean needs of an skb whose length the header has changed */
struct tx_cb {
	unsigned int bytes;
};

static struct tx_cb *tx_cb(struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct tx_cb) > sizeof(skb->cb));
	return (struct tx_cb *)skb->cb;
}

static size_t hdr_bytes(const struct vionic_tx_ring *ring)
{
	return sizeof(*ring->hdr) * vionic_vq_num(&ring->vq);
}

static size_t table_bytes(const struct vionic_tx_ring *ring)
{
	return sizeof(*ring->table) * vionic_vq_num(&ring->vq);
}

static bool alloc_tables(struct vionic_tx_ring *ring)
{
	ring->table = dma_alloc_coherent(ring->vq.dev, table_bytes(ring),
					 &ring->table_dma, GFP_KERNEL);
	ring->shadow = kvcalloc(vionic_vq_num(&ring->vq),
				sizeof(*ring->shadow), GFP_KERNEL);
	return ring->table && ring->shadow;
}

static bool alloc_shadow(struct vionic_tx_ring *ring)
{
	ring->buf = kvcalloc(vionic_vq_num(&ring->vq), sizeof(*ring->buf),
			     GFP_KERNEL);
	ring->hdr = dma_alloc_coherent(ring->vq.dev, hdr_bytes(ring),
				       &ring->hdr_dma, GFP_KERNEL);
	return ring->buf && ring->hdr;
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
	if (!alloc_shadow(ring) ||
	    (params->vq.indirect && !alloc_tables(ring))) {
		vionic_tx_ring_free(ring);
		return -ENOMEM;
	}
	return 0;
}

void vionic_tx_ring_free(struct vionic_tx_ring *ring)
{
	struct device *dev = ring->vq.dev;

	if (!dev)
		return;
	vionic_tx_ring_recycle(ring);
	if (ring->hdr)
		dma_free_coherent(dev, hdr_bytes(ring), ring->hdr,
				  ring->hdr_dma);
	if (ring->table)
		dma_free_coherent(dev, table_bytes(ring), ring->table,
				  ring->table_dma);
	kvfree(ring->shadow);
	kvfree(ring->buf);
	vionic_vq_free(&ring->vq);
	*ring = (struct vionic_tx_ring) {};
}

static void unmap(struct device *dev, const struct vionic_tx_map *m)
{
	switch (m->type) {
	case VIONIC_TX_SINGLE:
		dma_unmap_single(dev, m->dma, m->len, DMA_TO_DEVICE);
		break;
	case VIONIC_TX_PAGE:
		dma_unmap_page(dev, m->dma, m->len, DMA_TO_DEVICE);
		break;
	case VIONIC_TX_HEADER:
	case VIONIC_TX_TABLE:
		break;
	}
}

static void unmap_table(const struct vionic_tx_ring *ring, u16 id, u32 entries)
{
	while (entries--)
		unmap(ring->vq.dev, &ring->shadow[id].map[entries]);
}

/* Undo the mappings of a chain and hand out its frame */
static __always_inline struct sk_buff *
unmap_chain(const struct vionic_tx_ring *ring, enum vionic_layout l, u16 id,
	    u16 ndesc)
{
	const struct vionic_tx_buf *b = &ring->buf[id];
	struct sk_buff *skb = b->skb;

	if (unlikely(b->map.type == VIONIC_TX_TABLE))
		unmap_table(ring, id, b->map.len);
	unmap(ring->vq.dev, &b->map);
	while (--ndesc) {
		id = vionic_vq_next(&ring->vq, l, id);
		unmap(ring->vq.dev, &ring->buf[id].map);
	}
	return skb;
}

u32 vionic_tx_ring_recycle(struct vionic_tx_ring *ring)
{
	struct vionic_used_buf b;
	u32 from = 0;
	u32 lost = 0;

	while (vionic_vq_take_back(&ring->vq, from, &b)) {
		dev_kfree_skb_any(unmap_chain(ring, ring->vq.layout, b.id,
					      b.ndesc));
		from = b.id + 1;
		lost++;
	}
	vionic_vq_clear(&ring->vq);
	return lost;
}

void vionic_tx_init(struct vionic_txq *tq)
{
	u64_stats_init(&tq->xmit_sync);
	u64_stats_init(&tq->clean_sync);
}

static void count(struct vionic_txq *tq, u64 *counter)
{
	u64_stats_update_begin(&tq->xmit_sync);
	++*counter;
	u64_stats_update_end(&tq->xmit_sync);
}

/* May the header stand in front of the frame, in memory that is ours alone? */
static bool has_headroom(const struct sk_buff *skb, u8 hdr_len)
{
	return skb_headroom(skb) >= hdr_len && !skb_header_cloned(skb) &&
	       IS_ALIGNED((unsigned long)skb->data, sizeof(__le16));
}

/* A frame being put: as a chain of the ring's descriptors, or as entries of the
 * table that belongs to its only one
 */
struct tx_chain {
	u16 head;
	u16 ndesc;	/* put so far */
	u16 left;	/* to be put */
	bool table;
};

static __always_inline void put_desc(struct vionic_tx_ring *ring,
				     enum vionic_layout l, struct tx_chain *c,
				     dma_addr_t dma, u32 len,
				     enum vionic_tx_type type)
{
	bool last = !--c->left;
	struct vionic_tx_map *m;

	if (unlikely(c->table)) {
		vionic_ring_indirect(l, &ring->table[c->head], c->ndesc, last,
				     0, dma, len);
		m = &ring->shadow[c->head].map[c->ndesc];
	} else {
		u16 id = vionic_vq_put(&ring->vq, l, c->head, dma, len,
				       last ? 0 : VRING_DESC_F_NEXT);

		m = &ring->buf[id].map;
	}
	m->dma = dma;
	m->len = len;
	m->type = type;
	c->ndesc++;
}

/* Header: in front of the frame, or in the ring's own array */
static __always_inline bool put_header(struct vionic_tx_ring *ring,
				       enum vionic_layout l, struct tx_chain *c,
				       struct sk_buff *skb, bool push)
{
	struct vionic_hdr *hdr;

	if (push) {
		hdr = (struct vionic_hdr *)(skb->data - ring->hdr_len);
		if (!vionic_offload_tx(skb, hdr, ring->hdr_len))
			return false;
		__skb_push(skb, ring->hdr_len);
		return true;
	}
	hdr = &ring->hdr[c->head];
	if (!vionic_offload_tx(skb, hdr, ring->hdr_len))
		return false;
	put_desc(ring, l, c, ring->hdr_dma + sizeof(*hdr) * c->head,
		 ring->hdr_len, VIONIC_TX_HEADER);
	return true;
}

static __always_inline bool put_frame(struct vionic_tx_ring *ring,
				      enum vionic_layout l, struct tx_chain *c,
				      struct sk_buff *skb)
{
	struct device *dev = ring->vq.dev;
	unsigned int i;
	dma_addr_t dma;

	dma = dma_map_single(dev, skb->data, skb_headlen(skb), DMA_TO_DEVICE);
	if (dma_mapping_error(dev, dma))
		return false;
	put_desc(ring, l, c, dma, skb_headlen(skb), VIONIC_TX_SINGLE);
	for (i = 0; i < skb_shinfo(skb)->nr_frags; i++) {
		const skb_frag_t *frag = &skb_shinfo(skb)->frags[i];
		u32 len = skb_frag_size(frag);

		dma = skb_frag_dma_map(dev, frag, 0, len, DMA_TO_DEVICE);
		if (dma_mapping_error(dev, dma))
			return false;
		put_desc(ring, l, c, dma, len, VIONIC_TX_PAGE);
	}
	return true;
}

/* The one descriptor of a frame that is in a table */
static __always_inline void put_table(struct vionic_tx_ring *ring,
				      enum vionic_layout l, struct tx_chain *c)
{
	dma_addr_t dma = ring->table_dma + sizeof(*ring->table) * c->head;
	struct vionic_tx_map *m = &ring->buf[c->head].map;

	vionic_vq_put(&ring->vq, l, c->head, dma,
		      c->ndesc * sizeof(struct vionic_desc),
		      VRING_DESC_F_INDIRECT);
	m->type = VIONIC_TX_TABLE;
	m->len = c->ndesc;
	c->ndesc = 1;
}

static void undo(struct vionic_tx_ring *ring, const struct tx_chain *c)
{
	enum vionic_layout l = ring->vq.layout;

	if (c->table) {
		unmap_table(ring, c->head, c->ndesc);
		return;
	}
	if (c->ndesc)
		unmap_chain(ring, l, c->head, c->ndesc);
	vionic_vq_rewind(&ring->vq, l, c->ndesc);
}

/* Put a whole frame or nothing */
static __always_inline bool put_skb(struct vionic_tx_ring *ring,
				    enum vionic_layout l, struct sk_buff *skb,
				    u16 ndesc, bool push, bool table)
{
	struct tx_chain c = {
		.head = vionic_vq_head(&ring->vq, l),
		.left = ndesc,
		.table = table,
	};

	ring->buf[c.head].skb = skb;
	if (!put_header(ring, l, &c, skb, push) ||
	    !put_frame(ring, l, &c, skb)) {
		undo(ring, &c);
		return false;
	}
	if (table)
		put_table(ring, l, &c);
	vionic_vq_commit(&ring->vq, l, c.head, c.ndesc);
	return true;
}

/* Descriptors of the largest frame that the ring takes as it is */
static u16 frame_max(const struct vionic_tx_ring *ring)
{
	return min_t(u16, VIONIC_TX_NDESC_MAX, vionic_vq_num(&ring->vq) - 1);
}

/* With fewer free descriptors than this, the next frame might not fit */
static u16 stop_threshold(const struct vionic_tx_ring *ring)
{
	return ring->table ? 1 : frame_max(ring);
}

/* Are so few left that a frame should not take this many? */
static bool runs_short(const struct vionic_tx_ring *ring, u16 ndesc)
{
	return ring->table && ndesc > 1 &&
	       vionic_vq_free_count(&ring->vq) <
	       ndesc + vionic_vq_num(&ring->vq) / 4;
}

/* A promise of more frames may have kept back those before: show them now */
static __always_inline void flush(struct vionic_txq *tq, enum vionic_layout l)
{
	if (vionic_vq_flush(&tq->ring.vq, l))
		count(tq, &tq->xmit.kicks);
}

/* The frame fits into the ring at all: a small ring may need it in one piece */
static bool fit(struct vionic_txq *tq, struct sk_buff *skb)
{
	if (likely(skb_shinfo(skb)->nr_frags + 2 <= frame_max(&tq->ring)) ||
	    !skb_is_nonlinear(skb))
		return true;
	count(tq, &tq->xmit.linearized);
	return !skb_linearize(skb);
}

static __always_inline netdev_tx_t xmit(struct vionic_txq *tq,
					struct sk_buff *skb,
					enum vionic_layout l)
{
	struct vionic_tx_ring *ring = &tq->ring;
	struct vionic_vq *vq = &ring->vq;
	bool more = netdev_xmit_more();
	unsigned int bytes = skb->len;
	bool push, table;
	u16 ndesc;

	if (unlikely(vionic_vq_broken(vq)) || !fit(tq, skb))
		goto drop;
	push = ring->any_layout && has_headroom(skb, ring->hdr_len);
	ndesc = skb_shinfo(skb)->nr_frags + 1 + !push;
	table = runs_short(ring, ndesc);
	if (unlikely(vionic_vq_free_count(vq) < (table ? 1 : ndesc))) {
		netif_tx_stop_queue(tq->nq);
		count(tq, &tq->xmit.busy);
		flush(tq, l);
		return NETDEV_TX_BUSY;
	}

	skb_tx_timestamp(skb);
	tx_cb(skb)->bytes = bytes;
	if (!push)
		count(tq, &tq->xmit.headers);
	if (!put_skb(ring, l, skb, ndesc, push, table))
		goto drop;
	if (table)
		count(tq, &tq->xmit.indirect);
	if (skb_is_gso(skb))
		count(tq, &tq->xmit.gso);

	if (!netif_txq_maybe_stop(tq->nq, vionic_vq_free_count(vq),
				  stop_threshold(ring), frame_max(ring)))
		count(tq, &tq->xmit.stops);
	if (__netdev_tx_sent_queue(tq->nq, bytes, more))
		flush(tq, l);
	return NETDEV_TX_OK;

drop:
	count(tq, &tq->xmit.drops);
	dev_kfree_skb_any(skb);
	if (!more)
		flush(tq, l);
	return NETDEV_TX_OK;
}

netdev_tx_t vionic_tx_xmit(struct vionic_txq *tq, struct sk_buff *skb)
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

static __always_inline bool clean(struct vionic_txq *tq, int budget,
				  enum vionic_layout l)
{
	struct vionic_tx_ring *ring = &tq->ring;
	struct vionic_vq *vq = &ring->vq;
	unsigned int limit = vionic_vq_num(vq);
	unsigned int packets = 0, bytes = 0;
	struct vionic_used_buf b;
	bool woken;

	while (packets < limit && vionic_vq_pop(vq, l, &b) == VIONIC_RING_OK) {
		struct sk_buff *skb = unmap_chain(ring, l, b.id, b.ndesc);

		bytes += tx_cb(skb)->bytes;
		packets++;
		napi_consume_skb(skb, budget);
		vionic_vq_free_buf(vq, l, &b);
	}
	if (!packets)
		return false;

	woken = !__netif_txq_completed_wake(tq->nq, packets, bytes,
					    vionic_vq_free_count(vq),
					    frame_max(ring),
					    READ_ONCE(tq->closed));
	u64_stats_update_begin(&tq->clean_sync);
	tq->clean.packets += packets;
	tq->clean.bytes += bytes;
	tq->clean.wakes += woken;
	u64_stats_update_end(&tq->clean_sync);
	return packets == limit;
}

bool vionic_tx_clean(struct vionic_txq *tq, int budget)
{
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
