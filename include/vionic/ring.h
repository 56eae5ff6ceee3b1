/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What every ring layout shares: the ring's private state, the queue of free
 * descriptor ids, index arithmetic and barriers. Pure: also compiles in user
 * space (selftests/unit).
 *
 * Two contexts may use one ring at the same time: a producer that adds buffers
 * and kicks, and a consumer that takes used ones back. They share nothing but
 * the queue of free descriptor ids, written by the consumer and read by the
 * producer, so that neither needs a lock.
 *
 *	producer: put... commit, publish, need_kick		(xmit, refill)
 *	consumer: pop, free, irq_off, irq_on			(NAPI poll)
 *
 * A descriptor's id is the index of its shadow, here and at the ring's owner.
 * Ids go round first in, first out; with VIRTIO_F_IN_ORDER they are places in
 * the ring and need no queue.
 */
#ifndef _VIONIC_RING_H
#define _VIONIC_RING_H

#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/types.h>
#include <asm/barrier.h>
#include <vionic/wire.h>

#define VIONIC_RING_MAX		32768	/* entries, 2.7 */

/* What a look into the used ring can yield besides a buffer */
enum vionic_ring_state {
	VIONIC_RING_OK,		/* a buffer was taken */
	VIONIC_RING_EMPTY,	/* the device has used nothing more */
	VIONIC_RING_BROKEN,	/* the device wrote nonsense: only a reset helps */
};

/* One buffer (a chain of descriptors) that the device gave back */
struct vionic_used_buf {
	u32 len;	/* bytes written, as the device says: check before use */
	u16 id;		/* head descriptor; index into the owner's shadow array */
	u16 ndesc;	/* descriptors in the chain */
};

/**
 * vionic_ring_need_event() - was an event index passed?
 * @event:	index after which the other side wants to hear of us
 * @new:	our index now
 * @old:	our index when we last asked
 *
 * All indices run freely through 16 bits (2.7.7.2, 2.7.10).
 *
 * Return: true if @event lies in [@old, @new).
 */
static inline bool vionic_ring_need_event(u16 event, u16 new, u16 old)
{
	return (u16)(new - event - 1) < (u16)(new - old);
}

/* A device that did not accept VIRTIO_F_ORDER_PLATFORM runs on a CPU of this
 * machine and is ordered as another CPU is; one that did is ordered as
 * hardware is (6.1). The virt_ variants stay in force on kernels built for one
 * CPU, as the device runs on another.
 */
static inline void vionic_wmb(bool hardware)
{
	if (hardware)
		dma_wmb(); /* entries before the index that shows them */
	else
		virt_wmb(); /* likewise */
}

static inline void vionic_rmb(bool hardware)
{
	if (hardware)
		dma_rmb(); /* the device's index before what it covers */
	else
		virt_rmb(); /* likewise */
}

static inline void vionic_mb(bool hardware)
{
	if (hardware)
		mb(); /* what we wrote before what the device wishes */
	else
		virt_mb(); /* likewise */
}

/**
 * enum vionic_layout - how a ring is laid out and used
 * @VIONIC_SPLIT:		split, 2.7
 * @VIONIC_SPLIT_IN_ORDER:	split, VIRTIO_F_IN_ORDER
 * @VIONIC_PACKED:		packed, 2.8
 * @VIONIC_PACKED_IN_ORDER:	packed, VIRTIO_F_IN_ORDER
 *
 * A constant wherever packets are handled, so that the compiler makes a version
 * of the loop for each.
 */
enum vionic_layout {
	VIONIC_SPLIT,
	VIONIC_SPLIT_IN_ORDER,
	VIONIC_PACKED,
	VIONIC_PACKED_IN_ORDER,
};

static __always_inline bool vionic_is_packed(enum vionic_layout l)
{
	return l >= VIONIC_PACKED;
}

static __always_inline bool vionic_is_in_order(enum vionic_layout l)
{
	return l == VIONIC_SPLIT_IN_ORDER || l == VIONIC_PACKED_IN_ORDER;
}

