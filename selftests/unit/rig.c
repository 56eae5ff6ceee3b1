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

static const char *const names[RIG_LAYOUTS] = {
	"split", "split in order", "packed", "packed in order",
};

static void *alloc(size_t n, size_t size)
{
	void *p = malloc(n * size);

	if (!p)
		abort();
	return p;
}

static u16 mask_of(u32 num)
{
	u32 n = 1;

	while (n < num)
		n *= 2;
	return n - 1;
}

static void init(struct rig *rig)
{
	if (rig_packed(rig))
		vionic_packed_init(&rig->ring);
	else
		vionic_split_init(&rig->ring);
}

static void set_memory(struct rig *rig)
{
	struct fakedev *dev = &rig->dev;

	if (rig_packed(rig)) {
		rig->ring.packed.desc = (struct vionic_packed_desc *)dev->desc;
		rig->ring.packed.driver = (__le32 *)dev->avail;
		rig->ring.packed.device = (__le32 *)dev->used;
	} else {
		rig->ring.split.desc = (struct vionic_desc *)dev->desc;
		rig->ring.split.avail = (struct vionic_avail *)dev->avail;
		rig->ring.split.used = (struct vionic_used *)dev->used;
	}
}

struct rig *rig_new(enum vionic_layout l, u32 num, bool event_idx)
{
	struct rig *rig = aligned_alloc(SMP_CACHE_BYTES, sizeof(*rig));
	struct vionic_ring *r = &rig->ring;

	if (!rig)
		abort();
	memset(rig, 0xaa, sizeof(*rig));	/* init must not rely on 0 */
	rig->l = l;
	snprintf(rig->name, sizeof(rig->name), "%s, %u%s", names[l], num,
		 event_idx ? ", events" : "");
	fakedev_alloc(&rig->dev, num,
		      (rig_packed(rig) ? FAKEDEV_PACKED : 0) |
		      (rig_in_order(rig) ? FAKEDEV_IN_ORDER : 0) |
		      (event_idx ? FAKEDEV_EVENT_IDX : 0) | FAKEDEV_INDIRECT);
	rig->dev.fill = RIG_FILL;
	set_memory(rig);
	r->num = num;
	r->mask = mask_of(num);
	r->fill = RIG_FILL;
	r->event_idx = event_idx;
	r->hardware = num & 4;	/* some of the sizes */
	r->slot = alloc(num, sizeof(*r->slot));
	r->free_ids = alloc(r->mask + 1, sizeof(*r->free_ids));
	rig->ids = alloc(num, sizeof(*rig->ids));
	init(rig);
	return rig;
}

void rig_free(struct rig *rig)
{
	fakedev_free(&rig->dev);
	free(rig->ring.slot);
	free(rig->ring.free_ids);
	free(rig->ids);
	free(rig);
}

void rig_reset(struct rig *rig)
{
	fakedev_reset(&rig->dev);
	init(rig);
}

/* In a foreign byte order few will do: it depends on no size */
static const u32 nums[] = {
#ifdef UNIT_FOREIGN_ENDIAN
	2, 3, 256, 1000,
#else
	2, 3, 4, 5, 7, 16, 100, 256, 1024, 32767, 32768,
#endif
};

void rig_for_all(void (*test)(struct rig *rig, struct rng *rng),
		 struct rng *rng, u32 max, bool both)
{
	u32 l, n, run = 0;
	size_t i;

	for (l = 0; l < RIG_LAYOUTS; l++)
		for (i = 0; i < sizeof(nums) / sizeof(nums[0]); i++) {
			if (nums[i] > max || !rig_num_valid(l, nums[i]))
				continue;
			for (n = 0; n < (both ? 2 : 1); n++) {
				struct rig *rig;

				rig = rig_new(l, nums[i], run++ & 1);
				test(rig, rng);
				rig_free(rig);
			}
		}
}

/* As after @idx buffers of one descriptor each, all used and taken back */
static void packed_at(struct rig *rig, u16 idx)
{
	struct vionic_ring *r = &rig->ring;
	u16 offset = idx % r->num;
	u16 at = offset | (idx / r->num & 1 ? 0 : 0x8000);
	u32 i;

	for (i = 0; i < r->num; i++)
		fakedev_raw_used_desc(&rig->dev, i, 0, 0, fakedev_used_flags(
				      i < offset ? at : at ^ 0x8000));
	for (i = 0; i < r->num; i++)
		r->free_ids[(u16)(idx + i) & r->mask] = i;
	r->free_head = idx;
	r->free_tail = idx + r->num;
	r->avail_pos = at;
	r->shown_pos = at;
	r->shown_idx = idx;
	r->used_pos = at;
	rig->dev.next_avail = at;
	rig->dev.seen_avail = at;
	rig->dev.used_idx = at;
	rig->dev.signalled = at;
}

void rig_reset_at(struct rig *rig, u16 idx)
{
	rig_reset(rig);
	rig->ring.avail_idx = idx;
	rig->ring.kicked = idx;
	rig->ring.used_idx = idx;
	rig->ring.used_seen = idx;
	if (rig_packed(rig)) {
		packed_at(rig, idx);
		return;
	}
	rig->dev.next_avail = idx;
	rig->dev.seen_avail = idx;
	rig->dev.used_idx = idx;
	rig->dev.signalled = idx;
	rig_publish(rig);
	fakedev_flush(&rig->dev);
}

static u16 put_chain(struct rig *rig, u16 readable, u16 ndesc, u64 addr)
{
	u16 head = rig_head(rig);
	u16 i;

	for (i = 0; i < ndesc; i++) {
		u16 flags = i < readable ? 0 : VRING_DESC_F_WRITE;

		if (i + 1 < ndesc)
			flags |= VRING_DESC_F_NEXT;
		rig->ids[i] = rig_put(rig, head, addr + i, i + 1, flags);
	}
	return head;
}

u16 rig_add(struct rig *rig, u16 readable, u16 writable, u64 addr)
{
	u16 head = put_chain(rig, readable, readable + writable, addr);

	rig_commit(rig, head, readable + writable);
	return head;
}

u16 rig_regret(struct rig *rig, u16 readable, u16 writable, u64 addr)
{
	u16 head = put_chain(rig, readable, readable + writable, addr);

	rig_rewind(rig, readable + writable);
	return head;
}

void rig_claim(struct rig *rig, u32 id, u32 len)
{
	const struct vionic_ring *r = &rig->ring;

	if (rig_packed(rig)) {
		fakedev_raw_used_desc(&rig->dev, r->used_pos, id, len,
				      fakedev_used_flags(r->used_pos));
	} else {
		fakedev_raw_elem(&rig->dev, r->used_idx, id, len);
		fakedev_raw_used_idx(&rig->dev, r->used_idx + 1);
	}
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
		if (ndesc > 1)
			id = rig_next(rig, id);
	}
	return true;
}

/* The id that is free for the descriptor after the next @n */
static u32 free_id(const struct rig *rig, u16 n)
{
	const struct vionic_ring *r = &rig->ring;

	if (!rig_in_order(rig))
		return r->free_ids[(u16)(r->free_head + n) & r->mask];
	return (rig_head(rig) + n) % r->num;
}

static bool see_all(const struct rig *rig, u8 *seen,
		    const struct vionic_used_buf *held, u32 n)
{
	const struct vionic_ring *r = &rig->ring;
	u16 nfree = r->free_tail - r->free_head;
	u32 i;

	if (nfree > r->num) {
		printf("# %u of %u ids are free\n", nfree, r->num);
		return false;
	}
	for (i = 0; i < nfree; i++)
		if (!see(rig, seen, free_id(rig, i), "free"))
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
