// SPDX-License-Identifier: GPL-2.0
/*
 * Buffers on their way through a ring of every layout and size, with a device
 * that keeps the rules.
 */
#include <linux/kernel.h>
#include "rig.h"
#include "rng.h"
#include "tap.h"

#define ADDR	0x0123456789ab0000ull

static struct vionic_used_buf popped[VIONIC_RING_MAX];

/* Pop one buffer that must be there */
static struct vionic_used_buf pop(struct rig *rig)
{
	struct vionic_used_buf buf;

	memset(&buf, 0xff, sizeof(buf));	/* all of it is filled in */
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
	T_CASE("%s: empty", rig->name);
}

/* Ids come in the order in which they were freed: reversed once, they come
 * reversed. In order, there is only one.
 */
static void test_full(struct rig *rig)
{
	bool reverse = !rig_in_order(rig);
	u32 num = rig->ring.num;
	u32 i, round;

	rig_reset(rig);
	for (round = 0; round < 3; round++) {
		for (i = 0; i < num; i++) {
			u32 want = reverse && round & 1 ?
				   num - 1 - i : i;

			T_EQ(vionic_ring_free_count(&rig->ring), num - i);
			T_EQ(rig_add(rig, 0, 1, ADDR + i), want);
			T_EQ(vionic_ring_inflight(&rig->ring), i + 1);
		}
		T_EQ(fakedev_pending(&rig->dev), 0);
		rig_publish(rig);
		T_EQ(fakedev_pending(&rig->dev), num);
		T_TRUE(rig_intact(rig, NULL, 0));
		T_FALSE(rig_exhausted(rig));
		for (i = 0; i < num; i++)
			rig_echo(rig, i);
		fakedev_flush(&rig->dev);
		for (i = 0; i < num; i++) {
			popped[i] = pop(rig);
			T_EQ(popped[i].len, i);
			T_EQ(popped[i].ndesc, 1);
			T_EQ(vionic_ring_free_count(&rig->ring), 0);
		}
		T_TRUE(rig_exhausted(rig));
		T_TRUE(rig_intact(rig, popped, num));
		for (i = 0; i < num; i++)
			rig_free_buf(rig, &popped[reverse ? num - 1 - i : i]);
		expect_idle(rig);
	}
	T_CASE("%s: full, drained, ids first in first out", rig->name);
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
		T_EQ(id, rig->ids[i]);
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
	T_CASE("%s: chains of 1 to %u descriptors", rig->name, num);
}

