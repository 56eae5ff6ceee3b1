/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A frame on its way into a transmit ring and out of it: what skbs and frames of
 * XDP have in common.
 *
 * Putting: softirqs off, under the queue's lock. Taking out: NAPI poll.
 */
#ifndef _VIONIC_TX_CHAIN_H
#define _VIONIC_TX_CHAIN_H

#include <linux/skbuff.h>
#include <net/xdp.h>
#include <vionic/compat.h>
#include "trace.h"
#include "tx.h"

/* Frames of XDP are told from skbs by a bit of the pointer to them, and those of its
 * sockets by another: a number is in place of the pointer
 */
#define VIONIC_TX_IS_XDP	1UL
#define VIONIC_TX_IS_XSK	2UL
#define VIONIC_TX_XSK_SHIFT	2

/**
 * vionic_tx_is_xdp() - is this a frame of XDP?
 * @frame: of a ring
 *
 * Return: true for those of XDP and of sockets, false for skbs.
 */
static __always_inline bool vionic_tx_is_xdp(const void *frame)
{
	return (unsigned long)frame & VIONIC_TX_IS_XDP;
}

/**
 * vionic_tx_is_xsk() - is it a socket's?
 * @frame: of a ring, vionic_tx_is_xdp()
 *
 * Return: true if it is.
 */
static inline bool vionic_tx_is_xsk(const void *frame)
{
	return (unsigned long)frame & VIONIC_TX_IS_XSK;
}

/**
 * vionic_tx_from_xsk() - what a ring keeps of a socket's frame
 * @n: its number
 *
 * Return: what vionic_tx_to_xsk() takes.
 */
static inline void *vionic_tx_from_xsk(u16 n)
{
	return (void *)((unsigned long)n << VIONIC_TX_XSK_SHIFT |
			VIONIC_TX_IS_XSK | VIONIC_TX_IS_XDP);
}

/**
 * vionic_tx_to_xsk() - the number of a socket's frame
 * @frame: of a ring, vionic_tx_is_xsk()
 *
 * Return: what vionic_tx_from_xsk() took.
 */
static inline u16 vionic_tx_to_xsk(const void *frame)
{
	return (unsigned long)frame >> VIONIC_TX_XSK_SHIFT;
}

/**
 * vionic_tx_to_xdp() - the frame that it is
 * @frame: of a ring, vionic_tx_is_xdp() and no socket's
 *
 * Return: the frame.
 */
static inline struct xdp_frame *vionic_tx_to_xdp(void *frame)
{
	return (void *)((unsigned long)frame & ~VIONIC_TX_IS_XDP);
}

static inline void vionic_tx_unmap(struct device *dev,
				   const struct vionic_tx_map *m)
{
	switch (m->type) {
	case VIONIC_TX_SINGLE:
		dma_unmap_single(dev, m->dma, m->len, DMA_TO_DEVICE);
		break;
	case VIONIC_TX_PAGE:
		dma_unmap_page(dev, m->dma, m->len, DMA_TO_DEVICE);
		break;
	case VIONIC_TX_KEPT:
	case VIONIC_TX_TABLE:
		break;
	}
}

static inline void vionic_tx_unmap_table(const struct vionic_tx_ring *ring,
					 u16 id, u32 entries)
{
	while (entries--)
		vionic_tx_unmap(ring->vq.dev, &ring->shadow[id].map[entries]);
}

/**
 * vionic_tx_unmap_chain() - undo the mappings of a frame
 * @ring:	ring
 * @l:		its layout
 * @id:		first descriptor
 * @ndesc:	descriptors
 *
 * Return: the frame: an skb, or vionic_tx_is_xdp().
 */
