// SPDX-License-Identifier: GPL-2.0
/*
 * Device side of a packed virtqueue, see fakedev.h. Numbers in the comments are
 * sections of the virtio 1.3 specification.
 */
#include "fakedev_priv.h"

#define F_AVAIL		0x0080	/* 2.8.1 */
#define F_USED		0x8000
#define OFFSET		0x7fff
#define WRAP		0x8000
#define EVENT_ENABLE	0	/* 2.8.10 */
#define EVENT_DISABLE	1
#define EVENT_DESC	2

static u16 ahead(const struct fakedev *dev, u16 at, u32 n)
{
	while (n--)
		at = (at & OFFSET) + 1u == dev->num ? (at ^ WRAP) & WRAP :
		     at + 1;
	return at;
}

static u8 *desc_at(const struct fakedev *dev, u16 at)
{
	return dev->desc + 16 * (at & OFFSET);
}

/* Flags of an available descriptor, or none of it */
static bool available(const struct fakedev *dev, u16 at, u16 *flags)
{
	bool wrap = at & WRAP;

	*flags = get_shared(desc_at(dev, at) + 14);
	return !!(*flags & F_AVAIL) == wrap && !!(*flags & F_USED) != wrap;
}

u32 fakedev_raw_driver_event(const struct fakedev *dev)
{
	return get_shared32(dev->avail);
}

void fakedev_raw_device_event(struct fakedev *dev, u32 word)
{
	set_shared32(dev->used, word);
}

void fakedev_raw_used_desc(struct fakedev *dev, u16 at, u16 id, u32 len,
			   u16 flags)
{
	u8 *p = desc_at(dev, at);

	set(p + 8, 4, len);
	set(p + 12, 2, id);
	set_shared(p + 14, flags);
}

/* All that follows up to the first that is not available, as a device that
 * reads ahead has it
 */
static u32 pending(struct fakedev *dev)
{
	u16 at = dev->next_avail;
	u16 flags = 0;
	u32 n = 0, ndesc = 0, first = 0;

	while (available(dev, at, &flags)) {
		ndesc++;
		fakedev_rule(AVAIL_FULL, ndesc + dev->held_desc <= dev->num,
			     "%u descriptors in a queue of %u",
			     ndesc + dev->held_desc, dev->num);
		if (!(flags & F_NEXT)) {
			n++;
			first = ndesc;
		}
		at = ahead(dev, at, 1);
	}
	fakedev_rule(LIST_WHOLE, first == ndesc, "half a chain, %u of it",
		     ndesc - first);
	return n;
}

static void read_desc(struct fakedev *dev, const u8 *p, struct fakedev_desc *d)
{
	d->addr = get(p, 8);
	d->len = get(p + 8, 4);
	d->id = get(p + 12, 2);
	d->flags = get_shared(p + 14);
	if (p >= dev->desc && p < dev->desc + dev->desc_bytes)
		d->flags &= ~(F_AVAIL | F_USED);
	d->next = 0;
}

static u16 after(struct fakedev *dev, const struct fakedev_desc *d)
{
	return (d->place + 1u) % dev->num;
}

/* 2.8.6: the last descriptor has the buffer's id */
static u16 find_id(struct fakedev *dev)
{
	u16 at = dev->next_avail;
	u16 flags;
	u32 n;

	for (n = 0; n < dev->num; n++) {
		fakedev_rule(LIST_WHOLE, available(dev, at, &flags),
			     "the chain at %#x ends at %#x", dev->next_avail, at);
		if (!(flags & F_NEXT))
			return get(desc_at(dev, at) + 12, 2);
		at = ahead(dev, at, 1);
	}
	fakedev_violation(CHAIN_LOOP, "the chain at %#x has no end",
			  dev->next_avail);
}

/* Where a kick was asked for rounds ago may be in the midst of a chain by now */
static bool fetch(struct fakedev *dev, struct fakedev_buf *buf)
{
	u16 flags, n;

	if (!available(dev, dev->next_avail, &flags))
		return false;
	buf->head = find_id(dev);
	fakedev_take_chain(dev, buf, dev->next_avail & OFFSET);
	for (n = 0; n < buf->ndesc; n++) {
		dev->due += dev->next_avail == dev->event;
		dev->next_avail = ahead(dev, dev->next_avail, 1);
	}
	return true;
}

