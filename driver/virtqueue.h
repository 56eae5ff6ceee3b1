/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A virtqueue: ring memory, its place in the device, and its doorbell.
 *
 * The vionic_vq_* verbs are what the data path uses. Each only chooses the
 * ring layout, which loops over packets give as a constant;
 * include/vionic/ring_*.h has the work.
 */
#ifndef _VIONIC_VIRTQUEUE_H
#define _VIONIC_VIRTQUEUE_H

#include <linux/dma-mapping.h>
#include <linux/minmax.h>
#include <vionic/ring_packed.h>
#include <vionic/ring_split.h>
#include "transport.h"

/**
 * struct vionic_vq - a virtqueue
 * @ring:	the ring
 * @bell:	where to kick, once enabled
 * @index:	number of the queue in the device
 * @layout:	of the ring
 * @notify_data: VIRTIO_F_NOTIFICATION_DATA was negotiated
 * @physical:	memory needs no mapping
 * @legacy:	the areas are one piece of memory
 * @dev:	for DMA
 * @dma:	bus addresses of the areas
 */
struct vionic_vq {
	struct vionic_ring ring;
	struct vionic_doorbell bell;
	u16 index;
	u8 layout;
	bool notify_data;
	bool physical;
	/* cold */
	bool legacy;
	struct device *dev;
	struct vionic_queue_setup dma;
};

/**
 * struct vionic_vq_params - how a virtqueue is made
 * @dev:	for DMA
 * @layout:	of the ring
 * @num:	entries, vionic_vq_num_valid()
 * @fill:	bytes that a whole buffer holds, see struct vionic_ring
 * @event_idx:	VIRTIO_F_EVENT_IDX was negotiated
 * @hardware:	VIRTIO_F_ORDER_PLATFORM was negotiated
 * @notify_data: VIRTIO_F_NOTIFICATION_DATA was negotiated
 * @physical:	the device takes physical addresses, and memory has no others
 * @indirect:	VIRTIO_F_INDIRECT_DESC was negotiated
 * @legacy:	lay the areas out as legacy devices expect it, 2.7.2; split
 *		rings only
 */
struct vionic_vq_params {
	struct device *dev;
	enum vionic_layout layout;
	u16 num;
	u32 fill;
	bool event_idx;
	bool hardware;
	bool notify_data;
	bool physical;
	bool indirect;
	bool legacy;
};

/**
 * vionic_vq_num_valid() - may a ring have this many entries?
 * @l:		its layout
 * @num:	entries
 *
 * Return: true if it may.
 */
static inline bool vionic_vq_num_valid(enum vionic_layout l, u32 num)
{
	return vionic_is_packed(l) ? vionic_packed_num_valid(num) :
	       vionic_split_num_valid(num);
}

/**
 * vionic_vq_alloc() - get memory for a ring
 * @vq:		filled in
 * @params:	what is wanted
 *
 * May sleep. The device does not know of it yet.
 *
 * Return: 0 or -ENOMEM.
 */
int vionic_vq_alloc(struct vionic_vq *vq,
		    const struct vionic_vq_params *params);

/**
 * vionic_vq_free() - release a ring's memory
 * @vq: ring that the device does not own; one never allocated is fine
 */
void vionic_vq_free(struct vionic_vq *vq);

/**
 * vionic_vq_clear() - make a ring that was used as good as new
 * @vq: ring that the device does not own, its buffers taken back
 */
void vionic_vq_clear(struct vionic_vq *vq);

/**
 * vionic_vq_enable() - hand a ring to the device
 * @vq:		ring
 * @tp:		transport
 * @index:	number of the queue
 * @vector:	MSI-X vector or VIRTIO_MSI_NO_VECTOR
 *
 * Return: as vionic_transport_queue_enable().
 */
int vionic_vq_enable(struct vionic_vq *vq, struct vionic_transport *tp,
		     u16 index, u16 vector);

