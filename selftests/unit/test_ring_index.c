// SPDX-License-Identifier: GPL-2.0
/*
 * Index arithmetic of ring.h, and the sizes of rings and of a split ring's areas.
 */
#include <vionic/ring_packed.h>
#include <vionic/ring_split.h>
#include <linux/kernel.h>
#include "fakedev.h"
#include "tap.h"

static const u16 edges[] = {
	0, 1, 2, 255, 256, 0x7ffe, 0x7fff, 0x8000, 0x8001, 0xfffd, 0xfffe,
	0xffff,
};

/* 2.7.10, to the letter: was an entry written where @event points? */
static bool naive_need_event(u16 event, u16 new, u16 old)
{
	for (; old != new; old++)
		if (old == event)
			return true;
	return false;
}

/* The same without walking: indices that don't wrap */
static bool flat_need_event(u32 event, u32 old, u32 added)
{
	if (event < old)
		event += 0x10000;
	return event < old + added;
}

/* All triples near the point where 16 bits wrap, and near where signs do */
static void test_near(u16 centre)
{
	int e, n, o;

	for (e = -40; e <= 40; e++)
		for (n = -40; n <= 40; n++)
			for (o = -40; o <= n; o++) {
				u16 event = centre + e;
				u16 new = centre + n;
				u16 old = centre + o;

				T_EQ(vionic_ring_need_event(event, new, old),
				     naive_need_event(event, new, old));
			}
	T_CASE("need_event: as a walk has it, around %#x", centre);
}

static void test_every_event(u16 old)
{
	static const u16 added[] = {
		0, 1, 2, 3, 16, 255, 256, 257, 1023, 0x7fff, 0x8000, 0x8001,
		0xfffe, 0xffff,
	};
	u32 event;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(added); i++)
		for (event = 0; event < 0x10000; event++)
			T_EQ(vionic_ring_need_event(event, old + added[i], old),
			     flat_need_event(event, old, added[i]));
	T_CASE("need_event: every event index from %#x on", old);
}

static void test_every_added(u16 event)
{
	u32 added;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(edges); i++)
		for (added = 0; added < 0x10000; added++)
			T_EQ(vionic_ring_need_event(event, edges[i] + added,
						    edges[i]),
			     flat_need_event(event, edges[i], added));
	T_CASE("need_event: every number of entries, event %#x", event);
}

static void test_num_valid(void)
{
	u64 num;
	u32 valid = 0;

	for (num = 0; num < 0x20000; num++)
		valid += vionic_split_num_valid(num);
	T_EQ(valid, 15);
	for (num = 2; num <= 32768; num *= 2)
		T_TRUE(vionic_split_num_valid(num));
	for (num = 65536; num <= 1u << 31; num *= 2) {
		T_FALSE(vionic_split_num_valid(num));
		T_FALSE(vionic_split_num_valid(num + 2));
	}
	T_FALSE(vionic_split_num_valid(0xffffffff));
	T_CASE("powers of two from 2 to 32768 and nothing else are sizes");
}

/* 2.8.10.1 */
static void test_packed_num_valid(void)
{
	u64 num;

	for (num = 0; num < 0x20000; num++)
		T_EQ(vionic_packed_num_valid(num), num >= 2 && num <= 32768);
	T_FALSE(vionic_packed_num_valid(0x10002));
	T_FALSE(vionic_packed_num_valid(0xffffffff));
	T_EQ(vionic_packed_desc_bytes(32768), 16 * 32768);
	T_CASE("packed rings have 2 to 32768 entries");
}

/* 2.7.2: descriptors and driver area, then the device area, each to the end of a page */
static void test_legacy_sizes(void)
{
	u32 num;

	for (num = 2; num <= 32768; num *= 2) {
		u64 used = (16 * num + 2 * (3 + num) + 4095) / 4096 * 4096;
		u64 all = used + (2 * 3 + 8 * num + 4095) / 4096 * 4096;

		T_EQ(vionic_split_legacy_used(num), used);
		T_EQ(vionic_split_legacy_bytes(num), all);
	}
	T_EQ(vionic_split_legacy_align(0), 0);
	T_EQ(vionic_split_legacy_align(4096), 4096);
	T_EQ(vionic_split_legacy_align(4097), 8192);
	T_CASE("legacy: the device area begins a page, 2.7.2");
}

static void test_area_sizes(void)
{
	u32 num;

	for (num = 2; num <= 32768; num *= 2) {
		T_EQ(vionic_split_desc_bytes(num), fakedev_desc_bytes(num));
		T_EQ(vionic_split_avail_bytes(num), fakedev_avail_bytes(num));
		T_EQ(vionic_split_used_bytes(num), fakedev_used_bytes(num));
	}
	T_EQ(VIONIC_SPLIT_DESC_ALIGN, 16);
	T_EQ(VIONIC_SPLIT_AVAIL_ALIGN, 2);
	T_EQ(VIONIC_SPLIT_USED_ALIGN, 4);
	T_EQ(VIONIC_RING_MAX, 32768);
	T_CASE("the areas are as large as 2.7 says");
}

/* Every field of the layouts against the offsets of 2.7.5, 2.7.6, 2.7.8 */
static void test_layout(void)
{
	T_EQ(offsetof(struct vionic_desc, addr), 0);
	T_EQ(offsetof(struct vionic_desc, len), 8);
	T_EQ(offsetof(struct vionic_desc, flags), 12);
	T_EQ(offsetof(struct vionic_desc, next), 14);
	T_EQ(offsetof(struct vionic_avail, flags), 0);
	T_EQ(offsetof(struct vionic_avail, idx), 2);
	T_EQ(offsetof(struct vionic_avail, ring), 4);
	T_EQ(offsetof(struct vionic_used, flags), 0);
	T_EQ(offsetof(struct vionic_used, idx), 2);
	T_EQ(offsetof(struct vionic_used, ring), 4);
	T_EQ(offsetof(struct vionic_used_elem, id), 0);
	T_EQ(offsetof(struct vionic_used_elem, len), 4);
	T_CASE("fields lie where 2.7 puts them");
}

int main(void)
{
	size_t i;

	tap_begin();
	test_near(0);
	test_near(0x8000);
	for (i = 0; i < ARRAY_SIZE(edges); i++)
		test_every_event(edges[i]);
	for (i = 0; i < ARRAY_SIZE(edges); i++)
		test_every_added(edges[i]);
	test_num_valid();
	test_packed_num_valid();
	test_legacy_sizes();
	test_area_sizes();
	test_layout();
	return tap_end();
}
