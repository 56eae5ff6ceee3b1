/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Split virtqueue (virtio 1.3, 2.7), driver side. See ring.h for who may call
 * what.
 *
 * An id is an index into the descriptor table. They go round first in, first
 * out: a device that works in order makes us walk the table in order. One that
 * promised to (2.7.9) gets them as it wants them, one after the other.
 *
 * Nothing is read back from memory that the device may write, but for the used
 * ring, and each value from there is read once and checked in
 * vionic_split_pop(). Pure: also compiles in user space (selftests/unit).
 */
#ifndef _VIONIC_RING_SPLIT_H
#define _VIONIC_RING_SPLIT_H

#include <vionic/ring.h>

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

/* Legacy devices know one address only, and where in that piece of memory each
 * area is, 2.7.2
 */
#define VIONIC_SPLIT_LEGACY_ALIGN	4096

static inline size_t vionic_split_legacy_align(size_t bytes)
{
	return (bytes + VIONIC_SPLIT_LEGACY_ALIGN - 1) &
	       ~(size_t)(VIONIC_SPLIT_LEGACY_ALIGN - 1);
}

/* The driver area follows the descriptors, the device area begins a page */
static inline size_t vionic_split_legacy_used(u16 num)
{
	return vionic_split_legacy_align(vionic_split_desc_bytes(num) +
					 vionic_split_avail_bytes(num));
}

static inline size_t vionic_split_legacy_bytes(u16 num)
{
	return vionic_split_legacy_used(num) +
	       vionic_split_legacy_align(vionic_split_used_bytes(num));
}

/**
 * vionic_split_num_valid() - may a split ring have this many entries?
 * @num: entries
 *
 * Return: true if it may.
 */
static inline bool vionic_split_num_valid(u32 num)
{
	return num >= 2 && num <= VIONIC_RING_MAX && !(num & (num - 1));
}

static inline __le16 *vionic_split_used_event(struct vionic_ring *r)
{
	return &r->split.avail->ring[r->num];
}

static inline __le16 *vionic_split_avail_event(struct vionic_ring *r)
{
	return (__le16 *)&r->split.used->ring[r->num];
}

/**
 * vionic_split_init() - bring a ring to its first state
 * @r: ring whose set-up fields (memory, sizes, flags) are filled in
 *
 * The three areas must be zeroed. Interrupts are on afterwards.
 */
static inline void vionic_split_init(struct vionic_ring *r)
{
	vionic_ring_init(r);
	r->used_pos = 0;
}

/**
 * vionic_split_head() - id that the next vionic_split_put() will use
 * @r: ring
 * @l: its layout
 *
 * Return: the id.
 */
static __always_inline u16 vionic_split_head(const struct vionic_ring *r,
					     enum vionic_layout l)
{
	u16 place = r->free_head & r->mask;

	return vionic_is_in_order(l) ? place : r->free_ids[place];
}

/**
 * vionic_split_put() - write one descriptor of a chain
 * @r:		ring with a free descriptor (vionic_ring_free_count())
 * @l:		its layout
 * @addr:	bus address
 * @len:	bytes
 * @flags:	VRING_DESC_F_*; _NEXT on all but the last
 *
 * The device sees none of it before commit and publish. Producer.
 *
 * Return: the descriptor's id.
 */
