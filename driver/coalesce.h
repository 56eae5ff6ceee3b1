/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Coalescing of interrupts by the device (virtio 1.3, 5.1.6.5.9), or by the driver
 * where the device can't, or not so. What is wanted is kept in the pairs and replayed.
 *
 * All under vionic_lock(), except vionic_coalesce_init() and _stop(). Settings of a pair
 * change under its coal_lock, too, which the work items of adaptive delays take.
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
 * struct vionic_coal_cfg - interrupt delays of a queue pair, as the user asks for them
 * @rx:		of its receive queue
 * @tx:		of its transmit queue
 * @rx_adapt:	follow the traffic instead of @rx
 * @tx_adapt:	follow the traffic instead of @tx
 */
struct vionic_coal_cfg {
	struct vionic_coal rx;
	struct vionic_coal tx;
	bool rx_adapt;
	bool tx_adapt;
};

/**
 * vionic_coalesce_get() - read the delays that were asked for
 * @qp:		pair
 * @cfg:	filled in
 *
 * Context: vionic_lock() is held.
 */
void vionic_coalesce_get(const struct vionic_pair *qp,
			 struct vionic_coal_cfg *cfg);

/**
 * vionic_coalesce_set() - set the delays of some pairs
 * @vn:		netdev
 * @from:	first pair
 * @to:		behind the last one
 * @cfg:	for each of them
 * @extack:	receives the reason of an error
 *
 * Checks all of @cfg before it changes anything. If the device refuses, each pair gets
 * back what it had. Where the device has one setting for all queues and they differ, the
 * driver delays interrupts itself.
 *
 * Context: vionic_lock() is held. May sleep.
 * Return: 0; -EINVAL if @cfg is impossible; -ENOMEM; or the error of
 * vionic_ctrlq_exec().
 */
int vionic_coalesce_set(struct vionic_net *vn, u16 from, u16 to,
			const struct vionic_coal_cfg *cfg,
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
