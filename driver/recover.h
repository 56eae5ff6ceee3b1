/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A device that misbehaves is brought back: the smallest thing that helps, and
 * not more often than makes sense.
 */
#ifndef _VIONIC_RECOVER_H
#define _VIONIC_RECOVER_H

#include "queues.h"

/* What a fault is about */
enum vionic_fault_kind {
	VIONIC_FAULT_RX,	/* a receive queue */
	VIONIC_FAULT_TX,	/* a transmit queue */
	VIONIC_FAULT_CONTROL,	/* the control queue */
	VIONIC_FAULT_DEVICE,	/* the device as a whole */
	VIONIC_FAULT_KINDS,
};

#define VIONIC_FAULT_ALL	-1	/* all pairs */

/**
 * struct vionic_fault - what is wrong
 * @kind:	what it is about
 * @pair:	queue pair, or VIONIC_FAULT_ALL; of queues only
 * @reset:	a reset of the queues would not help
 * @why:	for people
 */
struct vionic_fault {
	enum vionic_fault_kind kind;
	int pair;
	bool reset;
	const char *why;
};

/**
 * vionic_recover_init() - be ready for faults
 * @vn: netdev with its pairs, not registered yet
 *
 * Whoever notices a fault calls vionic_want_recovery() or queues the work item
 * that it was handed here.
 */
void vionic_recover_init(struct vionic_net *vn);

/**
 * vionic_recover_anew() - forget how often there were faults
 * @vn: netdev that is down
 *
 * Whoever brings it up means now, not when it would be tried again.
 */
void vionic_recover_anew(struct vionic_net *vn);

/**
 * vionic_recover_mend() - mend a fault, by as little as helps
 * @vn:		netdev
 * @fault:	what is wrong
 *
 * Context: takes vionic_lock(). May sleep.
 * Return: 0; -EIO if the device did not start; -ENODEV if it does not answer. Nothing was
 * done: -ENETDOWN if the interface is down, -EBUSY if the device is suspended.
 */
int vionic_recover_mend(struct vionic_net *vn,
			const struct vionic_fault *fault);

/**
 * vionic_recover_stop() - no more of it
 * @vn: netdev that is no longer registered; nothing notices faults any more
 */
void vionic_recover_stop(struct vionic_net *vn);

#endif /* _VIONIC_RECOVER_H */
