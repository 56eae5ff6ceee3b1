/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which interrupt wakes what: hands each vector's interrupts down to the queue
 * pairs, the control queue and the link.
 */
#ifndef _VIONIC_EVENTS_H
#define _VIONIC_EVENTS_H

#include "queues.h"

/**
 * vionic_events_request() - attach handlers to all vectors
 * @vn: netdev with all its pairs, device in reset
 *
 * vionic_irqs_free() undoes it.
 *
 * Return: 0 or what request_irq() failed with.
 */
int vionic_events_request(struct vionic_net *vn);

#endif /* _VIONIC_EVENTS_H */
