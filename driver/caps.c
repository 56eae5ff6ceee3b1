// SPDX-License-Identifier: GPL-2.0
#include "caps.h"

#include <linux/cpumask.h>
#include <linux/etherdevice.h>
#include <linux/log2.h>
#include <linux/minmax.h>

/* 5.1.4 allows for one more. But several pairs come with a control queue, behind
 * all of them, and no number would be left for it.
 */
#define PAIRS_MAX	0x7fff
/* As many as there are CPUs, or so many if the device has them: who polls by threads, or
 * keeps flows apart, may want more than CPUs. A device can't have us allocate any number.
 */
#define PAIRS_ANYWAY	16
#define CTRL_NUM	64	/* entries; commands come one at a time */

/* Hashes of which use is made: those that look into the extension headers of
 * mobile IPv6 would let a sender choose what is hashed
 */
#define HASH_TYPES	(VIRTIO_NET_RSS_HASH_TYPE_IPv4 |	\
			 VIRTIO_NET_RSS_HASH_TYPE_TCPv4 |	\
			 VIRTIO_NET_RSS_HASH_TYPE_UDPv4 |	\
			 VIRTIO_NET_RSS_HASH_TYPE_IPv6 |	\
			 VIRTIO_NET_RSS_HASH_TYPE_TCPv6 |	\
			 VIRTIO_NET_RSS_HASH_TYPE_UDPv6)

/* A device while it is looked at */
struct survey {
	struct vionic_transport *tp;
	const struct vionic_features *features;
	struct vionic_caps *caps;	/* what is known by now */
};

static bool has(const struct survey *s, unsigned int bit)
{
	return vionic_has(s->features, bit);
}

static int field16(struct survey *s, u32 offset, u16 *val)
{
	return vionic_transport_config16(s->tp, offset, val);
}

static int field32(struct survey *s, u32 offset, u32 *val)
{
	return vionic_transport_config32(s->tp, offset, val);
}

static int read_mac(struct survey *s)
{
	struct vionic_caps *caps = s->caps;
	int err;

	if (!has(s, VIRTIO_NET_F_MAC))
		return 0;
	err = vionic_transport_config(s->tp, VIONIC_CONFIG(mac), caps->mac,
				      ETH_ALEN);
	if (err)
		return err;
	if (!is_valid_ether_addr(caps->mac)) {
		pci_warn(s->tp->pdev, "invalid MAC %pM: a random one is used\n",
			 caps->mac);
		eth_zero_addr(caps->mac);
	}
	return 0;
}

static int read_mtu(struct survey *s)
{
	struct vionic_caps *caps = s->caps;
	int err;

	caps->mtu_max = ETH_MAX_MTU;
	if (!has(s, VIRTIO_NET_F_MTU))
		return 0;
	err = field16(s, VIONIC_CONFIG(mtu), &caps->mtu_max);
	if (err)
		return err;
	caps->mtu_fixed = true;
	if (caps->mtu_max < ETH_MIN_MTU) {
		pci_err(s->tp->pdev, "MTU %u is less than %u\n", caps->mtu_max,
			ETH_MIN_MTU);
		return -EINVAL;
	}
	return 0;
}

static int read_hash(struct survey *s)
{
	struct vionic_caps *caps = s->caps;
	int err;

	if (!has(s, VIRTIO_NET_F_HASH_REPORT) && !has(s, VIRTIO_NET_F_RSS))
		return 0;
	err = vionic_transport_config(s->tp, VIONIC_CONFIG(rss_max_key_size),
				      &caps->hash_key, 1);
	if (!err)
		err = field32(s, VIONIC_CONFIG(supported_hash_types),
			      &caps->hash_types);
	if (err)
		return err;
	if (caps->hash_key < VIONIC_HASH_KEY_MAX) {
		pci_err(s->tp->pdev, "hash key of %u bytes\n", caps->hash_key);
		return -EINVAL;
	}
	caps->hash_key = VIONIC_HASH_KEY_MAX;
	caps->hash_types &= HASH_TYPES;
	return 0;
}

static int read_rss(struct survey *s)
{
	u16 max;
	int err;

	if (!has(s, VIRTIO_NET_F_RSS))
		return 0;
	err = field16(s, VIONIC_CONFIG(rss_max_indirection_table_length), &max);
	if (err)
		return err;
	if (!max) {
		pci_err(s->tp->pdev, "RSS table without entries\n");
		return -EINVAL;
	}
	max = min_t(u16, max, VIONIC_RSS_TABLE_MAX);
	s->caps->rss_table = rounddown_pow_of_two(max);
	return 0;
}

