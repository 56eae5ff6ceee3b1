// SPDX-License-Identifier: GPL-2.0
/*
 * The network device, virtio 1.3, 5.1: frames between its queues and a tap.
 */
#include "lies.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#define HDR_LEN		12
#define RX_MIN		1526	/* 5.1.6.3.1 */
#define RX_MIN_TSO	65562

struct hdr {
	u8 flags;
	u8 gso_type;
	u16 hdr_len;
	u16 gso_size;
	u16 csum_start;
	u16 csum_offset;
	u16 num_buffers;
};

int net_open_tap(const char *name)
{
	struct ifreq req = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR };
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
	int len = HDR_LEN;

	snprintf(req.ifr_name, sizeof(req.ifr_name), "%s", name);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &req) ||
	    ioctl(fd, TUNSETVNETHDRSZ, &len)) {
		perror(name);
		exit(1);
	}
	return fd;
}

static void tell_tap(struct device *dev)
{
	unsigned long can = 0;

	if (has(dev, VIRTIO_NET_F_GUEST_CSUM))
		can |= TUN_F_CSUM;
	if (has(dev, VIRTIO_NET_F_GUEST_TSO4))
		can |= TUN_F_TSO4;
	if (has(dev, VIRTIO_NET_F_GUEST_TSO6))
		can |= TUN_F_TSO6;
	if (can && has(dev, VIRTIO_NET_F_GUEST_ECN))
		can |= TUN_F_TSO_ECN;
	if (ioctl(dev->tap, TUNSETOFFLOAD, can))
		perror("offloads of the tap");
}

void net_start(struct device *dev)
{
	tell_tap(dev);
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
		.status = VIRTIO_NET_S_LINK_UP,
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

/* Receiving */

static u32 shortest_buffer(const struct device *dev)
{
	if (has(dev, VIRTIO_NET_F_MRG_RXBUF))
		return HDR_LEN;
	return has(dev, VIRTIO_NET_F_GUEST_TSO4) ||
	       has(dev, VIRTIO_NET_F_GUEST_TSO6) ? RX_MIN_TSO : RX_MIN;
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
	rule(RX_ROOM, buf.bytes >= shortest_buffer(dev), "a buffer of %llu bytes",
	     (unsigned long long)buf.bytes);
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
	struct hdr *hdr = (struct hdr *)rx->frame;
	u32 at = 0, i, n = 0;

	for (i = 0; at < rx->len && i < rx->count; i++)
		at += rx->held[i].room;
	hdr->num_buffers = i;
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
	q->stats.bytes += rx->len - HDR_LEN;
	memmove(rx->held, rx->held + n, (rx->count - n) * sizeof(*rx->held));
	rx->count -= n;
	rx->len = 0;
	queue_show(dev, q);
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
		sum = 31 * sum + frame[HDR_LEN + i];
	return sum % dev->pairs;
}

void net_frame_waits(struct device *dev)
{
	static u8 frame[HDR_LEN + FRAME_MAX];
	int burst;

	if (sigsetjmp(dev->served, 0))
		return;
	for (burst = 0; burst < 64; burst++) {
		ssize_t n = read(dev->tap, frame, sizeof(frame));
		struct rx *rx;
		u16 pair;

		if (n < HDR_LEN + 14)
			return;
		if (!(dev->status & DRIVER_OK))
			continue;
		pair = pair_of(dev, frame);
		rx = &dev->rx[pair];
		if (rx->len) {	/* no room: as on a wire */
			dev->queue[2 * pair].stats.drops++;
			dev->queue[2 * pair].stats.special++;
			continue;
		}
		memcpy(rx->frame, frame, n);
		rx->len = n;
		receive(dev, pair);
	}
}

/* Sending */

static bool gso_allowed(const struct device *dev, u8 type)
{
	bool ecn = type & VIRTIO_NET_HDR_GSO_ECN;

	if (ecn && !has(dev, VIRTIO_NET_F_HOST_ECN))
		return false;
	switch (type & ~VIRTIO_NET_HDR_GSO_ECN) {
	case VIRTIO_NET_HDR_GSO_NONE:
		return !ecn;
	case VIRTIO_NET_HDR_GSO_TCPV4:
		return has(dev, VIRTIO_NET_F_HOST_TSO4);
	case VIRTIO_NET_HDR_GSO_TCPV6:
		return has(dev, VIRTIO_NET_F_HOST_TSO6);
	}
	return false;
}

static void check_tx(struct device *dev, const struct hdr *hdr, u32 len)
{
	bool csum = hdr->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM;

	rule(TX_HEADER, !(hdr->flags & ~VIRTIO_NET_HDR_F_NEEDS_CSUM) &&
	     (!csum || has(dev, VIRTIO_NET_F_CSUM)) &&
	     gso_allowed(dev, hdr->gso_type) &&
	     (!hdr->gso_type || (csum && hdr->gso_size)),
	     "flags %#x, gso type %#x, size %u", hdr->flags, hdr->gso_type,
	     hdr->gso_size);
	rule(TX_BUFFERS, !hdr->num_buffers, "num_buffers is %u",
	     hdr->num_buffers);
	if (csum)
		rule(TX_CSUM, hdr->csum_start + hdr->csum_offset + 2u <= len,
		     "at %u and %u of %u bytes", hdr->csum_start,
		     hdr->csum_offset, len);
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

static void check_hdr_len(struct device *dev, const struct hdr *hdr,
			  const struct iovec *part, int parts)
{
	u8 start[HDR_LEN + 128];
	u32 len = 0, headers;
	int i;

	if (!has(dev, GUEST_HDRLEN) || !hdr->gso_type)
		return;
	for (i = 0; i < parts && len < sizeof(start); i++) {
		u32 n = sizeof(start) - len < part[i].iov_len ?
			sizeof(start) - len : part[i].iov_len;

		memcpy(start + len, part[i].iov_base, n);
		len += n;
	}
	headers = headers_of(start + HDR_LEN, len - HDR_LEN);
	if (headers)
		rule(TX_HDR_LEN, hdr->hdr_len == headers, "%u, not %u",
		     hdr->hdr_len, headers);
}

static void send_one(struct device *dev, struct queue *q,
		     const struct fakedev_buf *buf)
{
	struct iovec part[PARTS_MAX];
	struct hdr hdr = {};
	u32 len = 0, got = 0;
	u16 i;

	rule(RING_BUFFERS, buf->parts == buf->readable &&
	     buf->parts <= PARTS_MAX && buf->bytes >= HDR_LEN + 14,
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
	check_tx(dev, &hdr, len - got);
	check_hdr_len(dev, &hdr, part, i);
	rule(TX_PAIRS, (q - dev->queue) / 2 < dev->pairs, "queue %td of %u pairs",
	     q - dev->queue, dev->pairs);
	if (writev(dev->tap, part, i) < 0) {
		q->stats.drops++;
		if (errno != EAGAIN)
			perror("tap");
		return;
	}
	q->stats.packets++;
	q->stats.bytes += len - got;
}

static void send_all(struct device *dev, struct queue *q)
{
	struct fakedev_buf buf;

	do {
		fakedev_kicks_off(&q->ring);
		while (queue_fetch(q, &buf)) {
			send_one(dev, q, &buf);
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
