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

/* The one popped last, in order the first */
static void free_one(struct rig *rig)
{
	u32 k = rig_in_order(rig) ? 0 : npopped - 1;

	rig_free_buf(rig, &popped[k]);
	npopped--;
	memmove(&popped[k], &popped[k + 1],
		(npopped - k) * sizeof(popped[0]));
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
		if (rig_packed(rig))
			rig_claim(rig, i % r->num, 0);
		else
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
		if (rig_packed(rig) && ids[i] > 0xffff)
			continue;	/* has no room there */
		fresh(rig);
		post(rig, num, 1);
		rig_claim(rig, ids[i], 0);
		T_EQ(pop(rig), VIONIC_RING_BROKEN);
		expect_broken(rig);
	}
	T_CASE("%s: an id that no descriptor has", rig->name);
}

/* Putting the entry right afterwards does not mend the ring */
static void test_sticky(struct rig *rig)
{
	fresh(rig);
	post(rig, 2, 1);
	rig_claim(rig, rig->ring.num, 0);
	T_EQ(pop(rig), VIONIC_RING_BROKEN);
	rig_claim(rig, 0, 0);
	T_EQ(pop(rig), VIONIC_RING_BROKEN);
	rig_claim(rig, 1, 0);
	T_EQ(pop(rig), VIONIC_RING_BROKEN);
	expect_broken(rig);
	T_CASE("%s: a broken ring stays broken", rig->name);
}

static void test_idle_id(struct rig *rig)
{
	u32 num = rig->ring.num;
	u32 id;

	for (id = 1; id < num; id += 1 + id / 4) {
		fresh(rig);
		post(rig, 1, 1);
		rig_claim(rig, id, 0);
		T_EQ(pop(rig), VIONIC_RING_BROKEN);
		expect_broken(rig);
	}
	T_CASE("%s: an id that was never given out", rig->name);
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
		rig_claim(rig, 1, 0);
		T_EQ(pop(rig), VIONIC_RING_BROKEN);
		if (!rewind)
			rig_rewind(rig, 1);
		expect_broken(rig);
	}
	T_CASE("%s: an id put but not committed", rig->name);
}

/* What: 0 - twice in a row, 1 - once it was freed, 2 - and something else was
 * added since
 */
static void repeat(struct rig *rig, int what)
{
	u16 id = rig_in_order(rig) ? 0 : 1;

	fresh(rig);
	post(rig, rig->ring.num, 1);
	rig_claim(rig, id, 0);
	T_EQ(pop(rig), VIONIC_RING_OK);
	T_EQ(popped[0].id, id);
	if (what >= 1) {
		free_one(rig);
		rig_claim(rig, 1 - id, 0);
		T_EQ(pop(rig), VIONIC_RING_OK);
	}
	if (what == 2) {
		post(rig, 1, 1);	/* takes the id again: now it is right */
		rig_claim(rig, id, 0);
		T_EQ(pop(rig), VIONIC_RING_OK);
	}
	rig_claim(rig, id, 0);
	T_EQ(pop(rig), VIONIC_RING_BROKEN);
	expect_broken(rig);
}

static void test_repeated_id(struct rig *rig)
{
	repeat(rig, 0);
	repeat(rig, 1);
	if (!rig_in_order(rig))	/* there it names a batch, see below */
		repeat(rig, 2);
	T_CASE("%s: an id given back already", rig->name);
}

static void test_inner_id(struct rig *rig)
{
	u32 num = rig->ring.num;
	u32 id;

	for (id = 1; id < num; id += 1 + id / 4) {
		fresh(rig);
		post(rig, 1, num);
		rig_claim(rig, id, 0);
		T_EQ(pop(rig), VIONIC_RING_BROKEN);
		expect_broken(rig);
	}
	/* nor when the id was a head in an earlier life */
	fresh(rig);
	post(rig, num, 1);
	for (id = 0; id < num; id++) {
		rig_claim(rig, id, 0);
		T_EQ(pop(rig), VIONIC_RING_OK);
		free_one(rig);
	}
	post(rig, 1, num);
	rig_claim(rig, num - 1, 0);
	T_EQ(pop(rig), VIONIC_RING_BROKEN);
	expect_broken(rig);
	T_CASE("%s: an id inside a chain", rig->name);
}

/* Say that all up to @id was used, @n buffers */
static void claim_batch(struct rig *rig, u16 id, u32 len, u16 n)
{
	rig_claim(rig, id, len);
	if (!rig_packed(rig))
		fakedev_raw_used_idx(&rig->dev, rig->ring.used_idx + n);
}

/* In order: what a batch is was said when it began, whatever stands in its
 * entries later; it ends where it was said to, and if that is nowhere it is
 * none.
 */
