// SPDX-License-Identifier: GPL-2.0
/*
 * TCP segments that follow each other become one frame, which says of how many it
 * was made: VIRTIO_NET_F_RSC_EXT, virtio 1.3, 5.1.6.4.1. As network cards do it:
 * headers without options, one flow at a time, until nothing more is there to read.
 */
#include "device.h"
#include "frame.h"

#include <linux/virtio_net.h>
#include <string.h>

#define ETH_LEN		14
#define TCP_LEN		20
#define TCP_FLAGS	13	/* in its header */
#define TCP_PSH		0x08
#define TCP_ACK		0x10
#define LONGEST		65535	/* of an IP packet */

/* A segment with data that may be joined: where in a frame is what? */
struct place {
	u32 tcp;
	u32 data;
	u32 len;	/* bytes of data */
};

static bool is_ipv4(const u8 *frame)
{
	return get16(frame + 12) == 0x0800;
}

/* Return: false if it is something else, or to be left alone */
static bool find(const struct device *dev, const u8 *frame, u32 len,
		 struct place *p)
{
	const u8 *ip = frame + ETH_LEN;
	u32 total;

	if (len < ETH_LEN + 20 + TCP_LEN)
		return false;
	if (is_ipv4(frame)) {
		/* no options, no fragment */
		if (!(dev->offloads & 1ull << VIRTIO_NET_F_GUEST_TSO4) ||
		    ip[0] != 0x45 || ip[9] != 6 || get16(ip + 6) & 0x3fff)
			return false;
		p->tcp = ETH_LEN + 20;
		total = get16(ip + 2);
	} else {
		if (!(dev->offloads & 1ull << VIRTIO_NET_F_GUEST_TSO6) ||
		    get16(frame + 12) != 0x86dd || ip[6] != 6 ||
		    len < ETH_LEN + 40 + TCP_LEN)
			return false;
		p->tcp = ETH_LEN + 40;
		total = 40 + get16(ip + 4);
	}
	p->data = p->tcp + TCP_LEN;
	if (ETH_LEN + total > len || ETH_LEN + total <= p->data)
		return false;
	p->len = ETH_LEN + total - p->data;
	return frame[p->tcp + 12] >> 4 == TCP_LEN / 4 &&
	       !((frame[p->tcp + TCP_FLAGS] ^ TCP_ACK) & ~TCP_PSH);
}

/* From the protocol on, but for lengths, checksums and a number that counts */
static bool same_flow(const u8 *a, const u8 *b, u32 tcp)
{
	u32 hop = is_ipv4(a) ? 8 : 7, address = is_ipv4(a) ? 12 : 8;

	return !memcmp(a, b, ETH_LEN + 2) && a[ETH_LEN + hop] == b[ETH_LEN + hop] &&
	       !memcmp(a + ETH_LEN + address, b + ETH_LEN + address,
		       tcp + 4 - ETH_LEN - address);
}

/* The header of an IPv4 packet has a checksum */
static void set_length(u8 *frame, u32 len)
{
	u8 *ip = frame + ETH_LEN;
	u32 sum;

	if (!is_ipv4(frame)) {
		put16(ip + 4, len - ETH_LEN - 40);
		return;
	}
	put16(ip + 2, len - ETH_LEN);
	put16(ip + 10, 0);
	sum = sum16(ip, 20);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	put16(ip + 10, ~sum);
}

bool rsc_first(struct device *dev, const u8 *frame, u32 len)
{
	struct rsc *rsc = &dev->rsc;
	const u8 *eth = frame + NET_HDR_LEN;
	struct place p;

	/* what comes joined, or without its checksum, is not from a wire */
	if (!has(dev, RSC_EXT) || ((const struct net_hdr *)frame)->gso_type ||
	    ((const struct net_hdr *)frame)->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM ||
	    !find(dev, eth, len - NET_HDR_LEN, &p))
		return false;
	rsc->len = NET_HDR_LEN + p.data + p.len;
	memcpy(rsc->frame, frame, rsc->len);
	rsc->size = p.len;
	rsc->last = p.len;
	rsc->segments = 1;
	return true;
}

bool rsc_next(struct device *dev, const u8 *frame, u32 len)
{
	struct rsc *rsc = &dev->rsc;
	const u8 *eth = frame + NET_HDR_LEN;
	u8 *joined = rsc->frame + NET_HDR_LEN;
	struct place p;

	if (!rsc->segments || rsc->last < rsc->size ||
	    !find(dev, eth, len - NET_HDR_LEN, &p) || p.len > rsc->size ||
	    !same_flow(joined, eth, p.tcp) ||
	    get32(eth + p.tcp + 4) != get32(joined + p.tcp + 4) +
				      rsc->len - NET_HDR_LEN - p.data ||
	    rsc->len - NET_HDR_LEN - ETH_LEN + p.len > LONGEST)
		return false;
	memcpy(rsc->frame + rsc->len, eth + p.data, p.len);
	rsc->len += p.len;
	rsc->last = p.len;
	rsc->segments++;
	/* how much was received by the sender, and its window, are the latest */
	memcpy(joined + p.tcp + 8, eth + p.tcp + 8, 4);
	joined[p.tcp + TCP_FLAGS] |= eth[p.tcp + TCP_FLAGS];
	memcpy(joined + p.tcp + 14, eth + p.tcp + 14, 2);
	return true;
}

u32 rsc_end(struct device *dev)
{
	struct rsc *rsc = &dev->rsc;
	struct net_hdr *hdr = (struct net_hdr *)rsc->frame;
	u8 *joined = rsc->frame + NET_HDR_LEN;

	if (rsc->segments > 1) {
		set_length(joined, rsc->len - NET_HDR_LEN);
		hdr->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
		hdr->gso_type = is_ipv4(joined) ? VIRTIO_NET_HDR_GSO_TCPV4 :
						  VIRTIO_NET_HDR_GSO_TCPV6;
		hdr->gso_size = rsc->size;
	}
	rsc->segments = 0;
	return rsc->len;
}

void rsc_tell(const struct device *dev, struct net_hdr *hdr, u32 bytes)
{
	if (!has(dev, RSC_EXT) || !hdr->gso_type)
		return;
	hdr->flags |= VIRTIO_NET_HDR_F_RSC_INFO;
	hdr->csum_start = (bytes + hdr->gso_size - 1) / hdr->gso_size;
	hdr->csum_offset = 0;	/* nor was an acknowledgement left out */
}
