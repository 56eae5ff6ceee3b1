/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Packed virtqueue (virtio 1.3, 2.8), driver side. See ring.h for who may call
 * what.
 *
 * One ring of descriptors serves both directions: we make them available round
 * and round, the device overwrites them with used ones, and bits in their flags
 * tell whose they are. Ids have no place in the ring (but in order, where we
 * choose them so that they do).
 *
 * Many buffers are shown with one write: the flags of the first descriptor that
 * the device has not seen are held back until all is in place, and as the
 * device goes from one to the next it gets no further before (2.8.21).
 *
 * Nothing is read back from memory that the device may write, but for used
 * descriptors, and each value from there is read once and checked in
 * vionic_packed_pop(). Pure: also compiles in user space (selftests/unit).
 */
#ifndef _VIONIC_RING_PACKED_H
#define _VIONIC_RING_PACKED_H

#include <vionic/ring.h>

/* Sizes of the areas in bytes and their alignment, 2.8.10.1 */
#define VIONIC_PACKED_DESC_ALIGN	16
#define VIONIC_PACKED_EVENT_ALIGN	4
#define VIONIC_PACKED_EVENT_BYTES	sizeof(__le32)

static inline size_t vionic_packed_desc_bytes(u16 num)
{
	return sizeof(struct vionic_packed_desc) * num;
}

/**
 * vionic_packed_num_valid() - may a packed ring have this many entries?
 * @num: entries
 *
 * Return: true if it may.
 */
static inline bool vionic_packed_num_valid(u32 num)
{
	return num >= 2 && num <= VIONIC_RING_MAX;
}

/**
 * vionic_packed_init() - bring a ring to its first state
 * @r: ring whose set-up fields (memory, sizes, flags) are filled in
 *
 * Its memory must be zeroed. Interrupts are on afterwards.
 */
static inline void vionic_packed_init(struct vionic_ring *r)
{
	vionic_ring_init(r);
	r->avail_pos = VIONIC_POS_WRAP;
	r->shown_pos = VIONIC_POS_WRAP;
	r->used_pos = VIONIC_POS_WRAP;
}

/* The position @n descriptors on */
static inline u16 vionic_packed_ahead(const struct vionic_ring *r, u16 pos,
				      u16 n)
{
	u32 offset = (pos & VIONIC_POS_OFFSET) + n;

	/* in the same round, the wrap counter stays as it is */
	if (likely(offset < r->num))
		return pos + n;
	return (~pos & VIONIC_POS_WRAP) | (offset - r->num);
}

static inline u16 vionic_packed_back(const struct vionic_ring *r, u16 pos,
				     u16 n)
{
	u16 offset = pos & VIONIC_POS_OFFSET;
	u16 wrap = pos & VIONIC_POS_WRAP;

	if (offset >= n)
		return wrap | (offset - n);
	return (wrap ^ VIONIC_POS_WRAP) | (offset + r->num - n);
}

static inline struct vionic_packed_desc *
vionic_packed_at(const struct vionic_ring *r, u16 pos)
{
	return &r->packed.desc[pos & VIONIC_POS_OFFSET];
}

/* 2.8.1: both bits as the counter: used. Only the first: available */
static inline u16 vionic_packed_used_flags(u16 pos)
{
	return pos & VIONIC_POS_WRAP ?
	       VIONIC_PACKED_AVAIL | VIONIC_PACKED_USED : 0;
}

static inline u16 vionic_packed_avail_flags(u16 pos)
{
	return pos & VIONIC_POS_WRAP ? VIONIC_PACKED_AVAIL :
	       VIONIC_PACKED_USED;
}

static inline bool vionic_packed_is_used(const struct vionic_ring *r, u16 pos)
{
	u16 flags = le16_to_cpu(READ_ONCE(vionic_packed_at(r, pos)->flags));

	return (flags & (VIONIC_PACKED_AVAIL | VIONIC_PACKED_USED)) ==
	       vionic_packed_used_flags(pos);
}

/**
 * vionic_packed_head() - id that the next vionic_packed_put() will use
 * @r: ring
 * @l: its layout
 *
 * Return: the id.
 */
static __always_inline u16 vionic_packed_head(const struct vionic_ring *r,
					      enum vionic_layout l)
{
	return vionic_is_in_order(l) ? r->avail_pos & VIONIC_POS_OFFSET :
	       r->free_ids[r->free_head & r->mask];
}

