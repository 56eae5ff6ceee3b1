// SPDX-License-Identifier: GPL-2.0
/*
 * The interface of virtio 1.0 and later (virtio 1.3, 3.1.1 and 4.1.4) of a device that
 * keeps the specification: which registers are written, with what and in which order, and
 * what each answer of the device leads to. fuzz_transport.c has the devices that do not
 * keep it.
 */
#include <stdio.h>
#include <linux/kernel.h>
#include "pcidev.h"
#include "tap.h"

static struct vionic_features wanted(u32 word0, u32 word1, u32 word2)
{
	struct vionic_features f = { .word = { word0, word1, word2 } };

	return f;
}

/* Up to DRIVER, without a note of what was written */
static void begun(void)
{
	struct vionic_features offered;

	new_modern();
	T_EQ(vionic_transport_begin(&dev.tp, &offered), 0);
	dev.writes[0] = 0;
}

static void accepted(u32 word1)
{
	struct vionic_features f = wanted(0, word1, 0);

	begun();
	T_EQ(vionic_transport_accept(&dev.tp, &f), 0);
	dev.writes[0] = 0;
}

static void test_map(void)
{
	const struct vionic_transport *tp = &dev.tp;

	new_modern();
	T_TRUE(tp->common == dev.bar[4] + AT_COMMON);
	T_TRUE(tp->status == dev.bar[4] + AT_COMMON + 20);
	T_TRUE(tp->notify == dev.bar[4] + AT_NOTIFY);
	T_TRUE(tp->isr == dev.bar[4] + AT_ISR);
	T_TRUE(tp->config == dev.bar[4] + AT_CONFIG);
	T_EQ(tp->common_len, 60);
	T_EQ(tp->config_len, CONFIG_LEN);
	T_EQ(tp->bells.start, AT_NOTIFY);
	T_EQ(tp->bells.len, NOTIFY_LEN);
	T_EQ(tp->bells.mult, NOTIFY_MULT);
	T_WRITES("");
	T_CASE("map: each structure is found, nothing is written");
}

/* 3.1.1, steps 1 to 4: no status bit gets lost on the way */
static void test_begin(void)
{
	struct vionic_features offered;
	u32 i;

	new_modern();
	dev.busy = 3;
	T_EQ(vionic_transport_begin(&dev.tp, &offered), 0);
	T_WRITES("status=0 status=1 status=3 df_select=0 df_select=1 "
		 "df_select=2 df_select=3");
	for (i = 0; i < 4; i++)
		T_EQ(offered.word[i], 0x01020304 << i);
	T_EQ(dev.busy, 0);
	T_TRUE(dev.pdev.is_busmaster);
	T_CASE("begin: reset, ACKNOWLEDGE, DRIVER, features");
	new_modern();
	dev.busy = ENDLESS;
	T_EQ(vionic_transport_begin(&dev.tp, &offered), -ETIMEDOUT);
	T_WRITES("status=0");
	T_FALSE(dev.pdev.is_busmaster);
	T_FALSE(dev.tp.gone);
	T_CASE("begin: a reset that does not end, and no bus master");
	new_modern();
	dev.pdev.is_busmaster = true;
	dev.gone = true;
	T_EQ(vionic_transport_begin(&dev.tp, &offered), -ENODEV);
	T_WRITES("status=0");
	T_TRUE(dev.tp.gone);
	T_FALSE(dev.pdev.is_busmaster);
	T_CASE("begin: a device that is gone");
}

/* 3.1.1, steps 5 and 6 */
static void test_accept(void)
{
	struct vionic_features f = wanted(0x11, 0x22, 0);

	begun();
	T_EQ(vionic_transport_accept(&dev.tp, &f), 0);
	T_WRITES("gf_select=0 gf=11 gf_select=1 gf=22 status=b");
	T_EQ(memcmp(&dev.tp.features, &f, sizeof(f)), 0);
	T_CASE("accept: two words, then FEATURES_OK");
	f = wanted(0x11, 0x22, 0x33);
	begun();
	T_EQ(vionic_transport_accept(&dev.tp, &f), 0);
	T_WRITES("gf_select=0 gf=11 gf_select=1 gf=22 gf_select=2 gf=33 "
		 "status=b");
	f = wanted(0, 0, 0);
	begun();
	T_EQ(vionic_transport_accept(&dev.tp, &f), 0);
	T_WRITES("gf_select=0 gf=0 gf_select=1 gf=0 status=b");
	T_CASE("accept: further words if they have bits");
	begun();
	dev.refuse = true;
	T_EQ(vionic_transport_accept(&dev.tp, &f), -EOPNOTSUPP);
	begun();
	dev.gone = true;
	T_EQ(vionic_transport_accept(&dev.tp, &f), -ENODEV);
	T_TRUE(dev.tp.gone);
	T_CASE("accept: a device that refuses, and one that is gone");
}

