// SPDX-License-Identifier: GPL-2.0
/*
 * The network device, virtio 1.3, 5.1: frames between its queues and a tap.
 */
#include "frame.h"
#include "lies.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#define SENT_BLIND	1000	/* frames before a look at the link's state */
#define RX_MIN		1526	/* 5.1.6.3.1 */
#define RX_MIN_TSO	65562
#define RSC_HOLD_MS	5	/* that a frame waits for the next segment */

int net_open_tap(const char *name)
{
	struct ifreq req = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR };
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
	int len = NET_HDR_LEN;

	snprintf(req.ifr_name, sizeof(req.ifr_name), "%s", name);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &req) ||
	    ioctl(fd, TUNSETVNETHDRSZ, &len)) {
		perror(name);
		exit(1);
	}
	return fd;
}

static void tell_tap(const struct device *dev)
{
	static const struct {
		u8 feature;
		u8 flag;
	} tap[] = {
		{ VIRTIO_NET_F_GUEST_CSUM, TUN_F_CSUM },
		{ VIRTIO_NET_F_GUEST_TSO4, TUN_F_TSO4 },
		{ VIRTIO_NET_F_GUEST_TSO6, TUN_F_TSO6 },
		{ VIRTIO_NET_F_GUEST_ECN, TUN_F_TSO_ECN },
	};
	unsigned long can = 0;
	size_t i;

	for (i = 0; i < sizeof(tap) / sizeof(tap[0]); i++)
		if (dev->offloads & 1ull << tap[i].feature)
			can |= tap[i].flag;
	if (!(can & (TUN_F_TSO4 | TUN_F_TSO6)))
		can &= TUN_F_CSUM;
	if (ioctl(dev->tap, TUNSETOFFLOAD, can))
		perror("offloads of the tap");
}

void net_offloads(struct device *dev, u64 wanted)
{
	dev->offloads = wanted;
	tell_tap(dev);
}

void net_start(struct device *dev)
{
	dev->rsc.segments = 0;
	dev->sent = 0;
	dev->announce = has(dev, VIRTIO_NET_F_GUEST_ANNOUNCE);
	net_offloads(dev, dev->accepted);
}

static struct rx *rx_of(struct device *dev, u16 queue)
{
	return queue % 2 || queue >= 2 * dev->pairs_max ? NULL :
	       &dev->rx[queue / 2];
}

void net_reset(struct device *dev, u16 queue)
{
	struct rx *rx = rx_of(dev, queue);

	if (!rx)
		return;
	rx->count = 0;
	rx->room = 0;
	rx->len = 0;
}

void net_config_read(struct device *dev, u32 offset, void *data, u32 len)
{
	struct virtio_net_config config = {
		.status = VIRTIO_NET_S_LINK_UP |
			  (dev->announce ? VIRTIO_NET_S_ANNOUNCE : 0),
		.max_virtqueue_pairs = dev->pairs_max,
		.mtu = dev->mtu,
	};

	memcpy(config.mac, dev->mac, sizeof(config.mac));
	lie_config(dev, &config);
	if (offset < sizeof(config))
		memcpy(data, (char *)&config + offset,
		       offset + len > sizeof(config) ?
		       sizeof(config) - offset : len);
}

/* Bytes of the headers of a TCP frame, 0 if that is not what it begins like */
static u32 headers_of(const u8 *frame, u32 len)
{
	u32 at = 14;

	if (len < at + 40)
		return 0;
	while (frame[at - 2] == 0x81 && !frame[at - 1])	/* a tag */
		at += 4;
	if (frame[at] >> 4 == 4 && frame[at + 9] == 6)
		at += 4 * (frame[at] & 15);
	else if (frame[at] >> 4 == 6 && frame[at + 6] == 6)
		at += 40;
	else
		return 0;
	return at + 20 > len ? 0 : at + 4 * (frame[at + 12] >> 4);
}

/* Receiving */