/* From @start on past 65535, and the wrap counters round, @batch at once */
static void test_wrap(struct rig *rig, u16 start, u32 batch)
{
	u32 total = (u16)-start + 3 * rig->ring.num + 17;
	u32 added = 0, taken = 0;

	rig_reset_at(rig, start);
	while (taken < total) {
		u32 i;

		for (i = 0; i < batch; i++)
			rig_add(rig, 1, 0, added++);
		rig_publish(rig);
		T_EQ(fakedev_pending(&rig->dev), batch);
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
	T_CASE("%s: indices past 65535, by %u", rig->name, batch);
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
		if (!rig_in_order(rig))
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
	T_CASE("%s: out of order, if it may be", rig->name);
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
	T_CASE("%s: rewind", rig->name);
}

/* A chain of @first amid whose put something was @longer and rewound: nothing
 * of that must be there, whatever stands at its place then. @before: buffers
 * committed but not shown yet.
 */
static void regret(struct rig *rig, u16 before, u16 longer, u16 shorter)
{
	struct fakedev_buf got;
	u16 i, head;

	for (i = 0; i < before; i++)
		rig_add(rig, 0, 1, ADDR + i);
	head = rig_head(rig);
	T_EQ(rig_regret(rig, longer / 2, longer - longer / 2, 666), head);
	T_EQ(rig_head(rig), head);
	if (shorter)
		T_EQ(rig_add(rig, 0, shorter, ADDR + before), head);
	rig_publish(rig);
	T_EQ(fakedev_pending(&rig->dev), before + !!shorter);
	for (i = 0; i < before + !!shorter; i++) {
		T_TRUE(fakedev_fetch(&rig->dev, &got));
		check_chain(rig, &got, 0, i < before ? 1 : shorter, ADDR + i);
		fakedev_use(&rig->dev, got.head, 0);
	}
	T_FALSE(fakedev_fetch(&rig->dev, &got));
	fakedev_flush(&rig->dev);
	for (i = 0; i < before + !!shorter; i++) {
		struct vionic_used_buf buf = pop(rig);

		rig_free_buf(rig, &buf);
	}
	expect_idle(rig);
}

static void test_shorter(struct rig *rig)
{
	u32 num = rig->ring.num < 100 ? rig->ring.num : 19;
	u32 before, longer, shorter;

	/* over the end of the ring again and again, and at all distances */
	rig_reset_at(rig, 0 - 100);
	for (before = 0; before < num && before < 4; before++)
		for (longer = 1; longer <= num - before; longer++)
			for (shorter = 0; shorter <= longer; shorter++)
				regret(rig, before, longer, shorter);
	T_CASE("%s: nothing of a rewound chain is left", rig->name);
}

/* What the hook counts in a publish */
static struct {
	struct rig *rig;
	u32 writes;
	u32 early;	/* buffers that the device saw before */
} one;

static void at_one_write(enum unit_point point, const volatile void *addr)
{
	(void)addr;
	if (point != UNIT_WRITE)
		return;
	one.writes++;
	one.early += fakedev_pending(&one.rig->dev);
}

static void hooked_publish(struct rig *rig)
{
	memset(&one, 0, sizeof(one));
	one.rig = rig;
	unit_hook_fn = at_one_write;
	rig_publish(rig);
	unit_hook_fn = NULL;
}

/* A batch shows all at once; without one nothing changes */
static void test_one_write(struct rig *rig)
{
	u32 num = rig->ring.num;
	u8 *before = malloc(rig->dev.desc_bytes);
	u32 n = 1, total;

	if (!before)
		abort();
	rig_reset_at(rig, 0 - 2 * num);
	for (total = 0; total < 4 * num; total += n) {
		u32 i;

		for (i = 0; i < n; i++)
			rig_add(rig, 1, 0, i);
		hooked_publish(rig);
		T_EQ(one.writes, 1);
		T_EQ(one.early, 0);
		T_EQ(fakedev_pending(&rig->dev), n);
		memcpy(before, rig->dev.desc, rig->dev.desc_bytes);
		hooked_publish(rig);
		if (rig_packed(rig))
			T_EQ(one.writes, 0);
		T_EQ(memcmp(before, rig->dev.desc, rig->dev.desc_bytes), 0);
		T_EQ(fakedev_pending(&rig->dev), n);
		for (i = 0; i < n; i++)
			rig_echo(rig, 0);
		fakedev_flush(&rig->dev);
		for (i = 0; i < n; i++) {
			struct vionic_used_buf buf = pop(rig);

			rig_free_buf(rig, &buf);
		}
		hooked_publish(rig);
		T_EQ(fakedev_pending(&rig->dev), 0);
		n = n * 2 <= num ? n * 2 : num;
	}
	expect_idle(rig);
	free(before);
	T_CASE("%s: a batch is shown with one write", rig->name);
}

/* In order: one used entry for @batch chains of 1 to 3; only the last one's
 * length is told. Popped in one go, and with new looks in between.
 */
static void run_batches(struct rig *rig, u32 batch)
{
	u32 total = 3 * rig->ring.num + 1000;
	u32 done = 0, i;

	while (done < total) {
		u32 n = 0;

		while (n < 3 * batch &&
		       vionic_ring_free_count(&rig->ring) >= 3) {
			rig_add(rig, 0, 1 + (done + n) % 3, ADDR);
			n++;
		}
		rig_publish(rig);
		rig->dev.batch = batch;
		for (i = 0; i < n; i++)
			rig_echo(rig, done + i);
		fakedev_flush(&rig->dev);
		for (i = 0; i < n; i++) {
			bool last = i % batch == batch - 1 || i == n - 1;
			struct vionic_used_buf buf = pop(rig);

			T_EQ(buf.ndesc, 1 + (done + i) % 3);
			T_EQ(buf.len, last ? done + i : RIG_FILL);
			T_TRUE(rig_irq_on(rig, 0) == (i < n - 1));
			rig_free_buf(rig, &buf);
		}
		done += n;
		T_EQ(vionic_ring_inflight(&rig->ring), 0);
	}
	expect_idle(rig);
}

static void test_batches(struct rig *rig)
{
	u32 batch;

	if (!rig_in_order(rig) || rig->ring.num < 3)
		return;
	rig_reset_at(rig, 0 - 500);
	for (batch = 1; batch <= rig->ring.num && batch < 300;
	     batch += 1 + batch / 2)
		run_batches(rig, batch);
	T_CASE("%s: batches with one used entry", rig->name);
}

/* Where nobody asks for lengths (sending), none is made up */
static void test_no_lengths(struct rig *rig)
{
	u32 num = rig->ring.num;
	u32 i, round;

	if (!rig_in_order(rig))
		return;
	rig->ring.fill = 0;
	rig_reset_at(rig, 0 - num);
	for (round = 0; round < 3; round++) {
		for (i = 0; i < num; i++)
			rig_add(rig, 1, 0, 0);
		rig_publish(rig);
		rig->dev.batch = num;
		for (i = 0; i < num; i++)
			rig_echo(rig, 0);
		fakedev_flush(&rig->dev);
		for (i = 0; i < num; i++) {
			struct vionic_used_buf buf = pop(rig);

			T_EQ(buf.len, 0);
			rig_free_buf(rig, &buf);
		}
		expect_idle(rig);
	}
	rig->ring.fill = RIG_FILL;
	T_CASE("%s: batches without any length", rig->name);
}

/* Exhausted: never while the device has one, always when all came back */
static void test_exhausted(struct rig *rig)
{
	u16 ndesc = rig->ring.num < 8 ? 1 : 3;
	u32 n, i, round;

	rig_reset_at(rig, 0 - 2 * rig->ring.num);
	for (round = 0; round < 4; round++) {
		for (n = 0; vionic_ring_free_count(&rig->ring) >= ndesc; n++)
			rig_add(rig, 0, ndesc, 0);
		rig_publish(rig);
		rig->dev.batch = n;
		for (i = 0; i < n; i++) {
			T_FALSE(rig_exhausted(rig));
			rig_echo(rig, 0);
			if (i == n / 2)
				fakedev_flush(&rig->dev);
		}
		/* what was held back */
		fakedev_flush(&rig->dev);
		for (i = 0; i < n; i++) {
			struct vionic_used_buf buf = pop(rig);

			rig_free_buf(rig, &buf);
			/* a batch was looked into, or all was seen at once */
			if (i > n / 2)
				T_TRUE(rig_exhausted(rig));
		}
		expect_idle(rig);
	}
	T_CASE("%s: exhausted when all came back", rig->name);
}

static void one_table(struct rig *rig, u16 entries, u16 readable)
{
	static struct vionic_desc table[FAKEDEV_TABLE_MAX];
	struct vionic_used_buf buf;
	struct fakedev_buf got;
	u16 head = rig_head(rig);
	u16 i;

	memset(table, 0xff, sizeof(table));
	for (i = 0; i < entries; i++)
		vionic_ring_indirect(rig->l, table, i, i + 1 == entries,
				     i < readable ? 0 : VRING_DESC_F_WRITE,
				     ADDR + i, i + 1);
	rig_put(rig, head, (uintptr_t)table, entries * sizeof(table[0]),
		VRING_DESC_F_INDIRECT);
	rig_commit(rig, head, 1);
	rig_publish(rig);
	T_TRUE(fakedev_fetch(&rig->dev, &got));
	T_EQ(got.ndesc, 1);
	T_EQ(got.parts, entries);
	T_EQ(got.readable, readable);
	for (i = 0; i < got.parts; i++) {
		T_EQ(rig->dev.chain[i].addr, ADDR + i);
		T_EQ(rig->dev.chain[i].len, i + 1);
	}
	fakedev_use(&rig->dev, got.head, 5);
	fakedev_flush(&rig->dev);
	buf = pop(rig);
	T_EQ(buf.id, head);
	T_EQ(buf.ndesc, 1);
	T_EQ(buf.len, 5);
	rig_free_buf(rig, &buf);
}

static void test_indirect(struct rig *rig)
{
	static const u16 sizes[] = { 1, 2, 3, 17, 18, 255, 256, 1024 };
	size_t i;

	rig_reset(rig);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		one_table(rig, sizes[i], 0);
		one_table(rig, sizes[i], sizes[i] / 2);
		one_table(rig, sizes[i], sizes[i]);
	}
	expect_idle(rig);
	T_CASE("%s: indirect tables", rig->name);
}

