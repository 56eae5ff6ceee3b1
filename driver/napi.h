/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Queue pair: one receive and one transmit queue, one interrupt, one NAPI. The
 * only place where receiving and sending meet.
 */
#ifndef _VIONIC_NAPI_H
#define _VIONIC_NAPI_H

#include <vionic/coal.h>
#include "rx.h"
#include "tx.h"

/**
 * struct vionic_pair - a queue pair
 * @napi:	polls both queues
 * @rx:		receive queue
 * @tx:		transmit queue
 * @live:	rings are in place: the interrupt handler may touch them
 * @irqs:	hard interrupts, written by the handler only
 * @index:	number of the pair
 * @irq:	Linux interrupt number, perhaps shared with other pairs
 * @next:	next pair on the same vector
 * @rx_coal:	wanted delay of receive interrupts
 * @tx_coal:	wanted delay of transmit interrupts
 */
struct vionic_pair {
	struct napi_struct napi;
	struct vionic_rxq rx;
	struct vionic_txq tx;
	bool live;
	unsigned long irqs;
	/* cold */
	u16 index;
	int irq;
	struct vionic_pair *next;
	struct vionic_coal rx_coal;
	struct vionic_coal tx_coal;
};

/**
 * vionic_pair_init() - prepare a pair that has no rings yet
 * @qp:		zeroed
 * @dev:	netdev, not registered yet
 * @index:	number of the pair
 */
void vionic_pair_init(struct vionic_pair *qp, struct net_device *dev,
		      u16 index);

/**
 * vionic_pair_exit() - undo vionic_pair_init()
 * @qp: pair without rings
 */
void vionic_pair_exit(struct vionic_pair *qp);

/**
 * vionic_pair_start() - let a pair work
 * @qp: pair whose rings are enabled in a running device
 */
void vionic_pair_start(struct vionic_pair *qp);

/**
 * vionic_pair_stop() - end all work on a pair
 * @qp: pair; the stack no longer sends on it. One that is stopped is fine
 *
 * Sleeps until neither interrupt handler nor poll touches the rings. The
 * device may still.
 */
void vionic_pair_stop(struct vionic_pair *qp);

/**
 * vionic_pairs_irq() - hard interrupt for all pairs of a vector
 * @qp: first of them
 *
 * Silences the device and schedules NAPI, nothing else.
 */
void vionic_pairs_irq(struct vionic_pair *qp);

#endif /* _VIONIC_NAPI_H */