static __always_inline u16 vionic_split_put(struct vionic_ring *r,
					    enum vionic_layout l, u64 addr,
					    u32 len, u16 flags)
{
	u16 id = vionic_split_head(r, l);
	struct vionic_desc *d = &r->split.desc[id];

	WRITE_ONCE(r->free_head, (u16)(r->free_head + 1));
	d->addr = cpu_to_le64(addr);
	d->len = cpu_to_le32(len);
	d->flags = cpu_to_le16(flags);
	if (flags & VRING_DESC_F_NEXT) {
		u16 next = vionic_split_head(r, l);

		d->next = cpu_to_le16(next);
		if (!vionic_is_in_order(l))
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
static inline void vionic_split_rewind(struct vionic_ring *r, u16 ndesc)
{
	WRITE_ONCE(r->free_head, (u16)(r->free_head - ndesc));
}

/**
 * vionic_split_commit() - make a chain the next available buffer
 * @r:		ring
 * @head:	id of its first descriptor
 * @ndesc:	descriptors in it
 *
 * Producer.
 */
static inline void vionic_split_commit(struct vionic_ring *r, u16 head,
				       u16 ndesc)
{
	r->split.avail->ring[r->avail_idx & r->mask] = cpu_to_le16(head);
	vionic_ring_give(r, head, ndesc);
}

/**
 * vionic_split_publish() - show the device all that was committed
 * @r: ring
 *
 * 2.7.13.3: the entries must be visible before the index. Producer.
 */
static inline void vionic_split_publish(struct vionic_ring *r)
{
	vionic_wmb(r->hardware);
	WRITE_ONCE(r->split.avail->idx, cpu_to_le16(r->avail_idx));
}

/**
 * vionic_split_need_kick() - does the device want to hear of what we published?
 * @r: ring
 *
 * 2.7.13.4.1: the index must be visible before we look at what the device
 * asked for. Producer, after vionic_split_publish().
 *
 * Return: true if it does.
 */
static inline bool vionic_split_need_kick(struct vionic_ring *r)
{
	u16 old = r->kicked;

	r->kicked = r->avail_idx;
	vionic_mb(r->hardware);
	if (r->event_idx) {
		__le16 raw = READ_ONCE(*vionic_split_avail_event(r));
		u16 event = le16_to_cpu(raw);

		return vionic_ring_need_event(event, r->avail_idx, old);
	}
	return !(READ_ONCE(r->split.used->flags) &
		 cpu_to_le16(VRING_USED_F_NO_NOTIFY));
}

/**
 * vionic_split_look() - read the device's index afresh
 * @r: ring
 *
 * More used buffers than the device was given mark the ring broken. Consumer.
 *
 * Return: VIONIC_RING_*.
 */
static inline enum vionic_ring_state vionic_split_look(struct vionic_ring *r)
{
	u16 seen = le16_to_cpu(READ_ONCE(r->split.used->idx));

	if (READ_ONCE(r->broken))
		return VIONIC_RING_BROKEN;
	if (seen == r->used_idx)
		return VIONIC_RING_EMPTY;
	/* 2.7.14: entries may be read only after the index that covers them;
	 * this also orders our own avail_idx, which another CPU wrote before
	 * the device could use the buffer.
	 */
	vionic_rmb(r->hardware);
	if ((u16)(seen - r->used_idx) > vionic_ring_inflight(r))
		return vionic_ring_break(r);
	r->used_seen = seen;
	return VIONIC_RING_OK;
}

/* In order: what the entry says of the batch that starts at @used_idx */
static inline bool vionic_split_open_batch(struct vionic_ring *r)
{
	const struct vionic_used_elem *e;

	e = &r->split.used->ring[r->used_idx & r->mask];
	return vionic_ring_open_batch(r, le32_to_cpu(READ_ONCE(e->id)),
				      le32_to_cpu(READ_ONCE(e->len)));
}

/* 2.7.9: the index tells how many buffers were used; an entry is only written
 * for the last of a batch, and only lengths are in it that we don't know.
 */
static inline bool vionic_split_take_in_order(struct vionic_ring *r,
					      struct vionic_used_buf *buf)
{
	u16 id = r->used_pos & r->mask;

	if (!r->fill) {
		buf->len = 0;
		return vionic_ring_take(r, id, buf);
	}
	if (!r->batch && !vionic_split_open_batch(r))
		return false;
	return vionic_ring_take_batched(r, id, buf);
}

static inline bool vionic_split_take(struct vionic_ring *r,
				     struct vionic_used_buf *buf)
{
	const struct vionic_used_elem *e;

	e = &r->split.used->ring[r->used_idx & r->mask];
	buf->len = le32_to_cpu(READ_ONCE(e->len));
	return vionic_ring_take(r, le32_to_cpu(READ_ONCE(e->id)), buf);
}

/**
 * vionic_split_pop() - take the next used buffer
 * @r:		ring
 * @l:		its layout
 * @buf:	filled in on VIONIC_RING_OK
 *
 * The device's index is read again only when all that was seen is taken. The
 * buffer's descriptors stay reserved until vionic_ring_free(). Consumer.
 *
 * Return: VIONIC_RING_*.
 */
static __always_inline enum vionic_ring_state
vionic_split_pop(struct vionic_ring *r, enum vionic_layout l,
		 struct vionic_used_buf *buf)
{
	bool ok;

	if (r->used_idx == r->used_seen) {
		enum vionic_ring_state state = vionic_split_look(r);

		if (state != VIONIC_RING_OK)
			return state;
	}
	if (vionic_is_in_order(l)) {
		ok = vionic_split_take_in_order(r, buf);
		if (ok)
			r->used_pos += buf->ndesc;
	} else {
		ok = vionic_split_take(r, buf);
	}
	return ok ? VIONIC_RING_OK : vionic_ring_break(r);
}

/**
 * vionic_split_irq_off() - ask the device not to interrupt
 * @r: ring
 *
 * A hint (2.7.7): one more interrupt may come. With event indices the wish is
 * set half the index space away, which holds whichever of the device and us is
 * ahead. Consumer or its interrupt handler.
 */
static inline void vionic_split_irq_off(struct vionic_ring *r)
{
	if (r->event_idx)
		WRITE_ONCE(*vionic_split_used_event(r),
			   cpu_to_le16(READ_ONCE(r->used_idx) + 0x8000));
	else
		WRITE_ONCE(r->split.avail->flags,
			   cpu_to_le16(VRING_AVAIL_F_NO_INTERRUPT));
}

/**
 * vionic_split_irq_on() - ask for an interrupt
 * @r:		ring
 * @skip:	used buffers that may pass before it, fewer than the ring has; if no
 *		more than these are in flight, the interrupt waits for others
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
static inline bool vionic_split_irq_on(struct vionic_ring *r, u16 skip)
{
	u16 taken = READ_ONCE(r->used_idx);
	u16 used;

	if (r->event_idx) {
		WRITE_ONCE(*vionic_split_used_event(r),
			   cpu_to_le16(taken + skip));
	} else {
		WRITE_ONCE(r->split.avail->flags, 0);
		skip = 0;
	}
	vionic_mb(r->hardware);
	used = le16_to_cpu(READ_ONCE(r->split.used->idx));
	return (u16)(used - taken) > skip && !READ_ONCE(r->broken);
}

/**
 * vionic_split_exhausted() - has the device used all that it was given?
 * @r: ring
 *
 * As of the last look. Consumer, where it is also the producer.
 *
 * Return: true if it has.
 */
static inline bool vionic_split_exhausted(const struct vionic_ring *r)
{
	return r->used_seen == r->avail_idx;
}

#endif /* _VIONIC_RING_SPLIT_H */
