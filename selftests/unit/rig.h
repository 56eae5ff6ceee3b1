/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A ring under test with a device at its other end. The rig_* verbs choose the
 * layout as driver/virtqueue.h does.
 */
#ifndef _UNIT_RIG_H
#define _UNIT_RIG_H

#include <linux/types.h>
#include <vionic/ring_packed.h>
#include <vionic/ring_split.h>
#include "fakedev.h"
#include "rng.h"

#define RIG_LAYOUTS	4
#define RIG_FILL	0x0badcafeu	/* what a whole buffer holds */

struct rig {
	struct vionic_ring ring;
	struct fakedev dev;
	enum vionic_layout l;
	char name[64];		/* for reports */
	u16 *ids;		/* of the chain put last, as put told them */
	u16 ndesc;		/* of the chain committed last */
};

struct rig *rig_new(enum vionic_layout l, u32 num, bool event_idx);
void rig_free(struct rig *rig);

/* Set both ends up anew */
void rig_reset(struct rig *rig);

/* The same, with all indices at @idx as after that many buffers */
void rig_reset_at(struct rig *rig, u16 idx);

/* Is this a size that a ring of the layout can have? */
static inline bool rig_num_valid(enum vionic_layout l, u32 num)
{
	return vionic_is_packed(l) ? vionic_packed_num_valid(num) :
	       vionic_split_num_valid(num);
}

/* Not by vionic_is_packed() and vionic_is_in_order(), which are under test */
static inline bool rig_packed(const struct rig *rig)
{
	return rig->l == VIONIC_PACKED || rig->l == VIONIC_PACKED_IN_ORDER;
}

static inline bool rig_in_order(const struct rig *rig)
{
	return rig->l == VIONIC_SPLIT_IN_ORDER ||
	       rig->l == VIONIC_PACKED_IN_ORDER;
}

static inline u16 rig_head(const struct rig *rig)
{
	return rig_packed(rig) ? vionic_packed_head(&rig->ring, rig->l) :
	       vionic_split_head(&rig->ring, rig->l);
}

static inline u16 rig_put(struct rig *rig, u16 head, u64 addr, u32 len,
			  u16 flags)
{
	if (rig_packed(rig))
		return vionic_packed_put(&rig->ring, rig->l, head, addr, len,
					 flags);
	return vionic_split_put(&rig->ring, rig->l, addr, len, flags);
}

static inline void rig_rewind(struct rig *rig, u16 ndesc)
{
	if (rig_packed(rig))
		vionic_packed_rewind(&rig->ring, ndesc);
	else
		vionic_split_rewind(&rig->ring, ndesc);
}

static inline void rig_commit(struct rig *rig, u16 head, u16 ndesc)
{
	rig->ndesc = ndesc;
	if (rig_packed(rig))
		vionic_packed_commit(&rig->ring, head, ndesc);
	else
		vionic_split_commit(&rig->ring, head, ndesc);
}

static inline void rig_publish(struct rig *rig)
{
	if (rig_packed(rig))
		vionic_packed_publish(&rig->ring);
	else
		vionic_split_publish(&rig->ring);
}

static inline bool rig_need_kick(struct rig *rig)
{
	return rig_packed(rig) ? vionic_packed_need_kick(&rig->ring) :
	       vionic_split_need_kick(&rig->ring);
}

static inline enum vionic_ring_state rig_pop(struct rig *rig,
					     struct vionic_used_buf *buf)
{
	return rig_packed(rig) ? vionic_packed_pop(&rig->ring, rig->l, buf) :
	       vionic_split_pop(&rig->ring, rig->l, buf);
}

static inline u16 rig_next(const struct rig *rig, u16 id)
{
	return vionic_ring_next(&rig->ring, rig->l, id);
}

static inline void rig_free_buf(struct rig *rig,
				const struct vionic_used_buf *buf)
{
	vionic_ring_free(&rig->ring, rig->l, buf);
}

static inline void rig_irq_off(struct rig *rig)
{
	if (rig_packed(rig))
		vionic_packed_irq_off(&rig->ring);
	else
		vionic_split_irq_off(&rig->ring);
}

static inline bool rig_irq_on(struct rig *rig, u16 skip)
{
	return rig_packed(rig) ? vionic_packed_irq_on(&rig->ring, skip) :
	       vionic_split_irq_on(&rig->ring, skip);
}

static inline bool rig_exhausted(const struct rig *rig)
{
	return rig_packed(rig) ? vionic_packed_exhausted(&rig->ring, rig->ndesc) :
	       vionic_split_exhausted(&rig->ring);
}

/* Run @test with every layout and every size that it can have, up to @max; the
 * method of event suppression takes turns, or each is tried if @both.
 */
void rig_for_all(void (*test)(struct rig *rig, struct rng *rng),
		 struct rng *rng, u32 max, bool both);

/* Commit a chain of @readable and then @writable descriptors, not published.
 * They have the addresses @addr, @addr + 1, ... and the lengths 1, 2, ...
 *
 * Return: its head.
 */
u16 rig_add(struct rig *rig, u16 readable, u16 writable, u64 addr);

/* The same, but rewound instead of committed. Return: what was its head. */
u16 rig_regret(struct rig *rig, u16 readable, u16 writable, u64 addr);

/* A lying device says that @id was used, where the driver looks next. In order
 * that claims all buffers up to it.
 */
void rig_claim(struct rig *rig, u32 id, u32 len);

/* Let the device take the next buffer, which must be there, and use it */
void rig_echo(struct rig *rig, u32 len);

/* Is every id exactly once free, in flight, or in one of the @n buffers @held?
 * Says what is wrong if not.
 */
bool rig_intact(const struct rig *rig, const struct vionic_used_buf *held,
		u32 n);

#endif /* _UNIT_RIG_H */
