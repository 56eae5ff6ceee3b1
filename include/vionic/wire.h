/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Layouts shared with the device, as the virtio 1.3 specification writes them.
 *
 * A modern device is little endian throughout, so every field has an __le type
 * and sparse can tell a forgotten conversion. Constants come from the kernel's
 * UAPI headers; what the oldest supported kernel lacks is added at the end.
 *
 * This header also compiles in user space (selftests/unit).
 */
#ifndef _VIONIC_WIRE_H
#define _VIONIC_WIRE_H

#include <linux/types.h>
#include <linux/build_bug.h>
#include <linux/virtio_config.h>
#include <linux/virtio_net.h>
#include <linux/virtio_pci.h>
#include <linux/virtio_ring.h>

/* Descriptor of a split virtqueue, 2.7.5 */
struct vionic_desc {
	__le64 addr;	/* bus address of the buffer */
	__le32 len;	/* its length in bytes */
	__le16 flags;	/* VRING_DESC_F_* */
	__le16 next;	/* id of the next one if VRING_DESC_F_NEXT */
};

static_assert(sizeof(struct vionic_desc) == 16);

/* Driver area (available ring), 2.7.6; used_event follows ring[num - 1] */
struct vionic_avail {
	__le16 flags;	/* VRING_AVAIL_F_* */
	__le16 idx;	/* where the next entry will go, never masked */
	__le16 ring[];	/* heads of chains */
};

static_assert(sizeof(struct vionic_avail) == 4);

struct vionic_used_elem {
	__le32 id;	/* head of the chain that was used */
	__le32 len;	/* bytes the device wrote into it */
};

static_assert(sizeof(struct vionic_used_elem) == 8);

/* Device area (used ring), 2.7.8; avail_event follows ring[num - 1] */
struct vionic_used {
	__le16 flags;	/* VRING_USED_F_* */
	__le16 idx;	/* where the next entry will go, never masked */
	struct vionic_used_elem ring[];
};

static_assert(sizeof(struct vionic_used) == 4);

/* Descriptor of a packed virtqueue, 2.8.13 */
struct vionic_packed_desc {
	__le64 addr;	/* bus address of the buffer */
	__le32 len;	/* its length; when used: bytes the device wrote */
	__le16 id;	/* of the buffer; in the last descriptor of a chain */
	__le16 flags;	/* VRING_DESC_F_*, VIONIC_PACKED_* */
};

static_assert(sizeof(struct vionic_packed_desc) == 16);

/* Whose a descriptor is, 2.8.1 */
#define VIONIC_PACKED_AVAIL	0x0080
#define VIONIC_PACKED_USED	0x8000

/* Event suppression, 2.8.14, as one word: a position below, what to do above */
#define VIONIC_EVENT_POS	0x0000ffff
#define VIONIC_EVENT_SHIFT	16
#define VIONIC_EVENT_FLAGS	0x3

/* A position: an offset and, above it, the wrap counter */
#define VIONIC_POS_OFFSET	0x7fff
#define VIONIC_POS_WRAP		0x8000

/* Header in front of every frame, 5.1.6. The first ten bytes are laid out as
 * struct virtio_net_hdr, which is what the kernel's helpers take.
 */
struct vionic_hdr {
	__u8 flags;		/* VIRTIO_NET_HDR_F_* */
	__u8 gso_type;		/* VIRTIO_NET_HDR_GSO_* */
	__le16 hdr_len;		/* hint: bytes of protocol headers */
	__le16 gso_size;	/* payload bytes of a segment */
	__le16 csum_start;	/* from the first byte of the frame */
	__le16 csum_offset;	/* from csum_start */
	__le16 num_buffers;	/* RX buffers that this frame fills */
	/* from here on only with VIRTIO_NET_F_HASH_REPORT or tunnels */
	__le32 hash_value;
	__le16 hash_report;	/* VIRTIO_NET_HASH_REPORT_* */
	__le16 padding;
	/* from here on only with a VIRTIO_NET_F_*_UDP_TUNNEL_GSO */
	__le16 outer_th_offset;	/* outer UDP header, from the frame's start */
	__le16 inner_nh_offset;	/* inner IP header, likewise */
};

static_assert(sizeof(struct vionic_hdr) == 24);

#define VIONIC_HDR_LEN		12	/* without the hash */
#define VIONIC_HDR_LEN_LEGACY	10	/* nor num_buffers, 5.1.6.1 */
#define VIONIC_HDR_LEN_HASH	20	/* VIRTIO_NET_F_HASH_REPORT */
#define VIONIC_HDR_LEN_TUNNEL	24	/* VIRTIO_NET_F_*_UDP_TUNNEL_GSO */

/* Offset of a field of struct virtio_net_config, 5.1.4 */
#define VIONIC_CONFIG(field)	offsetof(struct virtio_net_config, field)

/* UDP segmentation, 5.1.3 and 5.1.6 */
#ifndef VIRTIO_NET_F_HOST_USO
#define VIRTIO_NET_F_GUEST_USO4		54
#define VIRTIO_NET_F_GUEST_USO6		55
#define VIRTIO_NET_F_HOST_USO		56
#endif
#ifndef VIRTIO_NET_F_GUEST_HDRLEN
#define VIRTIO_NET_F_GUEST_HDRLEN	59
#endif
#ifndef VIRTIO_NET_HDR_GSO_UDP_L4
#define VIRTIO_NET_HDR_GSO_UDP_L4	5
#endif