/**
 * vionic_packed_put() - write one descriptor of a chain
 * @r:		ring with a free descriptor (vionic_ring_free_count())
 * @l:		its layout
 * @head:	id of the chain's first descriptor, vionic_packed_head()
 * @addr:	bus address
 * @len:	bytes
 * @flags:	VRING_DESC_F_*; _NEXT on all but the last
 *
 * The device sees none of it before commit and publish. Producer.
 *
 * Return: the descriptor's id.
 */
static __always_inline u16 vionic_packed_put(struct vionic_ring *r,
					     enum vionic_layout l, u16 head,
					     u64 addr, u32 len, u16 flags)
{
	u16 id = vionic_packed_head(r, l);
	u16 pos = r->avail_pos;
	struct vionic_packed_desc *d = vionic_packed_at(r, pos);

	r->avail_pos = vionic_packed_ahead(r, pos, 1);
	WRITE_ONCE(r->free_head, (u16)(r->free_head + 1));
	d->addr = cpu_to_le64(addr);
	d->len = cpu_to_le32(len);
	d->id = cpu_to_le16(head);
	if (flags & VRING_DESC_F_NEXT && !vionic_is_in_order(l))
		r->slot[id].next = vionic_packed_head(r, l);
	flags |= vionic_packed_avail_flags(pos);
	if (pos == r->shown_pos)
		r->shown_flags = flags;
	else
		d->flags = cpu_to_le16(flags);
	return id;
}

/**
 * vionic_packed_rewind() - forget descriptors put since the last commit
 * @r:		ring
 * @ndesc:	how many
 *
 * They become unavailable again: a shorter chain may take the place of the
 * first of them, and the device look at the others. Producer.
 */
static inline void vionic_packed_rewind(struct vionic_ring *r, u16 ndesc)
{
	while (ndesc--) {
		u16 pos = vionic_packed_back(r, r->avail_pos, 1);
		u16 flags = vionic_packed_used_flags(pos ^ VIONIC_POS_WRAP);

		if (pos != r->shown_pos)
			vionic_packed_at(r, pos)->flags = cpu_to_le16(flags);
		r->avail_pos = pos;
		WRITE_ONCE(r->free_head, (u16)(r->free_head - 1));
	}
}

/**
 * vionic_packed_commit() - make a chain the next available buffer
 * @r:		ring
 * @head:	id of its first descriptor
 * @ndesc:	descriptors in it
 *
 * Producer.
 */
static inline void vionic_packed_commit(struct vionic_ring *r, u16 head,
					u16 ndesc)
{
	vionic_ring_give(r, head, ndesc);
}

/**
 * vionic_packed_publish() - show the device all that was committed
 * @r: ring
 *
 * 2.8.21: all else must be visible before the flags of the first. Producer.
 */
static inline void vionic_packed_publish(struct vionic_ring *r)
{
	if (r->shown_idx == r->avail_idx)
		return;
	vionic_wmb(r->hardware);
	WRITE_ONCE(vionic_packed_at(r, r->shown_pos)->flags,
		   cpu_to_le16(r->shown_flags));
	r->shown_pos = r->avail_pos;
	r->shown_idx = r->avail_idx;
}

/**
 * vionic_packed_need_kick() - does the device want to hear of it?
 * @r: ring
 *
 * 2.8.21.3.1: the flags must be visible before we look at what the device
 * asked for. Producer, after vionic_packed_publish().
 *
 * Return: true if it does.
 */
static inline bool vionic_packed_need_kick(struct vionic_ring *r)
{
	u16 added = r->free_head - r->kicked;
	u16 now, event;
	u32 wish;

	r->kicked = r->free_head;
	vionic_mb(r->hardware);
	wish = le32_to_cpu(READ_ONCE(*r->packed.device));
	switch (wish >> VIONIC_EVENT_SHIFT & VIONIC_EVENT_FLAGS) {
	case VRING_PACKED_EVENT_FLAG_ENABLE:
		return true;
	case VRING_PACKED_EVENT_FLAG_DESC:
		break;
	default:
		return false;
	}
	now = r->avail_pos & VIONIC_POS_OFFSET;
	event = wish & VIONIC_POS_OFFSET;
	/* an event of the round before */
	if ((wish ^ r->avail_pos) & VIONIC_POS_WRAP)
		event -= r->num;
	return vionic_ring_need_event(event, now, now - added);
}

/* What the used descriptor there says */
static inline u32 vionic_packed_read(const struct vionic_ring *r, u16 pos,
				     u32 *len)
{
	const struct vionic_packed_desc *d = vionic_packed_at(r, pos);

	*len = le32_to_cpu(READ_ONCE(d->len));
	return le16_to_cpu(READ_ONCE(d->id));
}

