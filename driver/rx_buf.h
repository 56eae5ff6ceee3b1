/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Receive buffers: memory of a page_pool, posted to a ring and posted again. Or that
 * of AF_XDP sockets, each of whose chunks is laid out like a piece of a pool and
 * takes a frame, or part of it. Or pages behind beginnings of frames: rx_hds.h.
 *
 * A piece of memory, of a size that ethtool chooses (rx-buf-len), has room in
 * front for XDP and behind for skb_shared_info, so that an skb is built around
 * it without copying:
 *
 *	| headroom            | frame or part of it | skb_shared_info |
 *	           | header   ^ slot->frame
 *	           ^ slot->dma, posted to the device
 *
 * With VIRTIO_NET_F_MRG_RXBUF a buffer is one piece and the device spreads large
 * frames over several. Without, a buffer is as many pieces as the largest frame
 * needs: behind an indirect table, so that the ring holds as many buffers as it
 * has entries, or else in a chain of descriptors. Some legacy devices want the
 * header in a descriptor of its own (5.1.6.6); it stays where it is.
 */
#ifndef _VIONIC_RX_BUF_H
#define _VIONIC_RX_BUF_H

#include <linux/bpf.h>
#include <linux/skbuff.h>
#include <net/xdp.h>
#include <net/xdp_sock_drv.h>
#include <vionic/compat.h>
#include "dma_blocks.h"
#include "virtqueue.h"

/* Bytes of a piece of memory: a power of two */
#define VIONIC_RX_BUF_MIN	2048
#define VIONIC_RX_BUF_DEFAULT	4096
#define VIONIC_RX_BUF_MAX	32768

/* Frame bytes that the smallest has room for, so that all have */
#define VIONIC_RX_ROOM_MIN	vionic_rx_room(VIONIC_RX_BUF_MIN)

/* Fewest buffers that make a ring useful, if the device has that many */
#define VIONIC_RX_RING_MIN	32

/**
 * struct vionic_rx_pool - where the memory of buffers comes from and goes to
 * @pp:		the pool
 * @mem:	what XDP finds it by
 * @buf_len:	bytes of a piece, VIONIC_RX_BUF_*
 * @dir:	DMA direction of its pages
 */
struct vionic_rx_pool {
	struct page_pool *pp;
	struct xdp_mem_info mem;
	u32 buf_len;
	enum dma_data_direction dir;
};

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
	struct vionic_rx_pool idle[2];
};

/**
 * struct vionic_rx_slot - memory that is posted, or about to be
 * @frame:	where a frame begins, or its part in this piece; NULL: none here
 * @dma:	bus address of the header in front of it
 */
struct vionic_rx_slot {
	void *frame;
	dma_addr_t dma;
};

/**
 * struct vionic_rx_ring - a ring and the memory posted in it
 * @vq:		the ring
 * @slot:	what is posted. Slots go by descriptor ids; with tables @chain of
 *		them to an id
 * @pool:	where memory comes from and goes to
 * @pools:	where @pool goes
 * @foreign:	no skb is built around what is in a slot: see @xsk and @page
 * @xsk:	or memory of sockets; NULL: not theirs
 * @buff:	what they know the memory in a slot by
 * @posted:	bytes of a buffer that the device may write, header included
 * @room:	bytes of a frame that a piece of memory takes
 * @headroom:	bytes in front of it, header included
 * @hdr_len:	bytes of the header in front of a frame
 * @hdr_apart:	the header has a descriptor of its own
 * @chain:	pieces of a buffer
 * @ndesc:	descriptors of a buffer
 * @tables:	by descriptor id: indirect tables; empty: none are used
 * @page:	what is behind the memory in a slot, as the stack names it, rx_hds.h;
 *		NULL: nothing is
 * @page_room:	bytes of each
 */
