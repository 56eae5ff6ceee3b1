// SPDX-License-Identifier: GPL-2.0
/*
 * What all kinds of queues have in common, above their rings: buffers that come and go,
 * and when an interrupt tells of it.
 */
#include "lies.h"

#include <time.h>

bool queue_fetch(struct queue *q, struct fakedev_buf *buf)
{
	if (!fakedev_fetch(&q->ring, buf))
		return false;
	rule(CHAIN_LENGTH, buf->parts <= q->ring.num, "%u parts in a ring of %u",
	     buf->parts, q->ring.num);
	return true;
}

u8 *queue_part(struct device *dev, const struct fakedev_desc *part)
{
	u8 *at = vu_memory(&dev->vu, part->addr, part->len);

	rule(BUFFER_PLACE, at && part->len, "%u bytes at %#llx", part->len,
	     (unsigned long long)part->addr);
	return at;
}

void queue_use(struct device *dev, struct queue *q, u16 id, u32 len)
{
	u16 at = q->ring.used_idx;

	fakedev_use(&q->ring, id, len);
	q->untold++;
	lie_used(dev, q, at, id, len);
}

u64 now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000ull + ts.tv_nsec / 1000;
}

static void tell(struct device *dev, struct queue *q)
{
	q->due = 0;
	q->untold = 0;
	q->stats.interrupts++;
	interrupt(dev, q->vector);
}

/* 5.1.6.5.9: at once, or after some time or so many */
static void tell_in_time(struct device *dev, struct queue *q)
{
	if (!q->coal.usecs || q->untold >= q->coal.packets)
		tell(dev, q);
	else if (!q->due)
		q->due = now_us() + q->coal.usecs;
}

void queue_show(struct device *dev, struct queue *q)
{
	bool wanted = fakedev_flush(&q->ring);

	lie_shown(dev, q);
	if (lie_interrupt(dev, q) && (wanted || q->due))
		tell_in_time(dev, q);
}

int queues_due(struct device *dev)
{
	u64 now = now_us(), next = 0, due;
	u16 i;

	for (i = 0; i < queues(dev); i++) {
		struct queue *q = &dev->queue[i];

		if (q->due && q->due <= now)
			tell(dev, q);
		if (q->due && (!next || q->due < next))
			next = q->due;
	}
	due = ctrl_due(dev, now);
	if (due && (!next || due < next))
		next = due;
	return next ? (int)((next - now) / 1000 + 1) : -1;
}
