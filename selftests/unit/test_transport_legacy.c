// SPDX-License-Identifier: GPL-2.0
/*
 * The interface from before virtio 1.0 (virtio 1.3, 4.1.4.10) of a device that keeps to
 * it: see test_transport.c.
 */
#include <stdio.h>
#include <linux/kernel.h>
#include "pcidev.h"
#include "tap.h"

static void test_map(void)
{
	struct vionic_transport tp = {};

	new_legacy(true);
	T_TRUE(dev.tp.common == dev.bar[0]);
	T_TRUE(dev.tp.status == dev.bar[0] + 18);
	T_TRUE(dev.tp.isr == dev.bar[0] + 19);
	T_EQ(dev.tp.common_len, 56);
	T_WRITES("");
	dev.bar_len[0] = 24;
	T_EQ(vionic_transport_map(&tp, &dev.pdev), 0);
	dev.bar_len[0] = 23;
	T_EQ(vionic_transport_map(&tp, &dev.pdev), -ENODEV);
	dev.bar_len[0] = 24;
	dev.pdev.revision = 1;
	T_EQ(vionic_transport_map(&tp, &dev.pdev), -ENODEV);
	dev.pdev.revision = 0;
	dev.pdev.device = 0x1040;
	T_EQ(vionic_transport_map(&tp, &dev.pdev), -ENODEV);
	T_CASE("map: by device ID, revision and length of BAR 0");
}

/* 3.1.2: no FEATURES_OK, and one word of features */
static void test_start(void)
{
	struct vionic_features f = { .word = { 0x55, 0, 0, 0 } };
	struct vionic_features offered;

	new_legacy(true);
	memset(&offered, 0xff, sizeof(offered));
	T_EQ(vionic_transport_begin(&dev.tp, &offered), 0);
	T_WRITES("status=0 status=1 status=3");
	T_EQ(offered.word[0], 0x01020304);
	T_EQ(offered.word[1] | offered.word[2] | offered.word[3], 0);
	T_EQ(vionic_transport_accept(&dev.tp, &f), 0);
	T_WRITES("gf=55");
	T_EQ(vionic_transport_run(&dev.tp), 0);
	T_WRITES("status=7");
	T_CASE("reset, status, features");
}

/* What is behind the registers moves with MSI-X */
static void test_config(void)
{
	u8 buf[16] __aligned(8);
	u32 msix;
	u16 half;

	for (msix = 0; msix < 2; msix++) {
		u32 room = msix ? 32 : 36;

		new_legacy(msix);
		T_EQ(vionic_transport_config16(&dev.tp, 10, &half), 0);
		T_EQ(half, 0x0b0a);
		T_EQ(vionic_transport_config(&dev.tp, 1, buf, 6), 0);
		T_EQ(memcmp(buf, "\1\2\3\4\5\6", 6), 0);
		T_EQ(vionic_transport_config(&dev.tp, room - 2, buf, 2), 0);
		T_EQ(vionic_transport_config(&dev.tp, room - 1, buf, 2),
		     -EINVAL);
		T_EQ(vionic_transport_config(&dev.tp, room + 1, buf, 0),
		     -EINVAL);
		T_EQ(vionic_transport_config(&dev.tp, ~0u, buf, 1), -EINVAL);
		T_EQ(vionic_transport_config(&dev.tp, 0, buf, 8), 0);
		T_EQ(vionic_transport_config(&dev.tp, 0, buf, 9), -EINVAL);
		T_WRITES("");
		T_EQ(vionic_transport_config_write(&dev.tp, room - 1, "x", 1),
		     0);
		dev.writes[0] = 0;
		T_EQ(vionic_transport_config_write(&dev.tp, room, "x", 1),
		     -EINVAL);
		T_EQ(vionic_transport_config_write(&dev.tp, room - 1, "xy", 2),
		     -EINVAL);
		T_WRITES("");
		T_EQ(vionic_transport_config_write(&dev.tp, 2, "\7\6\5", 3), 0);
		T_WRITES("config2=7 config3=6 config4=5");
	}
	T_CASE("config: at its place, with and without MSI-X");
	dev.gone = true;
	T_EQ(vionic_transport_config16(&dev.tp, 10, &half), -ENODEV);
	T_EQ(vionic_transport_config_write(&dev.tp, 2, "\7", 1), -ENODEV);
	T_WRITES("");
	T_CASE("config: a device that is gone");
}