struct vionic_rx_ring {
	struct vionic_vq vq;
	struct vionic_rx_slot *slot;
	struct vionic_rx_pool pool;
	struct vionic_rx_pools *pools;
	struct xsk_buff_pool *xsk;
	struct xdp_buff **buff;
	u32 posted;
	u16 room;
	u16 headroom;
	u8 hdr_len;
	bool hdr_apart;
	bool foreign;
	u16 chain;
	u16 ndesc;
	struct vionic_dma_blocks tables;
	unsigned long *page;
	u32 page_room;
};

/**
 * struct vionic_rx_ring_params - how a receive ring is made
 * @vq:		the ring
 * @dev:	netdev, whose queue
 * @index:	it is for
 * @pools:	of its queue
 * @xsk:	memory of sockets; NULL: of a page pool
 * @pool_size:	pieces of the largest ring
 * @buf_len:	bytes of a piece
 * @dir:	DMA direction of the page pool: bidirectional if frames are sent from it
 * @hdr_len:	bytes of the header in front of a frame
 * @hdr_apart:	the header wants a descriptor of its own
 * @hds:	beginnings of frames apart, pages behind them
 * @chain:	pieces of a buffer
 */
struct vionic_rx_ring_params {
	struct vionic_vq_params vq;
	struct net_device *dev;
	u16 index;
	struct vionic_rx_pools *pools;
	struct xsk_buff_pool *xsk;
	u32 pool_size;
	u32 buf_len;
	enum dma_data_direction dir;
	u8 hdr_len;
	bool hdr_apart;
	bool hds;
	u16 chain;
};

/* In the smallest less than XDP wants, or a full frame would not fit */
static inline u32 vionic_rx_headroom(u32 buf_len)
{
	return buf_len < VIONIC_RX_BUF_DEFAULT ? XDP_PACKET_HEADROOM - 64 :
						 XDP_PACKET_HEADROOM;
}

/**
 * vionic_rx_room() - bytes of a frame that a piece of memory takes
 * @buf_len: its bytes
 *
 * Return: bytes, without those in front and behind.
 */
static inline u32 vionic_rx_room(u32 buf_len)
{
	return buf_len - vionic_rx_headroom(buf_len) -
	       SKB_DATA_ALIGN(sizeof(struct skb_shared_info));
}

/**
 * vionic_rx_chain() - pieces of memory that a frame needs
 * @bytes:	of the frame, without the header
 * @buf_len:	bytes of a piece
 *
 * Return: how many.
 */
static inline u16 vionic_rx_chain(u32 bytes, u32 buf_len)
{
	return DIV_ROUND_UP(bytes, vionic_rx_room(buf_len));
}

/**
 * vionic_rx_ring_alloc() - make a ring full of buffers
 * @ring:	filled in
 * @params:	what is wanted
 *
 * May sleep. The device does not know of it yet. Memory of sockets is left to the
 * first poll: it may be in another ring still, and only one at a time may ask for it.
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
 * vionic_rx_ring_unload() - give memory of sockets back to them
 * @ring: ring that the device does not own, unlinked from its NAPI
 *
 * Before another ring may ask for it.
 */
void vionic_rx_ring_unload(struct vionic_rx_ring *ring);

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
 * NAPI poll, or any context while NAPI is disabled. Publishes nothing. For rings
 * with memory of a page pool.
 *
 * Return: false if memory ran out.
 */
bool vionic_rx_refill(struct vionic_rx_ring *ring, gfp_t gfp);

/**
 * vionic_rx_refill_xsk() - likewise, with memory of sockets
 * @ring:	ring
 *
 * NAPI poll.
 *
 * Return: false if they have not given enough.
 */
bool vionic_rx_refill_xsk(struct vionic_rx_ring *ring);

/**
 * vionic_rx_sync() - let the CPU see what the device wrote
 * @ring:	ring
 * @slot:	of a used buffer
 * @offset:	where it wrote, behind the beginning of the header
 * @len:	how much
 *
 * Where it takes physical addresses, it writes as a CPU does: the call, which older
 * kernels have not inlined, would cost more than it finds out.
 */
