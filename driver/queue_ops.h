/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Queue management of the kernel: one receive queue gets new buffers while all others
 * work, from the stack's memory or from what somebody lends it.
 */
#ifndef _VIONIC_QUEUE_OPS_H
#define _VIONIC_QUEUE_OPS_H

#include <net/netdev_queues.h>

/* For devices with VIRTIO_F_RING_RESET; only on kernels that ask for memory by queue */
extern const struct netdev_queue_mgmt_ops vionic_queue_ops;

#endif /* _VIONIC_QUEUE_OPS_H */