/**
 * struct vionic_slot - private shadow of a descriptor
 * @next:	id of the next descriptor of the chain
 * @ndesc:	length of the chain that starts here; 0: not with the device
 */
struct vionic_slot {
	u16 next;
	u16 ndesc;
};

/**
 * struct vionic_split - DMA memory of a split ring
 * @desc:	descriptor table
 * @avail:	driver area
 * @used:	device area
 */
struct vionic_split {
	struct vionic_desc *desc;
	struct vionic_avail *avail;
	struct vionic_used *used;
};

/**
 * struct vionic_packed - DMA memory of a packed ring
 * @desc:	descriptor ring
 * @driver:	driver event suppression
 * @device:	device event suppression
 */
struct vionic_packed {
	struct vionic_packed_desc *desc;
	__le32 *driver;
	__le32 *device;
};

/**
 * struct vionic_ring - a virtqueue's ring
 * @split:	memory, if split
 * @packed:	memory, if packed
 * @slot:	shadow of the descriptors, by id, private
 * @free_ids:	queue of free descriptor ids, @mask + 1 entries, private
 * @num:	entries of the ring
 * @mask:	of places in @free_ids, and in the rings of a split one
 * @fill:	in order: bytes that the device wrote into a buffer for which it
 *		gave no length (2.8.8: all there are); 0: nobody asks
 * @event_idx:	VIRTIO_F_EVENT_IDX was negotiated
 * @hardware:	VIRTIO_F_ORDER_PLATFORM was negotiated
 * @broken:	the device wrote nonsense; sticks until the ring is initialised
 * @avail_idx:	buffers committed, running freely
 * @free_head:	descriptors put, running freely; place in @free_ids
 * @kicked:	split: @avail_idx, packed: @free_head when the device was last
 *		asked whether it wants a kick
 * @avail_pos:	packed: where the next descriptor goes
 * @shown_pos:	packed: @avail_pos when last published
 * @shown_idx:	packed: @avail_idx when last published
 * @shown_flags: packed: what makes the descriptor at @shown_pos available
 * @used_idx:	buffers taken back, running freely
 * @used_seen:	split: the device's index when last looked at
 * @used_pos:	where the next used descriptor will be. Split: in order only
 * @free_tail:	descriptors freed, running freely, @num ahead; place in @free_ids
 * @batch:	in order: buffers up to @batch_id are known to be used
 * @batch_id:	in order: the last one
 * @batch_len:	in order: bytes written into that one
 *
 * Positions in a packed ring are kept as the device sees them: the lower 15
 * bits are an offset, the upper one is the wrap counter (2.8.1).
 */
struct vionic_ring {
	/* written at set-up only */
	union {
		struct vionic_split split;
		struct vionic_packed packed;
	};
	struct vionic_slot *slot;
	u16 *free_ids;
	u16 num;
	u16 mask;
	u32 fill;
	bool event_idx;
	bool hardware;
	bool broken;

	/* written by the producer */
	u16 avail_idx ____cacheline_aligned;
	u16 free_head;
	u16 kicked;
	u16 avail_pos;
	u16 shown_pos;
	u16 shown_idx;
	u16 shown_flags;

	/* written by the consumer */
	u16 used_idx ____cacheline_aligned;
	u16 used_seen;
	u16 used_pos;
	u16 free_tail;
	bool batch;
	u16 batch_id;
	u32 batch_len;
};

/**
 * vionic_ring_init() - bring the private state to its beginning
 * @r: ring whose set-up fields (memory, sizes, flags) are filled in
 *
 * Any buffer that was with the device is forgotten: fetch it before (see
 * vionic_ring_take_back()).
 */
static inline void vionic_ring_init(struct vionic_ring *r)
{
	u32 i;

	r->broken = false;
	r->avail_idx = 0;
	r->free_head = 0;
	r->kicked = 0;
	r->shown_idx = 0;
	r->shown_flags = 0;
	r->used_idx = 0;
	r->used_seen = 0;
	r->free_tail = r->num;
	r->batch = false;
	for (i = 0; i < r->num; i++) {
		r->free_ids[i] = i;
		r->slot[i].next = 0;
		r->slot[i].ndesc = 0;
	}
}

