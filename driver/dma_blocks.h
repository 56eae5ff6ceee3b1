/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Coherent memory in blocks of one size, each with its DMA address.
 *
 * A ring of 16384 entries has 5 MB of indirect tables. The kernel has no such piece of
 * memory, and after some hours not even one of 100 KB.
 */
#ifndef _VIONIC_DMA_BLOCKS_H
#define _VIONIC_DMA_BLOCKS_H

#include <linux/device.h>
#include <linux/types.h>

/**
 * struct vionic_dma_block - a block
 * @mem:	its memory
 * @dma:	DMA address of @mem
 */
struct vionic_dma_block {
	void *mem;
	dma_addr_t dma;
};

/**
 * struct vionic_dma_blocks - blocks of one size
 * @dev:	device that reads and writes them
 * @block:	array of @num; NULL: nothing is allocated
 * @num:	number of blocks
 * @stride:	bytes from a block to the next one in its page
 */
struct vionic_dma_blocks {
	struct device *dev;
	struct vionic_dma_block *block;
	u32 num;
	u32 stride;
};

/**
 * vionic_dma_blocks_alloc() - allocate zeroed blocks
 * @b:		zeroed; filled in
 * @dev:	device that reads and writes them
 * @num:	number of blocks
 * @size:	bytes of a block; at most a page
 * @align:	alignment of a block in bytes, a power of two
 *
 * Context: may sleep.
 * Return: 0, or -ENOMEM: then nothing is allocated.
 */
int vionic_dma_blocks_alloc(struct vionic_dma_blocks *b, struct device *dev,
			    u32 num, size_t size, size_t align);

/**
 * vionic_dma_blocks_free() - free all blocks
 * @b:	blocks, not used by the device; may be zeroed memory
 *
 * Context: may sleep.
 */
void vionic_dma_blocks_free(struct vionic_dma_blocks *b);

#endif /* _VIONIC_DMA_BLOCKS_H */
