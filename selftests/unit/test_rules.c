// SPDX-License-Identifier: GPL-2.0
/*
 * Does the device's end of a ring notice what a driver must not do, and blame the right
 * rule of selftests/device/rules.def? Rings are written here byte by byte.
 */
#include "fakedev_priv.h"

#include <setjmp.h>
#include "tap.h"

#define NUM	8
#define NONE	RULES
#define AVAIL	0x0080	/* of packed ones, 2.8.1 */

static struct fakedev dev;
static sigjmp_buf caught;
static unsigned int blamed;
static unsigned int kept[RULES];
static u8 table[16 * 2 * NUM];

static void note_broken(unsigned int rule, const char *what)
{
	(void)what;
	blamed = rule;
	siglongjmp(caught, 1);
}

static void note_kept(unsigned int rule)
{
	kept[rule]++;
}

static void begin(u32 features)
{
	fakedev_alloc(&dev, NUM, features);
	memset(kept, 0, sizeof(kept));
}

static void write_desc(u8 *p, u64 addr, u32 len, u16 flags, u16 next)
{
	set(p, 8, addr);
	set(p + 8, 4, len);
	set(p + 12, 2, flags);
	set(p + 14, 2, next);
}

static void put(u16 place, u32 len, u16 flags, u16 next)
{
	write_desc(dev.desc + 16 * place, 0x1000, len, flags, next);
}

/* A packed one: id and flags change places */
static void put_packed(u16 place, u16 flags, u16 id)
{
	write_desc(dev.desc + 16 * place, 0x1000, 64, id, flags);
}

static void put_table(u16 place, u16 entries, u16 flags)
{
	write_desc(dev.desc + 16 * place, (uintptr_t)table, 16 * entries,
		   F_INDIRECT | flags, 1);
}

static void give(u16 idx, u16 head)
{
	set(dev.avail + 4 + 2 * (u16)((idx - 1) % NUM), 2, head);
	set(dev.avail + 2, 2, idx);
}

/* Return: the rule that is broken as the device looks for buffers, or NONE */
static unsigned int look(void)
{
	struct fakedev_buf buf;

	blamed = NONE;
	if (!sigsetjmp(caught, 0))
		while (fakedev_pending(&dev) && fakedev_fetch(&dev, &buf))
			;
	return blamed;
}

/* The same without a look at how many there are */
static unsigned int fetch(void)
{
	struct fakedev_buf buf;

	blamed = NONE;
	if (!sigsetjmp(caught, 0))
		fakedev_fetch(&dev, &buf);
	return blamed;
}

static unsigned int use(u16 head)
{
	blamed = NONE;
	if (!sigsetjmp(caught, 0)) {
		fakedev_use(&dev, head, 1);
		fakedev_flush(&dev);
	}
	return blamed;
}

static unsigned int reset(void)
{
	blamed = NONE;
	if (!sigsetjmp(caught, 0))
		fakedev_check_held(&dev);
	return blamed;
}

static void end(void)
{
	fakedev_free(&dev);
}

static void test_good(void)
{
	begin(FAKEDEV_INDIRECT);
	put(0, 64, F_NEXT, 1);
	put(1, 64, F_WRITE, 0);
	give(1, 0);
	T_EQ(look(), NONE);
	T_EQ(reset(), NONE);
	T_EQ(use(0), NONE);
	T_EQ(kept[WRITABLE_LAST], 2);
	T_EQ(kept[BUFFER_ID], 1);
	T_EQ(kept[DESC_KEPT], 4);
	T_EQ(kept[IN_ORDER_NEXT], 0);
	end();
	T_CASE("a good chain breaks none");
}

