/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Receive buffers: pages of a page_pool, posted to a ring and posted again.
 *
 * A page has room in front for XDP and behind for skb_shared_info, so that an
 * skb is built around it without copying:
 *
 *	| headroom | header | frame or part of it | skb_shared_info |
 *	           ^        ^ VIONIC_RX_HEADROOM
 *	           posted to the device
 *
 * With VIRTIO_NET_F_MRG_RXBUF a buffer is one page and the device spreads large
 * frames over several. Without, a buffer is as many pages as the largest frame
 * needs: behind an indirect table, so that the ring holds as many buffers as it
 * has entries, or else in a chain of descriptors. Some legacy devices want the
 * header in a descriptor of its own (5.1.6.6); it stays where it is.
 */
#ifndef _VIONIC_RX_BUF_H
#define _VIONIC_RX_BUF_H

#include <linux/bpf.h>
#include <linux/skbuff.h>
#include <vionic/compat.h>
#include "virtqueue.h"

#define VIONIC_RX_HEADROOM	XDP_PACKET_HEADROOM
#define VIONIC_RX_ROOM		(PAGE_SIZE - VIONIC_RX_HEADROOM - \
				 SKB_DATA_ALIGN(sizeof(struct skb_shared_info)))

/* Fewest buffers that make a ring useful, if the device has that many */
#define VIONIC_RX_RING_MIN	32

/**
 * struct vionic_rx_pools - page pools that no ring uses
 * @idle: of a queue, the one that its ring had before or left when it went down
 *
 * A pool outlives its rings and is used again by the next. That spares the
 * allocator, and it keeps away from a race of some kernels, 6.12 for one: as a
 * pool is destroyed, its pages that are in the stack still are unmapped, and
 * written to even if a softirq gave them back to the allocator meanwhile. Rings
 * are exchanged under traffic, where that happens. Under vionic_lock().
 */
struct vionic_rx_pools {
	struct page_pool *idle[2];
};

/**
 * struct vionic_rx_ring - a ring and the pages posted in it
 * @vq:		the ring
 * @page:	by slot: the pages that are posted. Slots go by descriptor ids;
 *		with tables @chain of them to an id
 * @pool:	where pages come from and go to
 * @pools:	where @pool goes
 * @hdr_len:	bytes of the header in front of a frame
 * @hdr_apart:	the header has a descriptor of its own
 * @chain:	pages of a buffer
 * @ndesc:	descriptors of a buffer
 * @table:	indirect tables, by descriptor id; NULL: none
 * @table_dma:	bus address of @table
 */
struct vionic_rx_ring {
	struct vionic_vq vq;
	struct page **page;
	struct page_pool *pool;
	struct vionic_rx_pools *pools;
	u8 hdr_len;
	bool hdr_apart;
	u16 chain;
	u16 ndesc;
	struct vionic_desc *table;
	dma_addr_t table_dma;
};

/**
 * struct vionic_rx_ring_params - how a receive ring is made
 * @vq:		the ring
 * @pools:	of its queue
 * @pool_size:	pages that a pool should keep, for the largest ring
 * @hdr_len:	bytes of the header in front of a frame
 * @hdr_apart:	the header wants a descriptor of its own
 * @chain:	pages of a buffer
 */
struct vionic_rx_ring_params {
	struct vionic_vq_params vq;
	struct vionic_rx_pools *pools;
	u32 pool_size;
	u8 hdr_len;
	bool hdr_apart;
	u16 chain;
};

/**
 * vionic_rx_chain() - pages that a frame needs
 * @bytes: of the frame, without the header
 */
static inline u16 vionic_rx_chain(u32 bytes)
{
	return DIV_ROUND_UP(bytes, VIONIC_RX_ROOM);
}

/**
 * vionic_rx_ring_alloc() - make a ring full of buffers
 * @ring:	filled in
 * @params:	what is wanted
 *
 * May sleep. The device does not know of it yet.
 *
 * Return: 0 or -ENOMEM.
 */
int vionic_rx_ring_alloc(struct vionic_rx_ring *ring,
			 const struct vionic_rx_ring_params *params);

