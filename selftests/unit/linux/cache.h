/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Cache line alignment for user space.
 */
#ifndef _UNIT_LINUX_CACHE_H
#define _UNIT_LINUX_CACHE_H

#define SMP_CACHE_BYTES		64
#define ____cacheline_aligned	__attribute__((aligned(SMP_CACHE_BYTES)))

#endif /* _UNIT_LINUX_CACHE_H */