static __always_inline void *
vionic_tx_unmap_chain(const struct vionic_tx_ring *ring, enum vionic_layout l,
		      u16 id, u16 ndesc)
{
	void *frame = ring->frame[id];

	if (likely(ring->vq.physical))
		return frame;
	if (unlikely(ring->map[id].type == VIONIC_TX_TABLE))
		vionic_tx_unmap_table(ring, id, ring->map[id].len);
	vionic_tx_unmap(ring->vq.dev, &ring->map[id]);
	while (--ndesc) {
		id = vionic_vq_next(&ring->vq, l, id);
		vionic_tx_unmap(ring->vq.dev, &ring->map[id]);
	}
	return frame;
}

/* Physical addresses need no mapping, which can't fail then */
static __always_inline dma_addr_t
vionic_tx_map_linear(const struct vionic_vq *vq, void *data, u32 len)
{
	if (likely(vq->physical))
		return virt_to_phys(data);
	return dma_map_single(vq->dev, data, len, DMA_TO_DEVICE);
}

static __always_inline dma_addr_t
vionic_tx_map_frag(const struct vionic_vq *vq, const skb_frag_t *frag)
{
	if (likely(vq->physical))
		return page_to_phys(skb_frag_page(frag)) + skb_frag_off(frag);
	return skb_frag_dma_map(vq->dev, frag, 0, skb_frag_size(frag),
				DMA_TO_DEVICE);
}

static __always_inline bool vionic_tx_map_failed(const struct vionic_vq *vq,
						 dma_addr_t dma)
{
	return !vq->physical && dma_mapping_error(vq->dev, dma);
}

static __always_inline void
vionic_tx_keep_map(const struct vionic_tx_ring *ring, struct vionic_tx_map *m,
		   dma_addr_t dma, u32 len, enum vionic_tx_type type)
{
	if (likely(ring->vq.physical))
		return;
	m->dma = dma;
	m->len = len;
	m->type = type;
}

/**
 * struct vionic_tx_chain - a frame being put
 * @head:	first descriptor
 * @ndesc:	put so far
 * @left:	to be put
 * @lead:	bytes of header in front of the frame
 * @table:	as entries of the table that belongs to its only descriptor of the
 *		ring, rather than as a chain of those
 */
struct vionic_tx_chain {
	u16 head;
	u16 ndesc;
	u16 left;
	u8 lead;
	bool table;
};

/**
 * vionic_tx_put() - put the next part of a frame
 * @ring:	ring with room for it
 * @l:		its layout
 * @c:		frame
 * @dma:	bus address
 * @len:	bytes
 * @type:	how it was mapped
 */
static __always_inline void
vionic_tx_put(struct vionic_tx_ring *ring, enum vionic_layout l,
	      struct vionic_tx_chain *c, dma_addr_t dma, u32 len,
	      enum vionic_tx_type type)
{
	struct vionic_tx_map *map;
	bool last = !--c->left;

	if (unlikely(c->table)) {
		vionic_ring_indirect(l, ring->tables.block[c->head].mem,
				     c->ndesc, last, 0, dma, len);
		map = &ring->shadow[c->head].map[c->ndesc];
	} else {
		u16 id = vionic_vq_put(&ring->vq, l, c->head, dma, len,
				       last ? 0 : VRING_DESC_F_NEXT);

		map = &ring->map[id];
	}
	vionic_tx_keep_map(ring, map, dma, len, type);
	c->ndesc++;
}

/**
 * vionic_tx_clear_hdr() - nothing is asked of the device
 * @hdr:	header; may be unaligned
 * @len:	its bytes
 *
 * Most are as long as the compiler knows: two stores.
 */
static __always_inline void vionic_tx_clear_hdr(void *hdr, u8 len)
{
	if (likely(len == VIONIC_HDR_LEN))
		memset(hdr, 0, VIONIC_HDR_LEN);
	else
		memset(hdr, 0, len);
}

/**
 * vionic_tx_put_hdr() - put one of the ring's own headers
 * @ring:	ring with room for it
 * @l:		its layout
 * @c:		frame that has none in front of it, nothing put yet
 */
