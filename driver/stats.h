/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counters: summed for the stack, listed one by one for ethtool -S. They live
 * in the queue pairs and survive down, up and every change of rings.
 */
#ifndef _VIONIC_STATS_H
#define _VIONIC_STATS_H

#include "queues.h"

/**
 * vionic_stats_get64() - ndo_get_stats64
 * @dev:	netdev
 * @s:		filled in
 */
void vionic_stats_get64(struct net_device *dev, struct rtnl_link_stats64 *s);

/**
 * vionic_stats_sent() - frames on the wire that the device has taken, ever
 * @tq: queue
 *
 * Return: their number.
 */
u64 vionic_stats_sent(const struct vionic_txq *tq);

/* By queue, as the kernel's netlink family for netdevs shows them */
extern const struct netdev_stat_ops vionic_stat_ops;

/**
 * vionic_stats_count() - counters that ethtool -S lists
 * @vn: netdev
 *
 * Return: their number.
 */
int vionic_stats_count(const struct vionic_net *vn);

/**
 * vionic_stats_strings() - their names
 * @vn:		netdev
 * @data:	vionic_stats_count() times ETH_GSTRING_LEN bytes, filled in
 */
void vionic_stats_strings(const struct vionic_net *vn, u8 *data);

/**
 * vionic_stats_values() - their values
 * @vn:		netdev
 * @data:	vionic_stats_count() values, filled in
 */
void vionic_stats_values(const struct vionic_net *vn, u64 *data);

#endif /* _VIONIC_STATS_H */
