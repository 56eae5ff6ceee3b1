/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The device side of a split virtqueue, written from the virtio 1.3
 * specification (2.7) alone: it shares no line with the code under test, and
 * not its structures either. Anything that a driver must not do ends the test.
 */
#ifndef _UNIT_FAKEDEV_H
#define _UNIT_FAKEDEV_H

#include <linux/types.h>

/* One descriptor as the device read it */
struct fakedev_desc {
	u64 addr;
	u32 len;
	u16 flags;
	u16 next;
	u16 id;		/* its place in the table */
};

/* A buffer that the device got */
struct fakedev_buf {
	u16 head;
	u16 ndesc;
	u16 readable;	/* descriptors, the rest is writable */
	u64 bytes;
};

/**
 * struct fakedev - the device's end of a queue
 * @desc:	descriptor table
 * @avail:	available ring
 * @used:	used ring
 * @num:	queue size
 * @event_idx:	VIRTIO_F_EVENT_IDX was negotiated
 * @next_avail:	next entry of the available ring to read
 * @used_idx:	next entry of the used ring to write
 * @signalled:	@used_idx when an interrupt was last considered
 * @held:	buffers that the device has
 * @owner:	per descriptor: head + 1 of the chain it is in, 0 if not ours
 * @count:	per head: descriptors of a chain that the device has
 * @copy:	per descriptor: what was read from it
 * @chain:	the descriptors of the last fetched buffer in order
 */
struct fakedev {
	u8 *desc;
	u8 *avail;
	u8 *used;
	u32 num;
	bool event_idx;
	u16 next_avail;
	u16 used_idx;
	u16 signalled;
	u32 held;
	u16 *owner;
	u16 *count;
	struct fakedev_desc *copy;
	struct fakedev_desc *chain;
};

void fakedev_alloc(struct fakedev *dev, u32 num, bool event_idx);
void fakedev_free(struct fakedev *dev);

/* Forget all and zero the rings, as a reset and a new set-up do */
void fakedev_reset(struct fakedev *dev);

/* How many buffers are available and not yet fetched */
u32 fakedev_pending(struct fakedev *dev);

/* Take the next available buffer. Return: false if there is none. */
bool fakedev_fetch(struct fakedev *dev, struct fakedev_buf *buf);

/* Write a used entry for a buffer; the driver sees it after a flush */
void fakedev_use(struct fakedev *dev, u16 head, u32 len);

/* Show the driver all used entries. Return: true if it wants an interrupt. */
bool fakedev_flush(struct fakedev *dev);

/* Ask for no kicks */
void fakedev_kicks_off(struct fakedev *dev);

/* Ask for a kick. Return: true if there is a buffer by now: look again. */
bool fakedev_kicks_on(struct fakedev *dev);

/* For devices that lie: bare writes, without any account */
void fakedev_raw_elem(struct fakedev *dev, u16 at, u32 id, u32 len);
void fakedev_raw_used_idx(struct fakedev *dev, u16 idx);
void fakedev_raw_used_flags(struct fakedev *dev, u16 flags);
void fakedev_raw_avail_event(struct fakedev *dev, u16 idx);

/* What the driver has written */
u16 fakedev_raw_avail_idx(const struct fakedev *dev);
u16 fakedev_raw_avail_flags(const struct fakedev *dev);
u16 fakedev_raw_used_event(const struct fakedev *dev);

/* Sizes of the areas in bytes, 2.7 */
static inline size_t fakedev_desc_bytes(u32 num)
{
	return 16 * (size_t)num;
}

static inline size_t fakedev_avail_bytes(u32 num)
{
	return 6 + 2 * (size_t)num;
}

static inline size_t fakedev_used_bytes(u32 num)
{
	return 6 + 8 * (size_t)num;
}

#endif /* _UNIT_FAKEDEV_H */
