/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Ethernet addresses for user space.
 */
#ifndef _UNIT_LINUX_ETHERDEVICE_H
#define _UNIT_LINUX_ETHERDEVICE_H

#include <linux/if_ether.h>
#include <linux/types.h>

static inline void eth_zero_addr(u8 *addr)
{
	memset(addr, 0, ETH_ALEN);
}

/* Of one station, and not all zeroes */
static inline bool is_valid_ether_addr(const u8 *addr)
{
	static const u8 zero[ETH_ALEN];

	return !(addr[0] & 1) && memcmp(addr, zero, ETH_ALEN);
}

#endif /* _UNIT_LINUX_ETHERDEVICE_H */
