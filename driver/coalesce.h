/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Coalescing of interrupts by the device (virtio 1.3, 5.1.6.5.9), or by the driver
 * where the device can't, or not so. What is wanted is kept in the pairs and replayed.
 *
 * All under vionic_lock(), but for vionic_coalesce_init() and _stop().
 */
#ifndef _VIONIC_COALESCE_H
#define _VIONIC_COALESCE_H

#include <linux/netlink.h>
#include "queues.h"

/**
 * vionic_coalesce_init() - be ready for delays that follow the traffic
 * @vn: netdev with its pairs, not registered yet
 */
void vionic_coalesce_init(struct vionic_net *vn);

/**
 * vionic_coalesce_stop() - no more of it
 * @vn: netdev that is closed and not registered any more
 */
void vionic_coalesce_stop(struct vionic_net *vn);

/**
 * vionic_coalesce_adapt() - have the delays of some pairs follow the traffic
 * @vn:		netdev
 * @from:	first pair
 * @to:		behind the last one
 * @rx:		those of receive queues
 * @tx:		those of transmit queues
 *
 * If not, those that were set are in force.
 *
 * Return: 0 or as vionic_ctrlq_exec().
 */
int vionic_coalesce_adapt(struct vionic_net *vn, u16 from, u16 to, bool rx,
			  bool tx);

/**
 * vionic_coalesce_set() - choose the delays of some pairs
 * @vn:		netdev
 * @from:	first pair
 * @to:		behind the last one
 * @rx:		for receive queues
 * @tx:		for transmit queues
 * @extack:	for a sentence
 *
 * Where the device has one setting for all, and they are not alike, the driver does
 * it for all. All of them have what they had before if any refuses.
 *
 * Return: 0; -EINVAL if these delays can't be; or as vionic_ctrlq_exec().
 */
int vionic_coalesce_set(struct vionic_net *vn, u16 from, u16 to,
			struct vionic_coal rx, struct vionic_coal tx,
			struct netlink_ext_ack *extack);

/**
 * vionic_coalesce_replay() - tell a fresh device, or queue, what is wanted
 * @vn:		netdev whose device runs
 * @from:	first pair
 * @to:		behind the last one
 *
 * Return: 0 or as vionic_ctrlq_exec().
 */
int vionic_coalesce_replay(struct vionic_net *vn, u16 from, u16 to);

#endif /* _VIONIC_COALESCE_H */
