// SPDX-License-Identifier: GPL-2.0
/*
 * Kicks, interrupts and barriers of a split ring: neither side may sleep while
 * the other believes to have woken it. A hook lets the other side act at each
 * point where it could.
 */
#include <linux/kernel.h>
#include "rig.h"
#include "rng.h"
#include "tap.h"

#define START	(0x10000 - 1000)	/* the indices wrap amid a test */
#define ROUNDS	3000

/* What the hook acts upon */
static struct {
	struct rig *rig;
	unsigned int calls;
	bool flag;
	u16 head;
	u32 countdown;
} at;

static void hook_on(struct rig *rig, void (*fn)(enum unit_point point,
						const volatile void *addr))
{
	memset(&at, 0, sizeof(at));
	at.rig = rig;
	unit_hook_fn = fn;
}

static void hook_off(void)
{
	unit_hook_fn = NULL;
}

static enum vionic_ring_state pop_free(struct rig *rig)
{
	struct vionic_used_buf buf;
	enum vionic_ring_state state = rig_pop(rig, &buf);

	if (state == VIONIC_RING_OK)
		rig_free_buf(rig, &buf);
	return state;
}

/* Move both sides on by @n buffers, without notifications */
static void advance(struct rig *rig, u32 n)
{
	while (n--) {
		rig_add(rig, 1, 0, 0);
		rig_publish(rig);
		rig_need_kick(rig);
		rig_echo(rig, 0);
		fakedev_flush(&rig->dev);
		T_EQ(pop_free(rig), VIONIC_RING_OK);
	}
}

/* 2.7.13.3: at the barrier all entries are written and the index is not */
static void at_publish(enum unit_point point, const volatile void *addr)
{
	const struct vionic_ring *r = &at.rig->ring;

	if (point == UNIT_WMB) {
		T_EQ(at.calls++, 0);
		T_EQ(fakedev_pending(&at.rig->dev), 0);
		T_EQ(le16_to_cpu(r->split.avail->ring[2 & r->mask]), at.head);
	} else if (point == UNIT_WRITE && addr == &r->split.avail->idx) {
		T_EQ(at.calls++, 1);
	}
}

static void test_publish(struct rig *rig)
{
	u16 head;

	rig_reset(rig);
	advance(rig, 2);
	head = rig_add(rig, 1, 1, 0);
	hook_on(rig, at_publish);
	at.head = head;
	rig_publish(rig);
	hook_off();
	T_EQ(at.calls, 2);
	T_EQ(fakedev_pending(&rig->dev), 1);
	T_CASE("%u: publish writes entries, barrier, index", rig->ring.num);
}

/* 2.7.14: the device fills the entry only now; whoever read it before the
 * barrier has seen an id that does not exist.
 */
static void at_pop(enum unit_point point, const volatile void *addr)
{
	(void)addr;
	if (point == UNIT_RMB) {
		at.calls++;
		fakedev_raw_elem(&at.rig->dev, 0, at.head, 77);
	}
}

static void test_pop_order(struct rig *rig)
{
	struct vionic_used_buf buf = {};
	u16 head;

	rig_reset(rig);
	head = rig_add(rig, 1, 0, 0);
	rig_publish(rig);
	rig_echo(rig, 0);
	fakedev_raw_elem(&rig->dev, 0, ~0u, 0);
	fakedev_flush(&rig->dev);
	hook_on(rig, at_pop);
	at.head = head;
	T_EQ(rig_pop(rig, &buf), VIONIC_RING_OK);
	hook_off();
	T_EQ(at.calls, 1);
	T_EQ(buf.id, head);
	T_EQ(buf.len, 77);
	T_CASE("%u: pop reads index, barrier, entry", rig->ring.num);
}

/* The device goes to sleep at the very barrier */
static void at_need_kick(enum unit_point point, const volatile void *addr)
{
	(void)addr;
	if (point != UNIT_MB)
		return;
	at.calls++;
	at.flag = fakedev_kicks_on(&at.rig->dev);
}

/* Whatever the device does in the middle of need_kick: either it sees the
 * buffer itself or the driver kicks.
 */
static void test_kick_race(struct rig *rig)
{
	u32 i;

	rig_reset_at(rig, START);
	for (i = 0; i < ROUNDS; i++) {
		fakedev_kicks_off(&rig->dev);
		rig_add(rig, 1, 0, 0);
		rig_publish(rig);
		hook_on(rig, at_need_kick);
		T_TRUE(rig_need_kick(rig) || at.flag);
		T_EQ(at.calls, 1);
		T_TRUE(at.flag);
		hook_off();
		rig_echo(rig, 0);
		fakedev_flush(&rig->dev);
		pop_free(rig);
	}
	T_CASE("%u: the device falls asleep amid need_kick", rig->ring.num);
}

