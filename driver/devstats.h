/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Statistics that the device keeps, shown behind the driver's own (virtio 1.4,
 * 5.1.6.5.11). Among them is what a full receive ring made the device drop.
 *
 * All under vionic_lock().
 */
#ifndef _VIONIC_DEVSTATS_LIST_H
#define _VIONIC_DEVSTATS_LIST_H

#include "queues.h"

/**
 * vionic_devstats_find() - find out what the device counts
 * @vn: netdev whose device runs
 */
void vionic_devstats_find(struct vionic_net *vn);

/**
 * vionic_devstats_count() - counters of all queues
 * @vn: netdev
 *
 * Return: how many; 0 if the device keeps none or never ran.
 */
int vionic_devstats_count(const struct vionic_net *vn);

/**
 * vionic_devstats_strings() - their names
 * @vn:		netdev
 * @data:	vionic_devstats_count() times ETH_GSTRING_LEN bytes, filled in
 */
void vionic_devstats_strings(const struct vionic_net *vn, u8 *data);

/**
 * vionic_devstats_values() - ask the device for them
 * @vn:		netdev
 * @data:	vionic_devstats_count() values, filled in; zeroes while the device
 *		does not run
 *
 * Sleeps for as long as the control queue takes.
 */
void vionic_devstats_values(struct vionic_net *vn, u64 *data);

#endif /* _VIONIC_DEVSTATS_LIST_H */
