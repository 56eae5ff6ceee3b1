/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The header in front of every frame (virtio 1.3, 5.1.6): what can be checked
 * without a packet at hand. Pure: also compiles in user space (selftests/unit).
 */
#ifndef _VIONIC_HDR_H
#define _VIONIC_HDR_H

#include <vionic/wire.h>

/* Shortest headers, in bytes; linux/ has them, but not for user space */
#define VIONIC_ETH_LEN		14
#define VIONIC_IPV4_LEN		20
#define VIONIC_UDP_LEN		8
#define VIONIC_UDP_CHECK	6	/* where the checksum is in it */

/* What the hash of a received frame covers */
enum vionic_hash_level {
	VIONIC_HASH_NONE,
	VIONIC_HASH_L3,
	VIONIC_HASH_L4,
};

/* Fields and kinds of frames that were negotiated */
#define VIONIC_HDR_HASH		0x1	/* VIRTIO_NET_F_HASH_REPORT */
#define VIONIC_HDR_RSC		0x2	/* VIRTIO_NET_F_RSC_EXT */
#define VIONIC_HDR_TUNNEL	0x4	/* VIRTIO_NET_F_GUEST_UDP_TUNNEL_GSO */
#define VIONIC_HDR_TUNNEL_CSUM	0x8	/* ..._GSO_CSUM */

/**
 * vionic_hdr_gso_kind() - what a frame is segmented by
 * @hdr:	private copy of the header
 *
 * Return: VIRTIO_NET_HDR_GSO_* without ECN and tunnel.
 */
static inline u8 vionic_hdr_gso_kind(const struct vionic_hdr *hdr)
{
	return hdr->gso_type & ~(VIRTIO_NET_HDR_GSO_ECN |
				 VIRTIO_NET_HDR_GSO_UDP_TUNNEL);
}

/**
 * vionic_hdr_tunnel() - is the frame one of a UDP tunnel?
 * @hdr:	private copy of the header
 *
 * If so and if @hdr is valid, then it has the offsets of its headers.
 *
 * Return: true if it is.
 */
static inline bool vionic_hdr_tunnel(const struct vionic_hdr *hdr)
{
	return hdr->gso_type & VIRTIO_NET_HDR_GSO_UDP_TUNNEL;
}

/**
 * vionic_hdr_rsc() - do counts stand where the checksum's place would be?
 * @hdr:	private copy of the header
 * @have:	VIONIC_HDR_*
 *
 * Return: true if they do.
 */
static inline bool vionic_hdr_rsc(const struct vionic_hdr *hdr, u8 have)
{
	return (have & VIONIC_HDR_RSC) &&
	       (hdr->flags & VIRTIO_NET_HDR_F_RSC_INFO);
}

/**
 * vionic_hdr_gso_valid() - are type and size of a GSO frame possible?
 * @hdr:	private copy of the header
 * @len:	bytes of the frame, without the header
 *
 * Return: true if they are.
 */
static inline bool vionic_hdr_gso_valid(const struct vionic_hdr *hdr, u32 len)
{
	u16 size = le16_to_cpu(hdr->gso_size);
	bool ecn = hdr->gso_type & VIRTIO_NET_HDR_GSO_ECN;

	switch (vionic_hdr_gso_kind(hdr)) {
	case VIRTIO_NET_HDR_GSO_NONE:
		return !ecn;
	case VIRTIO_NET_HDR_GSO_TCPV4:
	case VIRTIO_NET_HDR_GSO_TCPV6:
		return size && size <= len;
	case VIRTIO_NET_HDR_GSO_UDP:
		return size && size <= len && !ecn;
	case VIRTIO_NET_HDR_GSO_UDP_L4:
		/* segments are told apart by the checksum's place alone */
		return size && size <= len && !ecn &&
		       (hdr->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) &&
		       le16_to_cpu(hdr->csum_offset) == VIONIC_UDP_CHECK;
	default:	/* never accepted in negotiation */
		return false;
	}
}

/**
 * vionic_hdr_tunnel_valid() - can the headers of a tunnel lie like this?
 * @hdr:	private copy of the header
 * @have:	VIONIC_HDR_*
 *
 * A frame of no tunnel passes. Of one with IPv6 it is to be checked against the
 * packet that its headers have room: the bit for it means the outer header to
 * Linux and the inner one to the specification.
 *
 * Return: true if they can.
 */