/* Let the device use all that is available and the driver take all back */
static void finish(struct rig *rig)
{
	struct fakedev_buf buf;

	while (fakedev_fetch(&rig->dev, &buf))
		fakedev_use(&rig->dev, buf.head, 0);
	fakedev_flush(&rig->dev);
	while (pop_free(rig) == VIONIC_RING_OK)
		;
	T_FALSE(rig->ring.broken);
}

/* A sleeping device is kicked, however many buffers come at once; one that is
 * awake and says so is not.
 */
static void test_kick(struct rig *rig)
{
	u32 num = rig->ring.num;
	u32 n = 1, total;

	rig_reset(rig);
	for (total = 0; total < 70000; total += n) {
		u32 i;

		T_FALSE(fakedev_kicks_on(&rig->dev));
		n = n % num + 1;
		for (i = 0; i < n; i++)
			rig_add(rig, 1, 0, 0);
		rig_publish(rig);
		T_TRUE(rig_need_kick(rig));
		/* nothing new: with event indices no second kick */
		if (rig->ring.event_idx)
			T_FALSE(rig_need_kick(rig));
		fakedev_kicks_off(&rig->dev);
		T_EQ(rig_need_kick(rig), false);
		finish(rig);
	}
	T_CASE("%u: a device that sleeps is kicked, else none", num);
}

/* The device wants to hear of the entry after the next @skip only */
static void test_kick_event(struct rig *rig)
{
	u32 num = rig->ring.num;
	u32 skip, i;

	rig_reset(rig);
	for (skip = 0; skip < num; skip += 1 + skip / 3) {
		fakedev_raw_avail_event(&rig->dev, rig->dev.next_avail + skip);
		for (i = 0; i < num; i++) {
			rig_add(rig, 1, 0, 0);
			rig_publish(rig);
			T_EQ(rig_need_kick(rig), i == skip);
		}
		finish(rig);
	}
	T_CASE("%u: one kick, at the entry of avail_event", num);
}

/* Random batches against a device that dozes off at random */
static void test_kick_random(struct rig *rig, struct rng *rng)
{
	bool asleep = false;
	u32 i, kicks = 0;

	rig_reset(rig);
	for (i = 0; i < 50000; i++) {
		u32 n = rng_below(rng, 4);

		while (n-- && vionic_ring_free_count(&rig->ring))
			rig_add(rig, 0, 1, 0);
		if (rng_below(rng, 2)) {
			rig_publish(rig);
			if (rig_need_kick(rig)) {
				asleep = false;
				kicks++;
			}
			/* it could sleep for ever now */
			T_FALSE(asleep && fakedev_pending(&rig->dev));
		}
		if (asleep)
			continue;
		fakedev_kicks_off(&rig->dev);
		if (rng_below(rng, 2))
			finish(rig);
		asleep = !rng_below(rng, 3) && !fakedev_kicks_on(&rig->dev);
	}
	T_TRUE(kicks > 0);
	T_CASE("%u: no kick is lost in %u steps", rig->ring.num, i);
}

/* With interrupts off the device may use a whole ring in silence */
static void test_irq_off(struct rig *rig)
{
	u32 num = rig->ring.num;
	u32 round, i;

	rig_reset(rig);
	for (round = 0; round * num < 70000; round++) {
		rig_irq_off(rig);
		for (i = 0; i < num; i++)
			rig_add(rig, 0, 1, 0);
		rig_publish(rig);
		for (i = 0; i < num; i++) {
			rig_echo(rig, 0);
			if (round & 1)
				T_FALSE(fakedev_flush(&rig->dev));
		}
		if (!(round & 1))
			T_FALSE(fakedev_flush(&rig->dev));
		for (i = 0; i < num; i++)
			T_EQ(pop_free(rig), VIONIC_RING_OK);
	}
	T_CASE("%u: silence while interrupts are off", num);
}

/* After irq_on(skip), the interrupt comes with buffer skip + 1 */
static void test_irq_on(struct rig *rig)
{
	bool event_idx = rig->ring.event_idx;
	u32 num = rig->ring.num;
	u32 skip, i, k;

	rig_reset_at(rig, START);
	for (skip = 0; skip < num; skip += 1 + skip / 3) {
		rig_irq_off(rig);
		for (i = 0; i < num; i++)
			rig_add(rig, 0, 1, 0);
		rig_publish(rig);
		T_FALSE(rig_irq_on(rig, skip));
		for (i = 0; i < num; i++) {
			rig_echo(rig, 0);
			T_EQ(fakedev_flush(&rig->dev),
			     !event_idx || i == skip);
			/* asked again, it tells what passed already */
			k = event_idx ? skip : 0;
			if (i < 4 || i == skip)
				T_EQ(rig_irq_on(rig, skip),
				     i + 1 > k);
		}
		finish(rig);
	}
	T_CASE("%u: interrupts where they are asked for", num);
}