static __always_inline void vionic_tx_put_hdr(struct vionic_tx_ring *ring,
					      enum vionic_layout l,
					      struct vionic_tx_chain *c)
{
	vionic_tx_put(ring, l, c, ring->hdrs.block[c->head].dma, ring->hdr_len,
		      VIONIC_TX_KEPT);
}

/**
 * vionic_tx_put_blank() - put a header that asks for nothing
 * @ring:	ring with room for it
 * @l:		its layout
 * @c:		frame that has none in front of it, nothing put yet
 */
static __always_inline void vionic_tx_put_blank(struct vionic_tx_ring *ring,
						enum vionic_layout l,
						struct vionic_tx_chain *c)
{
	vionic_tx_put(ring, l, c, ring->blank_dma, ring->hdr_len,
		      VIONIC_TX_KEPT);
}

/**
 * vionic_tx_undo() - take back what was put of a frame
 * @ring:	ring
 * @c:		frame
 */
static inline void vionic_tx_undo(struct vionic_tx_ring *ring,
				  const struct vionic_tx_chain *c)
{
	enum vionic_layout l = ring->vq.layout;

	if (c->table) {
		vionic_tx_unmap_table(ring, c->head, c->ndesc);
		return;
	}
	if (c->ndesc)
		vionic_tx_unmap_chain(ring, l, c->head, c->ndesc);
	vionic_vq_rewind(&ring->vq, l, c->ndesc);
}

/**
 * vionic_tx_flush() - show the device all frames that were committed
 * @tq:	queue
 * @l:	layout of its ring
 *
 * A promise of more may have kept some back.
 */
static __always_inline void vionic_tx_flush(struct vionic_txq *tq,
					    enum vionic_layout l)
{
	if (!vionic_vq_flush(&tq->ring.vq, l))
		return;
	vionic_tx_count(tq, &tq->xmit.kicks);
	trace_vionic_kick(tq->nq->dev, tq->ring.vq.index,
			  vionic_vq_inflight(&tq->ring.vq));
}

/**
 * vionic_tx_full() - have a full ring cleaned now if interrupts are delayed
 * @tq: queue
 *
 * The poll also requests an interrupt that does not wait for frames to come.
 *
 * Context: softirqs off.
 */
static inline void vionic_tx_full(struct vionic_txq *tq)
{
	/* NAPI of a closed queue may not be there */
	if (unlikely(READ_ONCE(tq->delayed)) && !READ_ONCE(tq->closed))
		napi_schedule(tq->napi);
}

/**
 * vionic_tx_maybe_stop() - stop the queue while there may be no room for an skb
 * @tq: queue
 *
 * Context: under the queue's lock.
 * Return: as netif_txq_maybe_stop(): 0 if the queue was stopped, 1 if it was left
 * running, -1 if it was stopped and started again. In the last case a caller other than
 * ndo_start_xmit has to schedule the queue: its qdisc may have found it stopped.
 */
static __always_inline int vionic_tx_maybe_stop(struct vionic_txq *tq)
{
	const struct vionic_tx_ring *ring = &tq->ring;
	int running = netif_txq_maybe_stop(tq->nq,
					   vionic_vq_free_count(&ring->vq),
					   ring->stop, ring->largest);

	if (!running) {
		vionic_tx_count(tq, &tq->xmit.stops);
		vionic_tx_full(tq);
	}
	return running;
}

/**
 * vionic_tx_reserve() - count the descriptors that XDP leaves to skbs
 * @tq: queue
 *
 * A running queue needs room for one skb, a stopped one as much as wakes it:
 * otherwise XDP and AF_XDP sockets could take each descriptor that becomes free.
 *
 * Context: under the queue's lock.
 * Return: descriptors that stay free.
 */
static __always_inline u16 vionic_tx_reserve(const struct vionic_txq *tq)
{
	if (unlikely(netif_tx_queue_stopped(tq->nq)))
		return tq->ring.largest;
	return tq->ring.stop;
}

#endif /* _VIONIC_TX_CHAIN_H */