/* 2.8.5: one used descriptor for a chain, or for a batch (2.8.8), where it
 * began; the driver skips the rest. The first since the last flush is held back.
 */
static void use(struct fakedev *dev, u16 head, u32 len, u16 n, u16 ndesc)
{
	u16 at = dev->used_idx;
	u16 flags = fakedev_used_flags(at) | (len ? F_WRITE : 0);
	u8 *p = desc_at(dev, at);
	u16 i;

	(void)n;
	/* these places are the driver's again, whichever buffer they had */
	for (i = 0; i < ndesc; i++)
		dev->owner[((at & OFFSET) + i) % dev->num] = 0;
	set(p + 8, 4, len);
	set(p + 12, 2, head);
	if (dev->hidden) {
		set_shared(p + 14, flags);
	} else {
		dev->hidden = true;
		dev->hidden_at = at;
		dev->hidden_flags = flags;
	}
	dev->used_idx = ahead(dev, at, ndesc);
}

static void show(struct fakedev *dev)
{
	if (dev->hidden)
		set_shared(desc_at(dev, dev->hidden_at) + 14,
			   dev->hidden_flags);
	dev->hidden = false;
}

/* 2.8.14: did we write, or skip, the descriptor that the driver named? */
static bool passed(struct fakedev *dev, u16 event)
{
	u16 at;

	for (at = dev->signalled; at != dev->used_idx; at = ahead(dev, at, 1))
		if (at == event)
			return true;
	return false;
}

static bool wants_irq(struct fakedev *dev)
{
	u32 word = fakedev_raw_driver_event(dev);

	fakedev_rule(EVENT_WORD, word >> 16 < EVENT_DESC ||
		     (word >> 16 == EVENT_DESC && dev->event_idx &&
		      (word & OFFSET) < dev->num),
		     "driver event suppression is %#x", word);
	switch (word >> 16) {
	case EVENT_ENABLE:
		return true;
	case EVENT_DISABLE:
		return false;
	}
	return passed(dev, word);
}

static void kicks(struct fakedev *dev, bool on, u16 skip)
{
	u32 word = EVENT_DISABLE << 16;

	if (dev->event_idx && !on)
		return;		/* what stands there gets old by itself */
	if (on && dev->event_idx) {
		/* until then each buffer has a kick, which may be on its way */
		if (!dev->event_set)
			dev->due = dev->nfetched;
		dev->event = ahead(dev, dev->next_avail, skip);
		dev->event_set = true;
		word = EVENT_DESC << 16 | dev->event;
	} else if (on) {
		word = EVENT_ENABLE << 16;
	}
	fakedev_raw_device_event(dev, word);
}

/* Descriptors that the driver has shown reach to where a kick was asked for */
static bool reached(struct fakedev *dev)
{
	u16 flags;
	u16 at;
	u32 n;

	for (n = 0, at = dev->next_avail; n < dev->num &&
	     available(dev, at, &flags); n++, at = ahead(dev, at, 1))
		if (at == dev->event)
			return true;
	return false;
}

static void forge(struct fakedev *dev, u16 at, u32 id, u32 len)
{
	u8 *p = desc_at(dev, at);

	set(p + 8, 4, len);
	set(p + 12, 2, id);
}

/* Fewer there can't be */
static void forge_index(struct fakedev *dev, u16 n)
{
	u16 at = dev->used_idx;

	for (; n && n < 0x8000; n--) {
		fakedev_raw_used_desc(dev, at, n, 100, fakedev_used_flags(at));
		at = ahead(dev, at, 1);
	}
}

const struct fakedev_ops fakedev_packed = {
	.pending = pending,
	.fetch = fetch,
	.read = read_desc,
	.after = after,
	.use = use,
	.show = show,
	.wants_irq = wants_irq,
	.kicks = kicks,
	.reached = reached,
	.forge = forge,
	.forge_index = forge_index,
};
