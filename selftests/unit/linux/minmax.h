/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The smaller and the larger one for user space.
 */
#ifndef _UNIT_LINUX_MINMAX_H
#define _UNIT_LINUX_MINMAX_H

#define min_t(type, a, b) ((type)(a) < (type)(b) ? (type)(a) : (type)(b))
#define max_t(type, a, b) ((type)(a) > (type)(b) ? (type)(a) : (type)(b))

#endif /* _UNIT_LINUX_MINMAX_H */
