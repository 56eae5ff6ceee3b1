/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Split virtqueue (virtio 1.3, 2.7), driver side.
 *
 * Two contexts may use one ring at the same time: a producer that adds buffers
 * and kicks, and a consumer that takes used ones back. They share nothing but
 * the queue of free descriptor ids, written by the consumer and read by the
 * producer, so that neither needs a lock.
 *
 *	producer: put... commit, publish, need_kick		(xmit, refill)
 *	consumer: pop, free or repost, irq_off, irq_on		(NAPI poll)
 *
 * A receive ring has one context for both, which is what repost relies on.
 *
 * Ids go round in that queue first in, first out: a device that works in order
 * makes us walk the descriptor table in order.
 *
 * Nothing is read back from memory that the device may write, but for the used
 * ring, and each value from there is read once and checked in
 * vionic_split_pop(). Pure: also compiles in user space (selftests/unit).
 */
#ifndef _VIONIC_RING_SPLIT_H
#define _VIONIC_RING_SPLIT_H

#include <linux/cache.h>
#include <linux/compiler.h>
#include <vionic/ring.h>

/**
 * struct vionic_split_slot - private shadow of a descriptor
 * @next:	id of the next descriptor of the chain
 * @ndesc:	length of the chain that starts here; 0: not with the device
 */
struct vionic_split_slot {
	u16 next;
	u16 ndesc;
};

/**
 * struct vionic_split - a split virtqueue
 * @desc:	descriptor table, in DMA memory
 * @avail:	driver area, in DMA memory
 * @used:	device area, in DMA memory
 * @slot:	shadow of @desc, private
 * @free_ids:	queue of free descriptor ids, @num entries, private
 * @num:	entries of the ring, a power of two
 * @mask:	@num - 1
 * @event_idx:	VIRTIO_F_EVENT_IDX was negotiated
 * @hardware:	VIRTIO_F_ORDER_PLATFORM was negotiated
 * @broken:	the device wrote nonsense; sticks until vionic_split_init()
 * @avail_idx:	next entry of the available ring
 * @kicked_idx:	@avail_idx at the last vionic_split_need_kick()
 * @free_head:	next id of @free_ids to take
 * @used_idx:	next entry of the used ring to take
 * @used_seen:	the device's index when last looked at
 * @free_tail:	where the next free id goes in @free_ids
 */
struct vionic_split {
	/* written at set-up only */
	struct vionic_desc *desc;
	struct vionic_avail *avail;
	struct vionic_used *used;
	struct vionic_split_slot *slot;
	u16 *free_ids;
	u16 num;
	u16 mask;
	bool event_idx;
	bool hardware;
	bool broken;

	/* written by the producer */
	u16 avail_idx ____cacheline_aligned;
	u16 kicked_idx;
	u16 free_head;

	/* written by the consumer */
	u16 used_idx ____cacheline_aligned;
	u16 used_seen;
	u16 free_tail;
};

/* Sizes of the three areas in bytes and their alignment, 2.7 */
#define VIONIC_SPLIT_DESC_ALIGN		16
#define VIONIC_SPLIT_AVAIL_ALIGN	2
#define VIONIC_SPLIT_USED_ALIGN		4

static inline size_t vionic_split_desc_bytes(u16 num)
{
	return sizeof(struct vionic_desc) * num;
}

static inline size_t vionic_split_avail_bytes(u16 num)
{
	return sizeof(struct vionic_avail) + sizeof(__le16) * num +
	       sizeof(__le16);
}

static inline size_t vionic_split_used_bytes(u16 num)
{
	return sizeof(struct vionic_used) +
	       sizeof(struct vionic_used_elem) * num + sizeof(__le16);
}

/**
 * vionic_split_num_valid() - may a split ring have this many entries?
 * @num: entries
 */
static inline bool vionic_split_num_valid(u32 num)
{
	return num >= 2 && num <= VIONIC_RING_MAX && !(num & (num - 1));
}

static inline __le16 *vionic_split_used_event(struct vionic_split *r)
{
	return &r->avail->ring[r->num];
}

static inline __le16 *vionic_split_avail_event(struct vionic_split *r)
{
	return (__le16 *)&r->used->ring[r->num];
}

/**
 * vionic_split_init() - bring a ring to its first state
 * @r:		ring whose set-up fields (memory, sizes, flags) are filled in
 *
 * The three areas must be zeroed. Interrupts are on afterwards. Any buffer
 * that was with the device is forgotten: fetch it before (see
 * vionic_split_take_back()).
 */
static inline void vionic_split_init(struct vionic_split *r)
{
	u32 i;

	r->broken = false;
	r->avail_idx = 0;
	r->kicked_idx = 0;
	r->free_head = 0;
	r->used_idx = 0;
	r->used_seen = 0;
	r->free_tail = r->num;
	for (i = 0; i < r->num; i++) {
		r->free_ids[i] = i;
		r->slot[i].next = 0;
		r->slot[i].ndesc = 0;
	}
}

/**
 * vionic_split_free_count() - descriptors that can be put
 * @r: ring
 *
 * Always up to date, as netif_txq_maybe_stop() wants. Producer.
 */
