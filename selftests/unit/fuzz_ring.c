// SPDX-License-Identifier: GPL-2.0
/*
 * Any sequence of steps of a driver that keeps the ring's contract, against a
 * device that writes anything at any time. The bytes of the input choose the
 * steps and what the device writes between any two reads of the driver. An
 * account of its own says which buffers are in flight; the ring must agree.
 */
#include <linux/kernel.h>
#include "fuzz.h"
#include "rig.h"

#define NUM_MAX		64

static struct {
	struct rig *rig;
	u16 inflight[NUM_MAX];		/* by head: descriptors, 0 if not out */
	u32 ninflight;
	struct vionic_used_buf held[NUM_MAX];
	u32 nheld;
} fz;

/* An index near @base more often than not */
static u16 index_near(u16 base)
{
	u8 b = byte();

	return b == 0xff ? word() : base + (b & 0x0f) - 4;
}

static u32 any_id(void)
{
	u8 b = byte();

	return b >= 0xf0 ? (u32)word() << 16 | b : b % (fz.rig->ring.num + 1);
}

static void meddle_split(u8 what)
{
	struct fakedev *dev = &fz.rig->dev;
	u16 used = fz.rig->ring.used_idx;
	u32 id;

	switch (what) {
	case 0 ... 2:
		id = any_id();
		fakedev_raw_elem(dev, index_near(used), id, word());
		break;
	case 3:
	case 4:
		fakedev_raw_used_idx(dev, index_near(used + 4));
		break;
	case 5:
		fakedev_raw_avail_event(dev, index_near(dev->next_avail));
		fakedev_raw_used_flags(dev, byte());
		break;
	}
}

/* A used descriptor near the place where the driver looks, in some round */
static void meddle_packed(u8 what)
{
	struct fakedev *dev = &fz.rig->dev;
	u16 at = fz.rig->ring.used_pos;
	u32 num = fz.rig->ring.num;
	u32 id, ahead;
	u8 how;

	if (what == 5) {
		id = word();
		fakedev_raw_device_event(dev, id << 16 | word());
		return;
	}
	id = any_id();
	how = byte();
	ahead = (at & 0x7fff) + (what < 4 ? 0 : how % num);
	at = (at & 0x8000) | (ahead % num);
	if (ahead >= num)
		at ^= 0x8000;
	fakedev_raw_used_desc(dev, at, id, word(), how & 0x80 ? word() :
			      fakedev_used_flags(at));
}

/* One write of the device, by rights or not */
static void meddle(void)
{
	struct fakedev *dev = &fz.rig->dev;
	u8 what = byte() % 8;

	if (what == 6)
		dev->desc[word() % dev->desc_bytes] = byte();
	else if (what == 7)
		dev->avail[word() % dev->avail_bytes] = byte();
	else if (rig_packed(fz.rig))
		meddle_packed(what);
	else
		meddle_split(what);
}

static void at_access(enum unit_point point, const volatile void *addr)
{
	(void)addr;
	if (point != UNIT_WRITE && !(byte() & 3))
		meddle();
}

static void step_add(void)
{
	struct vionic_ring *r = &fz.rig->ring;
	u16 nfree = vionic_ring_free_count(r);
	u16 ndesc, head;

	MUST(nfree <= r->num);
	if (!nfree)
		return;
	ndesc = 1 + byte() % nfree;
	head = rig_head(fz.rig);
	MUST(head < r->num && !fz.inflight[head]);
	if (byte() & 1) {
		MUST(rig_regret(fz.rig, 0, 1 + byte() % nfree, 0) == head);
		MUST(rig_head(fz.rig) == head);
	}
	MUST(rig_add(fz.rig, ndesc / 2, ndesc - ndesc / 2, 0) == head);
	fz.inflight[head] = ndesc;
	fz.ninflight++;
}

static void step_publish(void)
{
	rig_publish(fz.rig);
	rig_need_kick(fz.rig);
}

static void step_pop(void)
{
	struct vionic_ring *r = &fz.rig->ring;
	struct vionic_used_buf buf;
	bool broken = r->broken;
	enum vionic_ring_state state = rig_pop(fz.rig, &buf);

	MUST(r->broken == (state == VIONIC_RING_BROKEN));
	MUST(r->broken || !broken);
	if (state != VIONIC_RING_OK)
		return;
	MUST(buf.id < r->num);
	MUST(buf.ndesc && buf.ndesc == fz.inflight[buf.id]);
	fz.inflight[buf.id] = 0;
	fz.ninflight--;
	fz.held[fz.nheld++] = buf;
}

static void step_free(void)
{
	struct vionic_used_buf buf;
	u32 k;

	if (!fz.nheld)
		return;
	k = rig_in_order(fz.rig) ? 0 : byte() % fz.nheld;
	buf = fz.held[k];
	memmove(&fz.held[k], &fz.held[k + 1],
		(--fz.nheld - k) * sizeof(fz.held[0]));
	rig_free_buf(fz.rig, &buf);
}

/* Reset the queue as one does that broke: fetch all, set up anew */
static void step_reset(void)
{
	struct vionic_ring *r = &fz.rig->ring;
	struct vionic_used_buf buf;
	u32 from = 0;

	while (vionic_ring_take_back(r, from, &buf)) {
		MUST(buf.id >= from && buf.ndesc == fz.inflight[buf.id]);
		fz.inflight[buf.id] = 0;
		fz.ninflight--;
		from = buf.id + 1u;
	}
	MUST(!fz.ninflight);
	fz.nheld = 0;
	rig_reset(fz.rig);
}

static void step(u8 what)
{
	struct vionic_ring *r = &fz.rig->ring;

	switch (what % 16) {
	case 0 ... 2:
		step_add();
		break;
	case 3:
		step_publish();
		break;
	case 4 ... 7:
		step_pop();
		break;
	case 8:
	case 9:
		step_free();
		break;
	case 10:
		rig_irq_off(fz.rig);
		break;
	case 11:
		rig_irq_on(fz.rig, byte() % r->num);
		break;
	case 12:
		if (r->broken || !(byte() & 7))
			step_reset();
		break;
	default:
		meddle();
	}
	MUST(vionic_ring_inflight(r) == fz.ninflight);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	u8 setup, num;
	enum vionic_layout l;

	memset(&fz, 0, sizeof(fz));
	fuzz_begin(data, size);
	setup = byte();
	l = setup % RIG_LAYOUTS;
	num = byte();
	fz.rig = rig_new(l, vionic_is_packed(l) ? 2u + num % (NUM_MAX - 1) :
			 2u << num % 6, setup & 0x80);
	if (setup & 0x20)	/* nobody asks for lengths */
		fz.rig->ring.fill = 0;
	if (setup & 0x40)	/* start where the indices wrap soon */
		rig_reset_at(fz.rig, 0xfff0);
	unit_hook_fn = at_access;
	while (fuzz.left)
		step(byte());
	unit_hook_fn = NULL;
	MUST(rig_intact(fz.rig, fz.held, fz.nheld));
	step_reset();
	rig_free(fz.rig);
	return 0;
}

#ifndef UNIT_LIBFUZZER
int main(int argc, char **argv)
{
	return fuzz_main(argc, argv, 40000, NULL, 0);
}
#endif
