/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Single accesses for user space, each announced to the test that asked for it.
 */
#ifndef _UNIT_LINUX_COMPILER_H
#define _UNIT_LINUX_COMPILER_H

#ifndef __packed
#define __packed	__attribute__((packed))
#endif
#ifndef __aligned
#define __aligned(n)	__attribute__((aligned(n)))
#endif
#ifndef __always_inline
#define __always_inline	inline __attribute__((always_inline))
#endif

#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)

/* What the code under test is about to do */
enum unit_point {
	UNIT_READ,	/* READ_ONCE() */
	UNIT_WRITE,	/* WRITE_ONCE() */
	UNIT_ACQUIRE,	/* smp_load_acquire() */
	UNIT_RELEASE,	/* smp_store_release() */
	UNIT_RMB,
	UNIT_WMB,
	UNIT_MB,
};

/* The address that comes with a barrier for VIRTIO_F_ORDER_PLATFORM; NULL comes with one
 * that orders CPUs only
 */
#define UNIT_PLATFORM	((const volatile void *)1)

/* A test puts a function here to act between two accesses of the driver, as
 * another CPU or the device would.
 */
#ifdef UNIT_HOOK
extern void (*unit_hook_fn)(enum unit_point point, const volatile void *addr);

static inline void unit_hook(enum unit_point point, const volatile void *addr)
{
	if (unit_hook_fn)
		unit_hook_fn(point, addr);
}
#else
static inline void unit_hook(enum unit_point point, const volatile void *addr)
{
	(void)point;
	(void)addr;
}
#endif

/* The thread sanitizer knows no fences, so there each access is ordered by
 * itself; see asm/barrier.h.
 */
#ifdef UNIT_TSAN
#define READ_ONCE(x)	__atomic_load_n(&(x), __ATOMIC_ACQUIRE)
#define WRITE_ONCE(x, v)						\
	__atomic_store_n(&(x), (__typeof__(x))(v), __ATOMIC_RELEASE)
#else
#define READ_ONCE(x)							\
	(unit_hook(UNIT_READ, &(x)),					\
	 *(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v)						\
	do {								\
		__typeof__(x) unit_v = (v);				\
									\
		unit_hook(UNIT_WRITE, &(x));				\
		*(volatile __typeof__(x) *)&(x) = unit_v;		\
	} while (0)
#endif

#endif /* _UNIT_LINUX_COMPILER_H */
