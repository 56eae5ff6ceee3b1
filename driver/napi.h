/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Queue pair: one receive and one transmit queue, one interrupt, one NAPI. The
 * only place where receiving and sending meet.
 */
#ifndef _VIONIC_NAPI_H
#define _VIONIC_NAPI_H

#include <linux/dim.h>
#include <linux/hrtimer.h>
#include <linux/mutex.h>
#include <vionic/coal.h>
#include "rx.h"
#include "tx.h"

/**
 * struct vionic_delay - interrupts that the driver itself puts off
 * @timer:	polls when the time is over
 * @rx_ns:	from a poll that found something to the next, in nanoseconds; 0: an
 *		interrupt at the next frame that is received
 * @rx_frames:	an interrupt after that many anyhow; 0: however many
 * @tx_ns:	likewise, for frames that were sent
 * @tx_frames:	likewise
 * @rx_exhausted: rx->stats.ring_exhausted when a delay was last considered; of NAPI
 *
 * For devices that can't. A poll that finds nothing asks for an interrupt at the
 * next frame, so that an idle queue costs nothing and its first frame does not
 * wait.
 */
struct vionic_delay {
	struct hrtimer timer;
	u32 rx_ns;
	u32 rx_frames;
	u32 tx_ns;
	u32 tx_frames;
	u64 rx_exhausted;
};

/**
 * struct vionic_adapt - a delay that follows the traffic
 * @on:		it does
 * @dim:	the kernel's library for that; its work item is set by who knows
 *		how to tell the device
 * @coal:	what it chose last
 */
struct vionic_adapt {
	bool on;
	struct dim dim;
	struct vionic_coal coal;
};

/**
 * struct vionic_pair - a queue pair
 * @napi:	polls both queues
 * @rx:		receive queue
 * @tx:		transmit queue
 * @live:	rings are in place: the interrupt handler may touch them
 * @irqs:	hard interrupts, written by the handler only
 * @armed:	an interrupt is due at the next frame, and none has come
 * @delay:	interrupts put off
 * @rx_adapt:	delay of receive interrupts that follows the traffic
 * @tx_adapt:	delay of transmit interrupts, likewise
 * @watch:	polls now and then, should an interrupt or a kick get lost
 * @watched:	the next poll is of @watch
 * @sent_then:	frames that the device had taken when @watch polled last
 * @rescues:	frames or room in a ring that no interrupt had told of
 * @starved:	the device ran out of receive buffers, and @family has not been roused
 * @roused:	jiffies when it was, the last time
 * @rouse:	one of @family has starved: the next poll kicks the receive queue
 * @family:	pairs that the device spreads frames over by itself, or NULL
 * @members:	how many those are
 * @fault:	queued when the device wrote nonsense into a ring
 * @index:	number of the pair
 * @irq:	Linux interrupt number, perhaps shared with other pairs
 * @next:	next pair on the same vector
 * @xsk:	memory of AF_XDP sockets that the queues are to work with, or NULL
 * @coal_lock:	held while @rx_coal, @tx_coal, @rx_adapt.coal and @tx_adapt.coal change or
 *		are sent to the device, and while @live is cleared. Taken with or
 *		without vionic_lock()
 * @rx_coal:	wanted delay of receive interrupts
 * @tx_coal:	wanted delay of transmit interrupts
 */
struct vionic_pair {
	struct napi_struct napi;
	struct vionic_rxq rx;
	struct vionic_txq tx;
	bool live;
	unsigned long irqs;
	bool armed;
	struct vionic_delay delay;
	struct vionic_adapt rx_adapt;
	struct vionic_adapt tx_adapt;
	struct timer_list watch;
	bool watched;
	u64 sent_then;
	u64 rescues;
	bool starved;
	bool rouse;
	unsigned long roused;
	struct delayed_work *fault;
	/* cold */
	u16 index;
	u16 members;
	struct vionic_pair **family;
	int irq;
	struct vionic_pair *next;
	struct xsk_buff_pool *xsk;
	struct mutex coal_lock; /* delays of interrupts */
	struct vionic_coal rx_coal;
	struct vionic_coal tx_coal;
};

/**
 * vionic_pair_init() - prepare a pair that has no rings yet
 * @qp:		zeroed
 * @dev:	netdev, not registered yet
 * @index:	number of the pair
 *
 * Return: 0 or -ENOMEM.
 */
int vionic_pair_init(struct vionic_pair *qp, struct net_device *dev, u16 index);

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
 * vionic_pair_unlist() - have the stack forget the NAPI of a pair
 * @qp: stopped pair; before it is started again, synchronize_net()
 */
void vionic_pair_unlist(struct vionic_pair *qp);

/**
 * vionic_pair_set_delay() - have the driver put interrupts off
 * @qp:	pair, may be working
 * @rx:	for receiving
 * @tx:	for sending
 *
 * VIONIC_COAL_USECS_MAX at most.
 */
void vionic_pair_set_delay(struct vionic_pair *qp, struct vionic_coal rx,
			   struct vionic_coal tx);

/**
 * vionic_pairs_irq() - hard interrupt for all pairs of a vector
 * @qp: first of them
 *
 * Silences the device and schedules NAPI, nothing else.
 */
void vionic_pairs_irq(struct vionic_pair *qp);

#endif /* _VIONIC_NAPI_H */