static inline u16 vionic_split_free_count(const struct vionic_split *r)
{
	/* pairs with the release in vionic_split_free() */
	return smp_load_acquire(&r->free_tail) - r->free_head;
}

/**
 * vionic_split_inflight() - buffers committed and not yet taken back
 * @r: ring
 */
static inline u16 vionic_split_inflight(const struct vionic_split *r)
{
	return READ_ONCE(r->avail_idx) - READ_ONCE(r->used_idx);
}

/**
 * vionic_split_head() - id that the next vionic_split_put() will use
 * @r: ring
 */
static inline u16 vionic_split_head(const struct vionic_split *r)
{
	return r->free_ids[r->free_head & r->mask];
}

/**
 * vionic_split_put() - write one descriptor of a chain
 * @r:		ring with a free descriptor (vionic_split_free_count())
 * @addr:	bus address
 * @len:	bytes
 * @flags:	VRING_DESC_F_WRITE, and VRING_DESC_F_NEXT on all but the last
 *
 * The device sees none of it before commit and publish. Producer.
 *
 * Return: the descriptor's id.
 */
static inline u16 vionic_split_put(struct vionic_split *r, u64 addr, u32 len,
				   u16 flags)
{
	u16 id = vionic_split_head(r);
	struct vionic_desc *d = &r->desc[id];

	r->free_head++;
	d->addr = cpu_to_le64(addr);
	d->len = cpu_to_le32(len);
	d->flags = cpu_to_le16(flags);
	if (flags & VRING_DESC_F_NEXT) {
		u16 next = vionic_split_head(r);

		d->next = cpu_to_le16(next);
		r->slot[id].next = next;
	}
	return id;
}

/**
 * vionic_split_rewind() - forget descriptors put since the last commit
 * @r:		ring
 * @ndesc:	how many
 *
 * Producer.
 */
static inline void vionic_split_rewind(struct vionic_split *r, u16 ndesc)
{
	r->free_head -= ndesc;
}

/**
 * vionic_split_commit() - make a chain the next available buffer
 * @r:		ring
 * @head:	id of its first descriptor
 * @ndesc:	descriptors in it
 *
 * Producer.
 */
static inline void vionic_split_commit(struct vionic_split *r, u16 head,
				       u16 ndesc)
{
	/* a lying device may have it popped right now: see vionic_split_pop() */
	smp_store_release(&r->slot[head].ndesc, ndesc);
	r->avail->ring[r->avail_idx & r->mask] = cpu_to_le16(head);
	WRITE_ONCE(r->avail_idx, (u16)(r->avail_idx + 1));
}

/**
 * vionic_split_repost() - give a buffer back to the device as it is
 * @r:		ring
 * @buf:	what vionic_split_pop() returned
 *
 * Its descriptors still stand. Only where one context is both producer and
 * consumer.
 */
static inline void vionic_split_repost(struct vionic_split *r,
				       const struct vionic_used_buf *buf)
{
	vionic_split_commit(r, buf->id, buf->ndesc);
}

/**
 * vionic_split_publish() - show the device all that was committed
 * @r: ring
 *
 * 2.7.13.3: the entries must be visible before the index. Producer.
 */
static inline void vionic_split_publish(struct vionic_split *r)
{
	vionic_wmb(r->hardware);
	WRITE_ONCE(r->avail->idx, cpu_to_le16(r->avail_idx));
}

/**
 * vionic_split_need_kick() - does the device want to hear of what we published?
 * @r: ring
 *
 * 2.7.13.4.1: the index must be visible before we look at what the device
 * asked for. Producer, after vionic_split_publish().
 */
static inline bool vionic_split_need_kick(struct vionic_split *r)
{
	u16 old = r->kicked_idx;

	r->kicked_idx = r->avail_idx;
	vionic_mb(r->hardware);
	if (r->event_idx) {
		__le16 raw = READ_ONCE(*vionic_split_avail_event(r));
		u16 event = le16_to_cpu(raw);

		return vionic_ring_need_event(event, r->avail_idx, old);
	}
	return !(READ_ONCE(r->used->flags) &
		 cpu_to_le16(VRING_USED_F_NO_NOTIFY));
}

static inline enum vionic_ring_state vionic_split_break(struct vionic_split *r)
{
	/* nothing more is seen, so that the next pop looks and finds out */
	r->used_seen = r->used_idx;
	WRITE_ONCE(r->broken, true);
	return VIONIC_RING_BROKEN;
}

/**
 * vionic_split_look() - read the device's index afresh
 * @r: ring
 *
 * More used buffers than the device was given mark the ring broken. Consumer.
 */
static inline enum vionic_ring_state vionic_split_look(struct vionic_split *r)
{
	u16 seen = le16_to_cpu(READ_ONCE(r->used->idx));

	if (READ_ONCE(r->broken))
		return VIONIC_RING_BROKEN;
	if (seen == r->used_idx)
		return VIONIC_RING_EMPTY;
	/* 2.7.14: entries may be read only after the index that covers them;
	 * this also orders our own avail_idx, which another CPU wrote before
	 * the device could use the buffer.
	 */
	vionic_rmb(r->hardware);
	if ((u16)(seen - r->used_idx) > vionic_split_inflight(r))
		return vionic_split_break(r);
	r->used_seen = seen;
	return VIONIC_RING_OK;
}

