/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The network interface: what the stack calls.
 */
#ifndef _VIONIC_NETDEV_H
#define _VIONIC_NETDEV_H

#include "queues.h"

/**
 * vionic_netdev_create() - make an interface for an identified device
 * @vd: device with its vectors allocated, in reset
 *
 * Return: netdev, not registered yet; or an ERR_PTR.
 */
struct vionic_net *vionic_netdev_create(struct vionic_dev *vd);

/**
 * vionic_netdev_register() - give the interface to the stack
 * @vn: netdev with its handlers requested
 *
 * Return: 0 or what register_netdev() failed with.
 */
int vionic_netdev_register(struct vionic_net *vn);

/**
 * vionic_netdev_fit() - make receive buffers that hold the largest frame
 * @vn:		netdev
 * @cfg:	its pieces of a buffer are set, by their size
 * @mtu:	in bytes
 *
 * Return: 0, or -ENOSPC if the receive ring can't hold a frame of that size.
 */
int vionic_netdev_fit(const struct vionic_net *vn, struct vionic_cfg *cfg,
		      unsigned int mtu);

/**
 * vionic_netdev_destroy() - undo vionic_netdev_create()
 * @vn: netdev that is no longer registered, with no handler requested
 */
void vionic_netdev_destroy(struct vionic_net *vn);

/**
 * vionic_netdev_unregister() - take the interface from the stack
 * @vn: netdev
 *
 * Closes it; on return no work of ours runs.
 */
void vionic_netdev_unregister(struct vionic_net *vn);

/**
 * vionic_netdev_settle() - wait for work that interrupts have caused
 * @vn: netdev that is not registered, or no longer
 *
 * With all interrupts freed, no work is queued afterwards.
 *
 * Context: vionic_lock() is not held. May sleep.
 */
void vionic_netdev_settle(struct vionic_net *vn);

/**
 * vionic_netdev_suspend() - stop the device, see vionic_suspend()
 * @vn:		registered netdev
 * @cause:	why
 *
 * Context: takes vionic_lock(). May sleep.
 */
void vionic_netdev_suspend(struct vionic_net *vn, enum vionic_suspend cause);

/**
 * vionic_netdev_resume() - end a cause of suspension, see vionic_resume()
 * @vn:		registered netdev
 * @cause:	which
 *
 * If the device is up afterwards, its devlink reporters are healthy.
 *
 * Context: takes vionic_lock(). May sleep.
 */
void vionic_netdev_resume(struct vionic_net *vn, enum vionic_suspend cause);

/**
 * vionic_netdev_shutdown() - stop the device for good: another kernel may take over
 * @vn: netdev
 *
 * Context: takes vionic_lock(). May sleep.
 */
void vionic_netdev_shutdown(struct vionic_net *vn);

#endif /* _VIONIC_NETDEV_H */
