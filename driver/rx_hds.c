// SPDX-License-Identifier: GPL-2.0
#include "rx_hds.h"

#include <linux/slab.h>
#include "rx_frame.h"

#define NDESC	2	/* the beginning, the page */

/* From one beginning to the next: none shares a cache line */
static size_t stride(const struct vionic_rx_ring *ring)
{
	return L1_CACHE_ALIGN(ring->hdr_len + ring->room);
}

static u32 heads_per_page(const struct vionic_rx_ring *ring)
{
	return PAGE_SIZE / stride(ring);
}

/* The beginnings of frames, some to a page */
static int alloc_heads(struct vionic_rx_ring *ring)
{
	dma_addr_t dma = 0;
	void *mem = NULL;
	u32 i;

	for (i = 0; i < vionic_vq_num(&ring->vq); i++) {
		u32 offset = i % heads_per_page(ring) * stride(ring);

		if (!offset)
			mem = dma_alloc_noncoherent(ring->vq.dev, PAGE_SIZE,
						    &dma, DMA_FROM_DEVICE,
						    GFP_KERNEL);
		if (!mem)
			return -ENOMEM;
		ring->slot[i].frame = mem + offset + ring->hdr_len;
		ring->slot[i].dma = dma + offset;
	}
	return 0;
}

static void free_heads(struct vionic_rx_ring *ring)
{
	u32 i;

	for (i = 0; i < vionic_vq_num(&ring->vq); i++) {
		struct vionic_rx_slot *slot = &ring->slot[i];

		if (slot->frame && !(i % heads_per_page(ring)))
			dma_free_noncoherent(ring->vq.dev, PAGE_SIZE,
					     slot->frame - ring->hdr_len,
					     slot->dma, DMA_FROM_DEVICE);
		slot->frame = NULL;
	}
}

/* Who lends memory wants it to be written by the device alone */
static int create_pool(struct vionic_rx_ring *ring,
		       const struct vionic_rx_ring_params *params)
{
	struct page_pool_params pool = {
		.flags = PP_FLAG_DMA_MAP | PP_FLAG_DMA_SYNC_DEV |
			 PP_FLAG_ALLOW_UNREADABLE_NETMEM,
		.order = get_order(ring->page_room),
		.pool_size = vionic_vq_num(&ring->vq),
		.nid = dev_to_node(ring->vq.dev),
		.dev = ring->vq.dev,
		.dma_dir = DMA_FROM_DEVICE,
		.max_len = ring->page_room,
		.netdev = params->dev,
		.queue_idx = params->index,
	};
	struct page_pool *pp = page_pool_create(&pool);

	if (IS_ERR(pp))
		return PTR_ERR(pp);
	ring->pool.pp = pp;
	ring->pool.buf_len = ring->page_room;
	ring->pool.dir = pool.dma_dir;
	return 0;
}

bool vionic_rx_hds_has_provider(const struct vionic_rx_ring *ring)
{
	return ring->pool.pp->mp_ops;
}

int vionic_rx_hds_alloc(struct vionic_rx_ring *ring,
			const struct vionic_rx_ring_params *params)
{
	int err;

	ring->ndesc = NDESC;
	ring->page = kvcalloc(vionic_vq_num(&ring->vq), sizeof(*ring->page),
			      GFP_KERNEL);
	if (!ring->page)
		return -ENOMEM;
	err = alloc_heads(ring);
	if (!err)
		err = create_pool(ring, params);
	if (err)
		return err;
	return vionic_rx_hds_refill(ring, GFP_KERNEL) ||
	       vionic_rx_hds_has_provider(ring) ? 0 : -ENOMEM;
}

static netmem_ref take_page(struct vionic_rx_ring *ring, u16 id)
{
	netmem_ref page = (__force netmem_ref)ring->page[id];

	ring->page[id] = 0;
	return page;
}

