/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's accessors of registers, for one file of a program: by its do_read() and
 * do_write().
 */
#ifndef _UNIT_IO_ACCESS_H
#define _UNIT_IO_ACCESS_H

u8 ioread8(const void *addr)
{
	return do_read(addr, 1);
}

u16 ioread16(const void *addr)
{
	return do_read(addr, 2);
}

u32 ioread32(const void *addr)
{
	return do_read(addr, 4);
}

void iowrite8(u8 val, void *addr)
{
	do_write(addr, val, 1);
}

void iowrite16(u16 val, void *addr)
{
	do_write(addr, val, 2);
}

void iowrite32(u32 val, void *addr)
{
	do_write(addr, val, 4);
}

#endif /* _UNIT_IO_ACCESS_H */