static void check_room(struct device *dev, const struct queue *q, u64 bytes)
{
	bool tso = has(dev, VIRTIO_NET_F_GUEST_TSO4) ||
		   has(dev, VIRTIO_NET_F_GUEST_TSO6);
	bool merged = has(dev, VIRTIO_NET_F_MRG_RXBUF);

	if (merged)
		rule(RX_ROOM_HEADER, bytes >= NET_HDR_LEN, "%llu bytes",
		     (unsigned long long)bytes);
	else
		rule(RX_ROOM, bytes >= (tso ? RX_MIN_TSO : RX_MIN), "%llu bytes",
		     (unsigned long long)bytes);
	if (has(dev, VIRTIO_NET_F_MTU))
		rule(RX_MTU, bytes * (merged ? q->ring.num : 1) >=
		     NET_HDR_LEN + 14u + dev->mtu, "%llu bytes",
		     (unsigned long long)bytes);
}

/* Take one more buffer. Return: false if there is none */
static bool hold(struct device *dev, struct queue *q, struct rx *rx)
{
	struct held *h = &rx->held[rx->count];
	struct fakedev_buf buf;
	u16 i;

	if (rx->count == dev->ring_max || !queue_fetch(q, &buf))
		return false;
	rule(RX_WRITABLE, !buf.readable, "%u parts can only be read",
	     buf.readable);
	check_room(dev, q, buf.bytes);
	*h = (struct held) { .head = buf.head };
	for (i = 0; i < buf.parts && i < PARTS_MAX; i++) {
		const struct fakedev_desc *part = &q->ring.chain[i];
		u8 *at = part->flags & IS_WRITE ? queue_part(dev, part) : NULL;

		if (!at)
			continue;
		h->part[h->parts].at = at;
		h->part[h->parts++].len = part->len;
		h->room += part->len;
	}
	rx->count++;
	rx->room += h->room;
	return true;
}

static void copy_to(const struct held *h, const u8 *from, u32 len)
{
	u16 i;

	for (i = 0; i < h->parts && len; i++) {
		u32 n = len < h->part[i].len ? len : h->part[i].len;

		memcpy(h->part[i].at, from, n);
		from += n;
		len -= n;
	}
}

/* There is room for the frame that waits */
static void deliver(struct device *dev, struct queue *q, struct rx *rx)
{
	struct net_hdr *hdr = (struct net_hdr *)rx->frame;
	u8 *first = rx->held[0].part[0].at;
	u32 at = 0, i, n = 0;

	for (i = 0; at < rx->len && i < rx->count; i++)
		at += rx->held[i].room;
	hdr->num_buffers = i;
	rsc_tell(dev, hdr, rx->len - NET_HDR_LEN -
		 headers_of(rx->frame + NET_HDR_LEN, rx->len - NET_HDR_LEN));
	lie_header(dev, q, hdr);
	for (at = 0; at < rx->len && n < rx->count; n++) {
		const struct held *h = &rx->held[n];
		u32 part = rx->len - at < h->room ? rx->len - at : h->room;

		copy_to(h, rx->frame + at, part);
		queue_use(dev, q, h->head, part);
		at += part;
		rx->room -= h->room;
	}
	q->stats.packets++;
	q->stats.bytes += rx->len - NET_HDR_LEN;
	memmove(rx->held, rx->held + n, (rx->count - n) * sizeof(*rx->held));
	rx->count -= n;
	rx->len = 0;
	queue_show(dev, q);
	lie_behind(dev, q, first);
}

/* Return: false if it has to wait for buffers */
static bool receive(struct device *dev, u16 pair)
{
	struct queue *q = &dev->queue[2 * pair];
	struct rx *rx = &dev->rx[pair];
	bool one = !has(dev, VIRTIO_NET_F_MRG_RXBUF);

	if (!rx->len)
		return true;
	dev->serving = q;
	if (!q->enabled || q->dead || !(dev->status & DRIVER_OK)) {
		rx->len = 0;
		return true;
	}
	for (;;) {
		while ((one ? !rx->count : rx->room < rx->len) &&
		       hold(dev, q, rx))
			;
		if (one ? rx->count : rx->room >= rx->len)
			break;
		if (!fakedev_kicks_on(&q->ring))
			return false;
	}
	fakedev_kicks_off(&q->ring);
	if (one && rx->held[0].room < rx->len)
		rx->len = 0;
	else
		deliver(dev, q, rx);
	return true;
}

