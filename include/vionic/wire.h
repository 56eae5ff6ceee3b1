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
	/* from here on only with VIRTIO_NET_F_HASH_REPORT */
	__le32 hash_value;
	__le16 hash_report;	/* VIRTIO_NET_HASH_REPORT_* */
	__le16 padding;
};

static_assert(sizeof(struct vionic_hdr) == 20);

#define VIONIC_HDR_LEN		12	/* without the hash */
#define VIONIC_HDR_LEN_HASH	20	/* VIRTIO_NET_F_HASH_REPORT */

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

/* Fields of the common configuration behind those of virtio 1.0, 4.1.4.3 */
#ifndef VIRTIO_PCI_COMMON_Q_NDATA
#define VIRTIO_PCI_COMMON_Q_NDATA	56
#define VIRTIO_PCI_COMMON_Q_RESET	58
#endif
#define VIONIC_COMMON_LEN_MIN		56	/* virtio 1.0 */
#define VIONIC_COMMON_LEN_RESET		60	/* with queue_reset */

#ifndef VIRTIO_F_RING_RESET
#define VIRTIO_F_RING_RESET		40
#endif

#endif /* _VIONIC_WIRE_H */
