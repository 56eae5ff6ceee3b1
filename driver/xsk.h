/* SPDX-License-Identifier: GPL-2.0 */
/*
 * AF_XDP without a copy: memory of sockets comes to a queue pair and goes, under
 * traffic. Any device will do: where it can't reset a queue, it is reset as a whole.
 */
#ifndef _VIONIC_XSK_H
#define _VIONIC_XSK_H

#include "queues.h"

/**
 * vionic_xsk_setup() - have a pair work with memory of sockets, or no longer
 * @vn:		netdev
 * @pool:	their pool, or NULL
 * @queue:	which pair
 *
 * Under vionic_lock(). Frames in flight are received or sent before the rings
 * are exchanged. While any pair has such memory, the device does not coalesce.
 *
 * Return: 0; -EINVAL, -EBUSY; -EOPNOTSUPP if frames may be longer than such memory
 * takes; or an error with the pair as it was.
 */
int vionic_xsk_setup(struct vionic_net *vn, struct xsk_buff_pool *pool,
		     u16 queue);

/**
 * vionic_xsk_wakeup() - ndo_xsk_wakeup: there is something to do for a socket
 * @dev:	netdev
 * @queue:	which pair
 * @flags:	XDP_WAKEUP_*
 *
 * Process context, may not sleep.
 *
 * Return: 0 or -ENETDOWN.
 */
int vionic_xsk_wakeup(struct net_device *dev, u32 queue, u32 flags);

/**
 * vionic_xsk_fit() - do frames fit into the memory of all sockets?
 * @vn:		netdev
 * @mtu:	how long they could be, in bytes
 *
 * Under vionic_lock().
 *
 * Return: true if they do.
 */
bool vionic_xsk_fit(const struct vionic_net *vn, unsigned int mtu);

#endif /* _VIONIC_XSK_H */
