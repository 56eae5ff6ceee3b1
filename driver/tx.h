/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Transmit path: skbs become descriptors, and used ones are cleaned.
 */
#ifndef _VIONIC_TX_H
#define _VIONIC_TX_H

#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/u64_stats_sync.h>
#include "dma_blocks.h"
#include "virtqueue.h"

/* Descriptors that the most scattered frame takes: header, linear part, frags */
#define VIONIC_TX_NDESC_MAX	(2 + MAX_SKB_FRAGS)

/* Fewest entries that hold one such frame, if the device has that many */
#define VIONIC_TX_RING_MIN	32

/* Counters that the sending CPU writes, and those that the NAPI writes */
#define VIONIC_TX_XMIT_STATS(X)						\
	X(kicks)		/* doorbells */				\
	X(stops)		/* times the ring was full */		\
	X(busy)			/* frames refused for want of room */	\
	X(drops)		/* frames that could not be mapped or sent */ \
	X(linearized)		/* frames too scattered for the ring */	\
	X(indirect)		/* frames that a table was used for */	\
	X(csum)			/* frames whose checksum the device makes */ \
	X(headers)		/* frames with no room for the header */ \
	X(timeouts)		/* times the stack found the queue stuck */ \
	X(xdp)			/* frames of XDP */			\
	X(xdp_drops)		/* those that there was no room for */	\
	X(xsk)			/* frames of AF_XDP sockets, not copied */ \
	X(xsk_drops)		/* those that were no frames */

#define VIONIC_TX_CLEAN_STATS(X)					\
	X(packets)		/* frames on the wire, that the device took */ \
	X(bytes)							\
	X(gso)			/* frames that the device cut */	\
	X(gso_bytes)		/* in them */				\
	X(gso_frames)		/* what they became on the wire */	\
	X(gso_wire_bytes)						\
	X(wakes)		/* times a full ring had room again */	\
	X(rekicks)		/* times a kick seemed to be lost */

struct vionic_tx_xmit_stats {
#define X(name) u64 name;
	VIONIC_TX_XMIT_STATS(X)
#undef X
};

struct vionic_tx_clean_stats {
#define X(name) u64 name;
	VIONIC_TX_CLEAN_STATS(X)
#undef X
};

/* Others read them while they are added to */
struct vionic_tx_xmit_totals {
#define X(name) u64_stats_t name;
	VIONIC_TX_XMIT_STATS(X)
#undef X
};

struct vionic_tx_clean_totals {
#define X(name) u64_stats_t name;
	VIONIC_TX_CLEAN_STATS(X)
#undef X
};

/* How a descriptor's memory was mapped */
enum vionic_tx_type {
	VIONIC_TX_KEPT,		/* of a header array or page pool: stays mapped */
	VIONIC_TX_SINGLE,	/* linear part of an skb */
	VIONIC_TX_PAGE,		/* fragment of an skb */
	VIONIC_TX_TABLE,	/* indirect table, whose entries are mapped */
};

/**
 * struct vionic_tx_map - a mapping to undo
 * @dma:	bus address
 * @len:	bytes; entries if @type is VIONIC_TX_TABLE
 * @type:	its kind
 */
struct vionic_tx_map {
	dma_addr_t dma;
	u32 len;
	enum vionic_tx_type type;
};

/**
 * struct vionic_tx_table - an indirect table, as the device sees it
 * @entry: descriptors, vionic_ring_indirect()
 */
struct vionic_tx_table {
	u8 entry[VIONIC_TX_NDESC_MAX][sizeof(struct vionic_desc)];
};

/**
 * struct vionic_tx_shadow - shadow of an indirect table
 * @map: mappings to undo, by entry
 */
struct vionic_tx_shadow {
	struct vionic_tx_map map[VIONIC_TX_NDESC_MAX];
};

