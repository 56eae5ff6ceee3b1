/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Powers of two for user space.
 */
#ifndef _UNIT_LINUX_LOG2_H
#define _UNIT_LINUX_LOG2_H

static inline unsigned long rounddown_pow_of_two(unsigned long n)
{
	return 1ul << (8 * sizeof(n) - 1 - __builtin_clzl(n));
}

#endif /* _UNIT_LINUX_LOG2_H */