static enum vionic_layout choose_layout(const struct survey *s)
{
	bool in_order = has(s, VIRTIO_F_IN_ORDER);

	if (has(s, VIRTIO_F_RING_PACKED))
		return in_order ? VIONIC_PACKED_IN_ORDER : VIONIC_PACKED;
	return in_order ? VIONIC_SPLIT_IN_ORDER : VIONIC_SPLIT;
}

/* Entries that all queues from @first take, every second one being of a kind */
static u16 queue_max(struct survey *s, u16 first, u16 pairs)
{
	u32 max = VIONIC_RING_MAX;
	u32 largest = 0;
	u32 i;

	for (i = 0; i < pairs; i++) {
		u16 num = vionic_transport_queue_max(s->tp, first + 2 * i);

		max = min_t(u32, max, num);
		largest = max_t(u32, largest, num);
	}
	if (max < 2)
		return 0;
	if (vionic_vq_num_valid(s->caps->layout, max))
		return !s->caps->ring_fixed || largest == max ? max : 0;
	return s->caps->ring_fixed ? 0 : rounddown_pow_of_two(max);
}

static int read_queues(struct survey *s)
{
	struct vionic_caps *caps = s->caps;
	u16 max;
	int err;

	caps->layout = choose_layout(s);
	caps->pairs = 1;
	if (has(s, VIRTIO_NET_F_MQ) || has(s, VIRTIO_NET_F_RSS)) {
		err = field16(s, VIONIC_CONFIG(max_virtqueue_pairs),
			      &caps->pairs);
		if (err)
			return err;
		if (!caps->pairs || caps->pairs > PAIRS_MAX) {
			pci_err(s->tp->pdev, "%u queue pairs\n", caps->pairs);
			return -EINVAL;
		}
	}
	/* behind all pairs that there are, not those that we use, 5.1.2 */
	caps->ctrl_index = 2 * caps->pairs;
	caps->pairs = min_t(u16, caps->pairs,
			    max_t(u32, num_possible_cpus(), PAIRS_ANYWAY));
	caps->rx_max = queue_max(s, 0, caps->pairs);
	caps->tx_max = queue_max(s, 1, caps->pairs);
	if (!caps->rx_max || !caps->tx_max) {
		pci_err(s->tp->pdev, "a queue has no room\n");
		return -EINVAL;
	}
	if (!has(s, VIRTIO_NET_F_CTRL_VQ))
		return 0;
	max = vionic_transport_queue_max(s->tp, caps->ctrl_index);
	if (max < 4 || !vionic_vq_num_valid(caps->layout, max)) {
		pci_err(s->tp->pdev, "control queue of %u entries\n", max);
		return -EINVAL;
	}
	caps->ctrl_num = caps->ring_fixed ? max : min_t(u16, max, CTRL_NUM);
	return 0;
}

/* 5.1.6.1, 5.1.6.3.1: the header ends with the last field that was negotiated */
static u8 choose_hdr_len(const struct survey *s)
{
	if (has(s, VIRTIO_NET_F_HOST_UDP_TUNNEL_GSO) ||
	    has(s, VIRTIO_NET_F_GUEST_UDP_TUNNEL_GSO))
		return VIONIC_HDR_LEN_TUNNEL;
	if (has(s, VIRTIO_NET_F_HASH_REPORT))
		return VIONIC_HDR_LEN_HASH;
	if (s->tp->legacy && !has(s, VIRTIO_NET_F_MRG_RXBUF))
		return VIONIC_HDR_LEN_LEGACY;
	return VIONIC_HDR_LEN;
}

int vionic_caps_read(struct vionic_caps *caps, struct vionic_transport *tp,
		     const struct vionic_features *features)
{
	struct survey s = { .tp = tp, .features = features, .caps = caps };
	int err;

	*caps = (struct vionic_caps) {};
	caps->hdr_len = choose_hdr_len(&s);
	caps->ring_fixed = tp->legacy;
	caps->any_layout = !tp->legacy || has(&s, VIRTIO_F_ANY_LAYOUT);
	/* 5.1.6.6; mergeable buffers were of one descriptor from the start */
	caps->hdr_apart = !caps->any_layout && !has(&s, VIRTIO_NET_F_MRG_RXBUF);
	caps->mac_write = has(&s, VIRTIO_NET_F_CTRL_MAC_ADDR) ||
			  (tp->legacy && has(&s, VIRTIO_NET_F_MAC));
	err = read_mac(&s);
	if (!err)
		err = read_mtu(&s);
	if (!err)
		err = read_hash(&s);
	if (!err)
		err = read_rss(&s);
	if (!err)
		err = read_queues(&s);
	return err;
}
