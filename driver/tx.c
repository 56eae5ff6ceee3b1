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

int vionic_tx_ring_alloc(struct vionic_tx_ring *ring,
			 const struct vionic_tx_ring_params *params)
{
	int err;

	err = vionic_vq_alloc(&ring->vq, &params->vq);
	if (err)
		return err;
	ring->hdr_len = params->hdr_len;
	ring->buf = kvcalloc(params->vq.num, sizeof(*ring->buf), GFP_KERNEL);
	if (!ring->buf)
		goto err_vq;
	ring->hdr = dma_alloc_coherent(params->vq.dev, hdr_bytes(ring),
				       &ring->hdr_dma, GFP_KERNEL);
	if (!ring->hdr)
		goto err_buf;
	return 0;

err_buf:
	kvfree(ring->buf);
	ring->buf = NULL;
err_vq:
	vionic_vq_free(&ring->vq);
	return -ENOMEM;
}

void vionic_tx_ring_free(struct vionic_tx_ring *ring)
{
	if (!ring->buf)
		return;
	vionic_tx_ring_recycle(ring);
	dma_free_coherent(ring->vq.dev, hdr_bytes(ring), ring->hdr,
			  ring->hdr_dma);
	kvfree(ring->buf);
	vionic_vq_free(&ring->vq);
	*ring = (struct vionic_tx_ring) {};
}

static void unmap(const struct vionic_tx_ring *ring,
		  const struct vionic_tx_buf *b)
{
	struct device *dev = ring->vq.dev;

	switch (b->type) {
	case VIONIC_TX_SINGLE:
		dma_unmap_single(dev, b->dma, b->len, DMA_TO_DEVICE);
		break;
	case VIONIC_TX_PAGE:
		dma_unmap_page(dev, b->dma, b->len, DMA_TO_DEVICE);
		break;
	case VIONIC_TX_HEADER:
		break;
	}
}

/* Undo the mappings of a chain and hand out its frame */
static struct sk_buff *unmap_chain(struct vionic_tx_ring *ring, u16 id,
				   u16 ndesc)
{
	struct sk_buff *skb = ring->buf[id].skb;

	unmap(ring, &ring->buf[id]);
	while (--ndesc) {
		id = vionic_vq_next(&ring->vq, id);
		unmap(ring, &ring->buf[id]);
	}
	return skb;
}

