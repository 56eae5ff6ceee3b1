// SPDX-License-Identifier: GPL-2.0
/*
 * A device that lies. The driver's side must carry on or call the ring broken,
 * stay inside its memory (the sanitizers watch), come to an end, and never
 * hand out a buffer that was not in flight or lose one that was.
 */
#include <linux/kernel.h>
#include "rig.h"
#include "rng.h"
#include "tap.h"

static struct vionic_used_buf popped[VIONIC_RING_MAX];
static u32 npopped;

static enum vionic_ring_state pop(struct rig *rig)
{
	enum vionic_ring_state state;

	state = rig_pop(rig, &popped[npopped]);
	npopped += state == VIONIC_RING_OK;
	return state;
}

static void fresh(struct rig *rig)
{
	rig_reset(rig);
	npopped = 0;
}

/* @n buffers of @ndesc descriptors each, published */
static void post(struct rig *rig, u32 n, u16 ndesc)
{
	while (n--)
		rig_add(rig, 0, ndesc, 0);
	rig_publish(rig);
}

/* Say that @id was used, ahead of entry @at */
static void claim(struct rig *rig, u16 at, u32 id)
{
	fakedev_raw_elem(&rig->dev, at, id, 0);
	fakedev_raw_used_idx(&rig->dev, at + 1);
}

/* A broken ring stays so, harms nobody, and gives all buffers back */
static void expect_broken(struct rig *rig)
{
	struct vionic_ring *r = &rig->ring;
	u32 left = vionic_ring_inflight(r);
	struct vionic_used_buf buf;
	u32 from = 0, i;

	T_TRUE(r->broken);
	for (i = 0; i < 3; i++) {
		T_EQ(rig_pop(rig, &buf), VIONIC_RING_BROKEN);
		rig_irq_off(rig);
		/* nothing to look for again, wherever the index is */
		T_FALSE(rig_irq_on(rig, 0));
		rig_publish(rig);
		rig_need_kick(rig);
		fakedev_raw_used_idx(&rig->dev, r->used_idx + i);
	}
	T_TRUE(rig_intact(rig, popped, npopped));
	while (vionic_ring_take_back(r, from, &buf)) {
		from = buf.id + 1u;
		popped[npopped++] = buf;
		left--;
	}
	T_EQ(left, 0);
	T_TRUE(rig_intact(rig, popped, npopped));
	rig_reset(rig);
	npopped = 0;
	T_EQ(pop(rig), VIONIC_RING_EMPTY);
}

static void test_bad_id(struct rig *rig)
{
	u32 num = rig->ring.num;
	const u32 ids[] = {
		num, num + 1, 2 * num, 0xffff, 0x10000, 0x10001, 0x7fffffff,
		0x80000000, 0x80000001, 0xffff0000, 0xffff0001, 0xffffffff,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ids); i++) {
		fresh(rig);
		post(rig, num, 1);
		claim(rig, 0, ids[i]);
		T_EQ(pop(rig), VIONIC_RING_BROKEN);
		expect_broken(rig);
	}
	T_CASE("%u: an id that no descriptor has", num);
}

/* Putting the entry right afterwards does not mend the ring */
static void test_sticky(struct rig *rig)
{
	fresh(rig);
	post(rig, 2, 1);
	claim(rig, 0, rig->ring.num);
	T_EQ(pop(rig), VIONIC_RING_BROKEN);
	claim(rig, 0, 0);
	T_EQ(pop(rig), VIONIC_RING_BROKEN);
	claim(rig, 1, 1);
	T_EQ(pop(rig), VIONIC_RING_BROKEN);
	expect_broken(rig);
	T_CASE("%u: a broken ring stays broken", rig->ring.num);
}

static void test_idle_id(struct rig *rig)
{
	u32 num = rig->ring.num;
	u32 id;

	for (id = 1; id < num; id += 1 + id / 4) {
		fresh(rig);
		post(rig, 1, 1);
		claim(rig, 0, id);
		T_EQ(pop(rig), VIONIC_RING_BROKEN);
		expect_broken(rig);
	}
	T_CASE("%u: an id that was never given out", num);
}

/* Put and rewound, or put and not committed: not in flight either */
static void test_uncommitted_id(struct rig *rig)
{
	bool rewind;
	int i;

	for (i = 0; i < 2; i++) {
		rewind = i;
		fresh(rig);
		post(rig, 1, 1);
		rig_put(rig, rig_head(rig), 0, 1, 0);
		if (rewind)
			rig_rewind(rig, 1);
		claim(rig, 0, 1);
		T_EQ(pop(rig), VIONIC_RING_BROKEN);
		if (!rewind)
			rig_rewind(rig, 1);
		expect_broken(rig);
	}
	T_CASE("%u: an id put but not committed", rig->ring.num);
}

/* What: 0 - twice in a row, 1 - once it was freed, 2 - and something else was
 * added since
 */
