// SPDX-License-Identifier: GPL-2.0
/*
 * What the driver makes of a device's configuration (virtio 1.3, 5.1.4): a sound device is
 * accepted with exactly these values, each limit is tried on both sides, and each failed
 * read is handed on. Bits and offsets are numbers of the specification, not the constants
 * that the code under test uses.
 */
#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include "caps.h"
#include "tap.h"

/* Feature bits, 5.1.3 and 6 */
#define MTU		3
#define MAC		5
#define MRG_RXBUF	15
#define CTRL_VQ		17
#define MQ		22
#define CTRL_MAC_ADDR	23
#define ANY_LAYOUT	27
#define VERSION_1	32
#define RING_PACKED	34
#define IN_ORDER	35
#define HASH_REPORT	57
#define RSS		60
#define GUEST_TUNNEL	65
#define HOST_TUNNEL	67

/* Offsets in the configuration, 5.1.4 */
#define AT_MAC		0
#define AT_PAIRS	8
#define AT_MTU		10
#define AT_KEY		17
#define AT_TABLE	18
#define AT_TYPES	20

#define QUEUES		65536

static struct {
	u8 config[24];
	u16 num[QUEUES];	/* entries, by queue */
	unsigned int cpus;
	int fail_at;		/* offset of the field whose read fails, or -1 */
	int err;		/* with this */
	u32 asked;		/* queues whose size was read: the highest, and one */
	struct vionic_transport tp;
	struct vionic_features features;
	struct vionic_caps caps;
} dev;

unsigned int num_possible_cpus(void)
{
	return dev.cpus;
}

int vionic_transport_config(struct vionic_transport *tp, u32 offset, void *buf,
			    size_t len)
{
	(void)tp;
	T_TRUE(offset + len <= sizeof(dev.config));
	if ((int)offset == dev.fail_at)
		return dev.err;
	memcpy(buf, dev.config + offset, len);
	return 0;
}

u16 vionic_transport_queue_max(struct vionic_transport *tp, u16 index)
{
	(void)tp;
	if (dev.asked <= index)
		dev.asked = index + 1;
	return dev.num[index];
}

static void set16(u32 at, u16 val)
{
	dev.config[at] = val & 0xff;
	dev.config[at + 1] = val >> 8;
}

static void offer(unsigned int bit)
{
	vionic_feature_set(&dev.features, bit);
}

static void withdraw(unsigned int bit)
{
	vionic_feature_clear(&dev.features, bit);
}

/* A sound device of virtio 1.0 with one queue pair, all queues of @num entries */
static void good(u16 num)
{
	static struct pci_dev pdev;
	static const u8 mac[] = { 0x52, 0x54, 0, 1, 2, 3 };
	u32 i;

	memset(&dev, 0, sizeof(dev));
	dev.tp.pdev = &pdev;
	dev.cpus = 2;
	dev.fail_at = -1;
	memcpy(dev.config + AT_MAC, mac, sizeof(mac));
	set16(AT_PAIRS, 1);
	set16(AT_MTU, 1500);
	dev.config[AT_KEY] = 40;
	set16(AT_TABLE, 128);
	set16(AT_TYPES, 0x3f);
	for (i = 0; i < QUEUES; i++)
		dev.num[i] = num;
	offer(VERSION_1);
	offer(MAC);
	offer(MTU);
	offer(MRG_RXBUF);
	offer(CTRL_VQ);
}

/* The same with several pairs, a hash and a table of queues */
static void good_rss(u16 pairs)
{
	good(256);
	set16(AT_PAIRS, pairs);
	offer(MQ);
	offer(RSS);
	offer(HASH_REPORT);
}

static void good_legacy(u16 num)
{
	good(num);
	withdraw(VERSION_1);
	dev.tp.legacy = true;
}

static int look(void)
{
	memset(&dev.caps, 0xa5, sizeof(dev.caps));
	dev.asked = 0;
	return vionic_caps_read(&dev.caps, &dev.tp, &dev.features);
}

