// SPDX-License-Identifier: GPL-2.0
#include "offload.h"

#include <linux/etherdevice.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <linux/virtio_net.h>
#include <net/flow_dissector.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>

#define SKB_GSO_UDP_TUNNELS	(SKB_GSO_UDP_TUNNEL | SKB_GSO_UDP_TUNNEL_CSUM)

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

/* DATA_VALID beside NEEDS_CSUM adds nothing: the checksum isn't there */
static void set_checked(struct sk_buff *skb, const struct vionic_hdr *hdr)
{
	if ((hdr->flags & (VIRTIO_NET_HDR_F_NEEDS_CSUM |
			   VIRTIO_NET_HDR_F_DATA_VALID)) !=
	    VIRTIO_NET_HDR_F_DATA_VALID ||
	    !(skb->dev->features & NETIF_F_RXCSUM))
		return;
	skb->ip_summed = CHECKSUM_UNNECESSARY;
	skb->csum_level = !!(hdr->flags & VIRTIO_NET_HDR_F_UDP_TUNNEL_CSUM);
}

/* TCP in a frame without VLAN tag: where it is, how long with its header, and
 * what its checksum field has while the checksum is yet to come
 */
struct tcp_part {
	u32 start;
	u32 len;
	__sum16 partial;
};

static bool tcp_in_ipv4(const struct sk_buff *skb, struct tcp_part *t)
{
	const struct iphdr *ip = (const void *)(skb->data + ETH_HLEN);
	u32 len = ntohs(ip->tot_len);

	if (ip->protocol != IPPROTO_TCP || ip->ihl < 5 || len < ip->ihl * 4)
		return false;
	t->start = ETH_HLEN + ip->ihl * 4;
	t->len = len - ip->ihl * 4;
	t->partial = ~csum_tcpudp_magic(ip->saddr, ip->daddr, t->len,
					IPPROTO_TCP, 0);
	return true;
}

static bool tcp_in_ipv6(const struct sk_buff *skb, struct tcp_part *t)
{
	const struct ipv6hdr *ip = (const void *)(skb->data + ETH_HLEN);

	if (ip->nexthdr != IPPROTO_TCP)
		return false;
	t->start = ETH_HLEN + sizeof(*ip);
	t->len = ntohs(ip->payload_len);
	t->partial = ~csum_ipv6_magic(&ip->saddr, &ip->daddr, t->len,
				      IPPROTO_TCP, 0);
	return true;
}

static struct tcphdr *find_tcp(struct sk_buff *skb, u8 kind, struct tcp_part *t)
{
	const struct ethhdr *eth = (const struct ethhdr *)skb->data;
	struct tcphdr *th;

	if (kind == VIRTIO_NET_HDR_GSO_TCPV4) {
		if (eth->h_proto != htons(ETH_P_IP) ||
		    !pskb_may_pull(skb, ETH_HLEN + sizeof(struct iphdr)) ||
		    !tcp_in_ipv4(skb, t))
			return NULL;
	} else if (kind == VIRTIO_NET_HDR_GSO_TCPV6) {
		if (eth->h_proto != htons(ETH_P_IPV6) ||
		    !pskb_may_pull(skb, ETH_HLEN + sizeof(struct ipv6hdr)) ||
		    !tcp_in_ipv6(skb, t))
			return NULL;
	} else {
		return NULL;
	}
	if (skb->len < t->start + t->len ||
	    !pskb_may_pull(skb, t->start + sizeof(*th)))
		return NULL;
	th = (struct tcphdr *)(skb->data + t->start);
	return th->doff >= 5 && th->doff * 4 <= t->len ? th : NULL;
}

/* A frame that the device has put together of many (5.1.6.4) comes with their
 * number in place of the checksum's, and with the checksums of one of them, in
 * QEMU that of IPv4's header included. Rewrite it all to what a frame with
 * VIRTIO_NET_HDR_F_NEEDS_CSUM has.
 *
 * Return: number of segments, or 0 if this can't be.
 */
static u16 unpack_rsc(struct sk_buff *skb, struct vionic_hdr *hdr)
{
	u16 segs = le16_to_cpu(hdr->csum_start);
	struct tcp_part t;
	struct tcphdr *th;
	u32 payload;

	th = find_tcp(skb, vionic_hdr_gso_kind(hdr), &t);
	if (!th)
		return 0;
	if (vionic_hdr_gso_kind(hdr) == VIRTIO_NET_HDR_GSO_TCPV4)
		ip_send_check((struct iphdr *)(skb->data + ETH_HLEN));
	th->check = t.partial;
	hdr->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	hdr->csum_start = cpu_to_le16(t.start);
	hdr->csum_offset = cpu_to_le16(offsetof(struct tcphdr, check));
	payload = t.len - th->doff * 4;
	/* just a newer acknowledgment may have gone into an older one */
	if (segs == 1 || !payload) {
		hdr->gso_type = VIRTIO_NET_HDR_GSO_NONE;
		return segs;
	}
	if (segs > payload)
		return 0;
	/* of equal ones but the last, if the device does not say */
	if (!hdr->gso_size)
		hdr->gso_size = cpu_to_le16(DIV_ROUND_UP(payload, segs));
	return segs;
}