/**
 * vionic_rx_ring_free() - release a ring and its buffers
 * @ring: ring that the device does not own, unlinked from its NAPI; one never
 *	  allocated is fine
 */
void vionic_rx_ring_free(struct vionic_rx_ring *ring);

/**
 * vionic_rx_pools_destroy() - destroy a queue's pools
 * @pools: of a queue without a ring, for good
 *
 * May sleep. Pages that are in the stack still are freed when it lets go.
 */
void vionic_rx_pools_destroy(struct vionic_rx_pools *pools);

/**
 * vionic_rx_ring_recycle() - make a ring that was used ready for a new start
 * @ring: ring that the device does not own
 *
 * Buffers stay in it and are committed afresh. May sleep.
 *
 * Return: 0, or -ENOMEM if it could not be filled at all.
 */
int vionic_rx_ring_recycle(struct vionic_rx_ring *ring);

/**
 * vionic_rx_refill() - commit buffers until the ring is full
 * @ring:	ring
 * @gfp:	how to allocate
 *
 * NAPI poll, or any context while NAPI is disabled. Publishes nothing.
 *
 * Return: false if memory ran out.
 */
bool vionic_rx_refill(struct vionic_rx_ring *ring, gfp_t gfp);

/**
 * vionic_rx_sync() - let the CPU see what the device wrote
 * @ring:	ring
 * @page:	page of a used buffer
 * @offset:	where it wrote
 * @len:	how much
 */
static inline void vionic_rx_sync(const struct vionic_rx_ring *ring,
				  struct page *page, u32 offset, u32 len)
{
	dma_addr_t dma = page_pool_get_dma_addr(page);

	dma_sync_single_range_for_cpu(ring->vq.dev, dma, offset, len,
				      DMA_BIDIRECTIONAL);
}

/**
 * vionic_rx_slot() - slot of the first page of a buffer
 * @ring:	ring
 * @id:		the buffer's first descriptor
 */
static inline u32 vionic_rx_slot(const struct vionic_rx_ring *ring, u16 id)
{
	return ring->table ? (u32)id * ring->chain : id;
}

/**
 * vionic_rx_next_slot() - slot of the next page of a buffer
 * @ring:	ring
 * @l:		its layout
 * @slot:	slot of the page before
 * @nth:	which page it is; the first is the 0th
 *
 * A header apart takes the descriptor behind that whose slot has the first
 * page.
 */
static __always_inline u32
vionic_rx_next_slot(const struct vionic_rx_ring *ring, enum vionic_layout l,
		    u32 slot, u16 nth)
{
	if (ring->table)
		return slot + 1;
	if (ring->hdr_apart && nth == 1)
		slot = vionic_vq_next(&ring->vq, l, slot);
	return vionic_vq_next(&ring->vq, l, slot);
}

/* The CPU is done with what it saw of a page */
static inline void vionic_rx_sync_back(const struct vionic_rx_ring *ring,
				       struct page *page)
{
	dma_sync_single_range_for_device(ring->vq.dev,
					 page_pool_get_dma_addr(page),
					 VIONIC_RX_HEADROOM - ring->hdr_len,
					 ring->hdr_len + VIONIC_RX_ROOM,
					 DMA_BIDIRECTIONAL);
}

/**
 * vionic_rx_repost() - have the next refill post a buffer again as it is
 * @ring:	ring
 * @l:		its layout
 * @buf:	used buffer, of which nothing was kept
 *
 * NAPI poll. Its pages stay in their slots; a ring in which ids are places
 * could not take it anywhere else.
 */
static __always_inline void vionic_rx_repost(struct vionic_rx_ring *ring,
					     enum vionic_layout l,
					     const struct vionic_used_buf *buf)
{
	u32 slot = vionic_rx_slot(ring, buf->id);
	u16 n;

	for (n = 0; n < ring->chain; n++) {
		if (n)
			slot = vionic_rx_next_slot(ring, l, slot, n);
		vionic_rx_sync_back(ring, ring->page[slot]);
	}
	vionic_vq_free_buf(&ring->vq, l, buf);
}

#endif /* _VIONIC_RX_BUF_H */