static inline u16 vionic_vq_num(const struct vionic_vq *vq)
{
	return vq->ring.num;
}

static inline u16 vionic_vq_free_count(const struct vionic_vq *vq)
{
	return vionic_ring_free_count(&vq->ring);
}

static inline u16 vionic_vq_inflight(const struct vionic_vq *vq)
{
	return vionic_ring_inflight(&vq->ring);
}

static inline bool vionic_vq_broken(const struct vionic_vq *vq)
{
	return READ_ONCE(vq->ring.broken);
}

static inline bool vionic_vq_take_back(struct vionic_vq *vq, u32 from,
				       struct vionic_used_buf *buf)
{
	return vionic_ring_take_back(&vq->ring, from, buf);
}

static __always_inline u16 vionic_vq_head(const struct vionic_vq *vq,
					  enum vionic_layout l)
{
	return vionic_is_packed(l) ? vionic_packed_head(&vq->ring, l) :
	       vionic_split_head(&vq->ring, l);
}

static __always_inline u16 vionic_vq_put(struct vionic_vq *vq,
					 enum vionic_layout l, u16 head,
					 u64 addr, u32 len, u16 flags)
{
	if (vionic_is_packed(l))
		return vionic_packed_put(&vq->ring, l, head, addr, len, flags);
	return vionic_split_put(&vq->ring, l, addr, len, flags);
}

static __always_inline void vionic_vq_rewind(struct vionic_vq *vq,
					     enum vionic_layout l, u16 ndesc)
{
	if (vionic_is_packed(l))
		vionic_packed_rewind(&vq->ring, ndesc);
	else
		vionic_split_rewind(&vq->ring, ndesc);
}

static __always_inline void vionic_vq_commit(struct vionic_vq *vq,
					     enum vionic_layout l, u16 head,
					     u16 ndesc)
{
	if (vionic_is_packed(l))
		vionic_packed_commit(&vq->ring, head, ndesc);
	else
		vionic_split_commit(&vq->ring, head, ndesc);
}

static __always_inline enum vionic_ring_state
vionic_vq_pop(struct vionic_vq *vq, enum vionic_layout l,
	      struct vionic_used_buf *buf)
{
	return vionic_is_packed(l) ? vionic_packed_pop(&vq->ring, l, buf) :
	       vionic_split_pop(&vq->ring, l, buf);
}

static __always_inline u16 vionic_vq_next(const struct vionic_vq *vq,
					  enum vionic_layout l, u16 id)
{
	return vionic_ring_next(&vq->ring, l, id);
}

static __always_inline void
vionic_vq_free_buf(struct vionic_vq *vq, enum vionic_layout l,
		   const struct vionic_used_buf *buf)
{
	vionic_ring_free(&vq->ring, l, buf);
}

static inline void vionic_vq_irq_off(struct vionic_vq *vq)
{
	if (vionic_is_packed(vq->layout))
		vionic_packed_irq_off(&vq->ring);
	else
		vionic_split_irq_off(&vq->ring);
}

/**
 * vionic_vq_irq_on() - ask for an interrupt at the next used buffer
 * @vq: enabled ring
 *
 * Return: true if there is one already: look again.
 */
static inline bool vionic_vq_irq_on(struct vionic_vq *vq)
{
	return vionic_is_packed(vq->layout) ?
	       vionic_packed_irq_on(&vq->ring, 0) :
	       vionic_split_irq_on(&vq->ring, 0);
}

/**
 * vionic_vq_inflight_units() - count what the device has, as used events count it
 * @vq: enabled ring
 *
 * Return: buffers of a split ring, descriptors of a packed one.
 */
static inline u16 vionic_vq_inflight_units(const struct vionic_vq *vq)
{
	return vionic_is_packed(vq->layout) ?
	       vionic_vq_num(vq) - vionic_vq_free_count(vq) :
	       vionic_vq_inflight(vq);
}

