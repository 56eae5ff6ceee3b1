// SPDX-License-Identifier: GPL-2.0
/*
 * Setting a ring and its device up, and checking the ring's private state.
 */
#include "rig.h"

#include <stdio.h>
#include <stdlib.h>

#ifdef UNIT_HOOK
void (*unit_hook_fn)(enum unit_point point, const volatile void *addr);
#endif
#ifdef UNIT_TSAN
int unit_fence_word;
#endif

struct rig *rig_new(u32 num, bool event_idx)
{
	struct rig *rig = aligned_alloc(SMP_CACHE_BYTES, sizeof(*rig));

	if (!rig)
		abort();
	memset(rig, 0xaa, sizeof(*rig));	/* init must not rely on 0 */
	fakedev_alloc(&rig->dev, num, event_idx);
	rig->ring.desc = (struct vionic_desc *)rig->dev.desc;
	rig->ring.avail = (struct vionic_avail *)rig->dev.avail;
	rig->ring.used = (struct vionic_used *)rig->dev.used;
	rig->ring.num = num;
	rig->ring.mask = num - 1;
	rig->ring.event_idx = event_idx;
	rig->ring.hardware = num & 4;	/* some of the sizes */
	rig->ring.slot = malloc(num * sizeof(*rig->ring.slot));
	rig->ring.free_ids = malloc(num * sizeof(*rig->ring.free_ids));
	if (!rig->ring.slot || !rig->ring.free_ids)
		abort();
	vionic_split_init(&rig->ring);
	return rig;
}

void rig_free(struct rig *rig)
{
	fakedev_free(&rig->dev);
	free(rig->ring.slot);
	free(rig->ring.free_ids);
	free(rig);
}

void rig_reset(struct rig *rig)
{
	fakedev_reset(&rig->dev);
	vionic_split_init(&rig->ring);
}

void rig_reset_at(struct rig *rig, u16 idx)
{
	rig_reset(rig);
	rig->ring.avail_idx = idx;
	rig->ring.kicked_idx = idx;
	rig->ring.used_idx = idx;
	rig->ring.used_seen = idx;
	rig->dev.next_avail = idx;
	rig->dev.used_idx = idx;
	rig->dev.signalled = idx;
	vionic_split_publish(&rig->ring);
	fakedev_flush(&rig->dev);
}

u16 rig_add(struct rig *rig, u16 readable, u16 writable, u64 addr)
{
	u16 ndesc = readable + writable;
	u16 head = vionic_split_head(&rig->ring);
	u16 i;

	for (i = 0; i < ndesc; i++) {
		u16 flags = i < readable ? 0 : VRING_DESC_F_WRITE;

		if (i + 1 < ndesc)
			flags |= VRING_DESC_F_NEXT;
		vionic_split_put(&rig->ring, addr + i, i + 1, flags);
	}
	vionic_split_commit(&rig->ring, head, ndesc);
	return head;
}

void rig_echo(struct rig *rig, u32 len)
{
	struct fakedev_buf buf;

	if (!fakedev_fetch(&rig->dev, &buf)) {
		printf("Bail out! Nothing is available\n");
		abort();
	}
	fakedev_use(&rig->dev, buf.head, len);
}

static bool see(const struct rig *rig, u8 *seen, u32 id, const char *where)
{
	if (id >= rig->ring.num) {
		printf("# id %u (%s) is out of range\n", id, where);
		return false;
	}
	if (seen[id]) {
		printf("# id %u (%s) is there twice\n", id, where);
		return false;
	}
	seen[id] = 1;
	return true;
}

static bool see_chain(const struct rig *rig, u8 *seen, u32 id, u32 ndesc,
		      const char *where)
{
	for (; ndesc; ndesc--) {
		if (!see(rig, seen, id, where))
			return false;
		id = rig->ring.slot[id].next;
	}
	return true;
}

static bool see_all(const struct rig *rig, u8 *seen,
		    const struct vionic_used_buf *held, u32 n)
{
	const struct vionic_split *r = &rig->ring;
	u16 nfree = r->free_tail - r->free_head;
	u32 i;

	if (nfree > r->num) {
		printf("# %u of %u ids are free\n", nfree, r->num);
		return false;
	}
	for (i = 0; i < nfree; i++)
		if (!see(rig, seen,
			 r->free_ids[(u16)(r->free_head + i) % r->num], "free"))
			return false;
	for (i = 0; i < r->num; i++)
		if (!see_chain(rig, seen, i, r->slot[i].ndesc, "in flight"))
			return false;
	for (i = 0; i < n; i++)
		if (!see_chain(rig, seen, held[i].id, held[i].ndesc, "held"))
			return false;
	return true;
}

bool rig_intact(const struct rig *rig, const struct vionic_used_buf *held,
		u32 n)
{
	u8 *seen = calloc(rig->ring.num, 1);
	u32 i, missing = 0;
	bool ok;

	if (!seen)
		abort();
	ok = see_all(rig, seen, held, n);
	for (i = 0; i < rig->ring.num; i++)
		missing += !seen[i];
	free(seen);
	if (ok && missing)
		printf("# %u ids are lost\n", missing);
	return ok && !missing;
}