static void test_chains(void)
{
	begin(0);
	put(0, 64, F_NEXT | F_WRITE, 1);
	put(1, 64, 0, 0);
	give(1, 0);
	T_EQ(look(), WRITABLE_LAST);
	end();
	begin(0);
	put(0, 0xffffffff, F_NEXT, 1);
	put(1, 0xffffffff, 0, 0);
	give(1, 0);
	T_EQ(look(), CHAIN_BYTES);
	end();
	begin(0);
	put(0, 64, F_NEXT, 1);
	put(1, 64, F_NEXT, 0);
	give(1, 0);
	T_EQ(look(), CHAIN_LOOP);
	end();
	begin(0);
	put(0, 64, F_NEXT, NUM);
	give(1, 0);
	T_EQ(look(), CHAIN_LOOP);
	end();
	begin(0);
	put(0, 64, 8, 0);
	give(1, 0);
	T_EQ(look(), DESC_FLAGS);
	end();
	begin(FAKEDEV_IN_ORDER);
	put(0, 64, F_NEXT, 2);
	put(2, 64, 0, 0);
	give(1, 0);
	T_EQ(look(), IN_ORDER_NEXT);
	end();
	T_CASE("chains: order, length, loops, flags");
}

static unsigned int with_table(u32 features, u16 entries, u16 flags)
{
	unsigned int r;

	begin(features);
	put_table(0, entries, flags);
	give(1, 0);
	r = look();
	end();
	return r;
}

static void test_tables(void)
{
	u16 i;

	write_desc(table, 0x1000, 64, F_NEXT, 1);
	write_desc(table + 16, 0x1000, 64, F_WRITE, 0);
	T_EQ(with_table(FAKEDEV_INDIRECT, 2, 0), NONE);
	T_EQ(with_table(FAKEDEV_INDIRECT | FAKEDEV_IN_ORDER, 2, 0), NONE);
	T_EQ(with_table(0, 2, 0), INDIRECT_OFFERED);
	T_EQ(with_table(FAKEDEV_INDIRECT, 2, F_NEXT), INDIRECT_NEXT);
	T_EQ(with_table(FAKEDEV_INDIRECT, 1, 0), INDIRECT_LENGTH);
	T_EQ(with_table(FAKEDEV_INDIRECT, 0, 0), INDIRECT_LENGTH);
	write_desc(table + 16, 0x1000, 64, F_INDIRECT, 0);
	T_EQ(with_table(FAKEDEV_INDIRECT, 2, 0), INDIRECT_NESTED);
	write_desc(table, 0x1000, 64, F_NEXT, 2);
	write_desc(table + 32, 0x1000, 64, 0, 0);
	T_EQ(with_table(FAKEDEV_INDIRECT, 3, 0), NONE);
	T_EQ(with_table(FAKEDEV_INDIRECT | FAKEDEV_IN_ORDER, 3, 0),
	     INDIRECT_ORDER);
	for (i = 0; i < NUM + 1; i++)
		write_desc(table + 16 * i, 0x1000, 64, i < NUM ? F_NEXT : 0,
			   i + 1);
	T_EQ(with_table(FAKEDEV_INDIRECT, NUM, 0), INDIRECT_LENGTH);
	T_CASE("tables: negotiated, alone, one deep, whole, in order");
}

static void test_available(void)
{
	begin(0);
	put(0, 64, 0, 0);
	give(1, 0);
	T_EQ(look(), NONE);
	set(dev.avail + 2, 2, 0);
	T_EQ(look(), AVAIL_BACK);
	end();
	begin(0);
	put(0, 64, 0, 0);
	put(1, 64, 0, 0);
	set(dev.avail + 2, 2, NUM + 1);
	T_EQ(look(), AVAIL_FULL);
	end();
	begin(0);
	set(dev.avail, 2, 2);
	T_EQ(look(), AVAIL_FLAGS);
	set(dev.avail, 2, 1);
	T_EQ(look(), NONE);
	end();
	begin(FAKEDEV_EVENT_IDX);
	set(dev.avail, 2, 1);
	T_EQ(look(), AVAIL_FLAGS);
	end();
	begin(0);
	put(0, 64, 0, 0);
	give(1, 0);
	T_EQ(look(), NONE);
	give(2, 0);
	T_EQ(look(), BUFFER_ID);
	end();
	begin(0);
	put(0, 64, F_NEXT, 1);
	put(1, 64, 0, 0);
	give(1, 0);
	T_EQ(look(), NONE);
	give(2, 1);
	T_EQ(look(), DESC_FREE);
	end();
	T_CASE("the available ring: index, flags, ids, descriptors");
}