/**
 * vionic_vq_irq_after() - request an interrupt after some used buffers
 * @vq:		enabled ring
 * @bufs:	buffers; 0: any number
 * @ndesc:	descriptors of a buffer
 * @limit:	units of vionic_vq_inflight_units(): the interrupt is due at three
 *		quarters of them if that is earlier
 *
 * It may never come if fewer buffers are in flight: somebody has to poll anyhow.
 * Without VIRTIO_F_EVENT_IDX there is no such request: then for no interrupt.
 *
 * Context: consumer.
 * Return: true if no interrupt may come, so that the caller has to poll again.
 */
static inline bool vionic_vq_irq_after(struct vionic_vq *vq, u32 bufs,
				       u16 ndesc, u16 limit)
{
	u32 unit = vionic_is_packed(vq->layout) ? ndesc : 1;
	u32 skip = limit * 3 / 4;

	if (!vq->ring.event_idx)
		return false;
	if (bufs)
		skip = min_t(u64, (u64)bufs * unit - 1, skip);
	return vionic_is_packed(vq->layout) ?
	       vionic_packed_irq_on(&vq->ring, skip) :
	       vionic_split_irq_on(&vq->ring, skip);
}

/**
 * vionic_vq_irq_on_late() - request an interrupt when three in four are used
 * @vq: enabled ring
 *
 * Context: consumer.
 * Return: true if no interrupt may come, so that the caller has to poll again.
 */
static inline bool vionic_vq_irq_on_late(struct vionic_vq *vq)
{
	u16 skip = vionic_vq_inflight_units(vq) * 3 / 4;

	return vionic_is_packed(vq->layout) ?
	       vionic_packed_irq_on(&vq->ring, skip) :
	       vionic_split_irq_on(&vq->ring, skip);
}

/* @ndesc: descriptors of a buffer */
static __always_inline bool vionic_vq_exhausted(const struct vionic_vq *vq,
						enum vionic_layout l, u16 ndesc)
{
	if (vionic_is_packed(l))
		return vionic_packed_exhausted(&vq->ring, ndesc);
	return vionic_split_exhausted(&vq->ring);
}

/* Show the device all that was committed */
static __always_inline void vionic_vq_publish(struct vionic_vq *vq,
					      enum vionic_layout l)
{
	if (vionic_is_packed(l))
		vionic_packed_publish(&vq->ring);
	else
		vionic_split_publish(&vq->ring);
}

/* 4.1.5.2: the number of the queue and, with VIRTIO_F_NOTIFICATION_DATA, the place in the
 * ring where the next buffer goes: all before it is published
 */
static __always_inline void vionic_vq_kick(struct vionic_vq *vq,
					   enum vionic_layout l)
{
	u16 next = vionic_ring_next_avail(&vq->ring, l);

	if (vq->notify_data)
		vionic_transport_kick_data(&vq->bell, next);
	else
		vionic_transport_kick(&vq->bell);
}

/**
 * vionic_vq_kick_next() - trust no event index up to the next flush
 * @vq: enabled ring
 *
 * To the ring it looks as if half a round of indices had not been told yet, so
 * that any event behind us was passed. Producer.
 */
static inline void vionic_vq_kick_next(struct vionic_vq *vq)
{
	struct vionic_ring *r = &vq->ring;

	r->kicked = vionic_ring_put_count(r, vq->layout) - 0x8000;
}

/**
 * vionic_vq_flush() - publish what was committed and kick if the device asks
 * @vq:	enabled ring
 * @l:	its layout
 *
 * Return: true if the doorbell was rung.
 */
static __always_inline bool vionic_vq_flush(struct vionic_vq *vq,
					    enum vionic_layout l)
{
	bool wanted;

	vionic_vq_publish(vq, l);
	wanted = vionic_is_packed(l) ? vionic_packed_need_kick(&vq->ring) :
				       vionic_split_need_kick(&vq->ring);
	if (wanted)
		vionic_vq_kick(vq, l);
	return wanted;
}

#endif /* _VIONIC_VIRTQUEUE_H */
