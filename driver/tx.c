// SPDX-License-Identifier: GPL-2.0
#include "tx.h"

#include <linux/slab.h>
#include <vionic/compat.h>
#include "offload.h"
#include "trace.h"

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
	ring->skb = kvcalloc(vionic_vq_num(&ring->vq), sizeof(*ring->skb),
			     GFP_KERNEL);
	ring->map = kvcalloc(vionic_vq_num(&ring->vq), sizeof(*ring->map),
			     GFP_KERNEL);
	ring->hdr = dma_alloc_coherent(ring->vq.dev, hdr_bytes(ring),
				       &ring->hdr_dma, GFP_KERNEL);
	return ring->skb && ring->map && ring->hdr;
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
	kvfree(ring->skb);
	kvfree(ring->map);
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
	struct sk_buff *skb = ring->skb[id];

	if (likely(ring->vq.physical))
		return skb;
	if (unlikely(ring->map[id].type == VIONIC_TX_TABLE))
		unmap_table(ring, id, ring->map[id].len);
	unmap(ring->vq.dev, &ring->map[id]);
	while (--ndesc) {
		id = vionic_vq_next(&ring->vq, l, id);
		unmap(ring->vq.dev, &ring->map[id]);
	}
	return skb;
}

/* Physical addresses need no mapping, which can't fail then */
static __always_inline dma_addr_t map_linear(const struct vionic_vq *vq,
					     void *data, u32 len)
{
	if (likely(vq->physical))
		return virt_to_phys(data);
	return dma_map_single(vq->dev, data, len, DMA_TO_DEVICE);
}

static __always_inline dma_addr_t map_frag(const struct vionic_vq *vq,
					   const skb_frag_t *frag)
{
	if (likely(vq->physical))
		return page_to_phys(skb_frag_page(frag)) + skb_frag_off(frag);
	return skb_frag_dma_map(vq->dev, frag, 0, skb_frag_size(frag),
				DMA_TO_DEVICE);
}

static __always_inline bool map_failed(const struct vionic_vq *vq,
				       dma_addr_t dma)
{
	return !vq->physical && dma_mapping_error(vq->dev, dma);
}

static __always_inline void keep_map(const struct vionic_tx_ring *ring,
				     struct vionic_tx_map *m, dma_addr_t dma,
				     u32 len, enum vionic_tx_type type)
{
	if (likely(ring->vq.physical))
		return;
	m->dma = dma;
	m->len = len;
	m->type = type;
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
static __always_inline bool has_headroom(const struct sk_buff *skb, u8 hdr_len)
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
	u8 lead;	/* bytes of header in front of the frame */
	bool table;
};

static __always_inline void put_desc(struct vionic_tx_ring *ring,
				     enum vionic_layout l, struct tx_chain *c,
				     dma_addr_t dma, u32 len,
				     enum vionic_tx_type type)
{
	bool last = !--c->left;

	if (unlikely(c->table)) {
		vionic_ring_indirect(l, &ring->table[c->head], c->ndesc, last,
				     0, dma, len);
		keep_map(ring, &ring->shadow[c->head].map[c->ndesc], dma, len,
			 type);
	} else {
		u16 id = vionic_vq_put(&ring->vq, l, c->head, dma, len,
				       last ? 0 : VRING_DESC_F_NEXT);

		keep_map(ring, &ring->map[id], dma, len, type);
	}
	c->ndesc++;
}

/* Header: in front of the frame, or in the ring's own array. The skb itself stays as
 * it is: others may hold it as well, or send it once more (IFF_TX_SKB_SHARING).
 */
