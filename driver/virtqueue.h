/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A virtqueue: ring memory, its place in the device, and its doorbell.
 *
 * The vionic_vq_* verbs are what the data path uses. Each only chooses the
 * ring layout; include/vionic/ring_*.h has the work.
 */
#ifndef _VIONIC_VIRTQUEUE_H
#define _VIONIC_VIRTQUEUE_H

#include <linux/dma-mapping.h>
#include <vionic/ring_split.h>
#include "transport.h"

/**
 * struct vionic_vq - a virtqueue
 * @split:	the ring
 * @doorbell:	where to kick; NULL until enabled
 * @index:	number of the queue in the device
 * @dev:	for DMA
 * @dma:	bus addresses of the areas
 */
struct vionic_vq {
	struct vionic_split split;
	void __iomem *doorbell;
	u16 index;
	/* cold */
	struct device *dev;
	struct vionic_queue_setup dma;
};

/**
 * struct vionic_vq_params - how a virtqueue is made
 * @dev:	for DMA
 * @num:	entries, vionic_split_num_valid()
 * @event_idx:	VIRTIO_F_EVENT_IDX was negotiated
 * @hardware:	VIRTIO_F_ORDER_PLATFORM was negotiated
 */
struct vionic_vq_params {
	struct device *dev;
	u16 num;
	bool event_idx;
	bool hardware;
};

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
	return vq->split.num;
}

static inline u16 vionic_vq_free_count(const struct vionic_vq *vq)
{
	return vionic_split_free_count(&vq->split);
}

static inline u16 vionic_vq_inflight(const struct vionic_vq *vq)
{
	return vionic_split_inflight(&vq->split);
}

static inline bool vionic_vq_broken(const struct vionic_vq *vq)
{
	return READ_ONCE(vq->split.broken);
}

static inline u16 vionic_vq_head(const struct vionic_vq *vq)
{
	return vionic_split_head(&vq->split);
}

static inline u16 vionic_vq_put(struct vionic_vq *vq, u64 addr, u32 len,
				u16 flags)
{
	return vionic_split_put(&vq->split, addr, len, flags);
}

static inline void vionic_vq_rewind(struct vionic_vq *vq, u16 ndesc)
{
	vionic_split_rewind(&vq->split, ndesc);
}

static inline void vionic_vq_commit(struct vionic_vq *vq, u16 head, u16 ndesc)
{
	vionic_split_commit(&vq->split, head, ndesc);
}

static inline void vionic_vq_repost(struct vionic_vq *vq,
				    const struct vionic_used_buf *buf)
{
	vionic_split_repost(&vq->split, buf);
}

static inline enum vionic_ring_state
vionic_vq_pop(struct vionic_vq *vq, struct vionic_used_buf *buf)
{
	return vionic_split_pop(&vq->split, buf);
}

static inline u16 vionic_vq_next(const struct vionic_vq *vq, u16 id)
{
	return vionic_split_next(&vq->split, id);
}

static inline void vionic_vq_free_buf(struct vionic_vq *vq,
				      const struct vionic_used_buf *buf)
{
	vionic_split_free(&vq->split, buf);
}

static inline bool vionic_vq_take_back(struct vionic_vq *vq, u32 from,
				       struct vionic_used_buf *buf)
{
	return vionic_split_take_back(&vq->split, from, buf);
}

static inline void vionic_vq_irq_off(struct vionic_vq *vq)
{
	vionic_split_irq_off(&vq->split);
}

static inline bool vionic_vq_irq_on(struct vionic_vq *vq, u16 skip)
{
	return vionic_split_irq_on(&vq->split, skip);
}

static inline bool vionic_vq_exhausted(const struct vionic_vq *vq)
{
	return vionic_split_exhausted(&vq->split);
}

/**
 * vionic_vq_flush() - publish what was committed and kick if the device asks
 * @vq: enabled ring
 *
 * Return: true if the doorbell was rung.
 */
static inline bool vionic_vq_flush(struct vionic_vq *vq)
{
	vionic_split_publish(&vq->split);
	if (!vionic_split_need_kick(&vq->split))
		return false;
	vionic_transport_kick(vq->doorbell, vq->index);
	return true;
}

#endif /* _VIONIC_VIRTQUEUE_H */