static void test_batch(struct rig *rig)
{
	u32 num = rig->ring.num;
	u32 i, from;

	if (!rig_in_order(rig))
		return;
	fresh(rig);
	for (from = 0; from < num; from += 1 + from) {
		for (i = 0; i < from; i++) {	/* begin there */
			post(rig, 1, 1);
			rig_claim(rig, i, 0);
			T_EQ(pop(rig), VIONIC_RING_OK);
			free_one(rig);
		}
		post(rig, num, 1);
		claim_batch(rig, (from + num - 2) % num, 5, num - 1);
		for (i = 0; i < num - 1; i++) {
			T_EQ(pop(rig), VIONIC_RING_OK);
			T_EQ(popped[i].id, (from + i) % num);
			T_EQ(popped[i].len, i < num - 2 ? RIG_FILL : 5);
			if (i < num - 2)
				rig_claim(rig, ~0u, ~0u);
			if (!rig_packed(rig))
				fakedev_raw_used_idx(&rig->dev, num - 1 + from);
		}
		T_TRUE(rig_intact(rig, popped, npopped));
		/* one of those again */
		claim_batch(rig, (from + num - 2) % num, 5, 1);
		T_EQ(pop(rig), VIONIC_RING_BROKEN);
		expect_broken(rig);
	}
	T_CASE("%s: a batch is what it was when it began", rig->name);
}

/* Where nobody asks for lengths, entries of a split ring are not even read */
static void test_unread(struct rig *rig)
{
	u32 num = rig->ring.num;
	u32 i;

	if (!rig_in_order(rig) || rig_packed(rig))
		return;
	rig->ring.fill = 0;
	fresh(rig);
	post(rig, num, 1);
	for (i = 0; i < num; i++)
		fakedev_raw_elem(&rig->dev, i, ~0u, ~0u);
	fakedev_raw_used_idx(&rig->dev, num);
	for (i = 0; i < num; i++) {
		T_EQ(pop(rig), VIONIC_RING_OK);
		T_EQ(popped[i].id, i);
		T_EQ(popped[i].len, 0);
	}
	T_TRUE(rig_intact(rig, popped, npopped));
	rig->ring.fill = RIG_FILL;
	T_CASE("%s: entries without use", rig->name);
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
	static const u16 starts[] = { 0, 0x7fff, 0xffff };
	u32 num = rig->ring.num;
	size_t i;

	if (rig_packed(rig))
		return;
	for (i = 0; i < ARRAY_SIZE(starts); i++) {
		jumps(rig, starts[i], 0);
		jumps(rig, starts[i], 1);
		jumps(rig, starts[i], num / 2);
		jumps(rig, starts[i], num);
	}
	T_CASE("%s: the used index jumps, by any number", rig->name);
}

/* The same in a packed ring: all looks used, and more than was given */
static void test_all_used(struct rig *rig)
{
	u32 num = rig->ring.num;
	u32 i, inflight;

	if (!rig_packed(rig))
		return;
	for (inflight = 0; inflight <= num; inflight += 1 + inflight) {
		fresh(rig);
		post(rig, inflight, 1);
		for (i = 0; i < num; i++)
			fakedev_raw_used_desc(&rig->dev, i, i, 0,
					      fakedev_used_flags(0x8000));
		for (i = 0; i < inflight; i++)
			T_EQ(pop(rig), VIONIC_RING_OK);
		if (inflight == num) {	/* they were used in this round only */
			T_EQ(pop(rig), VIONIC_RING_EMPTY);
			continue;
		}
		T_EQ(pop(rig), VIONIC_RING_BROKEN);
		expect_broken(rig);
	}
	T_CASE("%s: more is used than was given", rig->name);
}

/* The index goes back once it was seen: what was seen still counts, then it
 * shows.
 */
static void test_retreat(struct rig *rig)
{
	u32 num = rig->ring.num;
	u32 i;

	if (rig_packed(rig))
		return;
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
	T_CASE("%s: the used index goes back", rig->name);
}

static void test_len(struct rig *rig)
{
	static const u32 lens[] = { 0, 1, 0x7fffffff, 0x80000000, 0xffffffff };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lens); i++) {
		fresh(rig);
		post(rig, 1, 2);
		rig_claim(rig, 0, lens[i]);
		T_EQ(pop(rig), VIONIC_RING_OK);
		T_EQ(popped[0].len, lens[i]);
		T_TRUE(rig_intact(rig, popped, 1));
	}
	T_CASE("%s: any length is handed on as it is", rig->name);
}

static void scribble(struct rng *rng, u8 *area, size_t bytes)
{
	while (bytes--)
		*area++ = rng_next(rng);
}

static void scribble_all(struct rig *rig, struct rng *rng)
{
	scribble(rng, rig->dev.desc, rig->dev.desc_bytes);
	scribble(rng, rig->dev.avail, rig->dev.avail_bytes);
}

/* The device writes where only the driver may; what the driver knows, it knows
 * from its own memory.
 */
