// SPDX-License-Identifier: GPL-2.0
/*
 * Which words that another CPU or the device can access each operation of a ring reads
 * and writes, in which order, and where the barriers are (virtio 1.3, 2.7 and 2.8). Each
 * list here is complete: an access that became a plain one, a barrier that is missing,
 * too weak or misplaced, and a second read of the same word all change a list.
 */
#include <linux/kernel.h>
#include <stdio.h>
#include "rig.h"
#include "tap.h"

#define NUM_MAX		8	/* entries of the rings here */
#define EVENTS_MAX	32
#define NAME_MAX	32

/* What the hook has recorded */
static struct {
	struct rig *rig;
	char name[EVENTS_MAX][NAME_MAX];
	u32 events;
	u32 wrong_barriers;	/* for another kind of device than this one */
	u32 released;		/* releases */
	struct vionic_slot slot[NUM_MAX];	/* as of the last release */
	u16 free_ids[NUM_MAX];
} rec;

static const char *private_word(const volatile void *addr)
{
	const struct vionic_ring *r = &rec.rig->ring;
	u32 i;
	static const char *const slot[] = {
		"slot0", "slot1", "slot2", "slot3", "slot4", "slot5", "slot6",
		"slot7",
	};

	for (i = 0; i < r->num; i++)
		if (addr == &r->slot[i].ndesc)
			return slot[i];
	return addr == &r->avail_idx ? "avail_idx" :
	       addr == &r->free_head ? "free_head" :
	       addr == &r->free_tail ? "free_tail" :
	       addr == &r->used_idx ? "used_idx" :
	       addr == &r->used_pos ? "used_pos" :
	       addr == &r->broken ? "broken" :
	       addr == &r->batch ? "batch" : NULL;
}

/* Offsets of 2.7.5, 2.7.6, 2.7.8 */
static const char *split_word(const volatile void *addr)
{
	const struct fakedev *dev = &rec.rig->dev;
	const volatile u8 *at = addr;
	u32 num = dev->num;

	return at == dev->avail ? "ring.avail_flags" :
	       at == dev->avail + 2 ? "ring.avail_idx" :
	       at == dev->avail + 4 + 2 * num ? "ring.used_event" :
	       at == dev->used ? "ring.used_flags" :
	       at == dev->used + 2 ? "ring.used_idx" :
	       at == dev->used + 4 ? "ring.id0" :
	       at == dev->used + 8 ? "ring.len0" :
	       at == dev->used + 12 ? "ring.id1" :
	       at == dev->used + 16 ? "ring.len1" :
	       at == dev->used + 4 + 8 * num ? "ring.avail_event" : "unknown";
}

/* 2.8.13, 2.8.14 */
static const char *packed_word(const volatile void *addr)
{
	const struct fakedev *dev = &rec.rig->dev;
	const volatile u8 *at = addr;

	return at == dev->avail ? "ring.driver_event" :
	       at == dev->used ? "ring.device_event" :
	       at == dev->desc + 8 ? "ring.len0" :
	       at == dev->desc + 12 ? "ring.id0" :
	       at == dev->desc + 14 ? "ring.flags0" :
	       at == dev->desc + 16 + 14 ? "ring.flags1" :
	       at == dev->desc + 32 + 8 ? "ring.len2" :
	       at == dev->desc + 32 + 12 ? "ring.id2" :
	       at == dev->desc + 32 + 14 ? "ring.flags2" : "unknown";
}

static const char *word(const volatile void *addr)
{
	const char *name = private_word(addr);

	if (name)
		return name;
	return rig_packed(rec.rig) ? packed_word(addr) : split_word(addr);
}

static void record(enum unit_point point, const volatile void *addr)
{
	static const char *const verb[] = {
		[UNIT_READ] = "read ", [UNIT_WRITE] = "write ",
		[UNIT_ACQUIRE] = "acquire ", [UNIT_RELEASE] = "release ",
		[UNIT_RMB] = "rmb", [UNIT_WMB] = "wmb", [UNIT_MB] = "mb",
	};
	const struct vionic_ring *r = &rec.rig->ring;
	bool barrier = point >= UNIT_RMB;

	if (barrier)
		rec.wrong_barriers += (addr == UNIT_PLATFORM) != r->hardware;
	if (point == UNIT_RELEASE) {
		rec.released++;
		memcpy(rec.slot, r->slot, r->num * sizeof(*r->slot));
		memcpy(rec.free_ids, r->free_ids,
		       r->num * sizeof(*r->free_ids));
	}
	if (rec.events < EVENTS_MAX)
		snprintf(rec.name[rec.events++], NAME_MAX, "%s%s", verb[point],
			 barrier ? "" : word(addr));
}

static void begin(struct rig *rig)
{
	memset(&rec, 0, sizeof(rec));
	rec.rig = rig;
	unit_hook_fn = record;
}

static bool is_read(u32 i)
{
	return !strncmp(rec.name[i], "read ", 5);
}

