/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Receive path: used buffers become skbs on their way to GRO.
 */
#ifndef _VIONIC_RX_H
#define _VIONIC_RX_H

#include <linux/netdevice.h>
#include <linux/timer.h>
#include <linux/u64_stats_sync.h>
#include <net/xdp.h>
#include "rx_buf.h"

#define VIONIC_RX_COPYBREAK	256	/* bytes: longer frames keep their buffer */

/* Counters of a receive queue, in the order of ethtool -S */
#define VIONIC_RX_STATS(X)						\
	X(packets)		/* frames on the wire, for stack or program */ \
	X(bytes)							\
	X(drops)		/* frames lost: no memory, or uncheckable */ \
	X(errors)		/* frames that contradict their header */ \
	X(ring_exhausted)	/* times the ring was found empty */	\
	X(refill_fail)		/* times memory ran out in a refill */	\
	X(kicks)		/* doorbells */				\
	X(polls)		/* NAPI polls */			\
	X(copybreak)		/* frames copied, buffer kept */	\
	X(merged)		/* frames of several buffers */		\
	X(gso)			/* frames joined by the device */	\
	X(gso_bytes)		/* in them */				\
	X(gso_frames)		/* what they were on the wire */	\
	X(gso_wire_bytes)						\
	X(csum_unnecessary)	/* checksums that the device checked */	\
	X(csum_partial)		/* checksums that nobody needed */	\
	X(csum_none)		/* checksums left to the stack */

struct vionic_rx_stats {
#define X(name) u64 name;
	VIONIC_RX_STATS(X)
#undef X
};

/* Others read them while they are added to */
struct vionic_rx_totals {
#define X(name) u64_stats_t name;
	VIONIC_RX_STATS(X)
#undef X
};

/* Counters of a receive queue with an XDP program */
#define VIONIC_XDP_STATS(X)						\
	X(packets)		/* frames that it saw */		\
	X(drops)		/* XDP_DROP */				\
	X(tx)			/* XDP_TX, sent */			\
	X(redirects)		/* XDP_REDIRECT, accepted */		\
	X(aborted)		/* XDP_ABORTED, or no verdict there is */ \
	X(errors)		/* frames that could not be shown or sent */ \
	X(csum)			/* checksums completed for it */

struct vionic_xdp_stats {
#define X(name) u64 name;
	VIONIC_XDP_STATS(X)
#undef X
};

struct vionic_xdp_totals {
#define X(name) u64_stats_t name;
	VIONIC_XDP_STATS(X)
#undef X
};

/**
 * struct vionic_rx_xdp - an XDP program on a receive queue
 * @prog:	the program, or NULL. Written under vionic_lock()
 * @info:	what it and who gets its frames are told of the queue
 * @tx:		where XDP_TX sends
 * @batch:	what this poll counted
 * @stats:	totals, guarded like the queue's own
 */
struct vionic_rx_xdp {
	struct bpf_prog __rcu *prog;
	struct xdp_rxq_info info;
	struct vionic_txq *tx;
	struct vionic_xdp_stats batch;
	struct vionic_xdp_totals stats;
};

/**
 * struct vionic_rxq - a receive queue
 * @ring:	ring and buffers
 * @napi:	what polls it
 * @dev:	netdev that frames arrive on
 * @index:	number of the queue
 * @copybreak:	longest frame that is copied, in bytes; ethtool writes it
 * @mergeable:	VIRTIO_NET_F_MRG_RXBUF
 * @hdr_has:	VIONIC_HDR_*: what else a header tells
 * @batch:	what this poll counted
 * @sync:	guards @stats
 * @stats:	totals; survive down and up
 * @xdp:	XDP program
 * @retry:	wakes NAPI when memory had run out, or when vionic_rx_again() says
 * @pools:	idle ones, for the next ring
 */
