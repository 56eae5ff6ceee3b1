// SPDX-License-Identifier: GPL-2.0
/*
 * What a device tells of a frame, for programs that ask: kernel functions that a program
 * loaded for this device calls. Only of kernels that have such.
 */
#include "rx_prog.h"

/* 5.1.6.4.4 */
static const enum xdp_rss_hash_type hash_types[] = {
	[VIRTIO_NET_HASH_REPORT_IPv4]		= XDP_RSS_TYPE_L3_IPV4,
	[VIRTIO_NET_HASH_REPORT_TCPv4]		= XDP_RSS_TYPE_L4_IPV4_TCP,
	[VIRTIO_NET_HASH_REPORT_UDPv4]		= XDP_RSS_TYPE_L4_IPV4_UDP,
	[VIRTIO_NET_HASH_REPORT_IPv6]		= XDP_RSS_TYPE_L3_IPV6,
	[VIRTIO_NET_HASH_REPORT_TCPv6]		= XDP_RSS_TYPE_L4_IPV6_TCP,
	[VIRTIO_NET_HASH_REPORT_UDPv6]		= XDP_RSS_TYPE_L4_IPV6_UDP,
	[VIRTIO_NET_HASH_REPORT_IPv6_EX]	= XDP_RSS_TYPE_L3_IPV6_EX,
	[VIRTIO_NET_HASH_REPORT_TCPv6_EX]	= XDP_RSS_TYPE_L4_IPV6_TCP_EX,
	[VIRTIO_NET_HASH_REPORT_UDPv6_EX]	= XDP_RSS_TYPE_L4_IPV6_UDP_EX,
};

static int rx_hash(const struct xdp_md *ctx, u32 *hash,
		   enum xdp_rss_hash_type *type)
{
	const struct vionic_rx_buff *buff = (const void *)ctx;

	if (!(buff->has & VIONIC_HDR_HASH))
		return -EOPNOTSUPP;
	/* with RSS, the device reports the hash even if the user has it off */
	if (!(buff->xdp.rxq->dev->features & NETIF_F_RXHASH) ||
	    vionic_hdr_hash_level(buff->hdr) == VIONIC_HASH_NONE)
		return -ENODATA;
	*hash = le32_to_cpu(buff->hdr->hash_value);
	*type = hash_types[le16_to_cpu(buff->hdr->hash_report)];
	return 0;
}

/* A VLAN's tag is in the frame, and nobody tells the time */
const struct xdp_metadata_ops vionic_rx_metadata_ops = {
	.xmo_rx_hash	= rx_hash,
};
