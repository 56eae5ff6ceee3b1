/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Between the header in front of a frame and what an skb says of checksums,
 * segmentation and hash (virtio 1.3, 5.1.6.2 and 5.1.6.4).
 */
#ifndef _VIONIC_OFFLOAD_H
#define _VIONIC_OFFLOAD_H

#include <linux/skbuff.h>
#include <vionic/hdr.h>

/**
 * vionic_offload_rx() - carry a received header over to the skb
 * @skb:	frame with its data at the MAC header; its device is set
 * @hdr:	private copy of the header
 * @hash:	@hdr has the hash fields
 *
 * NAPI poll.
 *
 * Return: false if the header contradicts the frame: drop it.
 */
bool vionic_offload_rx(struct sk_buff *skb, const struct vionic_hdr *hdr,
		       bool hash);

/**
 * vionic_offload_tx() - write the header for an skb
 * @skb:	frame with its data at the MAC header
 * @hdr:	filled in
 * @hdr_len:	VIONIC_HDR_LEN or VIONIC_HDR_LEN_HASH
 *
 * Return: false if the device can't send this kind of frame.
 */
bool vionic_offload_tx(const struct sk_buff *skb, struct vionic_hdr *hdr,
		       u8 hdr_len);

#endif /* _VIONIC_OFFLOAD_H */