static void test_status(void)
{
	accepted(0);
	T_EQ(vionic_transport_run(&dev.tp), 0);
	T_WRITES("status=f");
	T_EQ(vionic_transport_status(&dev.tp), 0xf);
	T_CASE("run: DRIVER_OK and all bits before it");
	vionic_transport_fail(&dev.tp);
	T_WRITES("status=8f");
	T_CASE("fail: FAILED and all bits before it");
	dev.status |= 0x40;
	T_EQ(vionic_transport_status(&dev.tp), 0xcf);
	dev.gone = true;
	T_FALSE(dev.tp.gone);
	T_EQ(vionic_transport_status(&dev.tp), -ENODEV);
	T_TRUE(dev.tp.gone);
	T_EQ(vionic_transport_run(&dev.tp), -ENODEV);
	T_WRITES("");
	dev.gone = false;
	T_EQ(vionic_transport_status(&dev.tp), -ENODEV);
	T_EQ(vionic_transport_reset(&dev.tp), -ENODEV);
	T_WRITES("");
	vionic_transport_set_gone(&dev.tp, false);
	T_EQ(vionic_transport_status(&dev.tp), 0xcf);
	T_EQ(vionic_transport_reset(&dev.tp), 0);
	T_WRITES("status=0");
	T_CASE("status: a device that is gone is left alone until it is back");
}

static void test_reset(void)
{
	accepted(0);
	dev.pdev.is_busmaster = false;
	dev.busy = 5;
	T_EQ(vionic_transport_reset(&dev.tp), 0);
	T_EQ(dev.busy, 0);
	T_TRUE(dev.pdev.is_busmaster);
	dev.busy = ENDLESS;
	T_EQ(vionic_transport_reset(&dev.tp), -ETIMEDOUT);
	T_FALSE(dev.pdev.is_busmaster);
	dev.busy = 0;
	T_EQ(vionic_transport_reset(&dev.tp), 0);
	T_TRUE(dev.pdev.is_busmaster);
	T_CASE("reset: awaited, with an end; bus master only if it worked");
}

/* 4.1.3.1: a field is read as a whole */
static void test_config(void)
{
	u8 buf[16] __aligned(8);
	u16 half;
	u32 full;

	begun();
	T_EQ(vionic_transport_config(&dev.tp, 1, buf, 6), 0);
	T_EQ(memcmp(buf, "\1\2\3\4\5\6", 6), 0);
	T_EQ(dev.width[0], 1);
	T_EQ(dev.width[5], 1);
	T_EQ(vionic_transport_config16(&dev.tp, 10, &half), 0);
	T_EQ(half, 0x0b0a);
	T_EQ(dev.width[0], 2);
	T_EQ(vionic_transport_config32(&dev.tp, 4, &full), 0);
	T_EQ(full, 0x07060504);
	T_EQ(dev.width[0], 4);
	T_EQ(vionic_transport_config(&dev.tp, 6, buf, 4), 0);
	T_EQ(memcmp(buf, "\6\7\10\11", 4), 0);
	T_EQ(dev.width[0], 1);
	T_EQ(vionic_transport_config(&dev.tp, 3, buf, 2), 0);
	T_EQ(memcmp(buf, "\3\4", 2), 0);
	T_EQ(dev.width[0], 1);
	T_WRITES("");
	T_CASE("config: fields by their width, others byte by byte");
	T_EQ(vionic_transport_config(&dev.tp, CONFIG_LEN - 4, buf, 4), 0);
	T_EQ(vionic_transport_config(&dev.tp, CONFIG_LEN, buf, 0), 0);
	T_EQ(vionic_transport_config(&dev.tp, CONFIG_LEN - 3, buf, 4), -EINVAL);
	T_EQ(vionic_transport_config(&dev.tp, CONFIG_LEN, buf, 1), -EINVAL);
	T_EQ(vionic_transport_config(&dev.tp, ~0u, buf, 1), -EINVAL);
	T_EQ(vionic_transport_config(&dev.tp, 8, buf, ~0u), -EINVAL);
	T_CASE("config: within the structure");
	dev.gone = true;
	T_EQ(vionic_transport_config16(&dev.tp, 10, &half), -ENODEV);
	T_EQ(vionic_transport_config_write(&dev.tp, 0, buf, 1), -EOPNOTSUPP);
	T_CASE("config: a device that is gone; no writes");
}

