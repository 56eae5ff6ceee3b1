/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Link state and announcements, which the device tells by a configuration
 * change (virtio 1.3, 5.1.6.5.4 and 5.1.4).
 */
#ifndef _VIONIC_LINK_H
#define _VIONIC_LINK_H

#include "queues.h"

/**
 * vionic_link_update() - follow the device's link state
 * @vn: netdev that is up; under vionic_lock()
 */
void vionic_link_update(struct vionic_net *vn);

/**
 * vionic_link_work() - look after a configuration change
 * @work: link_work of a struct vionic_net
 */
void vionic_link_work(struct work_struct *work);

#endif /* _VIONIC_LINK_H */