/* Buffers given back as they are, longer than it takes to wrap */
static void test_repost(struct rig *rig)
{
	u32 num = rig->ring.num;
	u32 i, n;

	rig_reset_at(rig, 0 - 1000);
	for (n = 0; vionic_ring_free_count(&rig->ring) >= 2; n++)
		rig_add(rig, 0, 2, ADDR);
	rig_publish(rig);
	for (i = 0; i < 5000; i++) {
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
	T_CASE("%s: repost", rig->name);
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
	/* every id, the last one too */
	rig_reset(rig);
	for (n = 0; n < r->num; n++)
		rig_add(rig, 0, 1, ADDR);
	for (got = 0, from = 0; vionic_ring_take_back(r, from, &buf); got++)
		from = buf.id + 1u;
	T_EQ(got, n);
	rig_reset(rig);
	one_chain(rig, r->num, ADDR);
	expect_idle(rig);
	T_CASE("%s: take back after a reset", rig->name);
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
	if (rig_packed(rig)) {	/* nothing is unpublished */
		hooked_publish(rig);
		T_EQ(one.writes, 0);
	}
	T_CASE("%s: init", rig->name);
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

/* Which one of @n comes next? In order only the first can be it. */
static u32 choose(struct rig *rig, struct model *m, u32 n)
{
	return rig_in_order(rig) ? 0 : rng_below(&m->rng, n);
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
	rig->dev.batch = 1 + rng_below(&m->rng, 5);
	while (m->ndev && rng_below(&m->rng, 4)) {
		k = choose(rig, m, m->ndev);
		fakedev_use(&rig->dev, m->dev[k], m->tag[m->dev[k]]);
		m->ndev--;
		memmove(&m->dev[k], &m->dev[k + 1],
			(m->ndev - k) * sizeof(m->dev[0]));
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
		T_EQ(buf.len, rig->dev.told[buf.id]);
		T_TRUE(buf.len == m->tag[buf.id] || buf.len == RIG_FILL);
		popped[m->nheld++] = buf;
	}
	T_FALSE(rig->ring.broken);
}

static void random_give(struct rig *rig, struct model *m)
{
	while (m->nheld && rng_below(&m->rng, 4)) {
		u32 k = choose(rig, m, m->nheld);
		struct vionic_used_buf buf = popped[k];

		m->nheld--;
		memmove(&popped[k], &popped[k + 1],
			(m->nheld - k) * sizeof(buf));
		rig_free_buf(rig, &buf);
		m->free += buf.ndesc;
		T_EQ(vionic_ring_free_count(&rig->ring), m->free);
	}
}

static void test_random(struct rig *rig, struct rng *rng)
{
	static struct model m;
	u32 num = rig->ring.num;
	u32 i, steps = 40000, every = 1 + num / 4;

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
	T_CASE("%s: %u random steps, %u buffers", rig->name, steps, m.next_tag);
}

static void test_all(struct rig *rig, struct rng *rng)
{
	u32 num = rig->ring.num;

	test_empty(rig);
	test_full(rig);
	test_chains(rig);
	test_wrap(rig, 1, 1);
	if (num > 2)
		test_wrap(rig, 0 - 2 * num, num - num / 4);
	test_wrap(rig, 0 - 2 * num, num);
	test_out_of_order(rig, rng);
	test_rewind(rig);
	test_shorter(rig);
	test_one_write(rig);
	test_repost(rig);
	test_batches(rig);
	test_no_lengths(rig);
	test_exhausted(rig);
	test_indirect(rig);
	test_take_back(rig);
	test_init(rig);
	test_random(rig, rng);
}

int main(void)
{
	struct rng rng;

	tap_begin();
	rng_seed(&rng, 20240229);
	rig_for_all(test_all, &rng, VIONIC_RING_MAX, false);
	return tap_end();
}
