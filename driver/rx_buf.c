// SPDX-License-Identifier: GPL-2.0
#include "rx_buf.h"

#include <linux/slab.h>

/* Both ways, so that XDP can send a page from where it was received */
static struct page_pool *create_pool(struct device *dev, u16 num, u8 hdr_len)
{
	struct page_pool_params params = {
		.flags = PP_FLAG_DMA_MAP | PP_FLAG_DMA_SYNC_DEV,
		.pool_size = num,
		.nid = dev_to_node(dev),
		.dev = dev,
		.dma_dir = DMA_BIDIRECTIONAL,
		.offset = VIONIC_RX_HEADROOM - hdr_len,
		.max_len = hdr_len + VIONIC_RX_ROOM,
	};

	return page_pool_create(&params);
}

int vionic_rx_ring_alloc(struct vionic_rx_ring *ring,
			 const struct vionic_rx_ring_params *params)
{
	struct page_pool *pool;
	struct vionic_vq_params vq = params->vq;
	int err;

	vq.fill = params->hdr_len + VIONIC_RX_ROOM * params->chain;
	err = vionic_vq_alloc(&ring->vq, &vq);
	if (err)
		return err;
	ring->hdr_len = params->hdr_len;
	ring->chain = params->chain;
	err = -ENOMEM;
	ring->page = kvcalloc(params->vq.num, sizeof(*ring->page), GFP_KERNEL);
	if (!ring->page)
		goto err_vq;
	pool = create_pool(params->vq.dev, params->vq.num, params->hdr_len);
	if (IS_ERR(pool)) {
		err = PTR_ERR(pool);
		goto err_page;
	}
	ring->pool = pool;
	if (!vionic_rx_refill(ring, GFP_KERNEL)) {
		vionic_rx_ring_free(ring);
		return -ENOMEM;
	}
	return 0;

err_page:
	kvfree(ring->page);
	ring->page = NULL;
err_vq:
	vionic_vq_free(&ring->vq);
	return err;
}

void vionic_rx_ring_free(struct vionic_rx_ring *ring)
{
	u32 id;

	if (!ring->pool)
		return;
	for (id = 0; id < vionic_vq_num(&ring->vq); id++)
		if (ring->page[id])
			page_pool_put_full_page(ring->pool, ring->page[id],
						false);
	page_pool_destroy(ring->pool);
	kvfree(ring->page);
	vionic_vq_free(&ring->vq);
	*ring = (struct vionic_rx_ring) {};
}

/* One descriptor; the first of a buffer also has the header */
static __always_inline void post_page(struct vionic_rx_ring *ring,
				      enum vionic_layout l, u16 head, u16 nth,
				      struct page *page)
{
	u16 flags = VRING_DESC_F_WRITE;
	u32 front = nth ? 0 : ring->hdr_len;
	u16 id;

	if (nth + 1 < ring->chain)
		flags |= VRING_DESC_F_NEXT;
	id = vionic_vq_put(&ring->vq, l, head, page_pool_get_dma_addr(page) +
			   VIONIC_RX_HEADROOM - front,
			   front + VIONIC_RX_ROOM, flags);
	ring->page[id] = page;
}

/* A descriptor may have its page still, from a buffer that nothing was taken
 * of or a ring that is used again
 */
static struct page *get_page_for(struct vionic_rx_ring *ring, u16 id, gfp_t gfp)
{
	struct page *page = ring->page[id];

	ring->page[id] = NULL;
	return page ?: page_pool_alloc_pages(ring->pool, gfp | __GFP_NOWARN);
}

static __always_inline bool post_buffer(struct vionic_rx_ring *ring,
					enum vionic_layout l, gfp_t gfp)
{
	u16 head = vionic_vq_head(&ring->vq, l);
	u16 n;

	for (n = 0; n < ring->chain; n++) {
		u16 id = vionic_vq_head(&ring->vq, l);
		struct page *page = get_page_for(ring, id, gfp);

		if (!page) {
			/* pages put so far wait in their slots */
			vionic_vq_rewind(&ring->vq, l, n);
			return false;
		}
		post_page(ring, l, head, n, page);
	}
	vionic_vq_commit(&ring->vq, l, head, ring->chain);
	return true;
}

static __always_inline bool fill(struct vionic_rx_ring *ring,
				 enum vionic_layout l, gfp_t gfp)
{
	while (vionic_vq_free_count(&ring->vq) >= ring->chain)
		if (!post_buffer(ring, l, gfp))
			return false;
	return true;
}

bool vionic_rx_refill(struct vionic_rx_ring *ring, gfp_t gfp)
{
	switch ((enum vionic_layout)ring->vq.layout) {
	case VIONIC_SPLIT:
		return fill(ring, VIONIC_SPLIT, gfp);
	case VIONIC_SPLIT_IN_ORDER:
		return fill(ring, VIONIC_SPLIT_IN_ORDER, gfp);
	case VIONIC_PACKED:
		return fill(ring, VIONIC_PACKED, gfp);
	case VIONIC_PACKED_IN_ORDER:
		break;
	}
	return fill(ring, VIONIC_PACKED_IN_ORDER, gfp);
}

int vionic_rx_ring_recycle(struct vionic_rx_ring *ring)
{
	vionic_vq_clear(&ring->vq);
	vionic_rx_refill(ring, GFP_KERNEL);
	return vionic_vq_inflight(&ring->vq) ? 0 : -ENOMEM;
}