/* Beyond virtio_net_hdr_to_skb(), which older kernels have without this */
static bool set_udp_l4(struct sk_buff *skb, const struct vionic_hdr *hdr)
{
	struct skb_shared_info *shinfo = skb_shinfo(skb);
	u32 headers = skb_checksum_start_offset(skb) + sizeof(struct udphdr);
	u32 size = le16_to_cpu(hdr->gso_size);

	if (skb->len < headers || size == GSO_BY_FRAGS ||
	    skb->len - headers > size * UDP_MAX_SEGMENTS)
		return false;
	if (skb->len - headers > size) {
		shinfo->gso_size = size;
		shinfo->gso_type = SKB_GSO_UDP_L4 | SKB_GSO_DODGY;
		shinfo->gso_segs = 0;
	}
	return true;
}

/* Where the inner IP header is, if behind it there is no more than a header of
 * TCP or UDP at inner_th; 0 if there is none such
 */
static u32 find_inner_nh(const struct sk_buff *skb, u32 inner_th, u8 kind)
{
	u8 proto = kind == VIRTIO_NET_HDR_GSO_UDP_L4 ? IPPROTO_UDP :
						       IPPROTO_TCP;
	const struct ipv6hdr *ip6;
	const struct iphdr *ip;

	if (inner_th < sizeof(*ip6))
		return 0;
	ip = (const void *)(skb->data + inner_th - sizeof(*ip));
	if (kind != VIRTIO_NET_HDR_GSO_TCPV6 && ip->version == 4 &&
	    ip->ihl * 4 == sizeof(*ip) && ip->protocol == proto)
		return inner_th - sizeof(*ip);
	ip6 = (const void *)(skb->data + inner_th - sizeof(*ip6));
	if (kind != VIRTIO_NET_HDR_GSO_TCPV4 && ip6->version == 6 &&
	    ip6->nexthdr == proto)
		return inner_th - sizeof(*ip6);
	return 0;
}

/* QEMU up to 11.1 copies no more of a header than its first ten bytes: where a
 * tunnel's offsets are, there is what was in the buffer before. So they are
 * found in the frame, and those of the device taken only if they can't be.
 */
static void find_tunnel(struct sk_buff *skb, struct vionic_hdr *hdr)
{
	u32 inner_th = le16_to_cpu(hdr->csum_start);
	struct flow_keys_basic keys;
	const struct ethhdr *eth;
	u32 inner_nh;

	if (!pskb_may_pull(skb, max_t(u32, inner_th, ETH_HLEN)))
		return;
	eth = (const struct ethhdr *)skb->data;
	if (!skb_flow_dissect_flow_keys_basic(NULL, skb, &keys, skb->data,
					      eth->h_proto, ETH_HLEN,
					      skb_headlen(skb), 0) ||
	    keys.basic.ip_proto != IPPROTO_UDP)
		return;
	inner_nh = find_inner_nh(skb, inner_th, vionic_hdr_gso_kind(hdr));
	if (!inner_nh)
		return;
	hdr->outer_th_offset = cpu_to_le16(keys.control.thoff);
	hdr->inner_nh_offset = cpu_to_le16(inner_nh);
}

/* The offsets are in order, says vionic_hdr_valid(), and end in what
 * virtio_net_hdr_to_skb() has made linear.
 */