/* The compiler chooses the order of reads next to each other */
static void sort_reads(void)
{
	char name[NAME_MAX];
	u32 i, k;

	for (i = 1; i < rec.events; i++)
		for (k = i; k && is_read(k) && is_read(k - 1) &&
		     strcmp(rec.name[k], rec.name[k - 1]) < 0; k--) {
			memcpy(name, rec.name[k], NAME_MAX);
			memcpy(rec.name[k], rec.name[k - 1], NAME_MAX);
			memcpy(rec.name[k - 1], name, NAME_MAX);
		}
}

/* The operation @what has ended: was the list of accesses @want? */
static void end(const char *what, const char *want)
{
	char got[EVENTS_MAX * NAME_MAX] = "";
	u32 i;

	unit_hook_fn = NULL;
	sort_reads();
	for (i = 0; i < rec.events; i++)
		sprintf(got + strlen(got), "%s%s", i ? ", " : "", rec.name[i]);
	if (strcmp(got, want))
		printf("# %s: %s: got  %s\n# want %s\n", rec.rig->name, what,
		       got, want);
	T_TRUE(!strcmp(got, want));
	T_EQ(rec.wrong_barriers, 0);
}

/* What another CPU may read once it sees the release is complete by then: but for the
 * released word itself, slot @id of the chain if that is one, nothing changes after it.
 */
static void check_release(struct rig *rig, u32 id)
{
	const struct vionic_ring *r = &rig->ring;
	u32 i;

	T_EQ(rec.released, 1);
	for (i = 0; i < r->num; i++) {
		T_EQ(r->slot[i].next, rec.slot[i].next);
		T_TRUE(i == id || r->slot[i].ndesc == rec.slot[i].ndesc);
		T_EQ(r->free_ids[i], rec.free_ids[i]);
	}
}

#define NONE	0xffffffffu

static void add(struct rig *rig)
{
	begin(rig);
	rig_add(rig, 1, 1, 0);
	end("add two descriptors",
	    "write free_head, write free_head, release slot0, write avail_idx");
	check_release(rig, 0);
	T_EQ(rig->ring.slot[0].ndesc, 2);
}

static void publish(struct rig *rig)
{
	begin(rig);
	rig_publish(rig);
	end("publish", rig_packed(rig) ? "wmb, write ring.flags0" :
					 "wmb, write ring.avail_idx");
}

static void need_kick(struct rig *rig)
{
	begin(rig);
	rig_need_kick(rig);
	end("need_kick", rig_packed(rig) ? "mb, read ring.device_event" :
	    rig->ring.event_idx ? "mb, read ring.avail_event" :
				  "mb, read ring.used_flags");
}

static void pop_empty(struct rig *rig)
{
	struct vionic_used_buf buf;

	begin(rig);
	T_EQ(rig_pop(rig, &buf), VIONIC_RING_EMPTY);
	end("pop of an empty ring", rig_packed(rig) ?
	    "read broken, read ring.flags0" : "read broken, read ring.used_idx");
}

/* The first of two used buffers: the device's index or flags are read too */
static void pop_first(struct rig *rig, struct vionic_used_buf *buf)
{
	static const char *const want[] = {
		[VIONIC_SPLIT] =
		"read broken, read ring.used_idx, rmb, read avail_idx, "
		"read ring.id0, read ring.len0, read used_idx, acquire slot0, "
		"write used_idx",
		[VIONIC_SPLIT_IN_ORDER] =
		"read broken, read ring.used_idx, rmb, read avail_idx, "
		"read ring.id0, read ring.len0, read slot0, read used_idx, "
		"acquire slot0, write used_idx",
		[VIONIC_PACKED] =
		"read broken, read ring.flags0, rmb, read ring.id0, "
		"read ring.len0, acquire slot0, write used_idx, write used_pos",
		[VIONIC_PACKED_IN_ORDER] =
		"read broken, read ring.flags0, rmb, read ring.id0, "
		"read ring.len0, read slot0, acquire slot0, write used_idx, "
		"write used_pos",
	};

	begin(rig);
	T_EQ(rig_pop(rig, buf), VIONIC_RING_OK);
	end("pop of the first of two buffers", want[rig->l]);
}

/* Of a split ring the index that was read already covers it */
static void pop_second(struct rig *rig, struct vionic_used_buf *buf)
{
	static const char *const want[] = {
		[VIONIC_SPLIT] =
		"read ring.id1, read ring.len1, acquire slot2, write used_idx",
		[VIONIC_SPLIT_IN_ORDER] =
		"read ring.id1, read ring.len1, read slot2, acquire slot2, "
		"write used_idx",
		[VIONIC_PACKED] =
		"read broken, read ring.flags2, rmb, read ring.id2, "
		"read ring.len2, acquire slot2, write used_idx, write used_pos",
		[VIONIC_PACKED_IN_ORDER] =
		"read broken, read ring.flags2, rmb, read ring.id2, "
		"read ring.len2, read slot2, acquire slot2, write used_idx, "
		"write used_pos",
	};

	begin(rig);
	T_EQ(rig_pop(rig, buf), VIONIC_RING_OK);
	end("pop of the second of two buffers", want[rig->l]);
}

