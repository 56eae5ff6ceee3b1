/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Device statistics as the specification has them (virtio 1.3, 5.1.6.5.9): which bit
 * stands for a group, and how many counters it has. Written without a look at
 * vionic/devstats.h, which is held against it.
 */
#ifndef _UNIT_GROUPS_H
#define _UNIT_GROUPS_H

#include <linux/types.h>

static const struct {
	u8 bit;
	u8 num;
} groups[] = {
	{ 0, 6 }, { 1, 4 }, { 2, 4 }, { 3, 2 },
	{ 16, 6 }, { 17, 2 }, { 18, 6 }, { 19, 2 }, { 32, 2 },
};

#endif /* _UNIT_GROUPS_H */