/* 2.8.8: the descriptor names the last buffer of a batch. As ids are places in
 * the ring, those before it are the ones up to there.
 */
static inline bool vionic_packed_take_in_order(struct vionic_ring *r,
					       struct vionic_used_buf *buf)
{
	u16 id = r->used_pos & VIONIC_POS_OFFSET;

	if (!r->batch) {
		u32 len;
		u32 last = vionic_packed_read(r, r->used_pos, &len);

		if (!vionic_ring_open_batch(r, last, len))
			return false;
	}
	return vionic_ring_take_batched(r, id, buf);
}

/**
 * vionic_packed_pop() - take the next used buffer
 * @r:		ring
 * @l:		its layout
 * @buf:	filled in on VIONIC_RING_OK
 *
 * The buffer's descriptors stay reserved until vionic_ring_free(). Consumer.
 *
 * Return: VIONIC_RING_*.
 */
static __always_inline enum vionic_ring_state
vionic_packed_pop(struct vionic_ring *r, enum vionic_layout l,
		  struct vionic_used_buf *buf)
{
	u16 pos = r->used_pos;
	bool ok;

	if (unlikely(READ_ONCE(r->broken)))
		return VIONIC_RING_BROKEN;
	if (!vionic_is_in_order(l) || !r->batch) {
		if (!vionic_packed_is_used(r, pos))
			return VIONIC_RING_EMPTY;
		/* 2.8.22: the rest may be read only after the flags */
		vionic_rmb(r->hardware);
	}
	if (vionic_is_in_order(l)) {
		ok = vionic_packed_take_in_order(r, buf);
	} else {
		u32 id = vionic_packed_read(r, pos, &buf->len);

		ok = vionic_ring_take(r, id, buf);
	}
	if (!ok)
		return vionic_ring_break(r);
	/* read by irq_on, in whichever context that is */
	WRITE_ONCE(r->used_pos, vionic_packed_ahead(r, pos, buf->ndesc));
	return VIONIC_RING_OK;
}

static inline void vionic_packed_wish(struct vionic_ring *r, u16 pos, u32 flags)
{
	WRITE_ONCE(*r->packed.driver,
		   cpu_to_le32(flags << VIONIC_EVENT_SHIFT | pos));
}

/**
 * vionic_packed_irq_off() - ask the device not to interrupt
 * @r: ring
 *
 * A hint: one more interrupt may come. Consumer or its interrupt handler.
 */
static inline void vionic_packed_irq_off(struct vionic_ring *r)
{
	vionic_packed_wish(r, 0, VRING_PACKED_EVENT_FLAG_DISABLE);
}

/**
 * vionic_packed_irq_on() - ask for an interrupt
 * @r:		ring
 * @skip:	descriptors that may be used before it, fewer than the ring has; if
 *		no more than these are in flight, the interrupt waits for others
 *		(honoured only with event indices)
 *
 * Consumer. May race with another consumer context that took over meanwhile:
 * see vionic_split_irq_on(). Here the place that we look at may have been made
 * available again since, so it must still be the right one.
 *
 * Return: true if one is used already: the caller has to look again. Never for
 * a broken ring, in which there is nothing to be found.
 */
static inline bool vionic_packed_irq_on(struct vionic_ring *r, u16 skip)
{
	u16 pos = READ_ONCE(r->used_pos);

	if (r->event_idx)
		vionic_packed_wish(r, vionic_packed_ahead(r, pos, skip),
				   VRING_PACKED_EVENT_FLAG_DESC);
	else
		vionic_packed_wish(r, 0, VRING_PACKED_EVENT_FLAG_ENABLE);
	vionic_mb(r->hardware);
	return (READ_ONCE(r->used_pos) != pos || READ_ONCE(r->batch) ||
		vionic_packed_is_used(r, pos)) && !READ_ONCE(r->broken);
}

/**
 * vionic_packed_exhausted() - has the device used all that it was given?
 * @r:		ring
 * @ndesc:	descriptors of the chain that was committed last
 *
 * It has if it used the last of them. Consumer, where it is also the producer.
 *
 * Return: true if it has.
 */
static inline bool vionic_packed_exhausted(const struct vionic_ring *r,
					   u16 ndesc)
{
	u16 last = vionic_packed_back(r, r->avail_pos, ndesc);

	return r->used_idx == r->avail_idx || vionic_packed_is_used(r, last) ||
	       (r->batch && r->batch_id == (last & VIONIC_POS_OFFSET));
}

#endif /* _VIONIC_RING_PACKED_H */