static void test_scribble(struct rig *rig, struct rng *rng)
{
	struct vionic_ring *r = &rig->ring;
	u32 num = r->num;
	u32 i, n, round;

	if (num > 1024)
		return;
	fresh(rig);
	for (round = 0; round < 4; round++) {
		u16 first = rig_in_order(rig) ? rig_head(rig) : 0;

		for (n = 0; vionic_ring_free_count(r) >= 2; n++)
			rig_add(rig, 1, n & 1, 0);
		rig_publish(rig);
		scribble_all(rig, rng);
		T_TRUE(rig_intact(rig, NULL, 0));
		for (i = 0; i < num; i++) {
			u16 id = (first + i) % num;

			if (!r->slot[id].ndesc)
				continue;
			rig_claim(rig, id, 0);
			T_EQ(pop(rig), VIONIC_RING_OK);
			scribble_all(rig, rng);
			n--;
		}
		T_EQ(n, 0);
		T_TRUE(rig_intact(rig, popped, npopped));
		while (npopped)
			free_one(rig);
		T_EQ(vionic_ring_free_count(r), num);
		T_TRUE(rig_intact(rig, NULL, 0));
	}
	T_CASE("%s: the driver's memory overwritten", rig->name);
}

/* Any value in the words that steer kicks and interrupts: some notification
 * too many or few, nothing else.
 */
static void event_words_split(struct rig *rig)
{
	struct vionic_ring *r = &rig->ring;
	u32 v;

	for (v = 0; v < 0x10000; v++) {
		fakedev_raw_avail_event(&rig->dev, v);
		fakedev_raw_used_flags(&rig->dev, v);
		r->kicked = r->avail_idx - 1;
		T_EQ(rig_need_kick(rig), r->event_idx ?
		     v == (u16)(r->avail_idx - 1) : !(v & 1));
	}
}

static void event_words_packed(struct rig *rig)
{
	static const u32 above[] = { 0, 1, 2, 3, 4, 0x7ffe, 0x8001, 0xffff };
	struct vionic_ring *r = &rig->ring;
	u32 i, v;

	for (i = 0; i < ARRAY_SIZE(above); i++)
		for (v = 0; v < 0x10000; v++) {
			bool kick, right = (v & 0x7fff) < r->num;

			fakedev_raw_device_event(&rig->dev, above[i] << 16 | v);
			r->kicked = r->free_head - 1;
			kick = rig_need_kick(rig);
			if (above[i] % 4 != 2)
				T_EQ(kick, above[i] % 4 == 0);
			else if (right)		/* the second place */
				T_EQ(kick, v == 0x8001);
		}
}

static void test_event_words(struct rig *rig)
{
	fresh(rig);
	post(rig, 2, 1);
	if (rig_packed(rig))
		event_words_packed(rig);
	else
		event_words_split(rig);
	T_TRUE(rig_intact(rig, NULL, 0));
	T_CASE("%s: any word about kicks", rig->name);
}

/* The entry changes whenever the driver is about to read */
static struct {
	struct rig *rig;
	struct rng *rng;
} at;

static void at_any_read(enum unit_point point, const volatile void *addr)
{
	struct fakedev *dev = &at.rig->dev;
	const struct vionic_ring *r = &at.rig->ring;
	u32 id;

	(void)addr;
	if (point == UNIT_WRITE)
		return;
	id = rng_below(at.rng, 8) ? rng_below(at.rng, dev->num) :
		rng_next(at.rng);
	if (rig_packed(at.rig)) {
		fakedev_raw_used_desc(dev, r->used_pos, id, rng_next(at.rng),
				      rng_below(at.rng, 4) ?
				      fakedev_used_flags(r->used_pos) :
				      rng_next(at.rng));
		fakedev_raw_device_event(dev, rng_next(at.rng));
		return;
	}
	fakedev_raw_elem(dev, r->used_idx, id, rng_next(at.rng));
	fakedev_raw_used_idx(dev, r->used_idx + rng_below(at.rng, 3));
	fakedev_raw_avail_event(dev, rng_next(at.rng));
}

static void test_change(struct rig *rig, struct rng *rng)
{
	u32 i, ok = 0, broken = 0;

	if (rig->ring.num > 1024)
		return;
	fresh(rig);
	at.rig = rig;
	at.rng = rng;
	for (i = 0; i < 8000; i++) {
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
			free_one(rig);
		if (rig->ring.broken) {
			broken++;
			fresh(rig);
		}
	}
	T_TRUE(ok && broken);
	T_CASE("%s: entries change while they are read", rig->name);
}

static void test_all(struct rig *rig, struct rng *rng)
{
	test_bad_id(rig);
	test_sticky(rig);
	test_idle_id(rig);
	test_uncommitted_id(rig);
	test_repeated_id(rig);
	test_inner_id(rig);
	test_batch(rig);
	test_unread(rig);
	test_jumps(rig);
	test_all_used(rig);
	test_retreat(rig);
	test_len(rig);
	test_scribble(rig, rng);
	test_event_words(rig);
	test_change(rig, rng);
}

int main(void)
{
	struct rng rng;

	tap_begin();
	rng_seed(&rng, 5);
	rig_for_all(test_all, &rng, VIONIC_RING_MAX, false);
	return tap_end();
}
