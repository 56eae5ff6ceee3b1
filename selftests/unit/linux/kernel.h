/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the code under test takes from the kernel's header of this name.
 */
#ifndef _UNIT_LINUX_KERNEL_H
#define _UNIT_LINUX_KERNEL_H

#include <linux/build_bug.h>
#include <linux/types.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#endif /* _UNIT_LINUX_KERNEL_H */
