// SPDX-License-Identifier: GPL-2.0
/*
 * Device side of a split virtqueue, see fakedev.h. Numbers in the comments are
 * sections of the virtio 1.3 specification.
 */
#include "fakedev.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define F_NEXT		1	/* 2.7.5 */
#define F_WRITE		2
#define NO_INTERRUPT	1	/* 2.7.6 */
#define NO_NOTIFY	1	/* 2.7.8 */
#define MAX_BYTES	(1ull << 32)	/* of a chain, 2.7.5.2 */

__attribute__((format(printf, 1, 2), noreturn))
static void violation(const char *fmt, ...)
{
	va_list ap;

	printf("Bail out! The driver broke the rules: ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	fflush(stdout);
	abort();
}

static u64 get(const u8 *p, unsigned int size)
{
	unsigned int i;
	u64 v = 0;

	for (i = 0; i < size; i++)
		v |= (u64)p[UNIT_LE_BYTE(i, size)] << (8 * i);
	return v;
}

static void set(u8 *p, unsigned int size, u64 v)
{
	unsigned int i;

	for (i = 0; i < size; i++)
		p[UNIT_LE_BYTE(i, size)] = v >> (8 * i);
}

/* Words that the other side may be writing or reading meanwhile */
static u16 get_shared(const u8 *p)
{
	u16 raw = __atomic_load_n((const u16 *)p, __ATOMIC_ACQUIRE);

	return get((const u8 *)&raw, 2);
}

static void set_shared(u8 *p, u16 v)
{
	u16 raw;

	set((u8 *)&raw, 2, v);
	__atomic_store_n((u16 *)p, raw, __ATOMIC_RELEASE);
}

/* Every store before is visible ahead of every load after */
static void full_barrier(void)
{
	static int word;

	__atomic_fetch_add(&word, 1, __ATOMIC_SEQ_CST);
}

static void *zalloc(size_t n, size_t size)
{
	void *p = calloc(n, size);

	if (!p)
		abort();
	return p;
}

/* The weakest alignment that 2.7 allows, and not a byte behind the end */
static u8 *area_alloc(size_t bytes, size_t align)
{
	return (u8 *)zalloc(1, bytes + align) + align;
}

void fakedev_alloc(struct fakedev *dev, u32 num, bool event_idx)
{
	memset(dev, 0, sizeof(*dev));
	dev->num = num;
	dev->event_idx = event_idx;
	dev->desc = area_alloc(fakedev_desc_bytes(num), 16);
	dev->avail = area_alloc(fakedev_avail_bytes(num), 2);
	dev->used = area_alloc(fakedev_used_bytes(num), 4);
	dev->owner = zalloc(num, sizeof(*dev->owner));
	dev->count = zalloc(num, sizeof(*dev->count));
	dev->copy = zalloc(num, sizeof(*dev->copy));
	dev->chain = zalloc(num, sizeof(*dev->chain));
}

void fakedev_free(struct fakedev *dev)
{
	free(dev->desc - 16);
	free(dev->avail - 2);
	free(dev->used - 4);
	free(dev->owner);
	free(dev->count);
	free(dev->copy);
	free(dev->chain);
}

void fakedev_reset(struct fakedev *dev)
{
	memset(dev->desc, 0, fakedev_desc_bytes(dev->num));
	memset(dev->avail, 0, fakedev_avail_bytes(dev->num));
	memset(dev->used, 0, fakedev_used_bytes(dev->num));
	memset(dev->owner, 0, dev->num * sizeof(*dev->owner));
	memset(dev->count, 0, dev->num * sizeof(*dev->count));
	dev->next_avail = 0;
	dev->used_idx = 0;
	dev->signalled = 0;
	dev->held = 0;
}

u16 fakedev_raw_avail_flags(const struct fakedev *dev)
{
	return get_shared(dev->avail);
}

u16 fakedev_raw_avail_idx(const struct fakedev *dev)
{
	return get_shared(dev->avail + 2);
}

u16 fakedev_raw_used_event(const struct fakedev *dev)
{
	return get_shared(dev->avail + 4 + 2 * dev->num);
}

void fakedev_raw_used_flags(struct fakedev *dev, u16 flags)
{
	set_shared(dev->used, flags);
}

void fakedev_raw_used_idx(struct fakedev *dev, u16 idx)
{
	set_shared(dev->used + 2, idx);
}

void fakedev_raw_avail_event(struct fakedev *dev, u16 idx)
{
	set_shared(dev->used + 4 + 8 * dev->num, idx);
}

void fakedev_raw_elem(struct fakedev *dev, u16 at, u32 id, u32 len)
{
	u8 *e = dev->used + 4 + 8 * (at % dev->num);

	set(e, 4, id);
	set(e + 4, 4, len);
}

u32 fakedev_pending(struct fakedev *dev)
{
	u16 flags = fakedev_raw_avail_flags(dev);
	u16 n = fakedev_raw_avail_idx(dev) - dev->next_avail;

	if (n + dev->held > dev->num)
		violation("%u buffers in a queue of %u", n + dev->held,
			  dev->num);
	if (flags > (dev->event_idx ? 0 : NO_INTERRUPT))	/* 2.7.7.1 */
		violation("avail flags are %#x", flags);
	return n;
}

static void read_desc(struct fakedev *dev, u32 id, struct fakedev_desc *d)
{
	const u8 *p = dev->desc + 16 * id;

	d->addr = get(p, 8);
	d->len = get(p + 8, 4);
	d->flags = get(p + 12, 2);
	d->next = get(p + 14, 2);
	d->id = id;
}

/* Add descriptor @id to the chain in @buf. Return: true if more follow. */
static bool take_desc(struct fakedev *dev, struct fakedev_buf *buf, u32 id)
{
	struct fakedev_desc *d;

	if (id >= dev->num)
		violation("descriptor %u in a queue of %u", id, dev->num);
	if (dev->owner[id])	/* also closes loops, 2.7.5.2 */
		violation("descriptor %u is in chain %u already", id,
			  dev->owner[id] - 1);
	d = &dev->copy[id];
	read_desc(dev, id, d);
	if (d->flags & ~(F_NEXT | F_WRITE))
		violation("descriptor %u has flags %#x", id, d->flags);
	if (!(d->flags & F_WRITE)) {
		if (buf->readable != buf->ndesc)	/* 2.7.4.2 */
			violation("descriptor %u: readable behind writable",
				  id);
		buf->readable++;
	}
	buf->bytes += d->len;
	if (buf->bytes > MAX_BYTES)
		violation("chain %u is longer than 2^32 bytes", buf->head);
	dev->owner[id] = buf->head + 1;
	dev->chain[buf->ndesc++] = *d;
	return d->flags & F_NEXT;
}

bool fakedev_fetch(struct fakedev *dev, struct fakedev_buf *buf)
{
	u32 id;

	if (!fakedev_pending(dev))
		return false;
	memset(buf, 0, sizeof(*buf));
	id = get(dev->avail + 4 + 2 * (dev->next_avail % dev->num), 2);
	dev->next_avail++;
	buf->head = id;
	while (take_desc(dev, buf, id))
		id = dev->copy[id].next;
	dev->count[buf->head] = buf->ndesc;
	dev->held++;
	return true;
}

/* The driver must leave a descriptor alone while the device has it */
static void check_untouched(struct fakedev *dev, u32 id)
{
	const struct fakedev_desc *was = &dev->copy[id];
	struct fakedev_desc now;

	read_desc(dev, id, &now);
	if (now.addr != was->addr || now.len != was->len ||
	    now.flags != was->flags || now.next != was->next)
		violation("descriptor %u changed under the device", id);
}

void fakedev_use(struct fakedev *dev, u16 head, u32 len)
{
	u16 id = head;
	u16 n;

	if (!dev->count[head]) {
		printf("Bail out! The test uses %u, which it hasn't\n", head);
		abort();
	}
	for (n = dev->count[head]; n; n--) {
		check_untouched(dev, id);
		dev->owner[id] = 0;
		id = dev->copy[id].next;
	}
	dev->count[head] = 0;
	dev->held--;
	fakedev_raw_elem(dev, dev->used_idx++, head, len);
}

bool fakedev_flush(struct fakedev *dev)
{
	u16 added = dev->used_idx - dev->signalled;
	u16 old = dev->signalled;

	fakedev_raw_used_idx(dev, dev->used_idx);
	full_barrier();
	dev->signalled = dev->used_idx;
	if (!added)
		return false;
	if (!dev->event_idx)
		return !(fakedev_raw_avail_flags(dev) & NO_INTERRUPT);
	/* 2.7.7.2: one of the entries added went where used_event points */
	return (u16)(fakedev_raw_used_event(dev) - old) < added;
}

void fakedev_kicks_off(struct fakedev *dev)
{
	if (!dev->event_idx)	/* else avail_event gets old by itself */
		fakedev_raw_used_flags(dev, NO_NOTIFY);
}

bool fakedev_kicks_on(struct fakedev *dev)
{
	if (dev->event_idx)
		fakedev_raw_avail_event(dev, dev->next_avail);
	else
		fakedev_raw_used_flags(dev, 0);
	full_barrier();
	return fakedev_pending(dev) > 0;
}
