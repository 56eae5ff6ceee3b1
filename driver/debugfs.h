/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A look into the rings; in a debug build, also faults to be caused.
 */
#ifndef _VIONIC_DEBUGFS_H
#define _VIONIC_DEBUGFS_H

#include "queues.h"

/**
 * vionic_debugfs_create() - make a device's directory
 * @vn: registered netdev
 *
 * "vionic-" and the PCI address, with "rings": a line for each.
 *
 * In a debug build also "fault": what is written there happens.
 *
 *	====== =================================================
 *	rx N   nonsense is found in the receive ring of a pair
 *	tx N   likewise, its transmit ring
 *	deaf N kicks of its transmit ring get lost
 *	mute   kicks of the control queue get lost
 *	====== =================================================
 */
void vionic_debugfs_create(struct vionic_net *vn);

/**
 * vionic_debugfs_remove() - take it away again
 * @vn: netdev
 */
void vionic_debugfs_remove(struct vionic_net *vn);

#endif /* _VIONIC_DEBUGFS_H */
