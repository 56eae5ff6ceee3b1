// SPDX-License-Identifier: GPL-2.0
#include "virtqueue.h"

#include <linux/log2.h>
#include <linux/slab.h>

static bool alloc_legacy(struct vionic_vq *vq)
{
	struct vionic_split *s = &vq->ring.split;
	u16 num = vq->ring.num;

	s->desc = dma_alloc_coherent(vq->dev, vionic_split_legacy_bytes(num),
				     &vq->dma.desc, GFP_KERNEL);
	if (!s->desc)
		return false;
	s->avail = (void *)s->desc + vionic_split_desc_bytes(num);
	s->used = (void *)s->desc + vionic_split_legacy_used(num);
	vq->dma.driver = vq->dma.desc + vionic_split_desc_bytes(num);
	vq->dma.device = vq->dma.desc + vionic_split_legacy_used(num);
	return true;
}

static void free_legacy(struct vionic_vq *vq)
{
	struct vionic_split *s = &vq->ring.split;

	if (s->desc)
		dma_free_coherent(vq->dev,
				  vionic_split_legacy_bytes(vq->ring.num),
				  s->desc, vq->dma.desc);
}

static bool alloc_split(struct vionic_vq *vq)
{
	struct vionic_split *s = &vq->ring.split;
	u16 num = vq->ring.num;

	if (vq->legacy)
		return alloc_legacy(vq);
	s->desc = dma_alloc_coherent(vq->dev, vionic_split_desc_bytes(num),
				     &vq->dma.desc, GFP_KERNEL);
	s->avail = dma_alloc_coherent(vq->dev, vionic_split_avail_bytes(num),
				      &vq->dma.driver, GFP_KERNEL);
	s->used = dma_alloc_coherent(vq->dev, vionic_split_used_bytes(num),
				     &vq->dma.device, GFP_KERNEL);
	return s->desc && s->avail && s->used;
}

static void free_split(struct vionic_vq *vq)
{
	struct vionic_split *s = &vq->ring.split;
	u16 num = vq->ring.num;

	if (vq->legacy) {
		free_legacy(vq);
		return;
	}
	if (s->desc)
		dma_free_coherent(vq->dev, vionic_split_desc_bytes(num),
				  s->desc, vq->dma.desc);
	if (s->avail)
		dma_free_coherent(vq->dev, vionic_split_avail_bytes(num),
				  s->avail, vq->dma.driver);
	if (s->used)
		dma_free_coherent(vq->dev, vionic_split_used_bytes(num),
				  s->used, vq->dma.device);
}

/* The event words stand behind the descriptors */
static size_t packed_bytes(const struct vionic_vq *vq)
{
	return vionic_packed_desc_bytes(vq->ring.num) +
	       2 * VIONIC_PACKED_EVENT_BYTES;
}

static bool alloc_packed(struct vionic_vq *vq)
{
	struct vionic_packed *p = &vq->ring.packed;

	p->desc = dma_alloc_coherent(vq->dev, packed_bytes(vq), &vq->dma.desc,
				     GFP_KERNEL);
	if (!p->desc)
		return false;
	p->driver = (__le32 *)(p->desc + vq->ring.num);
	p->device = p->driver + 1;
	vq->dma.driver = vq->dma.desc + vionic_packed_desc_bytes(vq->ring.num);
	vq->dma.device = vq->dma.driver + VIONIC_PACKED_EVENT_BYTES;
	return true;
}

static void free_packed(struct vionic_vq *vq)
{
	struct vionic_packed *p = &vq->ring.packed;

	if (p->desc)
		dma_free_coherent(vq->dev, packed_bytes(vq), p->desc,
				  vq->dma.desc);
}

static bool alloc_shadow(struct vionic_ring *r)
{
	r->slot = kvcalloc(r->num, sizeof(*r->slot), GFP_KERNEL);
	r->free_ids = kvcalloc(r->mask + 1, sizeof(*r->free_ids), GFP_KERNEL);
	return r->slot && r->free_ids;
}

static void init(struct vionic_vq *vq)
{
	if (vionic_is_packed(vq->layout))
		vionic_packed_init(&vq->ring);
	else
		vionic_split_init(&vq->ring);
}

int vionic_vq_alloc(struct vionic_vq *vq, const struct vionic_vq_params *params)
{
	bool ok;

	*vq = (struct vionic_vq) {
		.legacy = params->legacy,
		.dev = params->dev,
		.dma.num = params->num,
		.layout = params->layout,
		.notify_data = params->notify_data,
		.physical = params->physical,
		.ring.num = params->num,
		.ring.mask = roundup_pow_of_two(params->num) - 1,
		.ring.fill = params->fill,
		.ring.event_idx = params->event_idx,
		.ring.hardware = params->hardware,
	};
	ok = vionic_is_packed(vq->layout) ? alloc_packed(vq) : alloc_split(vq);
	if (!ok || !alloc_shadow(&vq->ring)) {
		vionic_vq_free(vq);
		return -ENOMEM;
	}
	init(vq);
	return 0;
}

void vionic_vq_free(struct vionic_vq *vq)
{
	if (vionic_is_packed(vq->layout))
		free_packed(vq);
	else
		free_split(vq);
	kvfree(vq->ring.slot);
	kvfree(vq->ring.free_ids);
	*vq = (struct vionic_vq) {};
}

static void clear_split(struct vionic_ring *r)
{
	memset(r->split.desc, 0, vionic_split_desc_bytes(r->num));
	memset(r->split.avail, 0, vionic_split_avail_bytes(r->num));
	memset(r->split.used, 0, vionic_split_used_bytes(r->num));
}

void vionic_vq_clear(struct vionic_vq *vq)
{
	if (vionic_is_packed(vq->layout))
		memset(vq->ring.packed.desc, 0, packed_bytes(vq));
	else
		clear_split(&vq->ring);
	init(vq);
}

int vionic_vq_enable(struct vionic_vq *vq, struct vionic_transport *tp,
		     u16 index, u16 vector)
{
	vq->index = index;
	vq->dma.vector = vector;
	return vionic_transport_queue_enable(tp, index, &vq->dma, &vq->bell);
}