/* 2.5.1: all bytes are of one generation */
static void test_generation(void)
{
	u32 at, i;
	u8 buf[8];
	int err;

	for (at = 1; at <= 6; at++) {
		begun();
		dev.change_after = at;
		dev.changes = 1;
		T_EQ(vionic_transport_config(&dev.tp, 0, buf, 6), 0);
		for (i = 1; i < 6; i++)
			T_EQ(buf[i], buf[0] + i);
		T_EQ(buf[0], 0x10);
		T_EQ(dev.changes, 0);
	}
	begun();
	dev.change_after = 3;
	dev.changes = 20;
	T_EQ(vionic_transport_config(&dev.tp, 0, buf, 6), 0);
	for (i = 1; i < 6; i++)
		T_EQ(buf[i], buf[0] + i);
	T_CASE("config: read again if it changed meanwhile");
	dev.changes = ENDLESS;
	dev.config_reads = 0;
	err = vionic_transport_config(&dev.tp, 0, buf, 6);
	T_EQ(err, -EAGAIN);
	T_EQ(dev.config_reads, 600);
	T_CASE("config: 100 times at most");
}

static void test_vector(void)
{
	begun();
	T_EQ(vionic_transport_config_vector(&dev.tp, 3), 0);
	T_WRITES("config_vector=3");
	T_EQ(vionic_transport_config_vector(&dev.tp, NO_VECTOR), 0);
	T_WRITES("config_vector=ffff");
	dev.no_vectors = true;
	T_EQ(vionic_transport_config_vector(&dev.tp, 3), -EBUSY);
	T_EQ(vionic_transport_config_vector(&dev.tp, NO_VECTOR), 0);
	T_CASE("config vector: the device says whether it has room");
}

static void test_queue_max(void)
{
	begun();
	T_EQ(vionic_transport_queue_max(&dev.tp, 0), 256);
	T_WRITES("select=0");
	T_EQ(vionic_transport_queue_max(&dev.tp, 2), 1024);
	T_WRITES("select=2");
	T_EQ(vionic_transport_queue_max(&dev.tp, 3), 0);
	T_EQ(vionic_transport_queue_max(&dev.tp, 0xffff), 0);
	T_WRITES("");
	T_CASE("queue_max: of the queue, or 0 if there is none");
}

static const struct vionic_queue_setup setup = {
	.desc = 0x1234567890,
	.driver = 0x2345678901,
	.device = 0x3456789012,
	.num = 128,
	.vector = 5,
};

/* 4.1.5.1.3: the queue is enabled last */
static void test_enable(void)
{
	struct vionic_doorbell bell;

	accepted(0);
	T_EQ(vionic_transport_queue_enable(&dev.tp, 1, &setup, &bell), 0);
	T_WRITES("select=1 size=80 desc=34567890 desc_hi=12 driver=45678901 "
		 "driver_hi=23 device=56789012 device_hi=34 vector=5 enable=1");
	T_TRUE(bell.addr == dev.bar[4] + AT_NOTIFY + 2 * NOTIFY_MULT);
	T_EQ(bell.data, 1);
	T_CASE("queue_enable: all of its registers, then enable");
	T_EQ(vionic_transport_queue_enable(&dev.tp, 3, &setup, &bell), -ENOENT);
	T_WRITES("");
	dev.other_size = true;
	T_EQ(vionic_transport_queue_enable(&dev.tp, 1, &setup, &bell), -EINVAL);
	T_WRITES("select=1 size=80");
	dev.other_size = false;
	dev.queue[0].notify_off = NOTIFY_LEN / NOTIFY_MULT;
	T_EQ(vionic_transport_queue_enable(&dev.tp, 0, &setup, &bell), -EINVAL);
	T_WRITES("select=0");
	dev.no_vectors = true;
	T_EQ(vionic_transport_queue_enable(&dev.tp, 2, &setup, &bell), -EBUSY);
	T_FALSE(strstr(dev.writes, "enable="));
	dev.writes[0] = 0;
	dev.gone = true;
	T_EQ(vionic_transport_queue_enable(&dev.tp, 1, &setup, &bell), -ENODEV);
	T_WRITES("");
	T_CASE("queue_enable: what is refused is not enabled");
}