/* The device uses a buffer between the wish and the check, or before both */
static void at_irq_on(enum unit_point point, const volatile void *addr)
{
	(void)addr;
	if (point == UNIT_MB)
		T_EQ(at.calls++, 0);
	if (at.countdown && !--at.countdown) {
		rig_echo(at.rig, 0);
		at.flag = fakedev_flush(&at.rig->dev);
	}
}

/* At whichever of irq_on's accesses a buffer gets used: either the device
 * interrupts or irq_on says to look again.
 */
static void test_irq_race(struct rig *rig)
{
	u32 i, step;

	rig_reset_at(rig, START);
	for (i = 0; i < ROUNDS; i++) {
		step = 1 + i % 8;
		rig_irq_off(rig);
		rig_add(rig, 0, 1, 0);
		rig_publish(rig);
		hook_on(rig, at_irq_on);
		at.countdown = step;
		T_TRUE(rig_irq_on(rig, 0) || at.flag ||
		       at.countdown);
		hook_off();
		T_EQ(at.calls, 1);
		if (at.countdown) {
			rig_echo(rig, 0);
			T_TRUE(fakedev_flush(&rig->dev));
		}
		T_EQ(pop_free(rig), VIONIC_RING_OK);
	}
	T_CASE("%u: a buffer is used amid irq_on", rig->ring.num);
}

/* Another context polls, from start to end, amid this one's irq_on */
static void at_takeover(enum unit_point point, const volatile void *addr)
{
	(void)point;
	(void)addr;
	if (!at.countdown || --at.countdown)
		return;
	rig_echo(at.rig, 0);
	fakedev_flush(&at.rig->dev);
	rig_irq_off(at.rig);
	T_EQ(pop_free(at.rig), VIONIC_RING_OK);
	at.flag = rig_irq_on(at.rig, 0);
}

static void test_irq_takeover(struct rig *rig)
{
	bool again;
	u32 i;

	rig_reset_at(rig, START);
	for (i = 0; i < ROUNDS; i++) {
		rig_irq_off(rig);
		rig_add(rig, 0, 1, 0);
		rig_add(rig, 0, 1, 0);
		rig_publish(rig);
		hook_on(rig, at_takeover);
		at.countdown = 1 + i % 4;
		again = rig_irq_on(rig, 0);
		hook_off();
		T_EQ(at.countdown, 0);
		rig_echo(rig, 0);
		T_TRUE(fakedev_flush(&rig->dev) || again || at.flag);
		finish(rig);
	}
	T_CASE("%u: another context polls amid irq_on", rig->ring.num);
}

/* The rules for the words of the method that was not negotiated */
static void test_other_method(struct rig *rig)
{
	u32 i;

	rig_reset(rig);
	for (i = 0; i < 10; i++) {
		if (rig->ring.event_idx)	/* 2.7.10.1: ignore flags */
			fakedev_raw_used_flags(&rig->dev, i & 1);
		else				/* ... or avail_event */
			fakedev_raw_avail_event(&rig->dev, i * 0x3333);
		rig_add(rig, 1, 0, 0);
		rig_publish(rig);
		if (rig->ring.event_idx)
			fakedev_raw_avail_event(&rig->dev, i);
		T_TRUE(rig_need_kick(rig));
		rig_irq_off(rig);
		rig_irq_on(rig, 0);
		if (rig->ring.event_idx)	/* 2.7.7.1 */
			T_EQ(fakedev_raw_avail_flags(&rig->dev), 0);
		else
			T_EQ(fakedev_raw_used_event(&rig->dev), 0);
		finish(rig);
	}
	T_CASE("%u: the other method's words are left alone", rig->ring.num);
}

static void test_size(u32 num, bool event_idx, struct rng *rng)
{
	struct rig *rig = rig_new(VIONIC_SPLIT, num, event_idx);

	printf("# size %u, %s\n", num, event_idx ? "event indices" : "flags");
	test_publish(rig);
	test_pop_order(rig);
	test_kick(rig);
	if (event_idx)
		test_kick_event(rig);
	test_kick_race(rig);
	test_kick_random(rig, rng);
	test_irq_off(rig);
	test_irq_on(rig);
	test_irq_race(rig);
	test_irq_takeover(rig);
	test_other_method(rig);
	rig_free(rig);
}

int main(void)
{
	static const u32 nums[] = { 2, 4, 8, 16, 256, 1024, 32768 };
	struct rng rng;
	size_t i;

	tap_begin();
	rng_seed(&rng, 4);
	for (i = 0; i < ARRAY_SIZE(nums); i++) {
		test_size(nums[i], true, &rng);
		test_size(nums[i], false, &rng);
	}
	return tap_end();
}
