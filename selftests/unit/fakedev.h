/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The device side of a virtqueue, written from the virtio 1.3 specification
 * (2.7, 2.8) alone: it shares no line with the code under test, and not its
 * structures either. Anything that a driver must not do ends the test.
 *
 * Places in the available and used direction are kept as 16 bits: of a split
 * ring the free-running index, of a packed one the offset and, above it, the
 * wrap counter.
 */
#ifndef _UNIT_FAKEDEV_H
#define _UNIT_FAKEDEV_H

#include <linux/types.h>

/* What was negotiated */
#define FAKEDEV_EVENT_IDX	1
#define FAKEDEV_IN_ORDER	2
#define FAKEDEV_PACKED		4
#define FAKEDEV_INDIRECT	8

#define FAKEDEV_TABLE_MAX	1024	/* entries of an indirect table */

/* One descriptor as the device read it */
struct fakedev_desc {
	u64 addr;
	u32 len;
	u16 flags;
	u16 next;	/* split only */
	u16 id;		/* packed only: of the buffer */
	u16 place;	/* in the table or ring */
};

/* A buffer that the device got */
struct fakedev_buf {
	u16 head;	/* packed: its id */
	u16 ndesc;	/* in the ring */
	u16 parts;	/* the same, with an indirect table's entries instead */
	u16 readable;	/* parts, the rest is writable */
	u64 bytes;
};

struct fakedev;

/* What is done differently in each format */
struct fakedev_ops {
	u32 (*pending)(struct fakedev *dev);
	bool (*fetch)(struct fakedev *dev, struct fakedev_buf *buf);
	void (*read)(struct fakedev *dev, const u8 *p, struct fakedev_desc *d);
	u16 (*after)(struct fakedev *dev, const struct fakedev_desc *d);
	void (*use)(struct fakedev *dev, u16 head, u32 len, u16 n, u16 ndesc);
	void (*show)(struct fakedev *dev);
	bool (*wants_irq)(struct fakedev *dev);
	void (*kicks)(struct fakedev *dev, bool on, u16 skip);
	bool (*reached)(struct fakedev *dev);
	void (*forge)(struct fakedev *dev, u16 at, u32 id, u32 len);
	void (*forge_index)(struct fakedev *dev, u16 n);
};

/**
 * struct fakedev - the device's end of a queue
 * @ops:	its format
 * @desc:	descriptor table or ring
 * @avail:	driver area: available ring or event suppression
 * @used:	device area: used ring or event suppression
 * @desc_bytes:	size of the area, likewise the next two
 * @avail_bytes: ...
 * @used_bytes:	...
 * @num:	queue size
 * @features:	FAKEDEV_*
 * @event_idx:	VIRTIO_F_EVENT_IDX was negotiated
 * @batch:	in order: buffers that one used entry may stand for
 * @fill:	length that the driver assumes where none is told
 * @next_avail:	where the next available buffer is read
 * @used_idx:	where the next used entry is written
 * @signalled:	@used_idx when an interrupt was last considered
 * @held:	buffers that the device has
 * @held_desc:	descriptors that these take
 * @open:	buffers used for which no entry is written yet
 * @open_desc:	descriptors that these take
 * @last:	head of the last of them
 * @last_len:	bytes written into it
 * @hidden:	packed: flags of the descriptor at @hidden_at await a flush
 * @hidden_at:	packed: the first one used since the last flush
 * @hidden_flags: packed: its flags
 * @order:	heads in the order in which they were fetched, going round
 * @nfetched:	buffers fetched, running freely
 * @nused:	buffers used, running freely
 * @seen_avail:	split: the available index, when it was last looked at
 * @event:	where a kick was asked for last
 * @event_set:	it was
 * @due:	times that what was fetched reached there, or had a kick anyhow
 * @owner:	per place: head + 1 of the chain it is in, 0 if not ours
 * @count:	per head: descriptors of a chain that the device has
 * @first:	per head: place of the first
 * @told:	per head: length that the driver will see
 * @copy:	per place: what was read from it
 * @chain:	the parts of the last fetched buffer in order
 * @memory:	where the driver's bytes at an address are; NULL: they are there.
 *		NULL is the answer if they are nowhere
 * @owner_of:	for @memory
 */
