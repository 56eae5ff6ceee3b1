/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Numbers in frames: big endian, and not aligned.
 */
#ifndef _DEVICE_FRAME_H
#define _DEVICE_FRAME_H

#include <linux/types.h>

static inline u16 get16(const u8 *at)
{
	return at[0] << 8 | at[1];
}

static inline u32 get32(const u8 *at)
{
	return (u32)get16(at) << 16 | get16(at + 2);
}

static inline void put16(u8 *at, u16 val)
{
	at[0] = val >> 8;
	at[1] = val & 0xff;
}

/* For a checksum, without carries being added; an even number of bytes */
static inline u32 sum16(const u8 *at, u32 bytes)
{
	u32 sum = 0, i;

	for (i = 0; i < bytes; i += 2)
		sum += get16(at + i);
	return sum;
}

#endif /* _DEVICE_FRAME_H */