static inline void vionic_rx_sync(const struct vionic_rx_ring *ring,
				  const struct vionic_rx_slot *slot,
				  u32 offset, u32 len)
{
	if (likely(ring->vq.physical))
		return;
	dma_sync_single_range_for_cpu(ring->vq.dev, slot->dma, offset, len,
				      ring->pool.dir);
}

/**
 * vionic_rx_first_slot() - slot of the first piece of a buffer
 * @ring:	ring
 * @id:		the buffer's first descriptor
 *
 * Return: its number.
 */
static inline u32
vionic_rx_first_slot(const struct vionic_rx_ring *ring, u16 id)
{
	return ring->tables.block ? (u32)id * ring->chain : id;
}

/**
 * vionic_rx_next_slot() - slot of the next piece of a buffer
 * @ring:	ring
 * @l:		its layout
 * @slot:	slot of the piece before
 * @nth:	which piece it is; the first is the 0th
 *
 * A header apart takes the descriptor behind that whose slot has the first
 * piece.
 *
 * Return: its number.
 */
static __always_inline u32
vionic_rx_next_slot(const struct vionic_rx_ring *ring, enum vionic_layout l,
		    u32 slot, u16 nth)
{
	if (ring->tables.block)
		return slot + 1;
	if (ring->hdr_apart && nth == 1)
		slot = vionic_vq_next(&ring->vq, l, slot);
	return vionic_vq_next(&ring->vq, l, slot);
}

/**
 * vionic_rx_sync_back() - give memory back to the device
 * @ring:	ring
 * @slot:	slot of the memory
 * @len:	bytes that the device or the CPU wrote, from the header on
 *
 * Behind a bounce buffer, a bidirectional mapping has @len bytes copied.
 *
 * Context: NAPI poll.
 */
static inline void vionic_rx_sync_back(const struct vionic_rx_ring *ring,
				       const struct vionic_rx_slot *slot,
				       u32 len)
{
	if (likely(ring->vq.physical))
		return;
	dma_sync_single_for_device(ring->vq.dev, slot->dma, len,
				   ring->pool.dir);
}

/**
 * vionic_rx_repost() - have the next refill post a buffer again as it is
 * @ring:	ring
 * @l:		its layout
 * @buf:	used buffer, of which nothing was kept
 * @slot:	of its first piece
 *
 * NAPI poll. Its memory stays in its slots; a ring in which ids are places
 * could not take it anywhere else.
 */
static __always_inline void vionic_rx_repost(struct vionic_rx_ring *ring,
					     enum vionic_layout l,
					     const struct vionic_used_buf *buf,
					     u32 slot)
{
	const u32 len = ring->hdr_len + ring->room;
	u16 n;

	vionic_rx_sync_back(ring, &ring->slot[slot], len);
	for (n = 1; unlikely(n < ring->chain); n++) {
		slot = vionic_rx_next_slot(ring, l, slot, n);
		vionic_rx_sync_back(ring, &ring->slot[slot], len);
	}
	vionic_vq_free_buf(&ring->vq, l, buf);
}

/**
 * vionic_rx_repost_short() - post a buffer again of which only the beginning was used
 * @ring:	ring
 * @l:		its layout
 * @buf:	used buffer, of which nothing was kept
 * @slot:	slot of its first piece
 * @len:	bytes of the frame in the first piece; none was accessed behind them
 *
 * Context: NAPI poll.
 */
static __always_inline void
vionic_rx_repost_short(struct vionic_rx_ring *ring, enum vionic_layout l,
		       const struct vionic_used_buf *buf, u32 slot, u32 len)
{
	vionic_rx_sync_back(ring, &ring->slot[slot], ring->hdr_len + len);
	vionic_vq_free_buf(&ring->vq, l, buf);
}

#endif /* _VIONIC_RX_BUF_H */
