/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Receive path with an XDP program: it sees a frame where the device wrote it, and
 * says what becomes of it.
 */
#ifndef _VIONIC_RX_XDP_H
#define _VIONIC_RX_XDP_H

#include "rx.h"

/**
 * vionic_rx_xdp() - receive up to @budget frames by a program
 * @rq:		queue
 * @prog:	its program
 * @budget:	above 0
 * @deliver:	gives an skb to the stack
 *
 * NAPI poll, or with softirqs off and in a BPF context while NAPI is disabled.
 *
 * Return: frames taken from the ring.
 */
int vionic_rx_xdp(struct vionic_rxq *rq, struct bpf_prog *prog, int budget,
		  void (*deliver)(struct vionic_rxq *rq, struct sk_buff *skb));

#endif /* _VIONIC_RX_XDP_H */
