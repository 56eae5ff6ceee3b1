/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Receive path of AF_XDP without a copy: the device writes into memory that sockets
 * brought, and a program says which frames they get.
 */
#ifndef _VIONIC_RX_XSK_H
#define _VIONIC_RX_XSK_H

#include "rx.h"

/**
 * vionic_rx_xsk() - receive up to @budget frames into memory of sockets
 * @rq:		queue whose ring has such
 * @prog:	its program, or NULL
 * @budget:	above 0
 * @deliver:	gives an skb to the stack, with a copy of what no socket gets
 *
 * As vionic_rx_xdp().
 *
 * Return: frames taken from the ring.
 */
int vionic_rx_xsk(struct vionic_rxq *rq, struct bpf_prog *prog, int budget,
		  void (*deliver)(struct vionic_rxq *rq, struct sk_buff *skb));

/**
 * vionic_rx_xsk_refill() - post what memory sockets have given
 * @rq: queue whose ring has memory of sockets
 *
 * And tell them whether to ask for more of that. NAPI poll.
 */
void vionic_rx_xsk_refill(struct vionic_rxq *rq);

#endif /* _VIONIC_RX_XSK_H */
