/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A ring under test with a device at its other end.
 */
#ifndef _UNIT_RIG_H
#define _UNIT_RIG_H

#include <linux/types.h>
#include <vionic/ring_split.h>
#include "fakedev.h"

struct rig {
	struct vionic_split ring;
	struct fakedev dev;
};

struct rig *rig_new(u32 num, bool event_idx);
void rig_free(struct rig *rig);

/* Set both ends up anew */
void rig_reset(struct rig *rig);

/* The same, with all indices at @idx as after that many buffers */
void rig_reset_at(struct rig *rig, u16 idx);

/* Commit a chain of @readable and then @writable descriptors, not published.
 * They have the addresses @addr, @addr + 1, ... and the lengths 1, 2, ...
 *
 * Return: its head.
 */
u16 rig_add(struct rig *rig, u16 readable, u16 writable, u64 addr);

/* Let the device take the next buffer, which must be there, and use it */
void rig_echo(struct rig *rig, u32 len);

/* Is every id exactly once free, in flight, or in one of the @n buffers @held?
 * Says what is wrong if not.
 */
bool rig_intact(const struct rig *rig, const struct vionic_used_buf *held,
		u32 n);

#endif /* _UNIT_RIG_H */