/**
 * vionic_split_pop() - take the next used buffer
 * @r:		ring
 * @buf:	filled in on VIONIC_RING_OK
 *
 * The device's index is read again only when all that was seen is taken. The
 * buffer's descriptors stay reserved until vionic_split_free() or
 * vionic_split_repost(). Consumer.
 */
static inline enum vionic_ring_state
vionic_split_pop(struct vionic_split *r, struct vionic_used_buf *buf)
{
	const struct vionic_used_elem *e;
	u16 ndesc;
	u32 id;

	if (r->used_idx == r->used_seen) {
		enum vionic_ring_state state = vionic_split_look(r);

		if (state != VIONIC_RING_OK)
			return state;
	}
	e = &r->used->ring[r->used_idx & r->mask];
	id = le32_to_cpu(READ_ONCE(e->id));
	if (id >= r->num)
		return vionic_split_break(r);
	/* whoever sees a chain sees all of it, even one that the device was
	 * not shown yet
	 */
	ndesc = smp_load_acquire(&r->slot[id].ndesc);
	if (!ndesc)
		return vionic_split_break(r);
	buf->len = le32_to_cpu(READ_ONCE(e->len));
	buf->id = id;
	buf->ndesc = ndesc;
	r->slot[id].ndesc = 0;
	WRITE_ONCE(r->used_idx, (u16)(r->used_idx + 1));
	return VIONIC_RING_OK;
}

/**
 * vionic_split_next() - the descriptor behind @id in its chain
 * @r:	ring
 * @id:	descriptor, not the last of a chain
 */
static inline u16 vionic_split_next(const struct vionic_split *r, u16 id)
{
	return r->slot[id].next;
}

/**
 * vionic_split_free() - let a popped buffer's descriptors be put again
 * @r:		ring
 * @buf:	what vionic_split_pop() returned
 *
 * Consumer; all use of the owner's shadow for these ids ends before.
 */
static inline void vionic_split_free(struct vionic_split *r,
				     const struct vionic_used_buf *buf)
{
	u16 tail = r->free_tail;
	u16 id = buf->id;
	u16 n;

	for (n = buf->ndesc; n; n--) {
		r->free_ids[tail & r->mask] = id;
		tail++;
		id = r->slot[id].next;
	}
	/* whoever sees the ids free sees us done with their slots */
	smp_store_release(&r->free_tail, tail);
}

/**
 * vionic_split_take_back() - fetch a buffer that the device never used
 * @r:		ring whose queue was reset: the device owns nothing any more
 * @from:	id to search from; 0 at first, then the last one's id + 1
 * @buf:	filled in; its len is 0
 *
 * Return: false when there are no more.
 */
static inline bool vionic_split_take_back(struct vionic_split *r, u32 from,
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

/**
 * vionic_split_irq_off() - ask the device not to interrupt
 * @r: ring
 *
 * A hint (2.7.7): one more interrupt may come. With event indices the wish is
 * set half the index space away, which holds whichever of the device and us is
 * ahead. Consumer or its interrupt handler.
 */
static inline void vionic_split_irq_off(struct vionic_split *r)
{
	if (r->event_idx)
		WRITE_ONCE(*vionic_split_used_event(r),
			   cpu_to_le16(READ_ONCE(r->used_idx) + 0x8000));
	else
		WRITE_ONCE(r->avail->flags,
			   cpu_to_le16(VRING_AVAIL_F_NO_INTERRUPT));
}

/**
 * vionic_split_irq_on() - ask for an interrupt
 * @r:		ring
 * @skip:	used buffers that may pass before it, less than those in flight
 *		(honoured only with event indices)
 *
 * Consumer. May race with another consumer context that took over meanwhile:
 * both wish and check build on one reading of our index, so that whoever writes
 * last either left the right wish or returns true.
 *
 * Return: true if that many are used already, so that no interrupt may come:
 * the caller has to look again (2.7.7.1). Never for a broken ring, in which
 * there is nothing to be found.
 */
static inline bool vionic_split_irq_on(struct vionic_split *r, u16 skip)
{
	u16 taken = READ_ONCE(r->used_idx);
	u16 used;

	if (r->event_idx) {
		WRITE_ONCE(*vionic_split_used_event(r),
			   cpu_to_le16(taken + skip));
	} else {
		WRITE_ONCE(r->avail->flags, 0);
		skip = 0;
	}
	vionic_mb(r->hardware);
	used = le16_to_cpu(READ_ONCE(r->used->idx));
	return (u16)(used - taken) > skip && !READ_ONCE(r->broken);
}

/**
 * vionic_split_exhausted() - has the device used all that it was given?
 * @r: ring
 *
 * As of the last look. Consumer, where it is also the producer.
 */
static inline bool vionic_split_exhausted(const struct vionic_split *r)
{
	return r->used_seen == r->avail_idx;
}

#endif /* _VIONIC_RING_SPLIT_H */