u32 vionic_tx_ring_recycle(struct vionic_tx_ring *ring)
{
	struct vionic_used_buf b;
	u32 from = 0;
	u32 lost = 0;

	while (vionic_vq_take_back(&ring->vq, from, &b)) {
		dev_kfree_skb_any(unmap_chain(ring, b.id, b.ndesc));
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

/* A chain of descriptors being put */
struct tx_chain {
	u16 head;
	u16 ndesc;	/* put so far */
	u16 left;	/* to be put */
};

static void put_desc(struct vionic_tx_ring *ring, struct tx_chain *c,
		     dma_addr_t dma, u32 len, enum vionic_tx_type type)
{
	u16 id = vionic_vq_put(&ring->vq, dma, len,
			       --c->left ? VRING_DESC_F_NEXT : 0);
	struct vionic_tx_buf *b = &ring->buf[id];

	b->dma = dma;
	b->len = len;
	b->type = type;
	c->ndesc++;
}

/* Header: in front of the frame, or in the ring's own array */
static bool put_header(struct vionic_tx_ring *ring, struct tx_chain *c,
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
	put_desc(ring, c, ring->hdr_dma + sizeof(*hdr) * c->head,
		 ring->hdr_len, VIONIC_TX_HEADER);
	return true;
}

static bool put_frame(struct vionic_tx_ring *ring, struct tx_chain *c,
		      struct sk_buff *skb)
{
	struct device *dev = ring->vq.dev;
	unsigned int i;
	dma_addr_t dma;

	dma = dma_map_single(dev, skb->data, skb_headlen(skb), DMA_TO_DEVICE);
	if (dma_mapping_error(dev, dma))
		return false;
	put_desc(ring, c, dma, skb_headlen(skb), VIONIC_TX_SINGLE);
	for (i = 0; i < skb_shinfo(skb)->nr_frags; i++) {
		const skb_frag_t *frag = &skb_shinfo(skb)->frags[i];
		u32 len = skb_frag_size(frag);

		dma = skb_frag_dma_map(dev, frag, 0, len, DMA_TO_DEVICE);
		if (dma_mapping_error(dev, dma))
			return false;
		put_desc(ring, c, dma, len, VIONIC_TX_PAGE);
	}
	return true;
}

/* Put a whole frame or nothing */
static bool put_skb(struct vionic_tx_ring *ring, struct sk_buff *skb, bool push)
{
	struct tx_chain c = {
		.head = vionic_vq_head(&ring->vq),
		.left = skb_shinfo(skb)->nr_frags + 1 + !push,
	};

	ring->buf[c.head].skb = skb;
	if (!put_header(ring, &c, skb, push) || !put_frame(ring, &c, skb))
		goto undo;
	vionic_vq_commit(&ring->vq, c.head, c.ndesc);
	return true;

undo:
	if (c.ndesc)
		unmap_chain(ring, c.head, c.ndesc);
	vionic_vq_rewind(&ring->vq, c.ndesc);
	return false;
}

static u16 stop_threshold(const struct vionic_txq *tq)
{
	return min_t(u16, VIONIC_TX_NDESC_MAX,
		     vionic_vq_num(&tq->ring.vq) - 1);
}

/* A promise of more frames may have kept back those before: show them now */
static void flush(struct vionic_txq *tq)
{
	if (vionic_vq_flush(&tq->ring.vq))
		count(tq, &tq->xmit.kicks);
}

/* The frame fits into the ring at all: a small ring may need it in one piece */
static bool fit(struct vionic_txq *tq, struct sk_buff *skb)
{
	if (likely(skb_shinfo(skb)->nr_frags + 2 <= stop_threshold(tq)) ||
	    !skb_is_nonlinear(skb))
		return true;
	count(tq, &tq->xmit.linearized);
	return !skb_linearize(skb);
}

netdev_tx_t vionic_tx_xmit(struct vionic_txq *tq, struct sk_buff *skb)
{
	struct vionic_vq *vq = &tq->ring.vq;
	bool more = netdev_xmit_more();
	unsigned int bytes = skb->len;
	bool push;

	if (unlikely(vionic_vq_broken(vq)) || !fit(tq, skb))
		goto drop;
	if (unlikely(vionic_vq_free_count(vq) <
		     skb_shinfo(skb)->nr_frags + 2)) {
		netif_tx_stop_queue(tq->nq);
		count(tq, &tq->xmit.busy);
		flush(tq);
		return NETDEV_TX_BUSY;
	}

	skb_tx_timestamp(skb);
	tx_cb(skb)->bytes = bytes;
	push = has_headroom(skb, tq->ring.hdr_len);
	if (!push)
		count(tq, &tq->xmit.headers);
	if (!put_skb(&tq->ring, skb, push))
		goto drop;
	if (skb_is_gso(skb))
		count(tq, &tq->xmit.gso);

	if (!netif_txq_maybe_stop(tq->nq, vionic_vq_free_count(vq),
				  stop_threshold(tq), stop_threshold(tq)))
		count(tq, &tq->xmit.stops);
	if (__netdev_tx_sent_queue(tq->nq, bytes, more))
		flush(tq);
	return NETDEV_TX_OK;

drop:
	count(tq, &tq->xmit.drops);
	dev_kfree_skb_any(skb);
	if (!more)
		flush(tq);
	return NETDEV_TX_OK;
}

bool vionic_tx_clean(struct vionic_txq *tq, int budget)
{
	struct vionic_tx_ring *ring = &tq->ring;
	struct vionic_vq *vq = &ring->vq;
	unsigned int limit = vionic_vq_num(vq);
	unsigned int packets = 0, bytes = 0;
	struct vionic_used_buf b;
	bool woken;

	while (packets < limit && vionic_vq_pop(vq, &b) == VIONIC_RING_OK) {
		struct sk_buff *skb = unmap_chain(ring, b.id, b.ndesc);

		bytes += tx_cb(skb)->bytes;
		packets++;
		napi_consume_skb(skb, budget);
		vionic_vq_free_buf(vq, &b);
	}
	if (!packets)
		return false;

	woken = !__netif_txq_completed_wake(tq->nq, packets, bytes,
					    vionic_vq_free_count(vq),
					    stop_threshold(tq),
					    READ_ONCE(tq->closed));
	u64_stats_update_begin(&tq->clean_sync);
	tq->clean.packets += packets;
	tq->clean.bytes += bytes;
	tq->clean.wakes += woken;
	u64_stats_update_end(&tq->clean_sync);
	return packets == limit;
}
