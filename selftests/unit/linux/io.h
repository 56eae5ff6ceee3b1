/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Access to registers, which the test plays. Numbers are little endian there.
 */
#ifndef _UNIT_LINUX_IO_H
#define _UNIT_LINUX_IO_H

#include <linux/types.h>

#define __iomem

u8 ioread8(const void __iomem *addr);
u16 ioread16(const void __iomem *addr);
u32 ioread32(const void __iomem *addr);
void iowrite8(u8 val, void __iomem *addr);
void iowrite16(u16 val, void __iomem *addr);
void iowrite32(u32 val, void __iomem *addr);

#endif /* _UNIT_LINUX_IO_H */
