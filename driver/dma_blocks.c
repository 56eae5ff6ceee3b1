// SPDX-License-Identifier: GPL-2.0
#include "dma_blocks.h"

#include <linux/slab.h>

int vionic_dma_blocks_alloc(struct vionic_dma_blocks *b, struct device *dev,
			    u32 num, size_t size, size_t align)
{
	b->pool = dma_pool_create("vionic", dev, size, align, 0);
	b->block = kvcalloc(num, sizeof(*b->block), GFP_KERNEL);
	if (!b->pool || !b->block)
		goto err;
	for (; b->num < num; b->num++) {
		struct vionic_dma_block *block = &b->block[b->num];

		block->mem = dma_pool_zalloc(b->pool, GFP_KERNEL, &block->dma);
		if (!block->mem)
			goto err;
	}
	return 0;

err:
	vionic_dma_blocks_free(b);
	return -ENOMEM;
}

void vionic_dma_blocks_free(struct vionic_dma_blocks *b)
{
	u32 i;

	for (i = 0; i < b->num; i++)
		dma_pool_free(b->pool, b->block[i].mem, b->block[i].dma);
	kvfree(b->block);
	dma_pool_destroy(b->pool);
	*b = (struct vionic_dma_blocks) {};
}