static __always_inline bool put_header(struct vionic_tx_ring *ring,
				       enum vionic_layout l, struct tx_chain *c,
				       const struct sk_buff *skb)
{
	struct vionic_hdr *hdr;

	if (c->lead) {
		hdr = (struct vionic_hdr *)(skb->data - c->lead);
		return vionic_offload_tx(skb, hdr, ring->hdr_len);
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
				      const struct sk_buff *skb)
{
	u32 linear = c->lead + skb_headlen(skb);
	unsigned int i;
	dma_addr_t dma;

	dma = map_linear(&ring->vq, skb->data - c->lead, linear);
	if (map_failed(&ring->vq, dma))
		return false;
	put_desc(ring, l, c, dma, linear, VIONIC_TX_SINGLE);
	for (i = 0; i < skb_shinfo(skb)->nr_frags; i++) {
		const skb_frag_t *frag = &skb_shinfo(skb)->frags[i];

		dma = map_frag(&ring->vq, frag);
		if (map_failed(&ring->vq, dma))
			return false;
		put_desc(ring, l, c, dma, skb_frag_size(frag), VIONIC_TX_PAGE);
	}
	return true;
}

/* The one descriptor of a frame that is in a table */
static __always_inline void put_table(struct vionic_tx_ring *ring,
				      enum vionic_layout l, struct tx_chain *c)
{
	dma_addr_t dma = ring->table_dma + sizeof(*ring->table) * c->head;

	vionic_vq_put(&ring->vq, l, c->head, dma,
		      c->ndesc * sizeof(struct vionic_desc),
		      VRING_DESC_F_INDIRECT);
	keep_map(ring, &ring->map[c->head], dma, c->ndesc, VIONIC_TX_TABLE);
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
	struct tx_chain c = {
		.head = vionic_vq_head(&ring->vq, l),
		.left = ndesc,
		.lead = push ? ring->hdr_len : 0,
		.table = table,
	};

	ring->skb[c.head] = skb;
	if (!put_header(ring, l, &c, skb) ||
	    !put_frame(ring, l, &c, skb)) {
		undo(ring, &c);
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
	dma = map_linear(vq, data, len);
	if (map_failed(vq, dma))
		return false;
	vionic_vq_put(vq, l, id, dma, len, 0);
	keep_map(ring, &ring->map[id], dma, len, VIONIC_TX_SINGLE);
	ring->skb[id] = skb;
	commit(vq, l, skb, id, 1);
	return true;
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
	if (!vionic_vq_flush(&tq->ring.vq, l))
		return;
	count(tq, &tq->xmit.kicks);
	trace_vionic_kick(tq->nq->dev, tq->ring.vq.index,
			  vionic_vq_inflight(&tq->ring.vq));
}

/* The frame fits into the ring at all: a small ring may need it in one piece */
static bool fit(struct vionic_txq *tq, struct sk_buff *skb)
{
	if (likely(skb_shinfo(skb)->nr_frags + 2 <= tq->ring.largest) ||
	    !skb_is_nonlinear(skb))
		return true;
	count(tq, &tq->xmit.linearized);
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
		count(tq, &tq->xmit.headers);
	if (table)
		count(tq, &tq->xmit.indirect);
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

	if (unlikely(vionic_vq_broken(vq)))
		goto drop;
	if (is_plain(ring, skb)) {
		if (!put_plain(ring, l, skb))
			goto drop;
	} else {
		int err = put_other(tq, l, skb);

		if (err == -ENOSPC) {
			netif_tx_stop_queue(tq->nq);
			count(tq, &tq->xmit.busy);
			flush(tq, l);
			return NETDEV_TX_BUSY;
		}
		if (err)
			goto drop;
	}
	if (csum)
		count(tq, &tq->xmit.csum);

	if (!netif_txq_maybe_stop(tq->nq, vionic_vq_free_count(vq), ring->stop,
				  ring->largest))
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

static __always_inline bool clean(struct vionic_txq *tq, int budget,
				  enum vionic_layout l)
{
	struct vionic_tx_ring *ring = &tq->ring;
	struct vionic_vq *vq = &ring->vq;
	unsigned int limit = vionic_vq_num(vq);
	unsigned int packets = 0, bytes = 0;
	struct vionic_tx_clean_stats sum = {};
	struct vionic_used_buf b;

	while (packets < limit && vionic_vq_pop(vq, l, &b) == VIONIC_RING_OK) {
		struct sk_buff *skb = unmap_chain(ring, l, b.id, b.ndesc);

		bytes += skb->len;
		packets++;
		if (unlikely(skb_is_gso(skb)))
			count_gso(&sum, skb);
		napi_consume_skb(skb, budget);
		vionic_vq_free_buf(vq, l, &b);
	}
	if (!packets)
		return false;

	sum.packets += packets;
	sum.bytes += bytes;
	sum.wakes = !__netif_txq_completed_wake(tq->nq, packets, bytes,
						vionic_vq_free_count(vq),
						ring->largest,
						READ_ONCE(tq->closed));
	u64_stats_update_begin(&tq->clean_sync);
#define X(name) tq->clean.name += sum.name;
	VIONIC_TX_CLEAN_STATS(X)
#undef X
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

void vionic_tx_rekick(struct vionic_txq *tq)
{
	if (!__netif_tx_trylock(tq->nq))
		return;
	vionic_vq_kick(&tq->ring.vq, tq->ring.vq.layout);
	vionic_vq_kick_next(&tq->ring.vq);
	__netif_tx_unlock(tq->nq);
	u64_stats_update_begin(&tq->clean_sync);
	tq->clean.rekicks++;
	u64_stats_update_end(&tq->clean_sync);
}
