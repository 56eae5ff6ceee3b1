/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who owns the buffers of the control queue's commands: one that was not
 * answered in time stays the device's until it is answered after all, or until
 * a reset. Pure: also compiles in user space (selftests/unit).
 */
#ifndef _VIONIC_CTRL_SLOTS_H
#define _VIONIC_CTRL_SLOTS_H

#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/types.h>

#define VIONIC_CTRL_SLOTS	4	/* commands with the device at most */

/**
 * struct vionic_ctrl_slots - owners of command buffers
 * @used:	the device has this one
 * @id:		descriptor that stands for it, if so
 */
struct vionic_ctrl_slots {
	bool used[VIONIC_CTRL_SLOTS];
	u16 id[VIONIC_CTRL_SLOTS];
};

/**
 * vionic_ctrl_take() - give a buffer to the device
 * @s:	owners
 * @id:	descriptor that will come back for it, none that is under way
 *
 * Return: which buffer, or -1 if the device has all of them.
 */
static inline int vionic_ctrl_take(struct vionic_ctrl_slots *s, u16 id)
{
	int i;

	for (i = 0; i < VIONIC_CTRL_SLOTS; i++) {
		if (s->used[i])
			continue;
		s->used[i] = true;
		s->id[i] = id;
		return i;
	}
	return -1;
}

/**
 * vionic_ctrl_give_back() - the device is done with a buffer
 * @s:	owners
 * @id:	descriptor that came back
 *
 * Return: which buffer, or -1 if it has none that goes by this descriptor.
 */
static inline int vionic_ctrl_give_back(struct vionic_ctrl_slots *s, u16 id)
{
	int i;

	for (i = 0; i < VIONIC_CTRL_SLOTS; i++) {
		if (!s->used[i] || s->id[i] != id)
			continue;
		s->used[i] = false;
		return i;
	}
	return -1;
}

/**
 * vionic_ctrl_overdue() - does the device have any buffer?
 * @s: owners, no command being waited for
 *
 * Return: true if it does.
 */
static inline bool vionic_ctrl_overdue(const struct vionic_ctrl_slots *s)
{
	int i;

	for (i = 0; i < VIONIC_CTRL_SLOTS; i++)
		if (s->used[i])
			return true;
	return false;
}

/**
 * vionic_ctrl_reply_len() - check how much of an answer the device wrote
 * @used_len:	bytes that the device wrote, by the used entry
 * @room:	bytes of the buffer behind the ack
 *
 * The first byte of an answer is the ack. Nothing behind @used_len may be believed
 * (virtio 1.3, 2.7.8.3). Some devices report more than they wrote.
 *
 * Context: Any.
 * Return: bytes that the device wrote behind the ack, 0 to @room; -1 if it wrote no ack.
 */
static inline int vionic_ctrl_reply_len(u32 used_len, u32 room)
{
	if (!used_len)
		return -1;
	return min_t(u32, used_len - 1, room);
}

#endif /* _VIONIC_CTRL_SLOTS_H */