static bool set_tunnel(struct sk_buff *skb, const struct vionic_hdr *hdr)
{
	u32 inner_nh = le16_to_cpu(hdr->inner_nh_offset);
	u32 inner_th = le16_to_cpu(hdr->csum_start);
	u8 kind = vionic_hdr_gso_kind(hdr);

	switch (skb->data[inner_nh] >> 4) {
	case 4:
		if (kind == VIRTIO_NET_HDR_GSO_TCPV6)
			return false;
		skb_set_inner_protocol(skb, htons(ETH_P_IP));
		break;
	case 6:
		if (kind == VIRTIO_NET_HDR_GSO_TCPV4 ||
		    inner_th < inner_nh + sizeof(struct ipv6hdr))
			return false;
		skb_set_inner_protocol(skb, htons(ETH_P_IPV6));
		break;
	default:
		return false;
	}
	if (hdr->flags & VIRTIO_NET_HDR_F_UDP_TUNNEL_CSUM)
		skb_shinfo(skb)->gso_type |= SKB_GSO_UDP_TUNNEL_CSUM;
	else
		skb_shinfo(skb)->gso_type |= SKB_GSO_UDP_TUNNEL;
	/* an inner Ethernet header counts as the tunnel's */
	skb_set_inner_mac_header(skb, inner_nh);
	skb_set_inner_network_header(skb, inner_nh);
	skb_set_inner_transport_header(skb, inner_th);
	skb_set_transport_header(skb, le16_to_cpu(hdr->outer_th_offset));
	skb->encapsulation = 1;
	return true;
}

/* virtio_net_hdr_to_skb() dissects a GSO frame without NEEDS_CSUM from the network header
 * on. That of older kernels rejects VLAN tags unless skb->protocol is set: let it start
 * behind the tags.
 */
static void offload_set_network_header(struct sk_buff *skb, u8 type)
{
	const struct ethhdr *eth = (const struct ethhdr *)skb->data;
	__be16 proto;
	int at = ETH_HLEN;

	skb_set_network_header(skb, ETH_HLEN);
	if (!eth_type_vlan(eth->h_proto))
		return;
	proto = __vlan_get_protocol(skb, eth->h_proto, &at);
	if (!virtio_net_hdr_match_proto(proto, type))
		return;
	skb->protocol = proto;
	skb_set_network_header(skb, at);
}

/* Checksum and GSO of a header that is valid. The kernel's helper gets as much
 * of it as that of every supported kernel knows.
 */
static bool set_gso(struct sk_buff *skb, const struct vionic_hdr *hdr)
{
	struct virtio_net_hdr plain = *(const struct virtio_net_hdr *)hdr;
	bool udp_l4 = vionic_hdr_gso_kind(hdr) == VIRTIO_NET_HDR_GSO_UDP_L4;

	plain.gso_type &= ~VIRTIO_NET_HDR_GSO_UDP_TUNNEL;
	if (udp_l4)
		plain.gso_type = VIRTIO_NET_HDR_GSO_NONE;
	if (plain.gso_type && !(plain.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM))
		offload_set_network_header(skb, plain.gso_type);
	if (virtio_net_hdr_to_skb(skb, &plain, true))
		return false;
	if (udp_l4 && !set_udp_l4(skb, hdr))
		return false;
	/* what fits into one segment is nothing that needs to be known */
	return !vionic_hdr_tunnel(hdr) || !skb_is_gso(skb) ||
	       set_tunnel(skb, hdr);
}

bool vionic_offload_rx_told(struct sk_buff *skb, struct vionic_hdr *hdr,
			    u8 have)
{
	u16 segs = 0;

	if ((have & VIONIC_HDR_HASH) && (skb->dev->features & NETIF_F_RXHASH))
		set_hash(skb, hdr);
	if (!hdr->flags && hdr->gso_type == VIRTIO_NET_HDR_GSO_NONE)
		return true;
	if (vionic_hdr_rsc(hdr, have)) {
		/* unpack_rsc() replaces the flags */
		if (!vionic_hdr_tunnel_valid(hdr, have))
			return false;
		segs = unpack_rsc(skb, hdr);
		if (!segs)
			return false;
	}
	if ((have & VIONIC_HDR_TUNNEL) && vionic_hdr_tunnel(hdr))
		find_tunnel(skb, hdr);
	if (!vionic_hdr_valid(hdr, skb->len, have))
		return false;
	set_checked(skb, hdr);
	if (!set_gso(skb, hdr))
		return false;
	if (skb_is_gso(skb))
		skb_shinfo(skb)->gso_segs = segs;
	return true;
}

/* Kind of segmentation, or VIRTIO_NET_HDR_GSO_NONE if the header has none for
 * what the skb wants.
 */
static u8 gso_kind(const struct sk_buff *skb)
{
	unsigned int type = skb_shinfo(skb)->gso_type;

	if (type & SKB_GSO_TCPV4)
		return VIRTIO_NET_HDR_GSO_TCPV4;
	if (type & SKB_GSO_TCPV6)
		return VIRTIO_NET_HDR_GSO_TCPV6;
	if (type & SKB_GSO_UDP_L4)
		return VIRTIO_NET_HDR_GSO_UDP_L4;
	return VIRTIO_NET_HDR_GSO_NONE;
}

/* Bytes of all headers, of which the one that starts there is the last that is
 * replicated. 0 if they are not all in one piece.
 */
