/* SPDX-License-Identifier: GPL-2.0 */
/*
 * XPS: which transmit queue a CPU sends by.
 */
#ifndef _VIONIC_XPS_H
#define _VIONIC_XPS_H

#include "queues.h"

/**
 * vionic_xps_set() - choose a transmit queue for each online CPU
 * @vn: registered netdev
 *
 * In the order in which interrupt vectors are spread over the CPUs. If this fails, the
 * stack chooses queues by the flow's hash.
 *
 * Context: vionic_lock() is held. May sleep.
 */
void vionic_xps_set(struct vionic_net *vn);

/**
 * vionic_xps_changed() - tell whether the administrator has changed XPS
 * @vn: registered netdev
 *
 * Context: vionic_lock() is held.
 * Return: true if XPS is not as vionic_xps_set() left it.
 */
bool vionic_xps_changed(const struct vionic_net *vn);

#endif /* _VIONIC_XPS_H */
