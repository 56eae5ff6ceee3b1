/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The header in front of every frame (virtio 1.3, 5.1.6): what can be checked
 * without a packet at hand. Pure: also compiles in user space (selftests/unit).
 */
#ifndef _VIONIC_HDR_H
#define _VIONIC_HDR_H

#include <vionic/wire.h>

/* What the hash of a received frame covers */
enum vionic_hash_level {
	VIONIC_HASH_NONE,
	VIONIC_HASH_L3,
	VIONIC_HASH_L4,
};

/**
 * vionic_hdr_gso_valid() - are type and size of a GSO frame possible?
 * @hdr:	private copy of the header
 * @len:	bytes of the frame, without the header
 */
static inline bool vionic_hdr_gso_valid(const struct vionic_hdr *hdr, u32 len)
{
	u16 size = le16_to_cpu(hdr->gso_size);
	bool ecn = hdr->gso_type & VIRTIO_NET_HDR_GSO_ECN;

	switch (hdr->gso_type & ~VIRTIO_NET_HDR_GSO_ECN) {
	case VIRTIO_NET_HDR_GSO_NONE:
		return !ecn;
	case VIRTIO_NET_HDR_GSO_TCPV4:
	case VIRTIO_NET_HDR_GSO_TCPV6:
		return size && size <= len;
	default:	/* never accepted in negotiation */
		return false;
	}
}

/**
 * vionic_hdr_valid() - can this header belong to a frame of that length?
 * @hdr:	private copy of the header: the device may change its own
 * @len:	bytes of the frame, without the header
 *
 * The one place where the header's offload fields are checked; the kernel's
 * virtio_net_hdr_to_skb() then checks them against the packet's protocols.
 */
static inline bool vionic_hdr_valid(const struct vionic_hdr *hdr, u32 len)
{
	if (hdr->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) {
		u32 end = (u32)le16_to_cpu(hdr->csum_start) +
			  le16_to_cpu(hdr->csum_offset) + 2;

		if (end > len)
			return false;
	}
	return vionic_hdr_gso_valid(hdr, len);
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
