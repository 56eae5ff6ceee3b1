/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Header and data apart (ethtool's tcp-data-split): the beginning of a frame goes where
 * the CPU reads it, all else into pages that it need not be able to read, and that
 * may be lent to a queue: by io_uring, by another device.
 *
 * A virtio device knows nothing of where headers end. It gets a buffer of two
 * descriptors and fills the first before the second (2.7.4.2), so frames are cut
 * after VIONIC_HDS_HEAD bytes:
 *
 *	| header | headers of the frame, some of its data |	ring->slot, of the ring
 *	| the rest of its data                            |	ring->page, of a pool
 *
 * The beginning is copied into an skb, which gets the page as a fragment. Of frames
 * that end before it the page is posted again. All frames are in one buffer: the MTU
 * is kept below what that takes, and the device does not coalesce.
 *
 * Only on kernels whose skbs can have such fragments.
 */
#ifndef _VIONIC_RX_HDS_H
#define _VIONIC_RX_HDS_H

#include "rx.h"

/* Ethernet, a VLAN, IPv6 and TCP with the most options are 118 bytes long */
#define VIONIC_HDS_HEAD		128

/**
 * vionic_rx_hds_page() - bytes of a page for what does not fit into the beginning
 * @buf_len: bytes of buffers otherwise, VIONIC_RX_BUF_*
 *
 * Return: bytes, a page at least.
 */
static inline u32 vionic_rx_hds_page(u32 buf_len)
{
	return max_t(u32, buf_len, PAGE_SIZE);
}

/**
 * vionic_rx_hds_alloc() - memory for the beginnings, and pages behind them
 * @ring:	ring whose virtqueue is there
 * @params:	how it is made
 *
 * Under vionic_lock(), which keeps who lends memory from coming and going. May
 * sleep.
 *
 * Return: 0, -ENOMEM, or as the lender says if it has none of the kind.
 */
int vionic_rx_hds_alloc(struct vionic_rx_ring *ring,
			const struct vionic_rx_ring_params *params);

/**
 * vionic_rx_hds_free() - undo vionic_rx_hds_alloc()
 * @ring: ring that the device does not own
 */
void vionic_rx_hds_free(struct vionic_rx_ring *ring);

/**
 * vionic_rx_hds_refill() - as vionic_rx_refill()
 * @ring:	ring with beginnings and pages
 * @gfp:	how to allocate
 *
 * Return: false if memory ran out.
 */
bool vionic_rx_hds_refill(struct vionic_rx_ring *ring, gfp_t gfp);

/**
 * vionic_rx_hds_has_provider() - tell whether the pages are those of a memory provider
 * @ring: ring with beginnings and pages
 *
 * A memory provider may have no page left until its user returns one: such a ring works
 * without any buffer, and is filled by later polls.
 *
 * Context: Any.
 * Return: true if a memory provider owns the pages.
 */
bool vionic_rx_hds_has_provider(const struct vionic_rx_ring *ring);

/**
 * vionic_rx_hds() - receive up to @budget frames
 * @rq:		queue whose ring has beginnings and pages
 * @budget:	above 0
 * @deliver:	gives an skb to the stack
 *
 * As vionic_rx_poll().
 *
 * Return: frames taken from the ring.
 */
int vionic_rx_hds(struct vionic_rxq *rq, int budget,
		  void (*deliver)(struct vionic_rxq *rq, struct sk_buff *skb));

#endif /* _VIONIC_RX_HDS_H */