static inline bool vionic_hdr_tunnel_valid(const struct vionic_hdr *hdr,
					   u8 have)
{
	u16 outer_th = le16_to_cpu(hdr->outer_th_offset);
	u16 inner_nh = le16_to_cpu(hdr->inner_nh_offset);
	u16 inner_th = le16_to_cpu(hdr->csum_start);
	u8 kind = vionic_hdr_gso_kind(hdr);

	if (hdr->flags & VIRTIO_NET_HDR_F_UDP_TUNNEL_CSUM) {
		if (!(have & VIONIC_HDR_TUNNEL_CSUM))
			return false;
		/* virtio 1.4, 5.1.9.4.2 */
		if ((hdr->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) &&
		    !vionic_hdr_tunnel(hdr))
			return false;
	}
	if (!vionic_hdr_tunnel(hdr))
		return true;
	if (!(have & VIONIC_HDR_TUNNEL) || vionic_hdr_rsc(hdr, have))
		return false;
	if ((hdr->gso_type & VIRTIO_NET_HDR_GSO_UDP_TUNNEL) ==
	    VIRTIO_NET_HDR_GSO_UDP_TUNNEL)
		return false;
	if (kind == VIRTIO_NET_HDR_GSO_NONE || kind == VIRTIO_NET_HDR_GSO_UDP)
		return false;
	if (!(hdr->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) ||
	    (hdr->flags & VIRTIO_NET_HDR_F_DATA_VALID))
		return false;
	return outer_th >= VIONIC_ETH_LEN + VIONIC_IPV4_LEN &&
	       inner_nh >= (u32)outer_th + VIONIC_UDP_LEN &&
	       inner_th >= (u32)inner_nh + VIONIC_IPV4_LEN;
}

/**
 * vionic_hdr_valid() - can this header belong to a frame of that length?
 * @hdr:	private copy of the header: the device may change its own
 * @len:	bytes of the frame, without the header
 * @have:	VIONIC_HDR_*
 *
 * The one place where the header's offload fields are checked; the kernel's
 * virtio_net_hdr_to_skb() then checks them against the packet's protocols.
 *
 * Return: true if it can.
 */
static inline bool vionic_hdr_valid(const struct vionic_hdr *hdr, u32 len,
				    u8 have)
{
	if ((hdr->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) &&
	    !vionic_hdr_rsc(hdr, have)) {
		u32 start = le16_to_cpu(hdr->csum_start);
		u32 end = start + le16_to_cpu(hdr->csum_offset) + 2;

		/* eth_type_trans() pulls the MAC header */
		if (start < VIONIC_ETH_LEN || end > len)
			return false;
	}
	return vionic_hdr_gso_valid(hdr, len) &&
	       vionic_hdr_tunnel_valid(hdr, have);
}

/**
 * vionic_hdr_buffers() - RX buffers that hold the frame
 * @hdr:	private copy of the header of the frame's first buffer
 * @max:	most that can be right: buffers posted, or those a frame can need
 *
 * Return: 1 to @max, or 0 if the device says anything else (5.1.6.4.1).
 */
static inline u16 vionic_hdr_buffers(const struct vionic_hdr *hdr, u16 max)
{
	u16 n = le16_to_cpu(hdr->num_buffers);

	return n <= max ? n : 0;
}

/**
 * vionic_hdr_hash_level() - how far into the packet the hash reached
 * @hdr:	private copy of a header with the hash fields
 *
 * Unknown types are taken as no hash (5.1.6.4.4).
 *
 * Return: VIONIC_HASH_*.
 */
static inline enum vionic_hash_level
vionic_hdr_hash_level(const struct vionic_hdr *hdr)
{
	switch (le16_to_cpu(hdr->hash_report)) {
	case VIRTIO_NET_HASH_REPORT_IPv4:
	case VIRTIO_NET_HASH_REPORT_IPv6:
	case VIRTIO_NET_HASH_REPORT_IPv6_EX:
		return VIONIC_HASH_L3;
	case VIRTIO_NET_HASH_REPORT_TCPv4:
	case VIRTIO_NET_HASH_REPORT_UDPv4:
	case VIRTIO_NET_HASH_REPORT_TCPv6:
	case VIRTIO_NET_HASH_REPORT_UDPv6:
	case VIRTIO_NET_HASH_REPORT_TCPv6_EX:
	case VIRTIO_NET_HASH_REPORT_UDPv6_EX:
		return VIONIC_HASH_L4;
	default:
		return VIONIC_HASH_NONE;
	}
}

#endif /* _VIONIC_HDR_H */
