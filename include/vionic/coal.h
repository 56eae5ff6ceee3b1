/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Notification coalescing by the device (virtio 1.3, 5.1.6.5.9): from what
 * ethtool means to what the device takes. Pure: also compiles in user space
 * (selftests/unit).
 */
#ifndef _VIONIC_COAL_H
#define _VIONIC_COAL_H

#include <vionic/wire.h>

/**
 * struct vionic_coal - how long an interrupt may wait, as ethtool means it
 * @usecs:	from the first frame; 0: not at all
 * @frames:	until there are so many; 0: however many
 */
struct vionic_coal {
	u32 usecs;
	u32 frames;
};

/**
 * vionic_coal_wire() - as a device takes it
 * @c: what is wanted
 *
 * To a device a zero in either place means an interrupt for every frame. Frames
 * without a time limit are not offered: the last of them might wait for ever.
 *
 * Return: the parameters of a command.
 */
static inline struct vionic_ctrl_coal vionic_coal_wire(struct vionic_coal c)
{
	struct vionic_ctrl_coal wire = {};

	if (c.usecs) {
		wire.max_usecs = cpu_to_le32(c.usecs);
		wire.max_packets = cpu_to_le32(c.frames ? c.frames : ~0u);
	}
	return wire;
}

/**
 * vionic_coal_valid() - can a device be asked for this?
 * @c: what is wanted
 *
 * Return: true if it can.
 */
static inline bool vionic_coal_valid(struct vionic_coal c)
{
	return c.usecs || c.frames <= 1;
}

/* Longest that the driver itself puts an interrupt off, in microseconds */
#define VIONIC_COAL_USECS_MAX	1000000

#endif /* _VIONIC_COAL_H */
