/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Nobody waits in user space: see linux/iopoll.h.
 */
#ifndef _UNIT_LINUX_DELAY_H
#define _UNIT_LINUX_DELAY_H

#define USEC_PER_SEC	1000000L

#endif /* _UNIT_LINUX_DELAY_H */
