/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Header and data apart: whether it can be, and what else has to go by it.
 */
#ifndef _VIONIC_HDS_H
#define _VIONIC_HDS_H

#include "queues.h"

/**
 * vionic_hds_fits() - would frames fit into buffers in which data is apart?
 * @cfg:	how buffers would be
 * @mtu:	how long frames could be, in bytes
 *
 * Return: true, too, if it is not.
 */
bool vionic_hds_fits(const struct vionic_cfg *cfg, unsigned int mtu);

/**
 * vionic_hds_want() - before buffers are such: have only what they can take
 * @vn:		netdev
 * @extack:	why not
 *
 * Under vionic_lock().
 *
 * Return: 0; -EOPNOTSUPP or -EBUSY if they can't be; an error if the device refuses.
 */
int vionic_hds_want(struct vionic_net *vn, struct netlink_ext_ack *extack);

/**
 * vionic_hds_settle() - after buffers were changed, or were not
 * @vn: netdev
 *
 * Under vionic_lock(). What had to go may come back.
 */
void vionic_hds_settle(struct vionic_net *vn);

#endif /* _VIONIC_HDS_H */
