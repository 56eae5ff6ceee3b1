/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Standby of a primary NIC (VIRTIO_NET_F_STANDBY; virtio 1.3, 5.1.4): the
 * kernel's net_failover makes an interface above the two, so that the primary
 * one can be taken away for a migration.
 */
#ifndef _VIONIC_FAILOVER_H
#define _VIONIC_FAILOVER_H

#include "queues.h"

/**
 * vionic_failover_create() - make the interface above a standby
 * @vn: netdev that is not registered yet
 *
 * Does nothing if the device does not offer to be a standby. If net_failover
 * is not to be had, VIRTIO_NET_F_STANDBY is not accepted and the NIC works by
 * itself: the module must load without it, so it is looked up by name.
 *
 * May sleep.
 *
 * Return: 0 or what net_failover_create() failed with.
 */
int vionic_failover_create(struct vionic_net *vn);

/**
 * vionic_failover_destroy() - undo vionic_failover_create()
 * @vn: netdev that is no longer registered, standby or not
 */
void vionic_failover_destroy(struct vionic_net *vn);

#endif /* _VIONIC_FAILOVER_H */
