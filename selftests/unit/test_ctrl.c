// SPDX-License-Identifier: GPL-2.0
/*
 * What is sent over and read from the control queue: who owns a command's
 * buffer, coalescing as ethtool means it and as the device takes it, and
 * answers with statistics, honest and not. Numbers are those of virtio 1.3,
 * 5.1.6.5.
 */
#include <string.h>
#include <linux/kernel.h>
#include <vionic/coal.h>
#include <vionic/ctrl_slots.h>
#include <vionic/devstats.h>
#include "groups.h"
#include "rng.h"
#include "tap.h"

static void test_slots(void)
{
	struct vionic_ctrl_slots s = {};
	int slot, i;

	T_FALSE(vionic_ctrl_overdue(&s));
	T_EQ(vionic_ctrl_give_back(&s, 0), -1);
	T_CASE("at first the device has no buffer, not even for descriptor 0");
	slot = vionic_ctrl_take(&s, 7);
	T_TRUE(vionic_ctrl_overdue(&s));
	T_EQ(vionic_ctrl_give_back(&s, 6), -1);
	T_EQ(vionic_ctrl_give_back(&s, 7), slot);
	T_EQ(vionic_ctrl_give_back(&s, 7), -1);
	T_FALSE(vionic_ctrl_overdue(&s));
	T_CASE("what it has it gives back once");
	for (i = 0; i < VIONIC_CTRL_SLOTS; i++)
		T_EQ(vionic_ctrl_take(&s, 10 + i), i);
	T_EQ(vionic_ctrl_take(&s, 20), -1);
	T_CASE("no buffer is given away that was not given back");
	slot = vionic_ctrl_give_back(&s, 12);
	T_EQ(vionic_ctrl_take(&s, 30), slot);
	T_EQ(vionic_ctrl_give_back(&s, 12), -1);
	T_EQ(vionic_ctrl_give_back(&s, 30), slot);
	T_CASE("a late answer makes room for one command");
}

/* Commands of which some are answered late, and in any order */
static void test_slots_model(void)
{
	struct vionic_ctrl_slots s = {};
	int owner[64], slot, held = 0;
	unsigned int round, id;
	struct rng rng;

	rng_seed(&rng, 6);
	for (id = 0; id < ARRAY_SIZE(owner); id++)
		owner[id] = -1;
	for (round = 0; round < 200000; round++) {
		id = rng_below(&rng, ARRAY_SIZE(owner));
		if (owner[id] >= 0) {
			T_EQ(vionic_ctrl_give_back(&s, id), owner[id]);
			owner[id] = -1;
			held--;
			continue;
		}
		T_EQ(vionic_ctrl_give_back(&s, id), -1);
		slot = vionic_ctrl_take(&s, id);
		T_EQ(slot < 0, held == VIONIC_CTRL_SLOTS);
		if (slot < 0)
			continue;
		for (unsigned int i = 0; i < ARRAY_SIZE(owner); i++)
			T_TRUE(owner[i] != slot);
		owner[id] = slot;
		held++;
	}
	T_CASE("a buffer has one owner, whatever the order of answers");
}

/* 2.7.8.3: behind the bytes that the device wrote nothing is believed */
static void test_reply_len(void)
{
	static const u32 rooms[] = { 0, 1, 8, 12, 511, 512 };
	size_t i;
	u32 used;

	for (i = 0; i < ARRAY_SIZE(rooms); i++) {
		T_EQ(vionic_ctrl_reply_len(0, rooms[i]), -1);
		for (used = 1; used < 2000; used++)
			T_EQ(vionic_ctrl_reply_len(used, rooms[i]),
			     (int)(used - 1 < rooms[i] ? used - 1 : rooms[i]));
		T_EQ(vionic_ctrl_reply_len(0x80000000, rooms[i]), (int)rooms[i]);
		T_EQ(vionic_ctrl_reply_len(0xffffffff, rooms[i]), (int)rooms[i]);
	}
	T_CASE("an answer has an ack and as many bytes as the device wrote");
}

static void test_coal(void)
{
	struct vionic_ctrl_coal w;

	w = vionic_coal_wire((struct vionic_coal) {});
	T_EQ(le32_to_cpu(w.max_usecs), 0);
	T_EQ(le32_to_cpu(w.max_packets), 0);
	T_CASE("no delay is no delay");
	w = vionic_coal_wire((struct vionic_coal) { .usecs = 70 });
	T_EQ(le32_to_cpu(w.max_usecs), 70);
	T_EQ(le32_to_cpu(w.max_packets), 0xffffffff);
	T_CASE("no limit of frames is none for the device either");
	w = vionic_coal_wire((struct vionic_coal) { 0x12345678, 0x9abcdef0 });
	T_EQ(le32_to_cpu(w.max_usecs), 0x12345678);
	T_EQ(le32_to_cpu(w.max_packets), 0x9abcdef0);
	T_CASE("both go to their places");
	T_TRUE(vionic_coal_valid((struct vionic_coal) { 0, 0 }));
	T_TRUE(vionic_coal_valid((struct vionic_coal) { 0, 1 }));
	T_TRUE(vionic_coal_valid((struct vionic_coal) { 1, 0 }));
	T_TRUE(vionic_coal_valid((struct vionic_coal) { 1, 64 }));
	T_FALSE(vionic_coal_valid((struct vionic_coal) { 0, 2 }));
	T_CASE("frames need a time limit");
}