static u32 headers(const struct sk_buff *skb, u32 start)
{
	const struct tcphdr *th = (const struct tcphdr *)(skb->data + start);
	u32 len = sizeof(struct udphdr);

	if (!(skb_shinfo(skb)->gso_type & SKB_GSO_UDP_L4)) {
		if (start + sizeof(*th) > skb_headlen(skb))
			return 0;
		len = th->doff * 4;
	}
	return start + len <= skb_headlen(skb) ? start + len : 0;
}

/* Exact, as VIRTIO_NET_F_GUEST_HDRLEN demands. 0 if they are not all where the
 * device has to see them in one piece.
 */
static u32 gso_headers(const struct sk_buff *skb)
{
	return headers(skb, skb_checksum_start_offset(skb));
}

u32 vionic_offload_wire_gso(const struct sk_buff *skb, u32 *bytes)
{
	u32 frames = skb_shinfo(skb)->gso_segs;
	u32 len = 0;

	*bytes = skb->len;
	if (skb->ip_summed == CHECKSUM_PARTIAL)
		len = gso_headers(skb);
	else if (skb_transport_header_was_set(skb))
		len = headers(skb, skb_transport_offset(skb));
	if (!len || len >= skb->len)
		return 1;
	/* who made it may not have counted them, or not be trusted with that */
	if (!frames || (skb_shinfo(skb)->gso_type & SKB_GSO_DODGY))
		frames = DIV_ROUND_UP(skb->len - len,
				      skb_shinfo(skb)->gso_size);
	*bytes += (frames - 1) * len;
	return frames;
}

bool vionic_offload_tx_gso(const struct sk_buff *skb)
{
	/* 5.1.6.2.1: no segmentation without checksum */
	return skb->ip_summed == CHECKSUM_PARTIAL &&
	       gso_kind(skb) != VIRTIO_NET_HDR_GSO_NONE && gso_headers(skb);
}

/* Linux takes the two kinds of tunnel for those of the outer header, and so do
 * all devices that exist, whatever 5.1.6.2.1 says of the inner one.
 */
static void put_tunnel(const struct sk_buff *skb, struct vionic_hdr *hdr)
{
	const struct ethhdr *eth = (const struct ethhdr *)skb->data;

	if (__vlan_get_protocol(skb, eth->h_proto, NULL) == htons(ETH_P_IPV6))
		hdr->gso_type |= VIRTIO_NET_HDR_GSO_UDP_TUNNEL_IPV6;
	else
		hdr->gso_type |= VIRTIO_NET_HDR_GSO_UDP_TUNNEL_IPV4;
	if (skb_shinfo(skb)->gso_type & SKB_GSO_UDP_TUNNEL_CSUM)
		hdr->flags |= VIRTIO_NET_HDR_F_UDP_TUNNEL_CSUM;
	hdr->outer_th_offset = cpu_to_le16(skb_transport_offset(skb));
	hdr->inner_nh_offset = cpu_to_le16(skb_inner_network_offset(skb));
}

static bool put_gso(const struct sk_buff *skb, struct vionic_hdr *hdr,
		    u8 hdr_len)
{
	const struct skb_shared_info *shinfo = skb_shinfo(skb);

	if (!vionic_offload_tx_gso(skb))
		return false;
	hdr->gso_type = gso_kind(skb);
	if (shinfo->gso_type & SKB_GSO_TCP_ECN)
		hdr->gso_type |= VIRTIO_NET_HDR_GSO_ECN;
	hdr->gso_size = cpu_to_le16(shinfo->gso_size);
	hdr->hdr_len = cpu_to_le16(gso_headers(skb));
	if (!(shinfo->gso_type & SKB_GSO_UDP_TUNNELS))
		return true;
	if (hdr_len < VIONIC_HDR_LEN_TUNNEL)
		return false;
	put_tunnel(skb, hdr);
	return true;
}

static bool put_csum(const struct sk_buff *skb, struct vionic_hdr *hdr)
{
	int start = skb_checksum_start_offset(skb);

	if (start < 0 || start > U16_MAX ||
	    start + skb->csum_offset + sizeof(__sum16) > skb->len)
		return false;
	hdr->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	hdr->csum_start = cpu_to_le16(start);
	hdr->csum_offset = cpu_to_le16(skb->csum_offset);
	return true;
}

bool vionic_offload_tx_wanted(const struct sk_buff *skb, struct vionic_hdr *hdr,
			      u8 hdr_len)
{
	if (skb->ip_summed == CHECKSUM_PARTIAL && !put_csum(skb, hdr))
		return false;
	return !skb_is_gso(skb) || put_gso(skb, hdr, hdr_len);
}
