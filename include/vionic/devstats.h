/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Statistics that the device keeps (virtio 1.4, 5.1.6.5.11): what there is, and
 * taking an answer apart. Pure: also compiles in user space (selftests/unit).
 */
#ifndef _VIONIC_DEVSTATS_H
#define _VIONIC_DEVSTATS_H

#include <linux/kernel.h>
#include <vionic/wire.h>

#define VIONIC_DEVSTATS_VALUES	6	/* most of one type */

/* A queue's types, each a bit of what the device says that it has */
#define VIONIC_DEVSTATS_RX	0x0000000full
#define VIONIC_DEVSTATS_TX	0x000f0000ull
#define VIONIC_DEVSTATS_CTRL	0x100000000ull

/* Longest answer about one queue: all of its four types */
#define VIONIC_DEVSTATS_REPLY	(4 * (sizeof(struct vionic_stats_hdr) + \
				      VIONIC_DEVSTATS_VALUES * sizeof(__le64)))

/**
 * struct vionic_devstats_type - one group of counters
 * @bit:	its number, in the device's set and in answers
 * @num:	how many counters
 * @name:	their names, in the order of the answer
 */
struct vionic_devstats_type {
	u8 bit;
	u8 num;
	const char *name[VIONIC_DEVSTATS_VALUES];
};

static const struct vionic_devstats_type vionic_devstats_types[] = {
	{ 0, 6, { "notifications", "packets", "bytes", "interrupts", "drops",
		  "drop_overruns" } },
	{ 1, 4, { "csum_valid", "needs_csum", "csum_none", "csum_bad" } },
	{ 2, 4, { "gso_packets", "gso_bytes", "gso_packets_coalesced",
		  "gso_bytes_coalesced" } },
	{ 3, 2, { "packets_allowance_exceeded", "bytes_allowance_exceeded" } },
	{ 16, 6, { "notifications", "packets", "bytes", "interrupts", "drops",
		   "drop_malformed" } },
	{ 17, 2, { "csum_none", "needs_csum" } },
	{ 18, 6, { "gso_packets", "gso_bytes", "gso_segments",
		   "gso_segments_bytes", "gso_packets_noseg",
		   "gso_bytes_noseg" } },
	{ 19, 2, { "packets_allowance_exceeded", "bytes_allowance_exceeded" } },
	{ 32, 2, { "commands", "commands_ok" } },
};

/**
 * vionic_devstats_num() - counters that a set of types has
 * @types: set of bits
 *
 * Return: how many.
 */
static inline unsigned int vionic_devstats_num(u64 types)
{
	const struct vionic_devstats_type *t = vionic_devstats_types;
	const struct vionic_devstats_type *end =
		t + ARRAY_SIZE(vionic_devstats_types);
	unsigned int num = 0;

	for (; t < end; t++)
		if (types >> t->bit & 1)
			num += t->num;
	return num;
}

/* Where the counters of a type are among those of a set; -1: nowhere */
static inline int vionic_devstats_place(u64 types, u8 bit, u16 size)
{
	const struct vionic_devstats_type *t = vionic_devstats_types;
	const struct vionic_devstats_type *end =
		t + ARRAY_SIZE(vionic_devstats_types);

	for (; t < end; t++)
		if (t->bit == bit)
			break;
	if (t == end || !(types >> bit & 1) ||
	    size != sizeof(struct vionic_stats_hdr) + t->num * sizeof(__le64))
		return -1;
	return vionic_devstats_num(types & ((1ull << bit) - 1));
}

/**
 * vionic_devstats_parse() - take an answer about one queue apart
 * @reply:	a private copy of it
 * @len:	bytes
 * @vq:		the queue
 * @types:	what was asked for
 * @values:	vionic_devstats_num(@types) zeroes, filled in
 *
 * What was not asked for, or is not as long as it should be, is passed over;
 * behind an entry of no possible length there is nothing to be found.
 */
static inline void vionic_devstats_parse(const void *reply, size_t len, u16 vq,
					 u64 types, u64 *values)
{
	while (len >= sizeof(struct vionic_stats_hdr)) {
		const struct vionic_stats_hdr *hdr = reply;
		const __le64 *from = reply + sizeof(*hdr);
		u16 size = le16_to_cpu(hdr->size);
		int place;
		u16 i;

		if (size < sizeof(*hdr) || size > len || size % 8)
			return;
		place = vionic_devstats_place(types, hdr->type, size);
		if (place >= 0 && le16_to_cpu(hdr->vq) == vq)
			for (i = 0; i < (size - sizeof(*hdr)) / 8; i++)
				values[place + i] = le64_to_cpu(from[i]);
		reply += size;
		len -= size;
	}
}

#endif /* _VIONIC_DEVSTATS_H */