/**
 * struct vionic_tx_ring - a ring and the frames in it
 * @vq:		the ring
 * @frame:	by descriptor id, of the first of a chain: the frame, an skb or
 *		vionic_tx_is_xdp()
 * @map:	by descriptor id: mapping to undo; not kept of physical addresses
 * @hdrs:	by descriptor id: headers of frames without headroom for one
 * @blank_dma:	DMA address of a header that is zero. All frames without an offload
 *		share it
 * @hdr_len:	bytes of a header
 * @any_layout:	header and frame may share a descriptor
 * @largest:	descriptors of the largest frame that it takes as it is
 * @stop:	with fewer free ones than these, the next frame might not fit
 * @xsk:	sockets that send by it; NULL: none
 * @xdp_put:	frames of XDP that were put into it
 * @xdp_done:	those that were taken out
 * @tables:	by descriptor id: indirect tables, struct vionic_tx_table; empty if
 *		VIRTIO_F_INDIRECT_DESC was not negotiated
 * @shadow:	by descriptor id: shadow of @tables
 *
 * With tables a frame never takes more than one descriptor of the ring. They
 * are there for when descriptors run short: a chain costs less, as it needs no
 * second look into memory by the device.
 */
struct vionic_tx_ring {
	struct vionic_vq vq;
	void **frame;
	struct vionic_tx_map *map;
	struct vionic_dma_blocks hdrs;
	dma_addr_t blank_dma;
	u8 hdr_len;
	bool any_layout;
	u16 largest;
	u16 stop;
	struct vionic_tx_xsk *xsk;
	u32 xdp_put;
	u32 xdp_done;
	struct vionic_dma_blocks tables;
	struct vionic_tx_shadow *shadow;
};

/* What is done about a queue that the stack finds stuck, one after the other as
 * long as nothing moves
 */
enum vionic_tx_rung {
	VIONIC_TX_RUNG_KICK = 1,	/* look at the ring, kick once more */
	VIONIC_TX_RUNG_QUEUE,		/* reset the queue */
	VIONIC_TX_RUNG_DEVICE,		/* reset the device */
};

/**
 * struct vionic_txq - a transmit queue
 * @ring:	ring and frames
 * @nq:		the stack's view of it
 * @napi:	polls the queue
 * @delayed:	the driver delays interrupts: a sender that finds the ring full has it
 *		polled
 * @closed:	the ring is not to be used: senders add nothing, polls do not wake the
 *		queue. Written under the queue's lock
 * @stuck:	@rung is to be done by vionic_recover
 * @rung:	VIONIC_TX_RUNG_*, what the last time that it was stuck took
 * @rung_done:	frames that the device had taken then
 * @xmit_sync:	guards @xmit
 * @xmit:	totals that ndo_start_xmit counts, under the queue's lock
 * @clean_sync:	guards @clean
 * @clean:	totals that the NAPI counts
 */
struct vionic_txq {
	struct vionic_tx_ring ring;
	struct netdev_queue *nq;
	struct napi_struct *napi;
	bool delayed;
	bool closed;
	bool stuck;
	u8 rung;
	u64 rung_done;
	struct u64_stats_sync xmit_sync ____cacheline_aligned_in_smp;
	struct vionic_tx_xmit_totals xmit;
	struct u64_stats_sync clean_sync ____cacheline_aligned_in_smp;
	struct vionic_tx_clean_totals clean;
};

/**
 * vionic_tx_count() - count something about sending
 * @tq:		queue
 * @counter:	one of @tq->xmit
 *
 * Context: under the queue's lock.
 */
static inline void vionic_tx_count(struct vionic_txq *tq,
				   u64_stats_t *counter)
{
	u64_stats_update_begin(&tq->xmit_sync);
	u64_stats_inc(counter);
	u64_stats_update_end(&tq->xmit_sync);
}

/**
 * struct vionic_tx_ring_params - how a transmit ring is made
 * @vq:		the ring
 * @hdr_len:	bytes of a header
 * @any_layout:	header and frame may share a descriptor
 * @csum:	the device makes checksums
 * @xsk:	pool of sockets that send by it; NULL: none
 */
struct vionic_tx_ring_params {
	struct vionic_vq_params vq;
	u8 hdr_len;
	bool any_layout;
	bool csum;
	struct xsk_buff_pool *xsk;
};

/**
 * vionic_tx_ring_alloc() - make an empty ring
 * @ring:	filled in
 * @params:	what is wanted
 *
 * May sleep. The device does not know of it yet.
 *
 * Return: 0 or -ENOMEM.
 */
int vionic_tx_ring_alloc(struct vionic_tx_ring *ring,
			 const struct vionic_tx_ring_params *params);

