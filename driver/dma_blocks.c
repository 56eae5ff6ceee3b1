// SPDX-License-Identifier: GPL-2.0
#include "dma_blocks.h"

#include <linux/dma-mapping.h>
#include <linux/slab.h>

static u32 dma_blocks_per_page(const struct vionic_dma_blocks *b)
{
	return PAGE_SIZE / b->stride;
}

/* All blocks of a page follow from its first: not a dma_pool, which keeps the list of free
 * blocks in memory that the device can write.
 */
int vionic_dma_blocks_alloc(struct vionic_dma_blocks *b, struct device *dev,
			    u32 num, size_t size, size_t align)
{
	dma_addr_t dma = 0;
	void *mem = NULL;

	b->dev = dev;
	b->stride = ALIGN(size, align);
	b->block = kvcalloc(num, sizeof(*b->block), GFP_KERNEL);
	if (!b->block)
		return -ENOMEM;
	for (; b->num < num; b->num++) {
		u32 offset = b->num % dma_blocks_per_page(b) * b->stride;

		if (!offset)
			mem = dma_alloc_coherent(dev, PAGE_SIZE, &dma,
						 GFP_KERNEL);
		if (!mem) {
			vionic_dma_blocks_free(b);
			return -ENOMEM;
		}
		b->block[b->num].mem = mem + offset;
		b->block[b->num].dma = dma + offset;
	}
	return 0;
}

void vionic_dma_blocks_free(struct vionic_dma_blocks *b)
{
	u32 i;

	for (i = 0; i < b->num; i += dma_blocks_per_page(b))
		dma_free_coherent(b->dev, PAGE_SIZE, b->block[i].mem,
				  b->block[i].dma);
	kvfree(b->block);
	*b = (struct vionic_dma_blocks) {};
}
