/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Transmit path of XDP: frames without an skb, in the rings that skbs go by, too.
 */
#ifndef _VIONIC_TX_XDP_H
#define _VIONIC_TX_XDP_H

#include <net/xdp.h>
#include "tx.h"

/* Frames are in memory of a page pool, mapped for this device */
#define VIONIC_TX_XDP_POOL	0x1
/* No more are to follow: kick */
#define VIONIC_TX_XDP_FLUSH	0x2

/**
 * vionic_tx_xdp() - send frames
 * @tq:		queue; one that can't send takes none
 * @frames:	frames
 * @n:		how many
 * @flags:	VIONIC_TX_XDP_*
 *
 * Softirqs off. Takes the queue's lock, once for all of them.
 *
 * Return: how many were sent, the first ones; the others are still the caller's.
 */
int vionic_tx_xdp(struct vionic_txq *tq, struct xdp_frame **frames, int n,
		  unsigned int flags);

#endif /* _VIONIC_TX_XDP_H */
