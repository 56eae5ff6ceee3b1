/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's integer types and byte orders for user space, on top of the
 * UAPI header of the same name.
 */
#ifndef _UNIT_LINUX_TYPES_H
#define _UNIT_LINUX_TYPES_H

#include_next <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <linux/compiler.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

/* Byte @i of a little-endian number of @size bytes lies at this offset. With
 * UNIT_FOREIGN_ENDIAN both sides of the tests agree on the reverse of the
 * host's order, so that a conversion left out anywhere shows.
 */
#if !defined(UNIT_FOREIGN_ENDIAN) || __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define UNIT_LE_BYTE(i, size)	(i)
#else
#define UNIT_LE_BYTE(i, size)	((size) - 1 - (i))
#endif

#define UNIT_DEFINE_LE(bits)						\
static inline __le##bits cpu_to_le##bits(u##bits v)			\
{									\
	u8 b[sizeof(v)];						\
	__le##bits le;							\
	size_t i;							\
									\
	for (i = 0; i < sizeof(v); i++)					\
		b[UNIT_LE_BYTE(i, sizeof(v))] = v >> (8 * i);		\
	memcpy(&le, b, sizeof(le));					\
	return le;							\
}									\
									\
static inline u##bits le##bits##_to_cpu(__le##bits le)			\
{									\
	u8 b[sizeof(le)];						\
	u##bits v = 0;							\
	size_t i;							\
									\
	memcpy(b, &le, sizeof(le));					\
	for (i = 0; i < sizeof(v); i++)					\
		v |= (u##bits)b[UNIT_LE_BYTE(i, sizeof(v))] << (8 * i);	\
	return v;							\
}

UNIT_DEFINE_LE(16)
UNIT_DEFINE_LE(32)
UNIT_DEFINE_LE(64)

#endif /* _UNIT_LINUX_TYPES_H */