static void test_plain(void)
{
	const struct vionic_caps *c = &dev.caps;

	good(256);
	T_EQ(look(), 0);
	T_EQ(memcmp(c->mac, dev.config, 6), 0);
	T_EQ(c->mtu_max, 1500);
	T_TRUE(c->mtu_fixed);
	T_EQ(c->pairs, 1);
	T_EQ(c->layout, VIONIC_SPLIT);
	T_EQ(c->rx_max, 256);
	T_EQ(c->tx_max, 256);
	T_EQ(c->ctrl_index, 2);
	T_EQ(c->ctrl_num, 64);
	T_EQ(c->hash_types, 0);
	T_EQ(c->hash_key, 0);
	T_EQ(c->rss_table, 0);
	T_EQ(c->hdr_len, 12);
	T_TRUE(c->any_layout);
	T_FALSE(c->hdr_apart);
	T_FALSE(c->ring_fixed);
	T_FALSE(c->mac_write);
	T_EQ(dev.asked, 3);
	T_CASE("a plain device is accepted with the values that it gives");
	good_rss(4);
	T_EQ(look(), 0);
	T_EQ(c->pairs, 4);
	T_EQ(c->ctrl_index, 8);
	T_EQ(c->hash_types, 0x3f);
	T_EQ(c->hash_key, 40);
	T_EQ(c->rss_table, 128);
	T_EQ(c->hdr_len, 20);
	T_EQ(dev.asked, 9);
	T_CASE("a device with four pairs and RSS likewise");
	good_legacy(256);
	T_EQ(look(), 0);
	T_TRUE(c->ring_fixed);
	T_EQ(c->rx_max, 256);
	T_EQ(c->tx_max, 256);
	T_EQ(c->ctrl_num, 256);
	T_EQ(c->mtu_max, 1500);
	T_CASE("a legacy device likewise");
}

static void test_mac(void)
{
	static const u8 none[6];

	good(256);
	dev.config[AT_MAC] |= 1;
	T_EQ(look(), 0);
	T_EQ(memcmp(dev.caps.mac, none, 6), 0);
	memset(dev.config + AT_MAC, 0, 6);
	T_EQ(look(), 0);
	T_EQ(memcmp(dev.caps.mac, none, 6), 0);
	T_CASE("a multicast address or zeroes: no address");
	good(256);
	withdraw(MAC);
	dev.fail_at = AT_MAC;
	dev.err = -EINVAL;
	T_EQ(look(), 0);
	T_EQ(memcmp(dev.caps.mac, none, 6), 0);
	T_CASE("no MAC feature: no address, and the field is not read");
}

static void test_mac_write(void)
{
	good(256);
	offer(CTRL_MAC_ADDR);
	T_EQ(look(), 0);
	T_TRUE(dev.caps.mac_write);
	good_legacy(256);
	T_EQ(look(), 0);
	T_TRUE(dev.caps.mac_write);
	withdraw(MAC);
	T_EQ(look(), 0);
	T_FALSE(dev.caps.mac_write);
	T_CASE("the address can be set by a command, or in a legacy device");
}

static void test_mtu(void)
{
	good(256);
	set16(AT_MTU, 67);
	T_EQ(look(), -EINVAL);
	set16(AT_MTU, 0);
	T_EQ(look(), -EINVAL);
	set16(AT_MTU, 68);
	T_EQ(look(), 0);
	T_EQ(dev.caps.mtu_max, 68);
	set16(AT_MTU, 0xffff);
	T_EQ(look(), 0);
	T_EQ(dev.caps.mtu_max, 0xffff);
	T_CASE("MTU: 68 at least");
	withdraw(MTU);
	set16(AT_MTU, 9);
	dev.fail_at = AT_MTU;
	dev.err = -EINVAL;
	T_EQ(look(), 0);
	T_EQ(dev.caps.mtu_max, 0xffff);
	T_FALSE(dev.caps.mtu_fixed);
	T_CASE("no MTU feature: any MTU, and the field is not read");
}

static void test_hash(void)
{
	good_rss(1);
	dev.config[AT_KEY] = 39;
	T_EQ(look(), -EINVAL);
	dev.config[AT_KEY] = 255;
	T_EQ(look(), 0);
	T_EQ(dev.caps.hash_key, 40);
	T_CASE("hash key: 40 bytes at least, and no more are used");
	memset(dev.config + AT_TYPES, 0xff, 4);
	T_EQ(look(), 0);
	T_EQ(dev.caps.hash_types, 0x3f);
	memset(dev.config + AT_TYPES, 0, 4);
	dev.config[AT_TYPES] = 5;
	T_EQ(look(), 0);
	T_EQ(dev.caps.hash_types, 5);
	T_CASE("hash types: IPv4, IPv6, TCP and UDP, if the device has them");
	good_rss(1);
	withdraw(RSS);
	T_EQ(look(), 0);
	T_EQ(dev.caps.hash_key, 40);
	T_EQ(dev.caps.hash_types, 0x3f);
	T_EQ(dev.caps.rss_table, 0);
	good_rss(1);
	withdraw(HASH_REPORT);
	T_EQ(look(), 0);
	T_EQ(dev.caps.hash_key, 40);
	T_EQ(dev.caps.hash_types, 0x3f);
	T_EQ(dev.caps.rss_table, 128);
	T_CASE("either of RSS and HASH_REPORT comes with a hash");
}