/* 2.5.4: there is no generation, so two passes have to agree */
static void test_change(void)
{
	u32 at, i;
	u8 buf[8];

	for (at = 1; at <= 12; at++) {
		new_legacy(true);
		dev.change_after = at;
		dev.changes = 1;
		T_EQ(vionic_transport_config(&dev.tp, 0, buf, 6), 0);
		for (i = 1; i < 6; i++)
			T_EQ(buf[i], buf[0] + i);
		/* what is before the changed bytes says nothing of them */
		new_legacy(true);
		dev.change_after = at;
		dev.changes = 1;
		dev.change_from = 2;
		T_EQ(vionic_transport_config(&dev.tp, 0, buf, 6), 0);
		for (i = 3; i < 6; i++)
			T_EQ(buf[i], buf[2] + i - 2);
	}
	T_CASE("config: read again if it changed meanwhile");
	dev.change_after = 3;
	dev.changes = ENDLESS;
	dev.config_reads = 0;
	T_EQ(vionic_transport_config(&dev.tp, 0, buf, 6), -EAGAIN);
	T_EQ(dev.config_reads, 1200);
	T_CASE("config: 100 times at most");
}

static void test_vector(void)
{
	new_legacy(false);
	T_EQ(vionic_transport_config_vector(&dev.tp, NO_VECTOR), 0);
	T_EQ(vionic_transport_config_vector(&dev.tp, 0), -EBUSY);
	T_WRITES("");
	new_legacy(true);
	T_EQ(vionic_transport_config_vector(&dev.tp, 1), 0);
	T_WRITES("config_vector=1");
	dev.no_vectors = true;
	T_EQ(vionic_transport_config_vector(&dev.tp, 1), -EBUSY);
	T_CASE("vectors: registers that exist with MSI-X only");
}

static const struct vionic_queue_setup setup = {
	.desc = 0x12345678000,
	.num = 512,
	.vector = 5,
};

static void test_enable(void)
{
	struct vionic_queue_setup s = setup;
	struct vionic_doorbell bell;

	new_legacy(true);
	T_EQ(vionic_transport_queue_max(&dev.tp, 2), 1024);
	T_WRITES("select=2");
	T_EQ(vionic_transport_queue_enable(&dev.tp, 1, &s, &bell), 0);
	T_WRITES("select=1 vector=5 pfn=12345678");
	T_TRUE(bell.addr == dev.bar[0] + 16);
	T_EQ(bell.data, 1);
	vionic_transport_kick(&bell);
	T_WRITES("notify=1");
	s.desc = 0xffffffff000;
	T_EQ(vionic_transport_queue_enable(&dev.tp, 1, &s, &bell), 0);
	T_WRITES("select=1 vector=5 pfn=ffffffff");
	T_CASE("queue_enable: vector, then the page");
	T_EQ(vionic_transport_queue_enable(&dev.tp, 3, &s, &bell), -ENOENT);
	s.num = 256;
	T_EQ(vionic_transport_queue_enable(&dev.tp, 1, &s, &bell), -EINVAL);
	s = setup;
	s.desc = 0x100000000000;
	T_EQ(vionic_transport_queue_enable(&dev.tp, 1, &s, &bell), -EINVAL);
	s.desc = setup.desc + 0x800;
	T_EQ(vionic_transport_queue_enable(&dev.tp, 1, &s, &bell), -EINVAL);
	T_WRITES("select=3 select=1 select=1 select=1");
	s = setup;
	dev.no_vectors = true;
	T_EQ(vionic_transport_queue_enable(&dev.tp, 1, &s, &bell), -EBUSY);
	T_WRITES("select=1 vector=5");
	dev.gone = true;
	T_EQ(vionic_transport_queue_enable(&dev.tp, 1, &s, &bell), -ENODEV);
	T_WRITES("");
	T_CASE("queue_enable: what is refused is not enabled");
}

static void test_dump(void)
{
	u32 regs[VIONIC_COMMON_REGS];
	u32 queue[VIONIC_QUEUE_REGS];
	u32 msix, i;

	for (msix = 0; msix < 2; msix++) {
		new_legacy(msix);
		memset(regs, 0xa5, sizeof(regs));
		memset(queue, 0xa5, sizeof(queue));
		dev.status = 0x0f;
		dev.config_vector = 7;
		vionic_transport_dump(&dev.tp, regs);
		T_EQ(regs[0], 0x01020304);
		T_EQ(regs[1] | regs[2] | regs[3] | regs[5], 0);
		T_EQ(regs[4], msix ? 7 : NO_VECTOR);
		T_EQ(regs[6], 0x0f);
		T_EQ(regs[7] | regs[8], 0);
		for (i = 0; i < 2; i++) {
			dev.queue[1].vector = 6;
			dev.queue[1].pfn = i ? 0x123 : 0;
			vionic_transport_queue_dump(&dev.tp, 1, queue);
			T_EQ(queue[0], 512);
			T_EQ(queue[1], msix ? 6 : NO_VECTOR);
			T_EQ(queue[2], i);
			T_EQ(queue[4], i ? 0x123000 : 0);
			T_EQ(queue[3] | queue[5] | queue[6], 0);
		}
	}
	T_CASE("dump: each register at its place, the others 0");
}

int main(void)
{
	tap_begin();
	test_map();
	test_start();
	test_config();
	test_change();
	test_vector();
	test_enable();
	test_dump();
	return tap_end();
}