/* 4.1.4.4, 4.1.5.2 */
static void test_doorbell(void)
{
	struct vionic_doorbell bell;

	accepted(1u << (39 - 32));
	T_EQ(vionic_transport_queue_enable(&dev.tp, 2, &setup, &bell), 0);
	T_EQ(bell.data, 0x72);
	vionic_transport_kick(&bell);
	T_EQ(dev.doorbell, 0x72);
	T_EQ(dev.doorbell_at, NOTIFY_MULT);
	T_CASE("kick: with the number that the device wants");
	accepted(1u << (38 - 32));
	T_EQ(vionic_transport_queue_enable(&dev.tp, 2, &setup, &bell), 0);
	T_EQ(bell.data, 2);
	vionic_transport_kick_data(&bell, 0x8765);
	T_EQ(dev.doorbell, 0x87650002);
	T_EQ(dev.doorbell_at, NOTIFY_MULT);
	T_CASE("kick: with notification data");
	/* two bytes are there, four are not */
	dev.tp.bells.len = 2 * NOTIFY_MULT - 2;
	T_EQ(vionic_transport_queue_enable(&dev.tp, 2, &setup, &bell), -EINVAL);
	accepted(0);
	dev.tp.bells.len = 2 * NOTIFY_MULT - 2;
	T_EQ(vionic_transport_queue_enable(&dev.tp, 2, &setup, &bell), 0);
	T_CASE("kick: within the structure, by its width");
}

/* 4.1.5.1.4: both registers have to be read as 0 */
static void test_queue_reset(void)
{
	accepted(1u << (40 - 32));
	dev.reset_busy = 4;
	T_EQ(vionic_transport_queue_reset(&dev.tp, 1), 0);
	T_WRITES("select=1 reset=1");
	T_EQ(dev.reset_busy, 0);
	dev.enable_busy = 4;
	T_EQ(vionic_transport_queue_reset(&dev.tp, 2), 0);
	T_WRITES("select=2 reset=1");
	T_EQ(dev.enable_busy, 0);
	T_CASE("queue_reset: awaited until the queue is disabled");
	dev.reset_busy = ENDLESS;
	T_EQ(vionic_transport_queue_reset(&dev.tp, 1), -ETIMEDOUT);
	dev.reset_busy = 0;
	dev.enable_busy = ENDLESS;
	T_EQ(vionic_transport_queue_reset(&dev.tp, 1), -ETIMEDOUT);
	dev.gone = true;
	T_EQ(vionic_transport_queue_reset(&dev.tp, 1), -ENODEV);
	dev.writes[0] = 0;
	T_EQ(vionic_transport_queue_reset(&dev.tp, 1), -ENODEV);
	T_WRITES("");
	T_CASE("queue_reset: with an end");
}

static void test_isr(void)
{
	begun();
	dev.isr = 3;
	T_EQ(vionic_transport_isr(&dev.tp), 3);
	dev.isr = 0;
	T_EQ(vionic_transport_isr(&dev.tp), 0);
	dev.gone = true;
	T_EQ(vionic_transport_isr(&dev.tp), 0);
	T_CASE("isr: none of a device that is gone");
}

static void test_dump(void)
{
	u32 regs[VIONIC_COMMON_REGS];
	u32 queue[VIONIC_QUEUE_REGS];
	u32 i;

	accepted(0);
	dev.config_vector = 7;
	dev.generation = 9;
	vionic_transport_dump(&dev.tp, regs);
	for (i = 0; i < 4; i++)
		T_EQ(regs[i], 0x01020304 << i);
	T_EQ(regs[4], 7);
	T_EQ(regs[5], QUEUES);
	T_EQ(regs[6], 0xb);
	T_EQ(regs[7], 9);
	T_EQ(regs[8], NOTIFY_MULT);
	dev.queue[2].vector = 6;
	dev.queue[2].enable = 1;
	vionic_transport_queue_dump(&dev.tp, 2, queue);
	T_EQ(queue[0], 1024);
	T_EQ(queue[1], 6);
	T_EQ(queue[2], 1);
	T_EQ(queue[3], 1);
	T_EQ(queue[4], 0x11110002);
	T_EQ(queue[5], 0x22220002);
	T_EQ(queue[6], 0x33330002);
	T_CASE("dump: each register at its place");
}

int main(void)
{
	tap_begin();
	test_map();
	test_begin();
	test_accept();
	test_status();
	test_reset();
	test_config();
	test_generation();
	test_vector();
	test_queue_max();
	test_enable();
	test_doorbell();
	test_queue_reset();
	test_isr();
	test_dump();
	return tap_end();
}
