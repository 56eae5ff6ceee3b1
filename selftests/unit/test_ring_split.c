// SPDX-License-Identifier: GPL-2.0
/*
 * Buffers on their way through a split ring of every size, with a device that
 * keeps the rules.
 */
#include <linux/kernel.h>
#include "rig.h"
#include "rng.h"
#include "tap.h"

#define ADDR	0x0123456789ab0000ull

#ifdef UNIT_FOREIGN_ENDIAN
#define STEP	128	/* the byte order depends on no size */
#else
#define STEP	2
#endif

static struct vionic_used_buf popped[VIONIC_RING_MAX];

/* Pop one buffer that must be there */
static struct vionic_used_buf pop(struct rig *rig)
{
	struct vionic_used_buf buf = {};

	T_EQ(rig_pop(rig, &buf), VIONIC_RING_OK);
	return buf;
}

static void expect_idle(struct rig *rig)
{
	struct vionic_used_buf buf;

	T_EQ(rig_pop(rig, &buf), VIONIC_RING_EMPTY);
	T_EQ(vionic_ring_free_count(&rig->ring), rig->ring.num);
	T_EQ(vionic_ring_inflight(&rig->ring), 0);
	T_TRUE(rig_exhausted(rig));
	T_FALSE(rig->ring.broken);
	T_TRUE(rig_intact(rig, NULL, 0));
}

static void test_empty(struct rig *rig)
{
	rig_reset(rig);
	expect_idle(rig);
	rig_publish(rig);
	T_EQ(fakedev_pending(&rig->dev), 0);
	T_EQ(rig_head(rig), 0);
	expect_idle(rig);
	T_CASE("%u: empty", rig->ring.num);
}

/* Ids come in the order in which they were freed: reversed once, they come
 * reversed.
 */
static void test_full(struct rig *rig)
{
	u32 num = rig->ring.num;
	u32 i, round;

	rig_reset(rig);
	for (round = 0; round < 3; round++) {
		for (i = 0; i < num; i++) {
			u32 want = round & 1 ? num - 1 - i : i;

			T_EQ(vionic_ring_free_count(&rig->ring), num - i);
			T_EQ(rig_add(rig, 0, 1, ADDR + i), want);
			T_EQ(vionic_ring_inflight(&rig->ring), i + 1);
		}
		T_EQ(fakedev_pending(&rig->dev), 0);
		rig_publish(rig);
		T_EQ(fakedev_pending(&rig->dev), num);
		T_TRUE(rig_intact(rig, NULL, 0));
		for (i = 0; i < num; i++)
			rig_echo(rig, i);
		T_FALSE(rig_exhausted(rig));
		fakedev_flush(&rig->dev);
		for (i = 0; i < num; i++) {
			popped[i] = pop(rig);
			T_EQ(popped[i].len, i);
			T_EQ(popped[i].ndesc, 1);
			T_EQ(vionic_ring_free_count(&rig->ring), 0);
		}
		T_TRUE(rig_exhausted(rig));
		T_TRUE(rig_intact(rig, popped, num));
		for (i = num; i--; )
			rig_free_buf(rig, &popped[i]);
		expect_idle(rig);
	}
	T_CASE("%u: full, drained, ids first in first out", num);
}

static void check_chain(struct rig *rig, const struct fakedev_buf *buf,
			u16 readable, u16 ndesc, u64 addr)
{
	u32 i;

	T_EQ(buf->ndesc, ndesc);
	T_EQ(buf->readable, readable);
	T_EQ(buf->bytes, (u64)ndesc * (ndesc + 1) / 2);
	for (i = 0; i < buf->ndesc; i++) {
		T_EQ(rig->dev.chain[i].addr, addr + i);
		T_EQ(rig->dev.chain[i].len, i + 1);
	}
}