static void free_buf(struct rig *rig, const struct vionic_used_buf *buf)
{
	begin(rig);
	rig_free_buf(rig, buf);
	end("free", "release free_tail");
	check_release(rig, NONE);
	begin(rig);
	vionic_ring_free_count(&rig->ring);
	end("free_count", "acquire free_tail, read free_head");
}

static void irq_off(struct rig *rig)
{
	begin(rig);
	rig_irq_off(rig);
	end("irq_off", rig_packed(rig) ? "write ring.driver_event" :
	    rig->ring.event_idx ? "read used_idx, write ring.used_event" :
				  "write ring.avail_flags");
}

static void irq_on(struct rig *rig, bool used)
{
	static const char *const want[2][2] = {
		{ "read used_idx, write ring.avail_flags, mb, "
		  "read ring.used_idx",
		  "read used_idx, write ring.avail_flags, mb, read broken, "
		  "read ring.used_idx" },
		{ "read used_idx, write ring.used_event, mb, "
		  "read ring.used_idx",
		  "read used_idx, write ring.used_event, mb, read broken, "
		  "read ring.used_idx" },
	};

	begin(rig);
	T_EQ(rig_irq_on(rig, 0), used);
	end("irq_on", !rig_packed(rig) ? want[rig->ring.event_idx][used] : used ?
	    "read used_pos, write ring.driver_event, mb, read batch, "
	    "read broken, read ring.flags0, read used_pos" :
	    "read used_pos, write ring.driver_event, mb, read batch, "
	    "read ring.flags0, read used_pos");
}

static void rewind_two(struct rig *rig)
{
	begin(rig);
	rig_regret(rig, 1, 1, 0);
	end("put and rewind of two descriptors", rig_packed(rig) ?
	    "write free_head, write free_head, write free_head, "
	    "write free_head" :
	    "write free_head, write free_head, write free_head");
}

/* An id that no descriptor has */
static void break_ring(struct rig *rig)
{
	struct vionic_used_buf buf;

	rig_claim(rig, 0xffff, 0);
	T_EQ(rig_pop(rig, &buf), VIONIC_RING_BROKEN);
	begin(rig);
	T_EQ(rig_pop(rig, &buf), VIONIC_RING_BROKEN);
	end("pop of a broken ring", rig_packed(rig) ? "read broken" :
	    "read broken, read ring.used_idx");
	T_FALSE(rig_irq_on(rig, 0));
}

static void test_list(struct rig *rig)
{
	struct vionic_used_buf first, second;

	rig_reset(rig);
	rewind_two(rig);
	add(rig);
	publish(rig);
	need_kick(rig);
	pop_empty(rig);
	irq_off(rig);
	irq_on(rig, false);
	rig_add(rig, 1, 1, 0);
	rig_publish(rig);
	rig_echo(rig, 0);
	rig_echo(rig, 0);
	fakedev_flush(&rig->dev);
	irq_on(rig, true);
	pop_first(rig, &first);
	pop_second(rig, &second);
	free_buf(rig, &first);
	free_buf(rig, &second);
	T_EQ(vionic_ring_free_count(&rig->ring), rig->ring.num);
	rig_add(rig, 1, 1, 0);
	rig_publish(rig);
	break_ring(rig);
	T_CASE("%s: shared words and barriers of each operation", rig->name);
}

/* In order, what follows the first buffer of a batch needs no look at the ring */
static void test_batch(struct rig *rig)
{
	struct vionic_used_buf buf;

	if (!rig_in_order(rig))
		return;
	rig_reset(rig);
	rig->dev.batch = 2;
	rig_add(rig, 1, 1, 0);
	rig_add(rig, 1, 1, 0);
	rig_publish(rig);
	rig_echo(rig, 0);
	rig_echo(rig, 0);
	fakedev_flush(&rig->dev);
	T_EQ(rig_pop(rig, &buf), VIONIC_RING_OK);
	begin(rig);
	T_EQ(rig_pop(rig, &buf), VIONIC_RING_OK);
	end("pop within a batch", rig_packed(rig) ?
	    "read broken, acquire slot2, write used_idx, write used_pos" :
	    "acquire slot2, write used_idx");
	T_CASE("%s: shared words of a batch", rig->name);
}

int main(void)
{
	u32 l, num, event_idx;

	tap_begin();
	/* rig_new() takes rings of 4 entries for VIRTIO_F_ORDER_PLATFORM */
	for (l = 0; l < RIG_LAYOUTS; l++)
		for (num = 4; num <= NUM_MAX; num *= 2)
			for (event_idx = 0; event_idx < 2; event_idx++) {
				struct rig *rig = rig_new(l, num, event_idx);

				test_list(rig);
				test_batch(rig);
				rig_free(rig);
			}
	return tap_end();
}
