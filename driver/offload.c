// SPDX-License-Identifier: GPL-2.0
#include "offload.h"

#include <linux/netdevice.h>
#include <linux/virtio_net.h>

static void set_hash(struct sk_buff *skb, const struct vionic_hdr *hdr)
{
	enum pkt_hash_types type;

	switch (vionic_hdr_hash_level(hdr)) {
	case VIONIC_HASH_L4:
		type = PKT_HASH_TYPE_L4;
		break;
	case VIONIC_HASH_L3:
		type = PKT_HASH_TYPE_L3;
		break;
	default:
		return;
	}
	skb_set_hash(skb, le32_to_cpu(hdr->hash_value), type);
}

bool vionic_offload_rx(struct sk_buff *skb, const struct vionic_hdr *hdr,
		       bool hash)
{
	const u8 partial = VIRTIO_NET_HDR_F_NEEDS_CSUM;

	if (hash && (skb->dev->features & NETIF_F_RXHASH))
		set_hash(skb, hdr);
	if (!hdr->flags && hdr->gso_type == VIRTIO_NET_HDR_GSO_NONE)
		return true;
	if (!vionic_hdr_valid(hdr, skb->len))
		return false;
	/* DATA_VALID beside NEEDS_CSUM adds nothing: the checksum isn't there */
	if ((hdr->flags & (partial | VIRTIO_NET_HDR_F_DATA_VALID)) ==
	    VIRTIO_NET_HDR_F_DATA_VALID &&
	    (skb->dev->features & NETIF_F_RXCSUM))
		skb->ip_summed = CHECKSUM_UNNECESSARY;
	return !virtio_net_hdr_to_skb(skb, (const struct virtio_net_hdr *)hdr,
				      true);
}

bool vionic_offload_tx(const struct sk_buff *skb, struct vionic_hdr *hdr,
		       u8 hdr_len)
{
	memset(hdr, 0, hdr_len);
	return !virtio_net_hdr_from_skb(skb, (struct virtio_net_hdr *)hdr,
					true, false, 0);
}