struct fakedev {
	const struct fakedev_ops *ops;
	u8 *desc;
	u8 *avail;
	u8 *used;
	size_t desc_bytes;
	size_t avail_bytes;
	size_t used_bytes;
	u32 num;
	u32 features;
	bool event_idx;
	u16 batch;
	u32 fill;
	u16 next_avail;
	u16 used_idx;
	u16 signalled;
	u32 held;
	u32 held_desc;
	u16 open;
	u16 open_desc;
	u16 last;
	u32 last_len;
	bool hidden;
	u16 hidden_at;
	u16 hidden_flags;
	u16 *order;
	u32 nfetched;
	u32 nused;
	u16 seen_avail;
	u16 event;
	bool event_set;
	u32 due;
	u16 *owner;
	u16 *count;
	u16 *first;
	u32 *told;
	struct fakedev_desc *copy;
	struct fakedev_desc *chain;
	void *(*memory)(struct fakedev *dev, u64 addr, u32 len);
	void *owner_of;
};

extern const struct fakedev_ops fakedev_split;
extern const struct fakedev_ops fakedev_packed;

void fakedev_alloc(struct fakedev *dev, u32 num, u32 features);
void fakedev_free(struct fakedev *dev);

/* The same with rings that the driver has made */
void fakedev_attach(struct fakedev *dev, u32 num, u32 features, u8 *desc,
		    u8 *avail, u8 *used);
void fakedev_detach(struct fakedev *dev);

/* What is done when a driver breaks a rule of selftests/device/rules.def; must not
 * return. And when it keeps one: NULL for nothing
 */
extern void (*fakedev_on_violation)(unsigned int rule, const char *what);
extern void (*fakedev_on_kept)(unsigned int rule);

/* What the driver must not have touched so far, it has not: before a reset */
void fakedev_check_held(struct fakedev *dev);

/* With event indices: how many kicks there may have been at most, as far as one can see.
 * Of no use once kicks were asked for without naming a place.
 */
u32 fakedev_kicks_due(struct fakedev *dev);

/* Forget all and zero the rings, as a reset and a new set-up do */
void fakedev_reset(struct fakedev *dev);

/* How many buffers are available and not yet fetched */
u32 fakedev_pending(struct fakedev *dev);

/* Take the next available buffer. Return: false if there is none. */
bool fakedev_fetch(struct fakedev *dev, struct fakedev_buf *buf);

/* Write a used entry for a buffer; the driver sees it after a flush. In order,
 * up to @batch buffers share one.
 */
void fakedev_use(struct fakedev *dev, u16 head, u32 len);

/* Show the driver all used entries. Return: true if it wants an interrupt. */
bool fakedev_flush(struct fakedev *dev);

/* Ask for no kicks */
void fakedev_kicks_off(struct fakedev *dev);

/* Ask for a kick. Return: true if there is a buffer by now: look again. */
bool fakedev_kicks_on(struct fakedev *dev);

/* Ask for a kick with the descriptor (split: buffer) after @skip others, and
 * don't look. Only with event indices.
 */
void fakedev_kicks_at(struct fakedev *dev, u16 skip);

/* For devices that lie, without any account: what the last used entry, written when
 * @used_idx was @at, says; so many more, or fewer, used entries than there are
 */
void fakedev_forge(struct fakedev *dev, u16 at, u32 id, u32 len);
void fakedev_forge_index(struct fakedev *dev, u16 n);

/* The same by bare writes. Split: */
void fakedev_raw_elem(struct fakedev *dev, u16 at, u32 id, u32 len);
void fakedev_raw_used_idx(struct fakedev *dev, u16 idx);
void fakedev_raw_used_flags(struct fakedev *dev, u16 flags);
void fakedev_raw_avail_event(struct fakedev *dev, u16 idx);
/* ... and packed */
void fakedev_raw_used_desc(struct fakedev *dev, u16 at, u16 id, u32 len,
			   u16 flags);
void fakedev_raw_device_event(struct fakedev *dev, u32 word);

/* Flags of a used descriptor at @at, 2.8.1 */
static inline u16 fakedev_used_flags(u16 at)
{
	return at & 0x8000 ? 0x8080 : 0;
}

/* What the driver has written. Split: */
u16 fakedev_raw_avail_idx(const struct fakedev *dev);
u16 fakedev_raw_avail_flags(const struct fakedev *dev);
u16 fakedev_raw_used_event(const struct fakedev *dev);
/* ... and packed */
u32 fakedev_raw_driver_event(const struct fakedev *dev);

/* Sizes of the areas in bytes, 2.7 and 2.8.10.1 */
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