void vionic_rx_hds_free(struct vionic_rx_ring *ring)
{
	struct page_pool *pp = ring->pool.pp;
	u16 i;

	for (i = 0; pp && i < vionic_vq_num(&ring->vq); i++)
		if (ring->page[i])
			page_pool_put_full_netmem(pp, take_page(ring, i),
						  false);
	if (pp)
		page_pool_destroy(pp);
	ring->pool.pp = NULL;
	free_heads(ring);
	kvfree(ring->page);
}

static bool fill_page(struct vionic_rx_ring *ring, u16 id, gfp_t gfp)
{
	netmem_ref page;

	if (ring->page[id])
		return true;
	page = page_pool_alloc_netmems(ring->pool.pp, gfp | __GFP_NOWARN);
	ring->page[id] = (__force unsigned long)page;
	return page;
}

static dma_addr_t page_dma(const struct vionic_rx_ring *ring, u16 id)
{
	netmem_ref page = (__force netmem_ref)ring->page[id];

	return page_pool_get_dma_addr_netmem(page);
}

bool vionic_rx_hds_refill(struct vionic_rx_ring *ring, gfp_t gfp)
{
	enum vionic_layout l = ring->vq.layout;
	struct vionic_vq *vq = &ring->vq;

	while (vionic_vq_free_count(vq) >= NDESC) {
		u16 id = vionic_vq_head(vq, l);

		if (!fill_page(ring, id, gfp))
			return false;
		vionic_vq_put(vq, l, id, ring->slot[id].dma,
			      ring->hdr_len + ring->room,
			      VRING_DESC_F_NEXT | VRING_DESC_F_WRITE);
		vionic_vq_put(vq, l, id, page_dma(ring, id), ring->page_room,
			      VRING_DESC_F_WRITE);
		vionic_vq_commit(vq, l, id, NDESC);
	}
	return true;
}

static void add_page(struct vionic_rx_ring *ring, struct sk_buff *skb, u16 id,
		     u32 len)
{
	netmem_ref page = take_page(ring, id);

	page_pool_dma_sync_netmem_for_cpu(ring->pool.pp, page, 0, len);
	skb_add_rx_frag_netmem(skb, 0, page, 0, len, ring->page_room);
	skb_mark_for_recycle(skb);
}

/* To check it, the kernel would have to read it, and warns of who has it try */
static bool can_be_checked(const struct sk_buff *skb)
{
	return skb->ip_summed != CHECKSUM_NONE || skb_frags_readable(skb);
}

static struct sk_buff *receive(struct vionic_rxq *rq, enum vionic_layout l,
			       const struct vionic_used_buf *buf, void *ctx)
{
	struct vionic_rx_ring *ring = &rq->ring;
	struct sk_buff *skb = NULL;
	struct vionic_rx_frame f;
	struct vionic_hdr hdr;
	u32 lead;

	if (!vionic_rx_frame(rq, l, buf, &f, &hdr))
		return NULL;
	lead = min_t(u32, f.len, ring->room);
	if (f.buffers == 1)
		skb = napi_alloc_skb(rq->napi, lead);
	if (!skb) {
		/* or it is longer than the MTU allows */
		rq->batch.drops++;
		vionic_rx_repost(ring, l, buf, f.slot);
		vionic_rx_repost_rest(rq, f.buffers - 1);
		return NULL;
	}
	__skb_put_data(skb, ring->slot[f.slot].frame, lead);
	if (f.len > lead)
		add_page(ring, skb, f.slot, f.len - lead);
	else
		rq->batch.copybreak++;
	vionic_rx_repost_short(ring, l, buf, f.slot, lead);
	skb = vionic_rx_finish(rq, skb, &hdr);
	if (!skb || can_be_checked(skb))
		return skb;
	rq->batch.drops++;
	dev_kfree_skb_any(skb);
	return NULL;
}

/* One loop for all layouts: what more would save is little beside the copy */
int vionic_rx_hds(struct vionic_rxq *rq, int budget,
		  void (*deliver)(struct vionic_rxq *rq, struct sk_buff *skb))
{
	return vionic_rx_layout(rq, rq->ring.vq.layout, budget, receive, NULL,
				deliver);
}
