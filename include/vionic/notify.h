/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where doorbells are: the notification structure of virtio over PCI (virtio
 * 1.3, 4.1.4.4). Pure: also compiles in user space (selftests/unit).
 */
#ifndef _VIONIC_NOTIFY_H
#define _VIONIC_NOTIFY_H

#include <linux/types.h>

#define VIONIC_NOTIFY_NARROW	2	/* bytes: what names a queue */
#define VIONIC_NOTIFY_WIDE	4	/* VIRTIO_F_NOTIFICATION_DATA: and more */

/**
 * struct vionic_notify - the structure as its capability describes it
 * @start:	first byte in the BAR
 * @len:	bytes
 * @mult:	bytes between one doorbell and the next; 0: all are one
 */
struct vionic_notify {
	u32 start;
	u32 len;
	u32 mult;
};

/**
 * vionic_notify_has_wide() - can doorbells of 4 bytes be served?
 * @n: structure
 *
 * What a device that offers VIRTIO_F_NOTIFICATION_DATA has to see to, whatever
 * the queue.
 *
 * Return: true if they can.
 */
static inline bool vionic_notify_has_wide(const struct vionic_notify *n)
{
	return n->len >= VIONIC_NOTIFY_WIDE &&
	       !((n->start | n->mult) % VIONIC_NOTIFY_WIDE);
}

/**
 * vionic_notify_find() - find a queue's doorbell
 * @n:		structure
 * @off:	the queue's queue_notify_off, anything
 * @width:	VIONIC_NOTIFY_*
 * @pos:	filled in: its first byte, from the start of the structure
 *
 * Return: false if it would lie outside the structure or askew.
 */
static inline bool vionic_notify_find(const struct vionic_notify *n, u16 off,
				      u32 width, u64 *pos)
{
	*pos = (u64)off * n->mult;
	return *pos + width <= n->len && !((n->start + *pos) % width);
}

#endif /* _VIONIC_NOTIFY_H */
