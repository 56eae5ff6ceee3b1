// SPDX-License-Identifier: GPL-2.0
/*
 * Device side of a virtqueue, see fakedev.h: what is the same in both formats.
 * Numbers in the comments are sections of the virtio 1.3 specification.
 */
#include "fakedev_priv.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_BYTES	(1ull << 32)	/* of a chain, 2.7.5.2 */

static void bail_out(unsigned int rule, const char *what)
{
	(void)rule;
	printf("Bail out! The driver broke the rules: %s\n", what);
	fflush(stdout);
}

void (*fakedev_on_violation)(unsigned int rule, const char *what) = bail_out;
void (*fakedev_on_kept)(unsigned int rule);

void fakedev_violation(enum rule rule, const char *fmt, ...)
{
	char what[200];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	fakedev_on_violation(rule, what);
	abort();
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

/* The weakest alignment that is allowed, and not a byte behind the end */
static u8 *area_alloc(size_t bytes, size_t align)
{
	return (u8 *)zalloc(1, bytes + align) + align;
}

static size_t avail_align(const struct fakedev *dev)
{
	return dev->features & FAKEDEV_PACKED ? 4 : 2;
}

/* As at the start of a ring's life */
static void forget(struct fakedev *dev)
{
	u16 start = dev->features & FAKEDEV_PACKED ? 0x8000 : 0; /* 2.8.1 */

	dev->batch = 1;
	dev->next_avail = start;
	dev->used_idx = start;
	dev->signalled = start;
	dev->held = 0;
	dev->held_desc = 0;
	dev->open = 0;
	dev->open_desc = 0;
	dev->hidden = false;
	dev->nfetched = 0;
	dev->nused = 0;
	dev->seen_avail = start;
	dev->event = start;
	dev->event_set = !(dev->features & FAKEDEV_PACKED);
	dev->due = 0;
}

static void prepare(struct fakedev *dev, u32 num, u32 features)
{
	bool packed = features & FAKEDEV_PACKED;

	memset(dev, 0, sizeof(*dev));
	dev->ops = packed ? &fakedev_packed : &fakedev_split;
	dev->num = num;
	dev->features = features;
	dev->event_idx = features & FAKEDEV_EVENT_IDX;
	dev->desc_bytes = fakedev_desc_bytes(num);
	dev->avail_bytes = packed ? 4 : fakedev_avail_bytes(num);
	dev->used_bytes = packed ? 4 : fakedev_used_bytes(num);
	dev->order = zalloc(num, sizeof(*dev->order));
	dev->owner = zalloc(num, sizeof(*dev->owner));
	dev->count = zalloc(num, sizeof(*dev->count));
	dev->first = zalloc(num, sizeof(*dev->first));
	dev->told = zalloc(num, sizeof(*dev->told));
	dev->copy = zalloc(num, sizeof(*dev->copy));
	dev->chain = zalloc(num + FAKEDEV_TABLE_MAX, sizeof(*dev->chain));
}

void fakedev_alloc(struct fakedev *dev, u32 num, u32 features)
{
	prepare(dev, num, features);
	dev->desc = area_alloc(dev->desc_bytes, 16);
	dev->avail = area_alloc(dev->avail_bytes, avail_align(dev));
	dev->used = area_alloc(dev->used_bytes, 4);
	fakedev_reset(dev);
}

void fakedev_attach(struct fakedev *dev, u32 num, u32 features, u8 *desc,
		    u8 *avail, u8 *used)
{
	prepare(dev, num, features);
	dev->desc = desc;
	dev->avail = avail;
	dev->used = used;
	forget(dev);
}

void fakedev_free(struct fakedev *dev)
{
	free(dev->desc - 16);
	free(dev->avail - avail_align(dev));
	free(dev->used - 4);
	fakedev_detach(dev);
}

void fakedev_detach(struct fakedev *dev)
{
	free(dev->order);
	free(dev->owner);
	free(dev->count);
	free(dev->first);
	free(dev->told);
	free(dev->copy);
	free(dev->chain);
}

void fakedev_reset(struct fakedev *dev)
{
	memset(dev->desc, 0, dev->desc_bytes);
	memset(dev->avail, 0, dev->avail_bytes);
	memset(dev->used, 0, dev->used_bytes);
	memset(dev->owner, 0, dev->num * sizeof(*dev->owner));
	memset(dev->count, 0, dev->num * sizeof(*dev->count));
	forget(dev);
}

u32 fakedev_pending(struct fakedev *dev)
{
	return dev->ops->pending(dev);
}

static void add_part(struct fakedev *dev, struct fakedev_buf *buf,
		     const struct fakedev_desc *d)
{
	fakedev_rule(WRITABLE_LAST, (d->flags & F_WRITE) ||
		     buf->readable == buf->parts,
		     "descriptor %u: readable behind writable", d->place);
	if (!(d->flags & F_WRITE))
		buf->readable++;
	buf->bytes += d->len;
	fakedev_rule(CHAIN_BYTES, buf->bytes <= MAX_BYTES,
		     "chain %u is longer than 2^32 bytes", buf->head);
	dev->chain[buf->parts++] = *d;
}

/* Its next descriptor has to be the one behind it, 2.7.9 */
static bool sequential(const struct fakedev *dev, const struct fakedev_desc *d)
{
	return dev->features & FAKEDEV_IN_ORDER &&
	       !(dev->features & FAKEDEV_PACKED) && d->flags & F_NEXT;
}

/* 2.7.5.3, 2.8.7: the table stands instead of the descriptor */
static void take_table(struct fakedev *dev, struct fakedev_buf *buf,
		       const struct fakedev_desc *table)
{
	bool packed = dev->features & FAKEDEV_PACKED;
	const u8 *p = dev->memory ? dev->memory(dev, table->addr, table->len) :
				    (const u8 *)(uintptr_t)table->addr;
	u32 n = table->len / 16;
	struct fakedev_desc d = { .flags = F_NEXT };
	u32 i, at = 0;

	fakedev_rule(INDIRECT_OFFERED, dev->features & FAKEDEV_INDIRECT,
		     "descriptor %u is indirect", table->place);
	fakedev_rule(INDIRECT_NEXT, !(table->flags & F_NEXT),
		     "descriptor %u is indirect, and goes on", table->place);
	fakedev_rule(INDIRECT_LENGTH, p && n && !(table->len % 16) &&
		     n <= FAKEDEV_TABLE_MAX, "a table of %u bytes", table->len);
	for (i = 0; packed ? i < n : d.flags & F_NEXT; i++) {
		fakedev_rule(INDIRECT_LENGTH, at < n && i < n,
			     "entry %u in a table of %u", at, n);
		dev->ops->read(dev, p + 16 * at, &d);
		d.place = at;
		fakedev_rule(INDIRECT_NESTED,
			     !(d.flags & ~((packed ? 0 : F_NEXT) | F_WRITE)),
			     "entry %u has flags %#x", at, d.flags);
		if (sequential(dev, &d))
			fakedev_rule(INDIRECT_ORDER, d.next == at + 1,
				     "behind entry %u comes %u", at, d.next);
		add_part(dev, buf, &d);
		at = packed ? at + 1 : d.next;
	}
}

/* Add the descriptor at @place to the chain. Return: true if more follow. */
static bool take_desc(struct fakedev *dev, struct fakedev_buf *buf, u32 place)
{
	struct fakedev_desc *d;

	fakedev_rule(CHAIN_LOOP, place < dev->num,
		     "descriptor %u in a queue of %u", place, dev->num);
	fakedev_rule(CHAIN_LOOP, !buf->ndesc ||
		     dev->owner[place] != buf->head + 1,
		     "chain %u is a loop", buf->head);
	fakedev_rule(DESC_FREE, !dev->owner[place],
		     "descriptor %u is in chain %u already", place,
		     dev->owner[place] - 1);
	d = &dev->copy[place];
	dev->ops->read(dev, dev->desc + 16 * place, d);
	d->place = place;
	fakedev_rule(DESC_FLAGS, !(d->flags & ~(F_NEXT | F_WRITE | F_INDIRECT)),
		     "descriptor %u has flags %#x", place, d->flags);
	if (sequential(dev, d))
		fakedev_rule(IN_ORDER_NEXT, d->next == (place + 1) % dev->num,
			     "behind descriptor %u comes %u", place, d->next);
	dev->owner[place] = buf->head + 1;
	buf->ndesc++;
	if (d->flags & F_INDIRECT)
		take_table(dev, buf, d);
	else
		add_part(dev, buf, d);
	return d->flags & F_NEXT;
}

void fakedev_take_chain(struct fakedev *dev, struct fakedev_buf *buf,
			u16 place)
{
	fakedev_rule(BUFFER_ID, buf->head < dev->num && !dev->count[buf->head],
		     "a buffer has the id %u", buf->head);
	dev->first[buf->head] = place;
	while (take_desc(dev, buf, place))
		place = dev->ops->after(dev, &dev->copy[place]);
	dev->count[buf->head] = buf->ndesc;
	dev->held++;
	dev->held_desc += buf->ndesc;
	fakedev_rule(AVAIL_FULL, dev->held_desc <= dev->num,
		     "%u descriptors in a queue of %u", dev->held_desc, dev->num);
	dev->order[dev->nfetched++ % dev->num] = buf->head;
}

bool fakedev_fetch(struct fakedev *dev, struct fakedev_buf *buf)
{
	memset(buf, 0, sizeof(*buf));
	return dev->ops->fetch(dev, buf);
}

/* The driver must leave a descriptor alone while the device has it */
static void check_untouched(struct fakedev *dev, u32 place)
{
	const struct fakedev_desc *was = &dev->copy[place];
	struct fakedev_desc now;

	dev->ops->read(dev, dev->desc + 16 * place, &now);
	fakedev_rule(DESC_KEPT, now.addr == was->addr && now.len == was->len &&
		     now.flags == was->flags && now.next == was->next &&
		     now.id == was->id,
		     "descriptor %u changed under the device", place);
}

void fakedev_check_held(struct fakedev *dev)
{
	u32 place;

	for (place = 0; place < dev->num; place++)
		if (dev->owner[place])
			check_untouched(dev, place);
}

/* Places where we wrote a used descriptor meanwhile have no owner any more */
static void release_chain(struct fakedev *dev, u16 head)
{
	u16 place = dev->first[head];
	u16 n;

	for (n = dev->count[head]; n; n--) {
		if (dev->owner[place] == head + 1) {
			check_untouched(dev, place);
			dev->owner[place] = 0;
		}
		place = dev->ops->after(dev, &dev->copy[place]);
	}
	dev->held--;
	dev->held_desc -= dev->count[head];
	dev->count[head] = 0;
}

static void close_batch(struct fakedev *dev)
{
	if (dev->open)
		dev->ops->use(dev, dev->last, dev->last_len, dev->open,
			      dev->open_desc);
	dev->open = 0;
	dev->open_desc = 0;
}

void fakedev_use(struct fakedev *dev, u16 head, u32 len)
{
	bool in_order = dev->features & FAKEDEV_IN_ORDER;

	if (!dev->count[head] ||
	    (in_order && dev->order[dev->nused % dev->num] != head)) {
		printf("Bail out! The test uses %u out of turn\n", head);
		abort();
	}
	dev->nused++;
	if (dev->open)
		dev->told[dev->last] = dev->fill;
	dev->told[head] = len;
	dev->last = head;
	dev->last_len = len;
	dev->open++;
	dev->open_desc += dev->count[head];
	release_chain(dev, head);
	if (!in_order || dev->open >= dev->batch)
		close_batch(dev);
}

bool fakedev_flush(struct fakedev *dev)
{
	bool irq;

	close_batch(dev);
	dev->ops->show(dev);
	full_barrier();
	irq = dev->used_idx != dev->signalled && dev->ops->wants_irq(dev);
	dev->signalled = dev->used_idx;
	return irq;
}

void fakedev_forge(struct fakedev *dev, u16 at, u32 id, u32 len)
{
	dev->ops->forge(dev, at, id, len);
}

void fakedev_forge_index(struct fakedev *dev, u16 n)
{
	dev->ops->forge_index(dev, n);
}

u32 fakedev_kicks_due(struct fakedev *dev)
{
	return dev->due + dev->ops->reached(dev);
}

void fakedev_kicks_off(struct fakedev *dev)
{
	dev->ops->kicks(dev, false, 0);
}

void fakedev_kicks_at(struct fakedev *dev, u16 skip)
{
	dev->ops->kicks(dev, true, skip);
}

bool fakedev_kicks_on(struct fakedev *dev)
{
	fakedev_kicks_at(dev, 0);
	full_barrier();
	return fakedev_pending(dev) > 0;
}