static void repeat(struct rig *rig, int what)
{
	u32 num = rig->ring.num;

	fresh(rig);
	post(rig, num, 1);
	claim(rig, 0, 1);
	T_EQ(pop(rig), VIONIC_RING_OK);
	T_EQ(popped[0].id, 1);
	if (what == 0)
		claim(rig, 1, 1);
	if (what >= 1) {
		rig_free_buf(rig, &popped[--npopped]);
		claim(rig, 1, 0);
		T_EQ(pop(rig), VIONIC_RING_OK);
	}
	if (what == 2) {
		post(rig, 1, 1);	/* takes id 1 again: now it is right */
		claim(rig, 2, 1);
		T_EQ(pop(rig), VIONIC_RING_OK);
	}
	if (what >= 1)
		claim(rig, 1 + what, 1);
	T_EQ(pop(rig), VIONIC_RING_BROKEN);
	expect_broken(rig);
}

static void test_repeated_id(struct rig *rig)
{
	repeat(rig, 0);
	repeat(rig, 1);
	repeat(rig, 2);
	T_CASE("%u: an id given back already", rig->ring.num);
}

static void test_inner_id(struct rig *rig)
{
	u32 num = rig->ring.num;
	u32 id;

	for (id = 1; id < num; id += 1 + id / 4) {
		fresh(rig);
		post(rig, 1, num);
		claim(rig, 0, id);
		T_EQ(pop(rig), VIONIC_RING_BROKEN);
		expect_broken(rig);
	}
	/* nor when the id was a head in an earlier life */
	fresh(rig);
	post(rig, num, 1);
	for (id = 0; id < num; id++) {
		claim(rig, id, id);
		T_EQ(pop(rig), VIONIC_RING_OK);
		rig_free_buf(rig, &popped[--npopped]);
	}
	post(rig, 1, num);
	claim(rig, num, num - 1);
	T_EQ(pop(rig), VIONIC_RING_BROKEN);
	expect_broken(rig);
	T_CASE("%u: an id inside a chain", num);
}

/* Every wrong index, seen from @start with @inflight buffers out */
static void jumps(struct rig *rig, u16 start, u32 inflight)
{
	struct vionic_ring *r = &rig->ring;
	struct vionic_used_buf buf;
	u32 jump;

	rig_reset_at(rig, start);
	post(rig, inflight, 1);
	for (jump = inflight + 1; jump < 0x10000; jump++) {
		fakedev_raw_used_idx(&rig->dev, start + jump);
		T_EQ(rig_pop(rig, &buf), VIONIC_RING_BROKEN);
		T_EQ(r->used_idx, start);
		T_EQ(r->used_seen, start);
		r->broken = false;
	}
	fakedev_raw_used_idx(&rig->dev, start);
	T_EQ(rig_pop(rig, &buf), VIONIC_RING_EMPTY);
	T_EQ(vionic_ring_inflight(r), inflight);
	T_TRUE(rig_intact(rig, NULL, 0));
}

static void test_jumps(struct rig *rig)
{
	static const u16 starts[] = { 0, 1, 0x7fff, 0x8000, 0xffff };
	u32 num = rig->ring.num;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(starts); i++) {
		jumps(rig, starts[i], 0);
		jumps(rig, starts[i], 1);
		jumps(rig, starts[i], num / 2);
		jumps(rig, starts[i], num);
	}
	T_CASE("%u: the used index jumps, by any number", num);
}

/* The index goes back once it was seen: what was seen still counts, then it
 * shows.
 */
static void test_retreat(struct rig *rig)
{
	u32 num = rig->ring.num;
	u32 i;

	fresh(rig);
	post(rig, num, 1);
	for (i = 0; i < num; i++)
		fakedev_raw_elem(&rig->dev, i, i, 0);
	fakedev_raw_used_idx(&rig->dev, num);
	T_EQ(pop(rig), VIONIC_RING_OK);
	fakedev_raw_used_idx(&rig->dev, 0);
	for (i = 1; i < num; i++)
		T_EQ(pop(rig), VIONIC_RING_OK);
	T_EQ(pop(rig), VIONIC_RING_BROKEN);
	expect_broken(rig);
	T_CASE("%u: the used index goes back", num);
}

static void test_len(struct rig *rig)
{
	static const u32 lens[] = { 0, 1, 0x7fffffff, 0x80000000, 0xffffffff };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lens); i++) {
		fresh(rig);
		post(rig, 1, 2);
		fakedev_raw_elem(&rig->dev, 0, 0, lens[i]);
		fakedev_raw_used_idx(&rig->dev, 1);
		T_EQ(pop(rig), VIONIC_RING_OK);
		T_EQ(popped[0].len, lens[i]);
		T_TRUE(rig_intact(rig, popped, 1));
	}
	T_CASE("%u: any length is handed on as it is", rig->ring.num);
}

static void scribble(struct rng *rng, u8 *area, size_t bytes)
{
	while (bytes--)
		*area++ = rng_next(rng);
}