/* A flow stays with a pair */
static u16 pair_of(const struct device *dev, const u8 *frame)
{
	u32 sum = 0;
	int i;

	for (i = 26; i < 38; i++)
		sum = 31 * sum + frame[NET_HDR_LEN + i];
	return sum % dev->pairs;
}

static void pass(struct device *dev, const u8 *frame, u32 len)
{
	u16 pair = pair_of(dev, frame);
	struct rx *rx = &dev->rx[pair];

	if (rx->len) {	/* no room: as on a wire */
		dev->queue[2 * pair].stats.drops++;
		dev->queue[2 * pair].stats.special++;
		return;
	}
	memcpy(rx->frame, frame, len);
	rx->len = len;
	receive(dev, pair);
}

static void pass_joined(struct device *dev)
{
	if (dev->rsc.segments)
		pass(dev, dev->rsc.frame, rsc_end(dev));
}

/* 5.1.6.5.3: frames of VLANs that nobody asked for are not for this driver */
static bool is_wanted(const struct device *dev, const u8 *frame)
{
	u16 vlan;

	if (!has(dev, VIRTIO_NET_F_CTRL_VLAN) || dev->promisc ||
	    get16(frame + 12) != 0x8100)
		return true;
	vlan = get16(frame + 14) & 0xfff;
	return dev->vlans[vlan / 8] >> vlan % 8 & 1;
}

/*
 * A frame that is being coalesced is held for the next segment, as network cards do it.
 * How many segments one frame has then does not depend on how fast this process reads.
 */
static bool next_comes(const struct device *dev)
{
	struct pollfd fd = { .fd = dev->tap, .events = POLLIN };

	return dev->rsc.segments && poll(&fd, 1, RSC_HOLD_MS) > 0;
}

void net_frame_waits(struct device *dev)
{
	static u8 frame[NET_HDR_LEN + FRAME_MAX];
	int burst;

	if (sigsetjmp(dev->served, 0))
		return;
	for (burst = 0; burst < 64; burst++) {
		ssize_t n = read(dev->tap, frame, sizeof(frame));

		if (n < NET_HDR_LEN + 14) {
			if (!next_comes(dev))
				break;
			continue;
		}
		if (!(dev->status & DRIVER_OK) ||
		    !is_wanted(dev, frame + NET_HDR_LEN) ||
		    rsc_next(dev, frame, n))
			continue;
		pass_joined(dev);
		if (!rsc_first(dev, frame, n))
			pass(dev, frame, n);
	}
	pass_joined(dev);
}

/* Sending */

#define GSO_UDP_L4	5

static void check_gso(struct device *dev, const struct net_hdr *hdr)
{
	bool any = has(dev, VIRTIO_NET_F_HOST_TSO4) ||
		   has(dev, VIRTIO_NET_F_HOST_TSO6) ||
		   has(dev, VIRTIO_NET_F_HOST_UFO) || has(dev, HOST_USO);
	u8 type = hdr->gso_type & ~VIRTIO_NET_HDR_GSO_ECN;

	rule(TX_NO_GSO, any || !hdr->gso_type, "gso type %#x", hdr->gso_type);
	if (!hdr->gso_type)
		return;
	rule(TX_GSO_KNOWN, type == VIRTIO_NET_HDR_GSO_TCPV4 ||
	     type == VIRTIO_NET_HDR_GSO_TCPV6 ||
	     hdr->gso_type == VIRTIO_NET_HDR_GSO_UDP ||
	     hdr->gso_type == GSO_UDP_L4, "gso type %#x", hdr->gso_type);
	rule(TX_TSO4, type != VIRTIO_NET_HDR_GSO_TCPV4 ||
	     has(dev, VIRTIO_NET_F_HOST_TSO4), "was not accepted");
	rule(TX_TSO6, type != VIRTIO_NET_HDR_GSO_TCPV6 ||
	     has(dev, VIRTIO_NET_F_HOST_TSO6), "was not accepted");
	rule(TX_UFO, type != VIRTIO_NET_HDR_GSO_UDP ||
	     has(dev, VIRTIO_NET_F_HOST_UFO), "was not accepted");
	rule(TX_USO, type != GSO_UDP_L4 || has(dev, HOST_USO), "was not accepted");
	rule(TX_GSO_CSUM, hdr->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM, "flags %#x",
	     hdr->flags);
	rule(TX_GSO_SIZE, hdr->gso_size, "it is 0");
}

