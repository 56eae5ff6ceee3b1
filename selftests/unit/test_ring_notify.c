// SPDX-License-Identifier: GPL-2.0
/*
 * Kicks, interrupts and barriers of every layout: neither side may sleep while
 * the other believes to have woken it. A hook lets the other side act at each
 * point where it could.
 */
#include <stdlib.h>
#include <linux/kernel.h>
#include "rig.h"
#include "rng.h"
#include "tap.h"

#define START	(0x10000 - 1000)	/* the indices wrap amid a test */
#define ROUNDS	1000
#define LONG	4000		/* buffers, from START past that */

/* What the device may wish for in a packed ring, 2.8.14 */
#define EVENT_ENABLE	0
#define EVENT_DISABLE	(1 << 16)
#define EVENT_DESC	(2 << 16)
#define EVENT_RESERVED	(3 << 16)

/* What the hook acts upon */
static struct {
	struct rig *rig;
	unsigned int calls;
	bool flag;
	u16 head;
	u32 countdown;
	u8 *before;			/* the driver's memory */
	const volatile u8 *written;	/* the word that was */
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

static size_t snapshot(const struct rig *rig, u8 *to)
{
	memcpy(to, rig->dev.desc, rig->dev.desc_bytes);
	memcpy(to + rig->dev.desc_bytes, rig->dev.avail, rig->dev.avail_bytes);
	return rig->dev.desc_bytes + rig->dev.avail_bytes;
}

/* Where a snapshot has what is at @addr */
static size_t place(const struct rig *rig, const volatile u8 *addr)
{
	if (addr >= rig->dev.desc && addr < rig->dev.desc + rig->dev.desc_bytes)
		return addr - rig->dev.desc;
	return rig->dev.desc_bytes + (addr - rig->dev.avail);
}

/* 2.7.13.3, 2.8.21: at the barrier all is written but what shows it */
static void at_publish(enum unit_point point, const volatile void *addr)
{
	if (point == UNIT_WMB) {
		T_EQ(at.calls++, 0);
		T_EQ(fakedev_pending(&at.rig->dev), 0);
		snapshot(at.rig, at.before);
	} else if (point == UNIT_WRITE) {
		T_EQ(at.calls++, 1);
		at.written = addr;
	}
}

static void test_publish(struct rig *rig)
{
	size_t bytes = rig->dev.desc_bytes + rig->dev.avail_bytes;
	u8 *before = malloc(2 * bytes);
	u8 *after = before + bytes;
	size_t word;

	if (!before)
		abort();
	rig_reset(rig);
	advance(rig, 2);
	rig_add(rig, 1, 1, 0);
	hook_on(rig, at_publish);
	at.before = before;
	rig_publish(rig);
	hook_off();
	T_EQ(at.calls, 2);
	T_EQ(fakedev_pending(&rig->dev), 1);
	snapshot(rig, after);
	word = place(rig, at.written);
	T_TRUE(memcmp(before + word, after + word, 2));
	memcpy(before + word, after + word, 2);
	T_EQ(memcmp(before, after, bytes), 0);
	free(before);
	T_CASE("%s: publish: all else, barrier, what shows it", rig->name);
}

/* 2.7.14, 2.8.22: the device fills the entry only now; whoever read it before
 * the barrier has seen an id that does not exist.
 */
static void at_pop(enum unit_point point, const volatile void *addr)
{
	(void)addr;
	if (point == UNIT_RMB) {
		at.calls++;
		rig_claim(at.rig, at.head, 77);
	}
}

static void test_pop_order(struct rig *rig)
{
	struct vionic_used_buf buf = {};
	u16 head;

	rig_reset(rig);
	head = rig_add(rig, 1, 0, 0);
	rig_publish(rig);
	rig_claim(rig, ~0u, 0);
	hook_on(rig, at_pop);
	at.head = head;
	T_EQ(rig_pop(rig, &buf), VIONIC_RING_OK);
	hook_off();
	T_EQ(at.calls, 1);
	T_EQ(buf.id, head);
	T_EQ(buf.len, 77);
	T_CASE("%s: pop reads what shows the entry, barrier, entry",
	       rig->name);
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
	T_CASE("%s: the device falls asleep amid need_kick", rig->name);
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

	rig_reset_at(rig, START);
	for (total = 0; total < LONG; total += n) {
		u32 i;

		T_FALSE(fakedev_kicks_on(&rig->dev));
		n = n % num + 1;
		for (i = 0; i < n; i++)
			rig_add(rig, 1, 0, 0);
		T_TRUE(vionic_ring_has_news(&rig->ring, rig->l));
		rig_publish(rig);
		T_TRUE(rig_need_kick(rig));
		T_FALSE(vionic_ring_has_news(&rig->ring, rig->l));
		/* nothing new: with event indices no second kick */
		if (rig->ring.event_idx)
			T_FALSE(rig_need_kick(rig));
		fakedev_kicks_off(&rig->dev);
		T_EQ(rig_need_kick(rig), false);
		finish(rig);
	}
	T_CASE("%s: a device that sleeps is kicked, else none", rig->name);
}

/* The device wants to hear of the entry after the next @skip only */
static void test_kick_event(struct rig *rig)
{
	u32 num = rig->ring.num;
	u32 skip, i;

	if (!rig->ring.event_idx)
		return;
	rig_reset_at(rig, START);
	for (skip = 0; skip < num; skip += 1 + skip) {
		fakedev_kicks_at(&rig->dev, skip);
		for (i = 0; i < num; i++) {
			rig_add(rig, 1, 0, 0);
			rig_publish(rig);
			T_EQ(rig_need_kick(rig), i == skip);
		}
		finish(rig);
	}
	T_CASE("%s: one kick, where the device asked for it", rig->name);
}

/* 2.8.14: of a packed ring it can name any descriptor, in a chain too */
static void test_kick_inside(struct rig *rig)
{
	u32 num = rig->ring.num;
	u32 skip, i;

	if (!rig->ring.event_idx || !rig_packed(rig) || num < 3)
		return;
	rig_reset_at(rig, START);
	for (skip = 0; skip < num / 3 * 3; skip += 1 + skip) {
		fakedev_kicks_at(&rig->dev, skip);
		for (i = 0; i < num / 3; i++) {
			rig_add(rig, 1, 2, 0);
			rig_publish(rig);
			T_EQ(rig_need_kick(rig), i == skip / 3);
		}
		finish(rig);
	}
	T_CASE("%s: one kick, for the chain that the device asked for",
	       rig->name);
}

/* 2.9: what a notification says is where the device will look once it has
 * fetched all.
 */
static void test_notify_data(struct rig *rig)
{
	struct fakedev_buf buf;
	u32 i, n;
	u16 next;

	rig_reset_at(rig, START);
	T_EQ(vionic_ring_next_avail(&rig->ring, rig->l), rig->dev.next_avail);
	for (i = 0; i < LONG; i += 1 + n) {
		for (n = 0; n < i % 7 && vionic_ring_free_count(&rig->ring) > 1;
		     n++)
			rig_add(rig, 1, n & 1, 0);
		T_EQ(vionic_ring_has_news(&rig->ring, rig->l), n > 0);
		rig_publish(rig);
		/* known before the driver asks whether the device wants a kick */
		next = vionic_ring_next_avail(&rig->ring, rig->l);
		rig_need_kick(rig);
		T_FALSE(vionic_ring_has_news(&rig->ring, rig->l));
		while (fakedev_fetch(&rig->dev, &buf))
			fakedev_use(&rig->dev, buf.head, 0);
		T_EQ(next, rig->dev.next_avail);
		T_EQ(vionic_ring_next_avail(&rig->ring, rig->l),
		     rig->dev.next_avail);
		finish(rig);
	}
	T_CASE("%s: notification data", rig->name);
}

/* Random batches against a device that dozes off at random */
static void test_kick_random(struct rig *rig, struct rng *rng)
{
	bool asleep = false;
	u32 i, kicks = 0;

	rig_reset(rig);
	for (i = 0; i < 20000; i++) {
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
	T_CASE("%s: no kick is lost in %u steps", rig->name, i);
}

/* With interrupts off the device may use a whole ring in silence */
static void test_irq_off(struct rig *rig)
{
	u32 num = rig->ring.num;
	u32 round, i;

	rig_reset_at(rig, START);
	for (round = 0; round < 3 || round * num < LONG; round++) {
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
	T_CASE("%s: silence while interrupts are off", rig->name);
}

/* After irq_on(skip), the interrupt comes with buffer skip + 1 */
static void test_irq_on(struct rig *rig)
{
	bool event_idx = rig->ring.event_idx;
	u32 num = rig->ring.num;
	u32 skip, i, k;

	rig_reset_at(rig, START);
	for (skip = 0; skip < num; skip += 1 + skip) {
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
			k = event_idx && !rig_packed(rig) ? skip : 0;
			if (i < 4 || i == skip)
				T_EQ(rig_irq_on(rig, skip),
				     i + 1 > k);
		}
		finish(rig);
	}
	T_CASE("%s: interrupts where they are asked for", rig->name);
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
	T_CASE("%s: a buffer is used amid irq_on", rig->name);
}

/* The device uses a buffer before it sees that an interrupt is requested */
static void at_irq_barrier(enum unit_point point, const volatile void *addr)
{
	(void)addr;
	if (point != UNIT_MB)
		return;
	at.calls++;
	rig_echo(at.rig, 0);
	fakedev_flush(&at.rig->dev);
}

/* 2.7.7.1: the driver reads the used index or flags after the barrier. A read before the
 * barrier misses the buffer, and no interrupt comes.
 */
static void test_irq_barrier(struct rig *rig)
{
	u32 i;

	rig_reset_at(rig, START);
	for (i = 0; i < ROUNDS; i++) {
		rig_irq_off(rig);
		rig_add(rig, 0, 1, 0);
		rig_publish(rig);
		hook_on(rig, at_irq_barrier);
		T_TRUE(rig_irq_on(rig, 0));
		hook_off();
		T_EQ(at.calls, 1);
		T_EQ(pop_free(rig), VIONIC_RING_OK);
	}
	T_CASE("%s: irq_on checks for used buffers after its barrier", rig->name);
}

/* The consumer's end of one poll: one buffer is used, the interrupt is off */
static void poll_one(struct rig *rig)
{
	rig_echo(rig, 0);
	fakedev_flush(&rig->dev);
	rig_irq_off(rig);
	T_EQ(pop_free(rig), VIONIC_RING_OK);
}

/* Another context polls, from start to end, amid this one's irq_on */
static void at_takeover(enum unit_point point, const volatile void *addr)
{
	(void)point;
	(void)addr;
	if (!at.countdown || --at.countdown)
		return;
	poll_one(at.rig);
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
	T_CASE("%s: another context polls amid irq_on", rig->name);
}

/* ... and so often that the ring goes round, everything posted anew */
static void at_overtake(enum unit_point point, const volatile void *addr)
{
	u32 n;

	(void)point;
	(void)addr;
	if (!at.countdown || --at.countdown)
		return;
	for (n = 0; n < at.head; n++) {
		poll_one(at.rig);
		rig_add(at.rig, 0, 1, 0);
		rig_publish(at.rig);
	}
	at.flag = rig_irq_on(at.rig, 0);
}

static void test_irq_overtake(struct rig *rig)
{
	u32 num = rig->ring.num;
	bool again;
	u32 i;

	if (num > 256)
		return;
	rig_reset_at(rig, START);
	for (i = 0; i < num; i++)
		rig_add(rig, 0, 1, 0);
	rig_publish(rig);
	for (i = 0; i < ROUNDS; i++) {
		rig_irq_off(rig);
		hook_on(rig, at_overtake);
		at.countdown = 1 + i % 4;
		at.head = 1 + i % (2 * num + 1);
		again = rig_irq_on(rig, 0);
		hook_off();
		T_EQ(at.countdown, 0);
		rig_echo(rig, 0);
		T_TRUE(fakedev_flush(&rig->dev) || again || at.flag);
		T_EQ(pop_free(rig), VIONIC_RING_OK);
		rig_add(rig, 0, 1, 0);
		rig_publish(rig);
	}
	T_CASE("%s: another context goes round amid irq_on", rig->name);
}

/* The rules for the words of the method that was not negotiated */
static void other_method_split(struct rig *rig)
{
	u32 i;

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
}

/* 2.8.14: a device with event indices may still want all or nothing, and what
 * stands below is then void, as it is in what we wish.
 */
static void other_method_packed(struct rig *rig)
{
	u32 i;

	for (i = 0; i < 0x10000; i += 0x111) {
		rig_add(rig, 1, 0, 0);
		rig_publish(rig);
		fakedev_raw_device_event(&rig->dev, EVENT_DISABLE | i);
		T_FALSE(rig_need_kick(rig));
		fakedev_raw_device_event(&rig->dev, EVENT_RESERVED | i);
		T_FALSE(rig_need_kick(rig));
		fakedev_raw_device_event(&rig->dev, EVENT_ENABLE | i);
		T_TRUE(rig_need_kick(rig));
		rig_irq_off(rig);
		T_EQ(fakedev_raw_driver_event(&rig->dev), EVENT_DISABLE);
		rig_irq_on(rig, 0);
		T_EQ(fakedev_raw_driver_event(&rig->dev), rig->ring.event_idx ?
		     EVENT_DESC | rig->dev.used_idx : EVENT_ENABLE);
		finish(rig);
	}
}

static void test_other_method(struct rig *rig)
{
	rig_reset(rig);
	if (rig_packed(rig))
		other_method_packed(rig);
	else
		other_method_split(rig);
	T_CASE("%s: the other method's words", rig->name);
}

static void test_all(struct rig *rig, struct rng *rng)
{
	test_publish(rig);
	test_pop_order(rig);
	test_kick(rig);
	test_kick_event(rig);
	test_kick_inside(rig);
	test_kick_race(rig);
	test_kick_random(rig, rng);
	test_notify_data(rig);
	test_irq_off(rig);
	test_irq_on(rig);
	test_irq_race(rig);
	test_irq_barrier(rig);
	test_irq_takeover(rig);
	test_irq_overtake(rig);
	test_other_method(rig);
}

int main(void)
{
	struct rng rng;

	tap_begin();
	rng_seed(&rng, 4);
	rig_for_all(test_all, &rng, VIONIC_RING_MAX, true);
	return tap_end();
}