struct vionic_rxq {
	struct vionic_rx_ring ring;
	struct napi_struct *napi;
	struct net_device *dev;
	u16 index;
	u16 copybreak;
	bool mergeable;
	u8 hdr_has;
	struct vionic_rx_stats batch;
	struct u64_stats_sync sync;
	struct vionic_rx_totals stats;
	struct vionic_rx_xdp xdp;
	/* cold */
	struct timer_list retry;
	struct vionic_rx_pools pools;
};

/**
 * vionic_rx_init() - prepare a queue that has no ring yet
 * @rq:		queue; @dev, @napi and @index are set, and @napi has its number
 *
 * Return: 0 or -ENOMEM.
 */
int vionic_rx_init(struct vionic_rxq *rq);

/**
 * vionic_rx_exit() - undo vionic_rx_init()
 * @rq: queue without a ring, for good
 */
void vionic_rx_exit(struct vionic_rxq *rq);

/**
 * vionic_rx_set_copybreak() - choose which frames are copied
 * @rq:		queue
 * @bytes:	longest that is, VIONIC_RX_ROOM_MIN at most; 0 for none
 *
 * Any context. Frames that are being received may still go by the old value.
 */
static inline void vionic_rx_set_copybreak(struct vionic_rxq *rq, u16 bytes)
{
	WRITE_ONCE(rq->copybreak, bytes);
}

/**
 * vionic_rx_start() - show the device the buffers
 * @rq: queue whose ring is enabled in a running device, and not polled yet
 */
void vionic_rx_start(struct vionic_rxq *rq);

/**
 * vionic_rx_stop() - no more retries
 * @rq: queue whose NAPI is disabled
 */
void vionic_rx_stop(struct vionic_rxq *rq);

/**
 * vionic_rx_poll() - receive up to @budget frames and refill the ring
 * @rq:		queue
 * @budget:	of NAPI, above 0
 *
 * NAPI poll.
 *
 * Return: frames taken from the ring.
 */
int vionic_rx_poll(struct vionic_rxq *rq, int budget);

/**
 * vionic_rx_again() - have the queue polled later, if not before
 * @rq:		queue, in its poll
 * @when:	in jiffies
 */
void vionic_rx_again(struct vionic_rxq *rq, unsigned long when);

/**
 * vionic_rx_rekick() - ring the doorbell, whatever the device asked for
 * @rq: queue, in its poll
 */
void vionic_rx_rekick(struct vionic_rxq *rq);

/**
 * vionic_rx_drain() - receive what the device used before it was reset
 * @rq: queue whose NAPI is disabled, ring that the device does not own
 *
 * Process context.
 */
void vionic_rx_drain(struct vionic_rxq *rq);

/**
 * vionic_rx_irq_off() - ask for silence
 * @rq: queue
 *
 * Any context.
 */
static inline void vionic_rx_irq_off(struct vionic_rxq *rq)
{
	vionic_vq_irq_off(&rq->ring.vq);
}

/**
 * vionic_rx_irq_on() - ask for an interrupt at the next frame
 * @rq: queue
 *
 * Return: true if there is one already.
 */
static inline bool vionic_rx_irq_on(struct vionic_rxq *rq)
{
	return vionic_vq_irq_on(&rq->ring.vq);
}

/**
 * vionic_rx_irq_after() - request an interrupt after some frames
 * @rq:		queue
 * @frames:	frames; 0: any number
 *
 * At the latest when the device has used three quarters of its buffers: it drops frames
 * when it has none.
 *
 * Context: NAPI poll.
 * Return: true if no interrupt may come, so that the caller has to poll again.
 */
static inline bool vionic_rx_irq_after(struct vionic_rxq *rq, u32 frames)
{
	struct vionic_vq *vq = &rq->ring.vq;

	return vionic_vq_irq_after(vq, frames, rq->ring.ndesc,
				   vionic_vq_inflight_units(vq));
}

#endif /* _VIONIC_RX_H */
