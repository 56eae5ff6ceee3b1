// SPDX-License-Identifier: GPL-2.0
#include "virtqueue.h"

#include <linux/slab.h>

int vionic_vq_alloc(struct vionic_vq *vq, const struct vionic_vq_params *params)
{
	struct vionic_split *r = &vq->split;
	struct device *dev = params->dev;
	u16 num = params->num;

	*vq = (struct vionic_vq) {
		.dev = dev,
		.dma.num = num,
		.split.num = num,
		.split.mask = num - 1,
		.split.event_idx = params->event_idx,
		.split.hardware = params->hardware,
	};
	r->desc = dma_alloc_coherent(dev, vionic_split_desc_bytes(num),
				     &vq->dma.desc, GFP_KERNEL);
	r->avail = dma_alloc_coherent(dev, vionic_split_avail_bytes(num),
				      &vq->dma.driver, GFP_KERNEL);
	r->used = dma_alloc_coherent(dev, vionic_split_used_bytes(num),
				     &vq->dma.device, GFP_KERNEL);
	r->slot = kvcalloc(num, sizeof(*r->slot), GFP_KERNEL);
	r->free_ids = kvcalloc(num, sizeof(*r->free_ids), GFP_KERNEL);
	if (!r->desc || !r->avail || !r->used || !r->slot || !r->free_ids) {
		vionic_vq_free(vq);
		return -ENOMEM;
	}
	vionic_split_init(r);
	return 0;
}

void vionic_vq_free(struct vionic_vq *vq)
{
	struct vionic_split *r = &vq->split;

	if (r->desc)
		dma_free_coherent(vq->dev, vionic_split_desc_bytes(r->num),
				  r->desc, vq->dma.desc);
	if (r->avail)
		dma_free_coherent(vq->dev, vionic_split_avail_bytes(r->num),
				  r->avail, vq->dma.driver);
	if (r->used)
		dma_free_coherent(vq->dev, vionic_split_used_bytes(r->num),
				  r->used, vq->dma.device);
	kvfree(r->slot);
	kvfree(r->free_ids);
	*vq = (struct vionic_vq) {};
}

void vionic_vq_clear(struct vionic_vq *vq)
{
	struct vionic_split *r = &vq->split;

	memset(r->desc, 0, vionic_split_desc_bytes(r->num));
	memset(r->avail, 0, vionic_split_avail_bytes(r->num));
	memset(r->used, 0, vionic_split_used_bytes(r->num));
	vionic_split_init(r);
}

int vionic_vq_enable(struct vionic_vq *vq, struct vionic_transport *tp,
		     u16 index, u16 vector)
{
	vq->index = index;
	vq->dma.vector = vector;
	return vionic_transport_queue_enable(tp, index, &vq->dma,
					     &vq->doorbell);
}