static void one_chain(struct rig *rig, u16 ndesc, u64 addr)
{
	u16 readable = addr % (ndesc + 1);
	struct vionic_used_buf buf;
	struct fakedev_buf got;
	u16 id, i;

	rig_add(rig, readable, ndesc - readable, addr);
	T_EQ(vionic_ring_free_count(&rig->ring), rig->ring.num - ndesc);
	rig_publish(rig);
	T_TRUE(fakedev_fetch(&rig->dev, &got));
	check_chain(rig, &got, readable, ndesc, addr);
	fakedev_use(&rig->dev, got.head, ~0u - ndesc);
	fakedev_flush(&rig->dev);
	buf = pop(rig);
	T_EQ(buf.id, got.head);
	T_EQ(buf.ndesc, ndesc);
	T_EQ(buf.len, ~0u - ndesc);
	for (i = 0, id = buf.id; i < ndesc; i++) {
		T_EQ(id, rig->dev.chain[i].id);
		if (i + 1 < ndesc)
			id = rig_next(rig, id);
	}
	rig_free_buf(rig, &buf);
}

/* Chains of every length; the long ones of large rings by samples */
static void test_chains(struct rig *rig)
{
	u32 num = rig->ring.num;
	u32 ndesc, step;

	rig_reset(rig);
	for (ndesc = 1; ndesc <= num; ndesc += step) {
		step = ndesc < 256 ? 1 : ndesc / 8 - 1;
		one_chain(rig, ndesc, ADDR + ndesc);
	}
	one_chain(rig, num, ADDR);
	expect_idle(rig);
	T_CASE("%u: chains of 1 to %u descriptors", num, num);
}

/* Run the indices past 65535 several times, @batch buffers at once */
static void test_wrap(struct rig *rig, u32 batch)
{
	u32 total = 3 * 65536 + 17;
	u32 added = 0, taken = 0;

	rig_reset(rig);
	while (taken < total) {
		u32 i;

		for (i = 0; i < batch; i++)
			rig_add(rig, 1, 0, added++);
		rig_publish(rig);
		T_EQ(fakedev_raw_avail_idx(&rig->dev), (u16)added);
		for (i = 0; i < batch; i++)
			rig_echo(rig, taken + i);
		fakedev_flush(&rig->dev);
		for (i = 0; i < batch; i++) {
			struct vionic_used_buf buf = pop(rig);

			T_EQ(buf.len, taken++);
			rig_free_buf(rig, &buf);
		}
	}
	expect_idle(rig);
	T_CASE("%u: indices past 65535, by %u", rig->ring.num, batch);
}

static void shuffle(struct rng *rng, u16 *ids, u32 n)
{
	while (n > 1) {
		u32 k = rng_below(rng, n--);
		u16 t = ids[n];

		ids[n] = ids[k];
		ids[k] = t;
	}
}

static void test_out_of_order(struct rig *rig, struct rng *rng)
{
	static u16 heads[VIONIC_RING_MAX];
	u32 num = rig->ring.num;
	u32 n, i, round;

	rig_reset(rig);
	for (round = 0; round < 4; round++) {
		for (n = 0; vionic_ring_free_count(&rig->ring) >= 2; n++)
			rig_add(rig, 1, rng_below(rng, 2), ADDR);
		rig_publish(rig);
		for (i = 0; i < n; i++) {
			struct fakedev_buf buf;

			T_TRUE(fakedev_fetch(&rig->dev, &buf));
			heads[i] = buf.head;
		}
		shuffle(rng, heads, n);
		for (i = 0; i < n; i++)
			fakedev_use(&rig->dev, heads[i], heads[i]);
		fakedev_flush(&rig->dev);
		for (i = 0; i < n; i++) {
			popped[i] = pop(rig);
			T_EQ(popped[i].id, heads[i]);
			T_EQ(popped[i].len, heads[i]);
		}
		T_TRUE(rig_intact(rig, popped, n));
		for (i = 0; i < n; i++)
			rig_free_buf(rig, &popped[i]);
		expect_idle(rig);
	}
	T_CASE("%u: out of order", num);
}

static void put_and_rewind(struct rig *rig, u32 ndesc)
{
	u16 head = rig_head(rig);

	T_EQ(rig_regret(rig, ndesc / 2, ndesc - ndesc / 2, ADDR), head);
	T_EQ(vionic_ring_free_count(&rig->ring), rig->ring.num);
	T_EQ(rig_head(rig), head);
	rig_publish(rig);
	T_EQ(fakedev_pending(&rig->dev), 0);
	expect_idle(rig);
	one_chain(rig, ndesc, ADDR);	/* what was put left no trace */
}