/**
 * vionic_ring_free_count() - descriptors that can be put
 * @r: ring
 *
 * Always up to date, as netif_txq_maybe_stop() wants. Producer; a guess for others.
 *
 * Return: how many.
 */
static inline u16 vionic_ring_free_count(const struct vionic_ring *r)
{
	/* pairs with the release in vionic_ring_free() */
	return smp_load_acquire(&r->free_tail) - READ_ONCE(r->free_head);
}

/**
 * vionic_ring_put_count() - what was put so far, as @kicked counts it
 * @r: ring
 * @l: its layout
 *
 * Producer.
 *
 * Return: a number that runs freely.
 */
static __always_inline u16 vionic_ring_put_count(const struct vionic_ring *r,
						 enum vionic_layout l)
{
	return vionic_is_packed(l) ? r->free_head : r->avail_idx;
}

/**
 * vionic_ring_has_news() - was anything put since the device was last asked
 *			    whether it wants to hear of it?
 * @r: ring
 * @l: its layout
 *
 * Producer.
 *
 * Return: true if so; else there is nothing to publish, nor to kick for.
 */
static __always_inline bool vionic_ring_has_news(const struct vionic_ring *r,
						 enum vionic_layout l)
{
	return r->kicked != vionic_ring_put_count(r, l);
}

/**
 * vionic_ring_inflight() - buffers committed and not yet taken back
 * @r: ring
 *
 * Return: how many.
 */
static inline u16 vionic_ring_inflight(const struct vionic_ring *r)
{
	return READ_ONCE(r->avail_idx) - READ_ONCE(r->used_idx);
}

/**
 * vionic_ring_next_avail() - where the next buffer will be made available
 * @r: ring, all committed
 * @l: its layout
 *
 * As a notification says it, 2.9: an index, or an offset and a wrap counter.
 *
 * Return: that place.
 */
static __always_inline u16 vionic_ring_next_avail(const struct vionic_ring *r,
						  enum vionic_layout l)
{
	return vionic_is_packed(l) ? r->avail_pos : r->avail_idx;
}

/**
 * vionic_ring_next() - the descriptor behind @id in its chain
 * @r:	ring
 * @l:	its layout
 * @id:	descriptor, not the last of a chain
 *
 * Return: its id.
 */
static __always_inline u16 vionic_ring_next(const struct vionic_ring *r,
					    enum vionic_layout l, u16 id)
{
	if (!vionic_is_in_order(l))
		return r->slot[id].next;
	return id + 1 == r->num ? 0 : id + 1;
}

/**
 * vionic_ring_free() - let a popped buffer's descriptors be put again
 * @r:		ring
 * @l:		its layout
 * @buf:	what was popped
 *
 * In the order of popping. Consumer; all use of the owner's shadow for these
 * ids ends before.
 */
static __always_inline void vionic_ring_free(struct vionic_ring *r,
					     enum vionic_layout l,
					     const struct vionic_used_buf *buf)
{
	u16 tail = r->free_tail;
	u16 id = buf->id;
	u16 n;

	if (vionic_is_in_order(l)) {
		tail += buf->ndesc;
	} else {
		/* most chains end here: their next is not looked at */
		r->free_ids[tail++ & r->mask] = id;
		for (n = buf->ndesc; unlikely(n > 1); n--) {
			id = r->slot[id].next;
			r->free_ids[tail++ & r->mask] = id;
		}
	}
	/* whoever sees the ids free sees us done with their slots */
	smp_store_release(&r->free_tail, tail);
}

/**
 * vionic_ring_take_back() - fetch a buffer that the device never used
 * @r:		ring whose queue was reset: the device owns nothing any more
 * @from:	id to search from; 0 at first, then the last one's id + 1
 * @buf:	filled in; its len is 0
 *
 * Return: false when there are no more.
 */
