// SPDX-License-Identifier: GPL-2.0
/*
 * Places of doorbells, on both sides of every boundary and for every offset a
 * device can name (virtio 1.3, 4.1.4.4).
 */
#include <linux/kernel.h>
#include <vionic/notify.h>
#include "tap.h"

static bool found(u32 start, u32 len, u32 mult, u16 off, u32 width, u64 want)
{
	const struct vionic_notify n = { start, len, mult };
	u64 pos;

	return vionic_notify_find(&n, off, width, &pos) && pos == want;
}

/* Is there one, wherever that may be? */
static bool fits(u32 len, u32 mult, u16 off, u32 width)
{
	const struct vionic_notify n = { 0, len, mult };
	u64 pos;

	return vionic_notify_find(&n, off, width, &pos);
}

static void test_places(void)
{
	u32 off;

	for (off = 0; off < 0x10000; off++) {
		T_TRUE(found(0x3000, 0x40000, 4, off, 2, off * 4));
		T_TRUE(found(0x3000, 0x40000, 4, off, 4, off * 4));
		T_TRUE(found(0x3000, 2, 0, off, 2, 0));
	}
	T_CASE("each queue has its own, or all share one");

	T_TRUE(found(0, 0xffffffff, 0x8000, 0xffff, 2, 0x7fff8000));
	T_FALSE(fits(0xffffffff, 0x10002, 0xffff, 2));
	T_FALSE(fits(0xffffffff, 0xfffffffc, 0xffff, 4));
	T_FALSE(fits(0xffffffff, 0x80000000, 2, 4));
	T_CASE("large steps do not wrap round");
}

static void test_end(void)
{
	u32 len;

	for (len = 0; len < 64; len++) {
		T_EQ(found(0, len, 4, 7, 2, 28), len >= 30);
		T_EQ(found(0, len, 4, 7, 4, 28), len >= 32);
		T_EQ(found(0, len, 0, 7, 2, 0), len >= 2);
	}
	T_CASE("a doorbell ends where the structure ends, or before");
}

static void test_askew(void)
{
	u32 start, mult;

	for (start = 0; start < 8; start++) {
		for (mult = 0; mult < 8; mult++) {
			u32 pos = start + mult;

			T_EQ(found(start, 64, mult, 1, 2, mult), !(pos % 2));
			T_EQ(found(start, 64, mult, 1, 4, mult), !(pos % 4));
		}
	}
	T_CASE("askew is refused");
}

static void test_wide(void)
{
	u32 start, mult, len, off;

	for (start = 0; start < 8; start++) {
		for (mult = 0; mult < 16; mult++) {
			for (len = 0; len < 8; len++) {
				const struct vionic_notify n = {
					start, len, mult,
				};

				T_EQ(vionic_notify_has_wide(&n), len >= 4 &&
				     !(start % 4) && !(mult % 4));
			}
		}
	}
	/* where it can be served, no queue is refused for what lies askew */
	for (mult = 0; mult <= 64; mult += 4)
		for (off = 0; off < 100; off++)
			T_TRUE(found(4, 100 * 64 + 4, mult, off, 4,
				     off * mult));
	T_CASE("notification data: room for four bytes");
}

int main(void)
{
	tap_begin();
	test_places();
	test_end();
	test_askew();
	test_wide();
	return tap_end();
}