static void test_kept(void)
{
	begin(0);
	put(0, 64, 0, 0);
	give(1, 0);
	T_EQ(look(), NONE);
	put(0, 65, 0, 0);
	T_EQ(reset(), DESC_KEPT);
	T_EQ(use(0), DESC_KEPT);
	end();
	T_CASE("a descriptor that the device has is left alone");
}

static void test_packed(void)
{
	begin(FAKEDEV_PACKED);
	put_packed(0, AVAIL | F_NEXT, 0);
	T_EQ(look(), LIST_WHOLE);
	T_EQ(fetch(), LIST_WHOLE);
	put_packed(1, AVAIL, 3);
	T_EQ(look(), NONE);
	put_packed(2, AVAIL, 3);
	T_EQ(look(), BUFFER_ID);
	end();
	begin(FAKEDEV_PACKED);
	put_packed(0, AVAIL, 0);
	T_EQ(look(), NONE);
	set(dev.avail, 4, 3 << 16);
	T_EQ(use(0), EVENT_WORD);
	end();
	begin(FAKEDEV_PACKED);
	put_packed(0, AVAIL, 0);
	T_EQ(look(), NONE);
	set(dev.avail, 4, 2 << 16);
	T_EQ(use(0), EVENT_WORD);
	end();
	begin(FAKEDEV_PACKED | FAKEDEV_INDIRECT);
	write_desc(table, 0x1000, 64, 0, F_WRITE);
	write_desc(table + 16, 0x1000, 64, 0, F_NEXT);
	write_desc(dev.desc, (uintptr_t)table, 32, 0, AVAIL | F_INDIRECT);
	T_EQ(look(), INDIRECT_NESTED);
	end();
	T_CASE("packed: lists, ids, events, tables");
}

/* One for each time that buffers pass where a kick was asked for */
static void test_kicks(void)
{
	u16 i;

	begin(FAKEDEV_EVENT_IDX);
	T_EQ(fakedev_kicks_due(&dev), 0);
	put(0, 64, 0, 0);
	give(1, 0);
	T_EQ(fakedev_kicks_due(&dev), 1);
	T_EQ(look(), NONE);
	for (i = 1; i < NUM; i++) {
		put(i, 64, 0, 0);
		give(i + 1, i);
	}
	T_EQ(fakedev_kicks_due(&dev), 1);
	T_EQ(look(), NONE);
	fakedev_kicks_on(&dev);
	T_EQ(fakedev_kicks_due(&dev), 1);
	T_EQ(use(0), NONE);
	give(NUM + 1, 0);
	T_EQ(fakedev_kicks_due(&dev), 2);
	end();
	begin(FAKEDEV_EVENT_IDX | FAKEDEV_PACKED);
	fakedev_kicks_on(&dev);
	put_packed(0, AVAIL, 0);
	T_EQ(fakedev_kicks_due(&dev), 1);
	T_EQ(look(), NONE);
	put_packed(1, AVAIL, 1);
	T_EQ(fakedev_kicks_due(&dev), 1);
	end();
	T_CASE("kicks that are due");
}

int main(void)
{
	tap_begin();
	fakedev_on_violation = note_broken;
	fakedev_on_kept = note_kept;
	test_good();
	test_chains();
	test_tables();
	test_available();
	test_kept();
	test_packed();
	test_kicks();
	return tap_end();
}