/* Where the IP header is, behind tags */
static u32 ip_of(const u8 *frame)
{
	u32 at = 14;

	while (at < 22 && (get16(frame + at - 2) == 0x8100 ||
			   get16(frame + at - 2) == 0x88a8))
		at += 4;
	return at;
}

/* Of TCP and UDP right behind the IP header, if that is where the sum starts. @got are
 * the bytes that are there, @len those of the frame
 */
static void check_pseudo(const struct net_hdr *hdr, const u8 *frame, u32 got,
			 u32 len)
{
	u32 ip = ip_of(frame), tcp, sum, there;
	u8 protocol;

	if (got < ip + 60u || hdr->csum_start + hdr->csum_offset + 2u > got)
		return;
	if (get16(frame + ip - 2) == 0x0800 && frame[ip] == 0x45) {
		tcp = ip + 20;
		protocol = frame[ip + 9];
		sum = sum16(frame + ip + 12, 8);
	} else if (get16(frame + ip - 2) == 0x86dd) {
		tcp = ip + 40;
		protocol = frame[ip + 6];
		sum = sum16(frame + ip + 8, 32);
	} else {
		return;
	}
	if (hdr->csum_start != tcp || (protocol != 6 && protocol != 17))
		return;
	sum += protocol + len - tcp;
	there = get16(frame + tcp + hdr->csum_offset);
	rule(TX_PSEUDO, sum % 0xffff == there % 0xffff, "%#x, not %#x mod 0xffff",
	     there, sum);
}

/* 5.1.4.2: what a frame may have in front of an IP packet does not count */
static void check_mtu(struct device *dev, const struct net_hdr *hdr,
		      const u8 *frame, u32 len)
{
	if (has(dev, VIRTIO_NET_F_MTU) &&
	    !(hdr->gso_type & ~VIRTIO_NET_HDR_GSO_ECN))
		rule(TX_MTU, len <= dev->mtu + ip_of(frame), "%u bytes", len);
}

static void check_headers(struct device *dev, const struct net_hdr *hdr,
			  const u8 *frame, u32 got)
{
	u32 headers = headers_of(frame, got);
	u32 tcp;

	if (!hdr->gso_type || !headers || headers > got)
		return;
	if (has(dev, GUEST_HDRLEN))
		rule(TX_HDR_LEN, hdr->hdr_len == headers, "%u, not %u",
		     hdr->hdr_len, headers);
	else
		rule(TX_HDR_HINT, hdr->hdr_len >= headers, "%u, not %u",
		     hdr->hdr_len, headers);
	tcp = hdr->csum_start;
	if (tcp + 14 > got)
		return;
	rule(TX_ECN, frame[tcp + 13] & 0x80 ? has(dev, VIRTIO_NET_F_HOST_ECN) &&
	     hdr->gso_type & VIRTIO_NET_HDR_GSO_ECN :
	     has(dev, VIRTIO_NET_F_HOST_ECN) ||
	     !(hdr->gso_type & VIRTIO_NET_HDR_GSO_ECN),
	     "gso type %#x, TCP flags %#x", hdr->gso_type, frame[tcp + 13]);
}

static void check_tx(struct device *dev, const struct net_hdr *hdr,
		     const struct iovec *part, int parts, u32 len)
{
	bool csum = hdr->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM;
	u8 start[NET_HDR_LEN + 160] = {}, *frame = start + NET_HDR_LEN;
	u32 got = 0;
	int i;

	for (i = 0; i < parts && got < sizeof(start); i++) {
		u32 n = sizeof(start) - got < part[i].iov_len ?
			sizeof(start) - got : part[i].iov_len;

		memcpy(start + got, part[i].iov_base, n);
		got += n;
	}
	got = got < NET_HDR_LEN ? 0 : got - NET_HDR_LEN;
	rule(TX_FLAGS, !(hdr->flags & ~(VIRTIO_NET_HDR_F_NEEDS_CSUM |
					VIRTIO_NET_HDR_F_DATA_VALID |
					VIRTIO_NET_HDR_F_RSC_INFO)) &&
	     (!csum || has(dev, VIRTIO_NET_F_CSUM)), "flags %#x", hdr->flags);
	rule(TX_RX_FLAGS, !(hdr->flags & (VIRTIO_NET_HDR_F_DATA_VALID |
					  VIRTIO_NET_HDR_F_RSC_INFO)),
	     "flags %#x", hdr->flags);
	rule(TX_BUFFERS, !hdr->num_buffers, "num_buffers is %u",
	     hdr->num_buffers);
	check_gso(dev, hdr);
	check_mtu(dev, hdr, frame, len);
	check_headers(dev, hdr, frame, got);
	if (csum && rule(TX_CSUM, hdr->csum_start + hdr->csum_offset + 2u <= len,
			 "at %u and %u of %u bytes", hdr->csum_start,
			 hdr->csum_offset, len))
		check_pseudo(hdr, frame, got, len);
}