/* The device writes where only the driver may; what the driver knows, it knows
 * from its own memory.
 */
static void test_scribble(struct rig *rig, struct rng *rng)
{
	u32 num = rig->ring.num;
	u32 i, n, round;

	fresh(rig);
	for (round = 0; round < 8; round++) {
		for (n = 0; vionic_ring_free_count(&rig->ring) >= 2; n++)
			rig_add(rig, 1, n & 1, 0);
		rig_publish(rig);
		scribble(rng, rig->dev.desc, fakedev_desc_bytes(num));
		scribble(rng, rig->dev.avail, fakedev_avail_bytes(num));
		T_TRUE(rig_intact(rig, NULL, 0));
		for (i = 0; i < num; i++)
			if (rig->ring.slot[i].ndesc) {
				claim(rig, rig->ring.used_idx, i);
				T_EQ(pop(rig), VIONIC_RING_OK);
				scribble(rng, rig->dev.desc, 16 * num);
				n--;
			}
		T_EQ(n, 0);
		T_TRUE(rig_intact(rig, popped, npopped));
		while (npopped)
			rig_free_buf(rig, &popped[--npopped]);
		T_EQ(vionic_ring_free_count(&rig->ring), num);
		T_TRUE(rig_intact(rig, NULL, 0));
		if (num > 1024)
			break;
	}
	T_CASE("%u: descriptors and available ring overwritten", num);
}

/* Any value in the words that steer kicks and interrupts: some notification
 * too many or few, nothing else.
 */
static void test_event_words(struct rig *rig)
{
	struct vionic_ring *r = &rig->ring;
	u32 v;

	fresh(rig);
	post(rig, 2, 1);
	for (v = 0; v < 0x10000; v++) {
		fakedev_raw_avail_event(&rig->dev, v);
		fakedev_raw_used_flags(&rig->dev, v);
		r->kicked = r->avail_idx - 1;
		T_EQ(rig_need_kick(rig), r->event_idx ?
		     v == (u16)(r->avail_idx - 1) : !(v & 1));
	}
	T_TRUE(rig_intact(rig, NULL, 0));
	T_CASE("%u: any event index, any flags", r->num);
}

/* The entry changes whenever the driver is about to read */
static struct {
	struct rig *rig;
	struct rng *rng;
} at;

static void at_any_read(enum unit_point point, const volatile void *addr)
{
	struct fakedev *dev = &at.rig->dev;
	u16 used = at.rig->ring.used_idx;
	u32 id;

	(void)addr;
	if (point == UNIT_WRITE)
		return;
	id = rng_below(at.rng, 8) ? rng_below(at.rng, dev->num) :
		rng_next(at.rng);
	fakedev_raw_elem(dev, used, id, rng_next(at.rng));
	fakedev_raw_used_idx(dev, used + rng_below(at.rng, 3));
	fakedev_raw_avail_event(dev, rng_next(at.rng));
}

static void test_change(struct rig *rig, struct rng *rng)
{
	u32 i, ok = 0, broken = 0;

	fresh(rig);
	at.rig = rig;
	at.rng = rng;
	for (i = 0; i < 20000; i++) {
		while (vionic_ring_free_count(&rig->ring) >= 2)
			rig_add(rig, 1, rng_below(rng, 2), 0);
		unit_hook_fn = at_any_read;
		rig_publish(rig);
		rig_need_kick(rig);
		rig_irq_on(rig, rng_below(rng, 3));
		if (pop(rig) == VIONIC_RING_OK)
			ok++;
		unit_hook_fn = NULL;
		if (i % (1 + rig->ring.num / 16) == 0)
			T_TRUE(rig_intact(rig, popped, npopped));
		if (npopped && rng_below(rng, 2))
			rig_free_buf(rig, &popped[--npopped]);
		if (rig->ring.broken) {
			broken++;
			fresh(rig);
		}
	}
	T_TRUE(ok && broken);
	T_CASE("%u: entries change while they are read", rig->ring.num);
}

static void test_size(u32 num, bool event_idx, struct rng *rng)
{
	struct rig *rig = rig_new(VIONIC_SPLIT, num, event_idx);

	printf("# size %u, %s\n", num, event_idx ? "event indices" : "flags");
	test_bad_id(rig);
	test_sticky(rig);
	test_idle_id(rig);
	test_uncommitted_id(rig);
	test_repeated_id(rig);
	test_inner_id(rig);
	test_jumps(rig);
	test_retreat(rig);
	test_len(rig);
	if (num <= 1024)
		test_scribble(rig, rng);
	test_event_words(rig);
	if (num <= 1024)
		test_change(rig, rng);
	rig_free(rig);
}

int main(void)
{
	static const u32 nums[] = { 2, 4, 16, 256, 1024, 32768 };
	struct rng rng;
	size_t i;

	tap_begin();
	rng_seed(&rng, 5);
	for (i = 0; i < ARRAY_SIZE(nums); i++)
		test_size(nums[i], i & 1, &rng);
	return tap_end();
}
