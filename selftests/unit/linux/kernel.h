/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the code under test takes from the kernel's header of this name.
 */
#ifndef _UNIT_LINUX_KERNEL_H
#define _UNIT_LINUX_KERNEL_H

#include <linux/build_bug.h>
#include <linux/types.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define BIT(n)		(1ul << (n))
#define sizeof_field(type, field) sizeof(((type *)0)->field)
#define IS_ALIGNED(x, a) (((x) & ((__typeof__(x))(a) - 1)) == 0)
#define IS_ENABLED(option) 0	/* none is */
#define lower_32_bits(n) ((u32)((n) & 0xffffffff))
#define upper_32_bits(n) ((u32)((u64)(n) >> 32))

#endif /* _UNIT_LINUX_KERNEL_H */
