/* SPDX-License-Identifier: GPL-2.0 */
/*
 * XDP programs: which of them a device can have, and their coming and going under
 * traffic.
 */
#ifndef _VIONIC_XDP_H
#define _VIONIC_XDP_H

#include "queues.h"

/**
 * vionic_xdp_setup() - ndo_bpf
 * @dev: netdev
 * @bpf: what is wanted
 *
 * Under vionic_lock(). Rings and buffers stay as they are, no frame is lost.
 *
 * Return: 0, -EINVAL for what there is no command for, -EOPNOTSUPP for a program
 * that this device can't have now, with a sentence why.
 */
int vionic_xdp_setup(struct net_device *dev, struct netdev_bpf *bpf);

/**
 * vionic_xdp_follow() - let offloads follow what is wanted of XDP
 * @vn: netdev
 *
 * Under vionic_lock(). Some frames can't be shown to programs or given to sockets:
 * while there are such, the device is told not to make them.
 *
 * Return: 0 or an error if it refuses.
 */
int vionic_xdp_follow(struct vionic_net *vn);

/**
 * vionic_xdp_xmit() - ndo_xdp_xmit: frames redirected from other interfaces
 * @dev:	netdev
 * @n:		how many
 * @frames:	frames
 * @flags:	XDP_XMIT_*
 *
 * Softirqs off.
 *
 * Return: how many were sent, the first ones, or -EINVAL.
 */
int vionic_xdp_xmit(struct net_device *dev, int n, struct xdp_frame **frames,
		    u32 flags);

/**
 * vionic_xdp_fits() - can the program that is there do with other buffers?
 * @vn:		netdev
 * @cfg:	how buffers would be
 * @mtu:	how long frames could be, in bytes
 *
 * Under vionic_lock().
 *
 * Return: true if it can, or there is none.
 */
bool vionic_xdp_fits(const struct vionic_net *vn, const struct vionic_cfg *cfg,
		     unsigned int mtu);

/**
 * vionic_xdp_fix_features() - leave out what a program can't be shown
 * @vn:		netdev
 * @features:	that are wanted
 *
 * Return: those that can be had.
 */
netdev_features_t vionic_xdp_fix_features(const struct vionic_net *vn,
					  netdev_features_t features);

/**
 * vionic_xdp_init() - tell the stack what can be done
 * @vn: netdev, not registered yet
 */
void vionic_xdp_init(struct vionic_net *vn);

#endif /* _VIONIC_XDP_H */