/**
 * vionic_tx_ring_free() - release a ring and the frames in it
 * @ring: ring that the device does not own; one never allocated is fine
 */
void vionic_tx_ring_free(struct vionic_tx_ring *ring);

/**
 * vionic_tx_ring_recycle() - make a ring that was used ready for a new start
 * @ring: ring that the device does not own
 *
 * Return: frames that the device had not sent and that are lost.
 */
u32 vionic_tx_ring_recycle(struct vionic_tx_ring *ring);

/**
 * vionic_tx_init() - prepare a queue that has no ring yet
 * @tq: queue; @nq is set
 */
void vionic_tx_init(struct vionic_txq *tq);

/**
 * vionic_tx_xmit() - send a frame
 * @skb:	frame, owned from here on unless refused
 * @tq:		queue
 *
 * ndo_start_xmit: softirqs off, under the queue's lock.
 *
 * Return: NETDEV_TX_OK, or NETDEV_TX_BUSY if there was no room, which the
 * queue being stopped in time should prevent.
 */
netdev_tx_t vionic_tx_xmit(struct sk_buff *skb, struct vionic_txq *tq);

/**
 * vionic_tx_clean() - free the frames that the device has sent
 * @tq:		queue
 * @budget:	of NAPI; 0 from netpoll, where irqs may be off
 *
 * NAPI poll. At most a ring's worth of them.
 *
 * Return: true if there may be more.
 */
bool vionic_tx_clean(struct vionic_txq *tq, int budget);

/**
 * vionic_tx_idle() - has the device sent all that it was given?
 * @tq: queue
 *
 * Return: true if it has.
 */
static inline bool vionic_tx_idle(const struct vionic_txq *tq)
{
	return !vionic_vq_inflight(&tq->ring.vq);
}

/**
 * __vionic_tx_kick() - publish all frames and ring the doorbell, this time and the next
 * @tq: queue whose ring is enabled in a running device
 *
 * Whether or not the device asks for it. XDP may have left frames unpublished.
 *
 * Context: under the queue's lock.
 */
static inline void __vionic_tx_kick(struct vionic_txq *tq)
{
	struct vionic_vq *vq = &tq->ring.vq;

	vionic_vq_publish(vq, vq->layout);
	vionic_vq_kick(vq, vq->layout);
	vionic_vq_kick_next(vq);
}

/**
 * vionic_tx_kick() - take the queue's lock and do what __vionic_tx_kick() does
 * @tq: queue whose ring is enabled in a running device
 *
 * Context: softirqs on.
 */
static inline void vionic_tx_kick(struct vionic_txq *tq)
{
	__netif_tx_lock_bh(tq->nq);
	__vionic_tx_kick(tq);
	__netif_tx_unlock_bh(tq->nq);
}

/**
 * vionic_tx_rekick() - likewise, and count it
 * @tq: queue
 *
 * NAPI poll. Not while somebody is sending, who kicks anyhow.
 */
void vionic_tx_rekick(struct vionic_txq *tq);

/**
 * vionic_tx_irq_off() - ask for silence
 * @tq: queue
 *
 * Any context.
 */
static inline void vionic_tx_irq_off(struct vionic_txq *tq)
{
	vionic_vq_irq_off(&tq->ring.vq);
}

/**
 * vionic_tx_irq_on() - ask for an interrupt when most frames are sent
 * @tq: queue
 *
 * Return: true if they are already.
 */
static inline bool vionic_tx_irq_on(struct vionic_txq *tq)
{
	return vionic_vq_irq_on_late(&tq->ring.vq);
}

/**
 * vionic_tx_irq_after() - request an interrupt after some frames are sent
 * @tq:		queue
 * @frames:	frames; 0: any number
 *
 * A ring in which a sender may find no room gets its interrupt when three quarters of
 * what is in flight are used, since nothing more may come. One that becomes full later
 * is polled by its sender, see vionic_txq.delayed.
 *
 * Context: NAPI poll.
 * Return: true if no interrupt may come, so that the caller has to poll again.
 */
bool vionic_tx_irq_after(struct vionic_txq *tq, u32 frames);

#endif /* _VIONIC_TX_H */
