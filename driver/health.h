/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Devlink: how a device fares, what it is, and starting it anew.
 */
#ifndef _VIONIC_HEALTH_H
#define _VIONIC_HEALTH_H

#include "recover.h"

/**
 * vionic_health_create() - give a device its place in devlink
 * @vn: registered netdev
 *
 * Without it the driver works as well, only nobody can ask.
 *
 * Return: 0 or -ENOMEM.
 */
int vionic_health_create(struct vionic_net *vn);

/**
 * vionic_health_destroy() - undo vionic_health_create()
 * @vn: netdev; never made is fine
 */
void vionic_health_destroy(struct vionic_net *vn);

/**
 * vionic_health_opened() - mark all reporters healthy
 * @vn: registered netdev that is up
 *
 * Context: vionic_lock() is held. May sleep.
 */
void vionic_health_opened(struct vionic_net *vn);

/**
 * vionic_health_report() - something is wrong
 * @vn:		netdev
 * @fault:	what
 *
 * Devlink counts it, keeps a dump, and calls vionic_recover_mend() unless the
 * administrator has turned that off. Sleeps; not under vionic_lock().
 */
void vionic_health_report(struct vionic_net *vn,
			  struct vionic_fault *fault);

#endif /* _VIONIC_HEALTH_H */