static inline bool vionic_ring_take_back(struct vionic_ring *r, u32 from,
					 struct vionic_used_buf *buf)
{
	for (; from < r->num; from++) {
		if (!r->slot[from].ndesc)
			continue;
		buf->id = from;
		buf->len = 0;
		buf->ndesc = r->slot[from].ndesc;
		r->slot[from].ndesc = 0;
		return true;
	}
	return false;
}

static inline enum vionic_ring_state vionic_ring_break(struct vionic_ring *r)
{
	/* nothing more is seen, so that the next pop looks and finds out */
	r->used_seen = r->used_idx;
	r->batch = false;
	WRITE_ONCE(r->broken, true);
	return VIONIC_RING_BROKEN;
}

/* A buffer is with the device from here on, as far as we are concerned */
static inline void vionic_ring_give(struct vionic_ring *r, u16 head, u16 ndesc)
{
	/* a lying device may have it popped right now: see vionic_ring_take() */
	smp_store_release(&r->slot[head].ndesc, ndesc);
	WRITE_ONCE(r->avail_idx, (u16)(r->avail_idx + 1));
}

/* The buffer @id is taken from the device: false if it was not there. Here, and
 * for batches in vionic_ring_open_batch(), the ids that it names are checked.
 */
static inline bool vionic_ring_take(struct vionic_ring *r, u32 id,
				    struct vionic_used_buf *buf)
{
	u16 ndesc;

	if (id >= r->num)
		return false;
	/* whoever sees a chain sees all of it, even one that the device was
	 * not shown yet
	 */
	ndesc = smp_load_acquire(&r->slot[id].ndesc);
	if (!ndesc)
		return false;
	buf->id = id;
	buf->ndesc = ndesc;
	r->slot[id].ndesc = 0;
	WRITE_ONCE(r->used_idx, (u16)(r->used_idx + 1));
	return true;
}

/* In order: all buffers up to @id were used, says the device. Buffers in flight
 * are next to each other, so a batch ends if its last one is among them.
 */
static inline bool vionic_ring_open_batch(struct vionic_ring *r, u32 id,
					  u32 len)
{
	if (id >= r->num || !READ_ONCE(r->slot[id].ndesc))
		return false;
	r->batch_id = id;
	r->batch_len = len;
	r->batch = true;
	return true;
}

/* In order: take the buffer at @id, one of a batch that is known to be used */
static inline bool vionic_ring_take_batched(struct vionic_ring *r, u16 id,
					    struct vionic_used_buf *buf)
{
	if (!vionic_ring_take(r, id, buf))
		return false;
	r->batch = id != r->batch_id;
	buf->len = r->batch ? r->fill : r->batch_len;
	return true;
}

/**
 * vionic_ring_indirect() - write an entry of an indirect table
 * @l:		layout of the ring
 * @table:	the table, of 16 bytes an entry
 * @i:		which
 * @last:	it is the last one
 * @flags:	VRING_DESC_F_WRITE or 0
 * @addr:	bus address
 * @len:	bytes
 *
 * 2.7.5.3, 2.8.7.
 */
static __always_inline void vionic_ring_indirect(enum vionic_layout l,
						 void *table, u16 i, bool last,
						 u16 flags, u64 addr, u32 len)
{
	if (vionic_is_packed(l)) {
		struct vionic_packed_desc *d = table;

		d[i] = (struct vionic_packed_desc) {
			.addr = cpu_to_le64(addr),
			.len = cpu_to_le32(len),
			.flags = cpu_to_le16(flags),
		};
	} else {
		struct vionic_desc *d = table;

		d[i] = (struct vionic_desc) {
			.addr = cpu_to_le64(addr),
			.len = cpu_to_le32(len),
			.flags = cpu_to_le16(last ? flags :
					     flags | VRING_DESC_F_NEXT),
			.next = last ? 0 : cpu_to_le16(i + 1),
		};
	}
}

#endif /* _VIONIC_RING_H */