static void test_rewind(struct rig *rig)
{
	u32 num = rig->ring.num;
	u32 ndesc;

	rig_reset(rig);
	for (ndesc = 1; ndesc < num; ndesc *= 2)
		put_and_rewind(rig, ndesc);
	put_and_rewind(rig, num - 1);
	put_and_rewind(rig, num);
	T_CASE("%u: rewind", num);
}

/* Buffers given back as they are, longer than it takes to wrap */
static void test_repost(struct rig *rig)
{
	u32 num = rig->ring.num;
	u32 i, n;

	rig_reset(rig);
	for (n = 0; vionic_ring_free_count(&rig->ring) >= 2; n++)
		rig_add(rig, 0, 2, ADDR);
	rig_publish(rig);
	for (i = 0; i < 70000; i++) {
		struct vionic_used_buf buf;
		struct fakedev_buf got;

		T_TRUE(fakedev_fetch(&rig->dev, &got));
		check_chain(rig, &got, 0, 2, ADDR);
		fakedev_use(&rig->dev, got.head, i);
		fakedev_flush(&rig->dev);
		buf = pop(rig);
		T_EQ(buf.len, i);
		rig_free_buf(rig, &buf);
		rig_add(rig, 0, 2, ADDR);
		T_EQ(vionic_ring_inflight(&rig->ring), n);
		rig_publish(rig);
	}
	T_EQ(vionic_ring_free_count(&rig->ring), num - 2 * n);
	T_TRUE(rig_intact(rig, NULL, 0));
	T_CASE("%u: repost", num);
}

/* A reset with buffers used, held, committed and published */
static void test_take_back(struct rig *rig)
{
	struct vionic_ring *r = &rig->ring;
	struct vionic_used_buf buf = { .len = 1 };
	u32 n, got = 0, from = 0;

	rig_reset(rig);
	for (n = 0; vionic_ring_free_count(r) >= 2; n++) {
		rig_add(rig, 1, n & 1, n);
		if (n == r->num / 4)
			rig_publish(rig);
	}
	rig_echo(rig, 0);
	fakedev_flush(&rig->dev);
	popped[got++] = pop(rig);
	while (vionic_ring_take_back(r, from, &buf)) {
		T_TRUE(buf.id >= from);
		T_EQ(buf.len, 0);
		from = buf.id + 1u;
		popped[got++] = buf;
		buf.len = 1;
		if (got == n / 2)
			T_TRUE(rig_intact(rig, popped, got));
	}
	T_EQ(got, n);
	T_TRUE(rig_intact(rig, popped, got));
	T_FALSE(vionic_ring_take_back(r, 0, &buf));
	rig_reset(rig);
	one_chain(rig, r->num, ADDR);
	expect_idle(rig);
	T_CASE("%u: take back after a reset", r->num);
}

/* Whatever the set-up leaves in the ring's memory, init clears */
static void test_init(struct rig *rig)
{
	rig_reset(rig);
	rig->ring.broken = true;
	rig_add(rig, 1, 1, ADDR);
	rig_publish(rig);
	rig_echo(rig, 0);
	fakedev_flush(&rig->dev);
	rig_reset(rig);
	expect_idle(rig);
	T_EQ(rig->ring.kicked, 0);
	T_CASE("%u: init", rig->ring.num);
}

/* The model of a randomised run: what each side has */
struct model {
	struct rng rng;
	u16 dev[VIONIC_RING_MAX];	/* heads at the device */
	u32 ndev;
	u32 nheld;			/* in popped[] */
	u32 tag[VIONIC_RING_MAX];	/* by head */
	u32 next_tag;
	u32 free, committed, published;
};