static void test_table(void)
{
	static const struct {
		u16 said;
		u16 used;
	} sizes[] = {
		{ 1, 1 }, { 2, 2 }, { 3, 2 }, { 127, 64 }, { 128, 128 },
		{ 255, 128 }, { 256, 256 }, { 257, 256 }, { 512, 256 },
		{ 0xffff, 256 },
	};
	size_t i;

	good_rss(1);
	set16(AT_TABLE, 0);
	T_EQ(look(), -EINVAL);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		set16(AT_TABLE, sizes[i].said);
		T_EQ(look(), 0);
		T_EQ(dev.caps.rss_table, sizes[i].used);
	}
	T_CASE("RSS table: a power of two, 256 at most");
}

static void test_layout(void)
{
	u32 i;

	for (i = 0; i < 4; i++) {
		good(256);
		if (i & 1)
			offer(IN_ORDER);
		if (i & 2)
			offer(RING_PACKED);
		T_EQ(look(), 0);
		T_EQ(vionic_is_in_order(dev.caps.layout), i & 1);
		T_EQ(vionic_is_packed(dev.caps.layout), !!(i & 2));
	}
	T_CASE("the layout of the rings is the one that was negotiated");
}

/* 5.1.2: the control queue comes after all pairs, not after those in use */
static void test_pairs(void)
{
	static const struct {
		u16 said;
		unsigned int cpus;
		u16 used;
	} pairs[] = {
		{ 1, 1, 1 }, { 2, 1, 2 }, { 15, 1, 15 }, { 16, 1, 16 },
		{ 17, 1, 16 }, { 17, 17, 17 }, { 64, 32, 32 },
		{ 0x7fff, 4, 16 }, { 0x7fff, 0x8000, 0x7fff },
	};
	size_t i, both;

	good_rss(0);
	T_EQ(look(), -EINVAL);
	set16(AT_PAIRS, 0x8000);
	T_EQ(look(), -EINVAL);
	set16(AT_PAIRS, 0xffff);
	T_EQ(look(), -EINVAL);
	for (i = 0; i < ARRAY_SIZE(pairs); i++) {
		for (both = 0; both < 2; both++) {
			good_rss(pairs[i].said);
			withdraw(both ? MQ : RSS);
			dev.cpus = pairs[i].cpus;
			T_EQ(look(), 0);
			T_EQ(dev.caps.pairs, pairs[i].used);
			T_EQ(dev.caps.ctrl_index, 2 * pairs[i].said);
			T_EQ(dev.asked, 2 * pairs[i].said + 1);
		}
	}
	T_CASE("pairs: as many as CPUs, or 16; by MQ or RSS");
	good(256);
	set16(AT_PAIRS, 4);
	T_EQ(look(), 0);
	T_EQ(dev.caps.pairs, 1);
	T_EQ(dev.caps.ctrl_index, 2);
	T_CASE("neither MQ nor RSS: one pair, and the field is not read");
}

/* Receive queues have even numbers, transmit queues odd ones */
static void test_rings(void)
{
	good_rss(3);
	dev.num[0] = 1024;
	dev.num[2] = 512;
	dev.num[4] = 2048;
	dev.num[1] = 128;
	dev.num[3] = 64;
	dev.num[5] = 32;
	T_EQ(look(), 0);
	T_EQ(dev.caps.rx_max, 512);
	T_EQ(dev.caps.tx_max, 32);
	dev.num[4] = 100;
	dev.num[5] = 33;
	T_EQ(look(), 0);
	T_EQ(dev.caps.rx_max, 64);
	T_EQ(dev.caps.tx_max, 32);
	offer(RING_PACKED);
	T_EQ(look(), 0);
	T_EQ(dev.caps.rx_max, 100);
	T_EQ(dev.caps.tx_max, 33);
	T_CASE("ring sizes: what all queues of a kind take");
	good_rss(3);
	dev.num[4] = 2;
	dev.num[5] = 2;
	T_EQ(look(), 0);
	T_EQ(dev.caps.rx_max, 2);
	T_EQ(dev.caps.tx_max, 2);
	dev.num[4] = 1;
	T_EQ(look(), -EINVAL);
	dev.num[4] = 0;
	T_EQ(look(), -EINVAL);
	dev.num[4] = 2;
	dev.num[5] = 1;
	T_EQ(look(), -EINVAL);
	good(0xffff);
	dev.num[2] = 64;
	T_EQ(look(), 0);
	T_EQ(dev.caps.rx_max, 32768);
	T_EQ(dev.caps.tx_max, 32768);
	T_CASE("ring sizes: 2 to 32768");
}

