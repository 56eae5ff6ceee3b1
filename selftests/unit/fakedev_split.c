// SPDX-License-Identifier: GPL-2.0
/*
 * Device side of a split virtqueue, see fakedev.h. Numbers in the comments are
 * sections of the virtio 1.3 specification.
 */
#include "fakedev_priv.h"

#define NO_INTERRUPT	1	/* 2.7.6 */
#define NO_NOTIFY	1	/* 2.7.8 */

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

static u32 pending(struct fakedev *dev)
{
	u16 flags = fakedev_raw_avail_flags(dev);
	u16 n = fakedev_raw_avail_idx(dev) - dev->next_avail;
	u16 was = dev->seen_avail - dev->next_avail;	/* that are still there */

	fakedev_rule(AVAIL_BACK, n <= 0x8000 && (n >= was || was > dev->num),
		     "%d buffers in place of %u", (short)n, was);
	fakedev_rule(AVAIL_FULL, n + dev->held <= dev->num,
		     "%u buffers in a queue of %u", n + dev->held, dev->num);
	fakedev_rule(AVAIL_FLAGS, flags <= (dev->event_idx ? 0 : NO_INTERRUPT),
		     "avail flags are %#x", flags);
	dev->seen_avail = dev->next_avail + n;
	return n;
}

static void read_desc(struct fakedev *dev, const u8 *p, struct fakedev_desc *d)
{
	(void)dev;
	d->addr = get(p, 8);
	d->len = get(p + 8, 4);
	d->flags = get(p + 12, 2);
	d->next = get(p + 14, 2);
	d->id = 0;
}

static u16 after(struct fakedev *dev, const struct fakedev_desc *d)
{
	(void)dev;
	return d->next;
}

static bool fetch(struct fakedev *dev, struct fakedev_buf *buf)
{
	if (!pending(dev))
		return false;
	buf->head = get(dev->avail + 4 + 2 * (dev->next_avail % dev->num), 2);
	dev->due += dev->next_avail == dev->event;
	dev->next_avail++;
	fakedev_take_chain(dev, buf, buf->head);
	return true;
}

/* 2.7.9: the entry of a batch stands where the batch begins */
static void use(struct fakedev *dev, u16 head, u32 len, u16 n, u16 ndesc)
{
	(void)ndesc;
	fakedev_raw_elem(dev, dev->used_idx, head, len);
	dev->used_idx += n;
}

static void show(struct fakedev *dev)
{
	fakedev_raw_used_idx(dev, dev->used_idx);
}

static bool wants_irq(struct fakedev *dev)
{
	u16 added = dev->used_idx - dev->signalled;

	if (!dev->event_idx)
		return !(fakedev_raw_avail_flags(dev) & NO_INTERRUPT);
	/* 2.7.7.2: one of the entries added went where used_event points */
	return (u16)(fakedev_raw_used_event(dev) - dev->signalled) < added;
}

static void kicks(struct fakedev *dev, bool on, u16 skip)
{
	if (!dev->event_idx)
		fakedev_raw_used_flags(dev, on ? 0 : NO_NOTIFY);
	if (!dev->event_idx || !on)	/* avail_event gets old by itself */
		return;
	dev->event = dev->next_avail + skip;
	fakedev_raw_avail_event(dev, dev->event);
}

/* Buffers that the driver has shown reach to where a kick was asked for */
static bool reached(struct fakedev *dev)
{
	u16 n = fakedev_raw_avail_idx(dev) - dev->next_avail;

	return (u16)(dev->event - dev->next_avail) < n;
}

static void forge_index(struct fakedev *dev, u16 n)
{
	fakedev_raw_used_idx(dev, dev->used_idx + n);
}

const struct fakedev_ops fakedev_split = {
	.pending = pending,
	.fetch = fetch,
	.read = read_desc,
	.after = after,
	.use = use,
	.show = show,
	.wants_irq = wants_irq,
	.kicks = kicks,
	.reached = reached,
	.forge = fakedev_raw_elem,
	.forge_index = forge_index,
};