static void random_add(struct rig *rig, struct model *m)
{
	u32 max = m->free < 5 ? m->free : 5;
	u32 ndesc, readable;
	u16 head;

	if (!rng_below(&m->rng, 2)) {
		rig_publish(rig);
		m->published += m->committed;
		m->committed = 0;
	}
	if (!max)
		return;
	ndesc = 1 + rng_below(&m->rng, max);
	readable = rng_below(&m->rng, ndesc + 1);
	if (!rng_below(&m->rng, 8))
		rig_regret(rig, 0, 1 + rng_below(&m->rng, max), ADDR);
	head = rig_add(rig, readable, ndesc - readable, m->next_tag);
	m->tag[head] = m->next_tag++;
	m->free -= ndesc;
	m->committed++;
}

static void random_device(struct rig *rig, struct model *m)
{
	struct fakedev_buf buf;
	u32 k;

	T_EQ(fakedev_pending(&rig->dev), m->published);
	while (rng_below(&m->rng, 4) && fakedev_fetch(&rig->dev, &buf)) {
		T_EQ(rig->dev.chain[0].addr, m->tag[buf.head]);
		m->dev[m->ndev++] = buf.head;
		m->published--;
	}
	while (m->ndev && rng_below(&m->rng, 4)) {
		k = rng_below(&m->rng, m->ndev);
		fakedev_use(&rig->dev, m->dev[k], m->tag[m->dev[k]]);
		m->dev[k] = m->dev[--m->ndev];
	}
	if (rng_below(&m->rng, 2))
		fakedev_flush(&rig->dev);
}

static void random_pop(struct rig *rig, struct model *m)
{
	struct vionic_used_buf buf;

	while (rng_below(&m->rng, 4)) {
		if (rig_pop(rig, &buf) != VIONIC_RING_OK)
			break;
		T_EQ(buf.len, m->tag[buf.id]);
		popped[m->nheld++] = buf;
	}
	T_FALSE(rig->ring.broken);
}

static void random_give(struct rig *rig, struct model *m)
{
	while (m->nheld && rng_below(&m->rng, 4)) {
		u32 k = rng_below(&m->rng, m->nheld);
		struct vionic_used_buf buf = popped[k];

		popped[k] = popped[--m->nheld];
		rig_free_buf(rig, &buf);
		m->free += buf.ndesc;
		T_EQ(vionic_ring_free_count(&rig->ring), m->free);
	}
}

static void test_random(struct rig *rig, struct rng *rng)
{
	static struct model m;
	u32 num = rig->ring.num;
	u32 i, steps = 120000, every = 1 + num / 4;

	rig_reset(rig);
	memset(&m, 0, sizeof(m));
	m.rng = *rng;
	m.free = num;
	for (i = 0; i < steps; i++) {
		switch (rng_below(&m.rng, 5)) {
		case 0:
		case 1:
			random_add(rig, &m);
			break;
		case 2:
			random_device(rig, &m);
			break;
		case 3:
			random_pop(rig, &m);
			break;
		case 4:
			random_give(rig, &m);
			break;
		}
		if (i % every == 0 && !rig_intact(rig, popped, m.nheld))
			break;
	}
	T_EQ(i, steps);
	T_TRUE(rig_intact(rig, popped, m.nheld));
	*rng = m.rng;
	T_CASE("%u: %u random steps, %u buffers", num, steps, m.next_tag);
}

static void test_size(u32 num, bool event_idx, struct rng *rng)
{
	struct rig *rig = rig_new(VIONIC_SPLIT, num, event_idx);

	printf("# size %u, %s\n", num, event_idx ? "event indices" : "flags");
	test_empty(rig);
	test_full(rig);
	test_chains(rig);
	test_wrap(rig, 1);
	if (num > 2)
		test_wrap(rig, num - num / 4);
	test_wrap(rig, num);
	test_out_of_order(rig, rng);
	test_rewind(rig);
	test_repost(rig);
	test_take_back(rig);
	test_init(rig);
	test_random(rig, rng);
	rig_free(rig);
}

int main(void)
{
	struct rng rng;
	u32 num, n = 0;

	tap_begin();
	rng_seed(&rng, 20240229);
	for (num = 2; num <= 32768; num *= STEP)
		test_size(num, n++ & 1, &rng);
	return tap_end();
}
