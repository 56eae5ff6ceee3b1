/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Of DMA the transport asks for one thing only.
 */
#ifndef _UNIT_LINUX_DMA_MAPPING_H
#define _UNIT_LINUX_DMA_MAPPING_H

#include <linux/types.h>

#define DMA_BIT_MASK(n)	((n) == 64 ? ~0ull : (1ull << (n)) - 1)

struct device;

int dma_set_coherent_mask(struct device *dev, u64 mask);

#endif /* _UNIT_LINUX_DMA_MAPPING_H */
