/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's barriers as C11 has them. The device of these tests is another
 * thread, or a hook of the test itself: dma_ and virt_ differ only in what they
 * tell the hook.
 */
#ifndef _UNIT_ASM_BARRIER_H
#define _UNIT_ASM_BARRIER_H

#include <linux/compiler.h>

/* Under the thread sanitizer, which knows no fences, a full barrier is a locked
 * operation on this word and the weaker ones come with READ_ONCE() and
 * WRITE_ONCE().
 */
#ifdef UNIT_TSAN
extern int unit_fence_word;
#define unit_fence(order)						\
	((order) == __ATOMIC_SEQ_CST ?					\
	 (void)__atomic_fetch_add(&unit_fence_word, 1, (order)) : (void)0)
#else
#define unit_fence(order)	__atomic_thread_fence(order)
#endif

#define UNIT_BARRIER(point, addr, order)				\
	(unit_fence(order), unit_hook(point, addr))

#define mb()		UNIT_BARRIER(UNIT_MB, UNIT_PLATFORM, __ATOMIC_SEQ_CST)
#define virt_mb()	UNIT_BARRIER(UNIT_MB, NULL, __ATOMIC_SEQ_CST)
#define dma_rmb()	UNIT_BARRIER(UNIT_RMB, UNIT_PLATFORM, __ATOMIC_ACQUIRE)
#define virt_rmb()	UNIT_BARRIER(UNIT_RMB, NULL, __ATOMIC_ACQUIRE)
#define dma_wmb()	UNIT_BARRIER(UNIT_WMB, UNIT_PLATFORM, __ATOMIC_RELEASE)
#define virt_wmb()	UNIT_BARRIER(UNIT_WMB, NULL, __ATOMIC_RELEASE)

#define smp_load_acquire(p)						\
	(unit_hook(UNIT_ACQUIRE, p), __atomic_load_n(p, __ATOMIC_ACQUIRE))
#define smp_store_release(p, v)						\
	(unit_hook(UNIT_RELEASE, p),					\
	 __atomic_store_n(p, (__typeof__(*(p)))(v), __ATOMIC_RELEASE))

#endif /* _UNIT_ASM_BARRIER_H */
