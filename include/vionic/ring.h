/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Index arithmetic and barriers that every ring layout shares. Pure: also
 * compiles in user space (selftests/unit).
 */
#ifndef _VIONIC_RING_H
#define _VIONIC_RING_H

#include <linux/types.h>
#include <asm/barrier.h>
#include <vionic/wire.h>

#define VIONIC_RING_MAX		32768	/* entries, 2.7 */

/* What a look into the used ring can yield besides a buffer */
enum vionic_ring_state {
	VIONIC_RING_OK,		/* a buffer was taken */
	VIONIC_RING_EMPTY,	/* the device has used nothing more */
	VIONIC_RING_BROKEN,	/* the device wrote nonsense: only a reset helps */
};

/* One buffer (a chain of descriptors) that the device gave back */
struct vionic_used_buf {
	u32 len;	/* bytes written, as the device says: check before use */
	u16 id;		/* head descriptor; index into the owner's shadow array */
	u16 ndesc;	/* descriptors in the chain */
};

/**
 * vionic_ring_need_event() - was an event index passed?
 * @event:	index after which the other side wants to hear of us
 * @new:	our index now
 * @old:	our index when we last asked
 *
 * All indices run freely through 16 bits (2.7.7.2, 2.7.10).
 *
 * Return: true if @event lies in [@old, @new).
 */
static inline bool vionic_ring_need_event(u16 event, u16 new, u16 old)
{
	return (u16)(new - event - 1) < (u16)(new - old);
}

/* A device that did not accept VIRTIO_F_ORDER_PLATFORM runs on a CPU of this
 * machine and is ordered as another CPU is; one that did is ordered as
 * hardware is (6.1). The virt_ variants stay in force on kernels built for one
 * CPU, as the device runs on another.
 */
static inline void vionic_wmb(bool hardware)
{
	if (hardware)
		dma_wmb(); /* entries before the index that shows them */
	else
		virt_wmb(); /* likewise */
}

static inline void vionic_rmb(bool hardware)
{
	if (hardware)
		dma_rmb(); /* the device's index before what it covers */
	else
		virt_rmb(); /* likewise */
}

static inline void vionic_mb(bool hardware)
{
	if (hardware)
		mb(); /* what we wrote before what the device wishes */
	else
		virt_mb(); /* likewise */
}

#endif /* _VIONIC_RING_H */