/* Bytes of an answer, written one by one so that host order plays no part */
struct answer {
	_Alignas(8) unsigned char byte[512];
	size_t len;
};

static void put(struct answer *a, unsigned long long val, int bytes)
{
	while (bytes--) {
		a->byte[a->len++] = val & 0xff;
		val >>= 8;
	}
}

/* @num counters that count up from @first */
static void put_entry(struct answer *a, u8 type, u16 vq, u16 size, int num,
		      unsigned long long first)
{
	put(a, type, 1);
	put(a, 0, 1);
	put(a, vq, 2);
	put(a, 0, 2);
	put(a, size, 2);
	while (num--)
		put(a, first++, 8);
}

static void test_num(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(groups); i++)
		T_EQ(vionic_devstats_num(1ull << groups[i].bit), groups[i].num);
	T_EQ(vionic_devstats_num(0xf), 16);
	T_EQ(vionic_devstats_num(0xf0000), 16);
	T_EQ(vionic_devstats_num(0), 0);
	T_CASE("every group has as many counters as the specification says");
	T_EQ(vionic_devstats_num(~0ull), 34);
	T_CASE("what the driver does not know has none");
	T_TRUE(VIONIC_DEVSTATS_REPLY >= 4 * 8 + 16 * 8);
	T_CASE("the longest answer fits");
}

static void test_honest(void)
{
	struct answer a = {};
	u64 v[16] = {};
	size_t i;

	put_entry(&a, 0, 6, 8 + 48, 6, 100);
	put_entry(&a, 1, 6, 8 + 32, 4, 200);
	put_entry(&a, 2, 6, 8 + 32, 4, 300);
	put_entry(&a, 3, 6, 8 + 16, 2, 0x123456789abcdef0);
	vionic_devstats_parse(a.byte, a.len, 6, 0xf, v);
	for (i = 0; i < 6; i++)
		T_EQ(v[i], 100 + i);
	for (i = 0; i < 4; i++)
		T_EQ(v[6 + i], 200 + i);
	for (i = 0; i < 4; i++)
		T_EQ(v[10 + i], 300 + i);
	T_EQ(v[14], 0x123456789abcdef0);
	T_EQ(v[15], 0x123456789abcdef1);
	T_CASE("an answer goes to its places");

	memset(v, 0, sizeof(v));
	a.len = 0;
	put_entry(&a, 2, 6, 8 + 32, 4, 300);
	put_entry(&a, 0, 6, 8 + 48, 6, 100);
	vionic_devstats_parse(a.byte, a.len, 6, 0x5, v);
	T_EQ(v[0], 100);
	T_EQ(v[5], 105);
	T_EQ(v[6], 300);
	T_EQ(v[9], 303);
	T_CASE("in any order, with groups left out");
}

static void test_passed_over(void)
{
	static const u64 none[16];
	struct answer a = {};
	u64 v[16] = {};

	put_entry(&a, 0, 7, 8 + 48, 6, 100);	/* another queue */
	put_entry(&a, 1, 6, 8 + 32, 4, 200);	/* not asked for */
	put_entry(&a, 9, 6, 8 + 16, 2, 200);	/* unknown */
	put_entry(&a, 0, 6, 8 + 40, 5, 200);	/* too short */
	put_entry(&a, 2, 6, 8 + 40, 5, 200);	/* too long */
	vionic_devstats_parse(a.byte, a.len, 6, 0xd, v);
	T_TRUE(!memcmp(v, none, sizeof(v)));
	put_entry(&a, 3, 6, 8 + 16, 2, 300);
	vionic_devstats_parse(a.byte, a.len, 6, 0xd, v);
	T_EQ(v[10], 300);
	T_CASE("what was not asked for is passed over, the rest is found");

	memset(v, 0, sizeof(v));
	a.len = 0;
	put_entry(&a, 1, 6, 0, 0, 0);
	put_entry(&a, 3, 6, 8 + 16, 2, 300);
	vionic_devstats_parse(a.byte, a.len, 6, 0xf, v);
	T_TRUE(!memcmp(v, none, sizeof(v)));
	T_CASE("a length of nothing ends it");
	a.len = 0;
	put_entry(&a, 3, 6, 8 + 16, 2, 300);
	vionic_devstats_parse(a.byte, a.len - 1, 6, 0xf, v);
	T_TRUE(!memcmp(v, none, sizeof(v)));
	T_CASE("an entry that is cut off is not read");
}

/* Whatever comes: no access outside (ASan sees it) and no endless loop */
static void test_noise(void)
{
	struct rng rng;
	unsigned int round;

	rng_seed(&rng, 5);
	for (round = 0; round < 200000; round++) {
		/* on the heap, so that its very end is guarded */
		size_t len = rng_below(&rng, 40) * 8;
		unsigned char *reply = malloc(len ? len : 1);
		u64 types = rng_below(&rng, 2) ? 0xf : 0xf0000;
		u64 *v = calloc(vionic_devstats_num(types), sizeof(*v));
		size_t i;

		for (i = 0; i < len; i++)
			reply[i] = rng_below(&rng, 4) ? 0 :
				   rng_below(&rng, 64);
		vionic_devstats_parse(reply, len, 0, types, v);
		free(v);
		free(reply);
	}
	T_CASE("noise does no harm");
}

int main(void)
{
	tap_begin();
	test_slots();
	test_slots_model();
	test_reply_len();
	test_coal();
	test_num();
	test_honest();
	test_passed_over();
	test_noise();
	return tap_end();
}