/* Who may send at all */
static void check_sender(struct device *dev, const struct queue *q)
{
	u16 pair = (q - dev->queue) / 2;

	/* the first frames may have been on their way */
	if (has(dev, VIRTIO_NET_F_STATUS) && ++dev->sent >= SENT_BLIND)
		rule(LINK_READ, dev->link_read, "%u frames before that",
		     dev->sent);
	if (dev->pairs_told)
		rule(TX_PAIRS, pair < dev->pairs, "pair %u of %u", pair,
		     dev->pairs);
	else
		rule(TX_FIRST, !pair, "pair %u", pair);
}

static void send_one(struct device *dev, struct queue *q,
		     const struct fakedev_buf *buf)
{
	struct iovec part[PARTS_MAX];
	struct net_hdr hdr = {};
	u32 len = 0, got = 0;
	u16 i;

	rule(CHAIN_PARTS, buf->parts <= PARTS_MAX, "%u parts", buf->parts);
	rule(TX_FRAME, buf->parts == buf->readable &&
	     buf->bytes >= NET_HDR_LEN + 14,
	     "a frame of %u parts, %u to be read, %llu bytes", buf->parts,
	     buf->readable, (unsigned long long)buf->bytes);
	for (i = 0; i < buf->readable && i < PARTS_MAX; i++) {
		const struct fakedev_desc *d = &q->ring.chain[i];
		u32 n = sizeof(hdr) - got < d->len ? sizeof(hdr) - got : d->len;

		part[i] = (struct iovec) { queue_part(dev, d), d->len };
		if (!part[i].iov_base)
			return;
		memcpy((char *)&hdr + got, part[i].iov_base, n);
		got += n;
		len += d->len;
	}
	check_tx(dev, &hdr, part, i, len - got);
	check_sender(dev, q);
	if (writev(dev->tap, part, i) < 0) {
		q->stats.drops++;
		if (errno != EAGAIN)
			perror("tap");
		return;
	}
	q->stats.packets++;
	q->stats.bytes += len - got;
}

/* 2.7.9: without VIRTIO_F_IN_ORDER buffers may be used in any order */
static bool keeps(const struct device *dev, struct queue *q, u16 head)
{
	if (!q->keep || q->kept || has(dev, VIRTIO_F_IN_ORDER))
		return false;
	q->kept = true;
	q->kept_head = head;
	return true;
}

void net_give_back(struct device *dev, u16 queue)
{
	struct queue *q = &dev->queue[queue];

	q->keep = false;
	if (!q->kept)
		return;
	q->kept = false;
	queue_use(dev, q, q->kept_head, 0);
	queue_show(dev, q);
}

static void send_all(struct device *dev, struct queue *q)
{
	struct fakedev_buf buf;

	do {
		fakedev_kicks_off(&q->ring);
		while (queue_fetch(q, &buf)) {
			send_one(dev, q, &buf);
			if (!keeps(dev, q, buf.head))
				queue_use(dev, q, buf.head, 0);
		}
	} while (fakedev_kicks_on(&q->ring));
	queue_show(dev, q);
}

void net_kicked(struct device *dev, u16 queue)
{
	struct queue *q = &dev->queue[queue];

	q->stats.notifications++;
	dev->serving = q;
	if (sigsetjmp(dev->served, 0))
		return;
	if (queue == control_queue(dev))
		ctrl_kicked(dev, q);
	else if (queue % 2)
		send_all(dev, q);
	else
		receive(dev, queue / 2);
}