/* Segmentation inside of UDP tunnels, from the specification after 1.3. The
 * command for offloads knows two of the features by other numbers.
 */
#ifndef VIRTIO_NET_F_GUEST_UDP_TUNNEL_GSO
#define VIRTIO_NET_F_GUEST_UDP_TUNNEL_GSO		65
#define VIRTIO_NET_F_GUEST_UDP_TUNNEL_GSO_CSUM		66
#define VIRTIO_NET_F_HOST_UDP_TUNNEL_GSO		67
#define VIRTIO_NET_F_HOST_UDP_TUNNEL_GSO_CSUM		68
#define VIRTIO_NET_F_GUEST_UDP_TUNNEL_GSO_MAPPED	46
#define VIRTIO_NET_F_GUEST_UDP_TUNNEL_GSO_CSUM_MAPPED	47
#endif
#ifndef VIRTIO_NET_HDR_GSO_UDP_TUNNEL
#define VIRTIO_NET_HDR_F_UDP_TUNNEL_CSUM	8
#define VIRTIO_NET_HDR_GSO_UDP_TUNNEL_IPV4	0x20
#define VIRTIO_NET_HDR_GSO_UDP_TUNNEL_IPV6	0x40
#define VIRTIO_NET_HDR_GSO_UDP_TUNNEL	(VIRTIO_NET_HDR_GSO_UDP_TUNNEL_IPV4 | \
					 VIRTIO_NET_HDR_GSO_UDP_TUNNEL_IPV6)
#endif

/* Control command header, 5.1.6.5 */
struct vionic_ctrl_hdr {
	__u8 class;	/* VIRTIO_NET_CTRL_* */
	__u8 cmd;
};

static_assert(sizeof(struct vionic_ctrl_hdr) == 2);

/* VIRTIO_NET_CTRL_MQ_RSS_CONFIG, 5.1.6.5.7.1, up to its table */
struct vionic_ctrl_rss {
	__le32 types;		/* VIRTIO_NET_RSS_HASH_TYPE_* */
	__le16 mask;		/* entries of the table, less one */
	__le16 unclassified;	/* pair for frames that have no hash */
	__le16 table[];		/* pairs */
};

static_assert(sizeof(struct vionic_ctrl_rss) == 8);

/* and behind it */
struct vionic_ctrl_rss_key {
	__le16 pairs;		/* transmit queues in use */
	__u8 len;
	__u8 key[];
} __packed;

static_assert(sizeof(struct vionic_ctrl_rss_key) == 3);

/* Notification coalescing, 5.1.6.5.9 */
struct vionic_ctrl_coal {
	__le32 max_packets;
	__le32 max_usecs;
};

static_assert(sizeof(struct vionic_ctrl_coal) == 8);

struct vionic_ctrl_coal_vq {
	__le16 vq;
	__le16 reserved;
	struct vionic_ctrl_coal coal;
};

static_assert(sizeof(struct vionic_ctrl_coal_vq) == 12);

/* Device statistics, virtio 1.4, 5.1.6.5.11: a question and what heads each answer */
struct vionic_ctrl_stats {
	__le16 vq;
	__le16 reserved[3];
	__le64 types;
};

static_assert(sizeof(struct vionic_ctrl_stats) == 16);

struct vionic_stats_hdr {
	__u8 type;
	__u8 reserved;
	__le16 vq;
	__le16 reserved1;
	__le16 size;	/* with this header */
};

static_assert(sizeof(struct vionic_stats_hdr) == 8);

/* Fields of the common configuration behind those of virtio 1.0, 4.1.4.3 */
#ifndef VIRTIO_PCI_COMMON_Q_NDATA
#define VIRTIO_PCI_COMMON_Q_NDATA	56
#define VIRTIO_PCI_COMMON_Q_RESET	58
#endif
#define VIONIC_COMMON_LEN_MIN		56	/* virtio 1.0 */
#define VIONIC_COMMON_LEN_NDATA		58	/* with queue_notif_config_data */
#define VIONIC_COMMON_LEN_RESET		60	/* with queue_reset */

#ifndef VIRTIO_NET_F_DEVICE_STATS
#define VIRTIO_NET_F_DEVICE_STATS		50
#define VIRTIO_NET_CTRL_STATS			8
#define VIRTIO_NET_CTRL_STATS_QUERY		0
#define VIRTIO_NET_CTRL_STATS_GET		1
#endif
#ifndef VIRTIO_NET_F_VQ_NOTF_COAL
#define VIRTIO_NET_F_VQ_NOTF_COAL		52
#define VIRTIO_NET_CTRL_NOTF_COAL_VQ_SET	2
#endif
#ifndef VIRTIO_F_NOTIFICATION_DATA
#define VIRTIO_F_NOTIFICATION_DATA	38
#endif
#ifndef VIRTIO_F_NOTIF_CONFIG_DATA
#define VIRTIO_F_NOTIF_CONFIG_DATA	39
#endif
#ifndef VIRTIO_F_RING_RESET
#define VIRTIO_F_RING_RESET		40
#endif

#endif /* _VIONIC_WIRE_H */