/* 4.1.5.1.3.1: a legacy device has one size for each queue and takes no other */
static void test_fixed_rings(void)
{
	good_legacy(256);
	dev.num[1] = 512;
	T_EQ(look(), 0);
	T_EQ(dev.caps.rx_max, 256);
	T_EQ(dev.caps.tx_max, 512);
	dev.num[1] = 100;
	T_EQ(look(), -EINVAL);
	dev.num[1] = 0xffff;
	T_EQ(look(), -EINVAL);
	good_legacy(256);
	set16(AT_PAIRS, 2);
	offer(MQ);
	T_EQ(look(), 0);
	dev.num[2] = 128;
	T_EQ(look(), -EINVAL);
	T_CASE("legacy: ring sizes are powers of two, the same in all pairs");
}

static void test_control(void)
{
	static const struct {
		u16 said;
		u16 split;	/* 0: refused */
		u16 packed;
		u16 fixed;
	} nums[] = {
		{ 0, 0, 0, 0 }, { 2, 0, 0, 0 }, { 3, 0, 0, 0 }, { 4, 4, 4, 4 },
		{ 5, 0, 5, 0 }, { 63, 0, 63, 0 }, { 64, 64, 64, 64 },
		{ 100, 0, 64, 0 }, { 128, 64, 64, 128 },
		{ 0x8000, 64, 64, 0x8000 }, { 0xffff, 0, 0, 0 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(nums); i++) {
		good(256);
		dev.num[2] = nums[i].said;
		T_EQ(look(), nums[i].split ? 0 : -EINVAL);
		if (nums[i].split)
			T_EQ(dev.caps.ctrl_num, nums[i].split);
		offer(RING_PACKED);
		T_EQ(look(), nums[i].packed ? 0 : -EINVAL);
		if (nums[i].packed)
			T_EQ(dev.caps.ctrl_num, nums[i].packed);
		good_legacy(256);
		dev.num[2] = nums[i].said;
		T_EQ(look(), nums[i].fixed ? 0 : -EINVAL);
		if (nums[i].fixed)
			T_EQ(dev.caps.ctrl_num, nums[i].fixed);
	}
	T_CASE("control queue: 4 entries at least, 64 are used");
	good(256);
	withdraw(CTRL_VQ);
	dev.num[2] = 0;
	T_EQ(look(), 0);
	T_EQ(dev.caps.ctrl_num, 0);
	T_EQ(dev.asked, 2);
	T_CASE("no CTRL_VQ: no control queue, and its size is not read");
}

static u8 hdr_len(void)
{
	T_EQ(look(), 0);
	return dev.caps.hdr_len;
}

/* 5.1.6.1: num_buffers is there unless the device is a legacy one without MRG_RXBUF */
static void test_hdr(void)
{
	good(256);
	withdraw(MRG_RXBUF);
	T_EQ(hdr_len(), 12);
	good_legacy(256);
	T_EQ(hdr_len(), 12);
	withdraw(MRG_RXBUF);
	T_EQ(hdr_len(), 10);
	good(256);
	offer(HASH_REPORT);
	T_EQ(hdr_len(), 20);
	offer(HOST_TUNNEL);
	T_EQ(hdr_len(), 24);
	good(256);
	offer(GUEST_TUNNEL);
	T_EQ(hdr_len(), 24);
	T_CASE("the header ends with the last field that was negotiated");
}

/* 2.7.4.1, 5.1.6.6: ANY_LAYOUT is implied by VERSION_1 */
static void test_any_layout(void)
{
	u32 i;

	for (i = 0; i < 8; i++) {
		bool legacy = i & 1, any = i & 2, mrg = i & 4;

		if (legacy)
			good_legacy(256);
		else
			good(256);
		if (any)
			offer(ANY_LAYOUT);
		if (!mrg)
			withdraw(MRG_RXBUF);
		T_EQ(look(), 0);
		T_EQ(dev.caps.any_layout, !legacy || any);
		T_EQ(dev.caps.hdr_apart, legacy && !any && !mrg);
	}
	T_CASE("header and frame share a descriptor if the device allows it");
}

/* Whichever read fails, and why */
static void test_errors(void)
{
	static const int errs[] = { -ENODEV, -EAGAIN, -EINVAL };
	static const int fields[] = {
		AT_MAC, AT_MTU, AT_KEY, AT_TYPES, AT_TABLE, AT_PAIRS,
	};
	size_t i, k;

	for (i = 0; i < ARRAY_SIZE(fields); i++)
		for (k = 0; k < ARRAY_SIZE(errs); k++) {
			good_rss(2);
			T_EQ(look(), 0);
			dev.fail_at = fields[i];
			dev.err = errs[k];
			T_EQ(look(), errs[k]);
		}
	T_CASE("a failed read of any field is handed on");
}

int main(void)
{
	tap_begin();
	test_plain();
	test_mac();
	test_mac_write();
	test_mtu();
	test_hash();
	test_table();
	test_layout();
	test_pairs();
	test_rings();
	test_fixed_rings();
	test_control();
	test_hdr();
	test_any_layout();
	test_errors();
	return tap_end();
}
