/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Between the header in front of a frame and what an skb says of checksums,
 * segmentation and hash (virtio 1.3, 5.1.6.2 and 5.1.6.4).
 */
#ifndef _VIONIC_OFFLOAD_H
#define _VIONIC_OFFLOAD_H

#include <linux/skbuff.h>
#include <vionic/hdr.h>

/* The part of vionic_offload_rx() for headers that say something */
bool vionic_offload_rx_told(struct sk_buff *skb, struct vionic_hdr *hdr,
			    u8 have);

/**
 * vionic_offload_rx() - carry a received header over to the skb
 * @skb:	frame with its data at the MAC header; its device is set
 * @hdr:	private copy of the header, which is changed
 * @have:	VIONIC_HDR_*: what was negotiated
 *
 * NAPI poll.
 *
 * Return: false if the header contradicts the frame: drop it.
 */
static __always_inline bool vionic_offload_rx(struct sk_buff *skb,
					      struct vionic_hdr *hdr, u8 have)
{
	if (!hdr->flags && !hdr->gso_type && !(have & VIONIC_HDR_HASH))
		return true;
	return vionic_offload_rx_told(skb, hdr, have);
}

/**
 * vionic_offload_wire_gso() - what a GSO frame is on the wire
 * @skb:	frame with its data at the MAC header
 * @bytes:	filled in: of all of its segments together
 *
 * Return: segments, 1 if it can't be cut.
 */
u32 vionic_offload_wire_gso(const struct sk_buff *skb, u32 *bytes);

/**
 * vionic_offload_tx_gso() - is there a header for what an skb wants?
 * @skb:	GSO frame, of a kind whose feature was negotiated
 *
 * Any context. What this refuses, the stack is to segment.
 *
 * Return: true if there is.
 */
bool vionic_offload_tx_gso(const struct sk_buff *skb);

/* The part of vionic_offload_tx() for frames that want something */
bool vionic_offload_tx_wanted(const struct sk_buff *skb, struct vionic_hdr *hdr,
			      u8 hdr_len);

/**
 * vionic_offload_tx() - write the header for an skb
 * @skb:	frame with its data at the MAC header
 * @hdr:	filled in
 * @hdr_len:	VIONIC_HDR_LEN*: bytes of @hdr
 *
 * Return: false if the device can't send this kind of frame.
 */
static __always_inline bool vionic_offload_tx(const struct sk_buff *skb,
					      struct vionic_hdr *hdr,
					      u8 hdr_len)
{
	/* a length that the compiler knows: two stores */
	if (likely(hdr_len == VIONIC_HDR_LEN))
		memset(hdr, 0, VIONIC_HDR_LEN);
	else
		memset(hdr, 0, hdr_len);
	if (skb->ip_summed != CHECKSUM_PARTIAL && !skb_is_gso(skb))
		return true;
	return vionic_offload_tx_wanted(skb, hdr, hdr_len);
}

#endif /* _VIONIC_OFFLOAD_H */
