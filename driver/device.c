// SPDX-License-Identifier: GPL-2.0
#include "device.h"

#include <linux/etherdevice.h>
#include <linux/ethtool.h>
#include <linux/iommu.h>
#include <linux/log2.h>

#define PAIRS_MAX	0x8000	/* 5.1.4 */
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

/* Offset of a field of struct virtio_net_config */
#define CONFIG(field)	offsetof(struct virtio_net_config, field)

static int config16(struct vionic_dev *vd, u32 offset, u16 *val)
{
	__le16 raw;
	int err = vionic_transport_config(&vd->tp, offset, &raw, sizeof(raw));

	if (!err)
		*val = le16_to_cpu(raw);
	return err;
}

static int config32(struct vionic_dev *vd, u32 offset, u32 *val)
{
	__le32 raw;
	int err = vionic_transport_config(&vd->tp, offset, &raw, sizeof(raw));

	if (!err)
		*val = le32_to_cpu(raw);
	return err;
}

static int read_mac(struct vionic_dev *vd)
{
	struct vionic_caps *caps = &vd->caps;
	int err;

	if (!vionic_dev_has(vd, VIRTIO_NET_F_MAC))
		return 0;
	err = vionic_transport_config(&vd->tp, CONFIG(mac), caps->mac,
				      ETH_ALEN);
	if (err)
		return err;
	if (!is_valid_ether_addr(caps->mac)) {
		pci_warn(vd->pdev, "invalid MAC %pM: a random one is used\n",
			 caps->mac);
		eth_zero_addr(caps->mac);
	}
	return 0;
}

static int read_mtu(struct vionic_dev *vd)
{
	struct vionic_caps *caps = &vd->caps;
	int err;

	caps->mtu_max = ETH_MAX_MTU;
	if (!vionic_dev_has(vd, VIRTIO_NET_F_MTU))
		return 0;
	err = config16(vd, CONFIG(mtu), &caps->mtu_max);
	if (err)
		return err;
	caps->mtu_fixed = true;
	if (caps->mtu_max < ETH_MIN_MTU) {
		pci_err(vd->pdev, "MTU %u is less than %u\n", caps->mtu_max,
			ETH_MIN_MTU);
		return -EINVAL;
	}
	return 0;
}

static int read_hash(struct vionic_dev *vd)
{
	struct vionic_caps *caps = &vd->caps;
	int err;

	if (!vionic_dev_has(vd, VIRTIO_NET_F_HASH_REPORT) &&
	    !vionic_dev_has(vd, VIRTIO_NET_F_RSS))
		return 0;
	err = vionic_transport_config(&vd->tp, CONFIG(rss_max_key_size),
				      &caps->hash_key, 1);
	if (!err)
		err = config32(vd, CONFIG(supported_hash_types),
			       &caps->hash_types);
	if (err)
		return err;
	if (caps->hash_key < VIONIC_HASH_KEY_MAX) {
		pci_err(vd->pdev, "hash key of %u bytes\n", caps->hash_key);
		return -EINVAL;
	}
	caps->hash_key = VIONIC_HASH_KEY_MAX;
	caps->hash_types &= HASH_TYPES;
	return 0;
}

static int read_rss(struct vionic_dev *vd)
{
	u16 max;
	int err;

	if (!vionic_dev_has(vd, VIRTIO_NET_F_RSS))
		return 0;
	err = config16(vd, CONFIG(rss_max_indirection_table_length), &max);
	if (err)
		return err;
	if (!max) {
		pci_err(vd->pdev, "RSS table without entries\n");
		return -EINVAL;
	}
	vd->caps.rss_table = rounddown_pow_of_two(min_t(u16, max,
							VIONIC_RSS_TABLE_MAX));
	return 0;
}

static enum vionic_layout choose_layout(const struct vionic_dev *vd)
{
	bool in_order = vionic_dev_has(vd, VIRTIO_F_IN_ORDER);

	if (vionic_dev_has(vd, VIRTIO_F_RING_PACKED))
		return in_order ? VIONIC_PACKED_IN_ORDER : VIONIC_PACKED;
	return in_order ? VIONIC_SPLIT_IN_ORDER : VIONIC_SPLIT;
}

/* Entries that all queues from @first take, every second one being of a kind */
static u16 queue_max(struct vionic_dev *vd, u16 first, u16 pairs)
{
	u32 max = VIONIC_RING_MAX;
	bool same = true;
	u32 i;

	for (i = 0; i < pairs; i++) {
		u16 num = vionic_transport_queue_max(&vd->tp, first + 2 * i);

		same &= !i || num == max;
		max = min_t(u32, max, num);
	}
	if (max < 2)
		return 0;
	if (vd->caps.ring_fixed)
		return same && vionic_vq_num_valid(vd->caps.layout, max) ?
		       max : 0;
	return vionic_vq_num_valid(vd->caps.layout, max) ? max :
	       rounddown_pow_of_two(max);
}

static int read_queues(struct vionic_dev *vd)
{
	struct vionic_caps *caps = &vd->caps;
	u16 max;
	int err;

	caps->layout = choose_layout(vd);
	caps->pairs = 1;
	if (vionic_dev_has(vd, VIRTIO_NET_F_MQ) ||
	    vionic_dev_has(vd, VIRTIO_NET_F_RSS)) {
		err = config16(vd, CONFIG(max_virtqueue_pairs), &caps->pairs);
		if (err)
			return err;
		if (!caps->pairs || caps->pairs > PAIRS_MAX) {
			pci_err(vd->pdev, "%u queue pairs\n", caps->pairs);
			return -EINVAL;
		}
	}
	/* behind all pairs that there are, not those that we use, 5.1.2 */
	caps->ctrl_index = 2 * caps->pairs;
	caps->pairs = min_t(u16, caps->pairs, num_possible_cpus());
	caps->rx_max = queue_max(vd, 0, caps->pairs);
	caps->tx_max = queue_max(vd, 1, caps->pairs);
	if (!caps->rx_max || !caps->tx_max) {
		pci_err(vd->pdev, "a queue has no room\n");
		return -EINVAL;
	}
	if (!vionic_dev_has(vd, VIRTIO_NET_F_CTRL_VQ))
		return 0;
	max = vionic_transport_queue_max(&vd->tp, caps->ctrl_index);
	if (max < 4 || !vionic_vq_num_valid(caps->layout, max)) {
		pci_err(vd->pdev, "control queue of %u entries\n", max);
		return -EINVAL;
	}
	caps->ctrl_num = caps->ring_fixed ? max : min_t(u16, max, CTRL_NUM);
	return 0;
}

/* 5.1.6.1, 5.1.6.3.1: the header ends with the last field that was negotiated */
static u8 choose_hdr_len(const struct vionic_dev *vd)
{
	if (vionic_dev_has(vd, VIRTIO_NET_F_HOST_UDP_TUNNEL_GSO) ||
	    vionic_dev_has(vd, VIRTIO_NET_F_GUEST_UDP_TUNNEL_GSO))
		return VIONIC_HDR_LEN_TUNNEL;
	if (vionic_dev_has(vd, VIRTIO_NET_F_HASH_REPORT))
		return VIONIC_HDR_LEN_HASH;
	if (vd->tp.legacy && !vionic_dev_has(vd, VIRTIO_NET_F_MRG_RXBUF))
		return VIONIC_HDR_LEN_LEGACY;
	return VIONIC_HDR_LEN;
}

static int read_caps(struct vionic_dev *vd)
{
	bool legacy = vd->tp.legacy;
	int err;

	vd->caps.hdr_len = choose_hdr_len(vd);
	vd->caps.ring_fixed = legacy;
	vd->caps.any_layout = !legacy ||
			      vionic_dev_has(vd, VIRTIO_F_ANY_LAYOUT);
	/* 5.1.6.6; mergeable buffers were of one descriptor from the start */
	vd->caps.hdr_apart = !vd->caps.any_layout &&
			     !vionic_dev_has(vd, VIRTIO_NET_F_MRG_RXBUF);
	vd->caps.mac_write = vionic_dev_has(vd, VIRTIO_NET_F_CTRL_MAC_ADDR) ||
			     (legacy && vionic_dev_has(vd, VIRTIO_NET_F_MAC));
	err = read_mac(vd);
	if (!err)
		err = read_mtu(vd);
	if (!err)
		err = read_hash(vd);
	if (!err)
		err = read_rss(vd);
	if (!err)
		err = read_queues(vd);
	return err;
}

/* Are bus addresses, which DMA has to use, other than physical ones? */
static bool is_translated(struct device *dev)
{
	struct iommu_domain *domain = iommu_get_domain_for_dev(dev);

	return domain && domain->type != IOMMU_DOMAIN_IDENTITY;
}

/* 6.1: without VIRTIO_F_ACCESS_PLATFORM a device takes physical addresses, but
 * memory that is encrypted, or can't be reached, still has to be mapped, and what
 * comes of that is another address.
 */
static bool is_physical(const struct vionic_dev *vd)
{
	struct device *dev = &vd->pdev->dev;
	struct page *page;
	dma_addr_t dma;
	bool same;

	if (vionic_dev_has(vd, VIRTIO_F_ACCESS_PLATFORM))
		return false;
	page = alloc_page(GFP_KERNEL);
	if (!page)
		return false;
	dma = dma_map_page(dev, page, 0, PAGE_SIZE, DMA_TO_DEVICE);
	same = !dma_mapping_error(dev, dma);
	if (same) {
		same = dma == page_to_phys(page);
		dma_unmap_page(dev, dma, PAGE_SIZE, DMA_TO_DEVICE);
	}
	__free_page(page);
	return same;
}

/* Is what the device offers enough, and can it be served? */
static int check_features(struct vionic_dev *vd)
{
	if (!vd->tp.legacy && !vionic_dev_has(vd, VIRTIO_F_VERSION_1)) {
		pci_err(vd->pdev, "device does not offer VIRTIO_F_VERSION_1\n");
		return -EOPNOTSUPP;
	}
	/* 6.1: it takes all addresses for physical ones */
	if (!vionic_dev_has(vd, VIRTIO_F_ACCESS_PLATFORM) &&
	    is_translated(&vd->pdev->dev)) {
		pci_err(vd->pdev, "device is behind an IOMMU and does not offer VIRTIO_F_ACCESS_PLATFORM\n");
		return -EOPNOTSUPP;
	}
	return 0;
}

static void choose_features(struct vionic_dev *vd,
			    const struct vionic_features *offered)
{
	if (vd->tp.legacy) {
		vd->features = vionic_features_accept_legacy(offered);
		return;
	}
	vd->features = vionic_features_accept(offered);
	/* these registers stand behind those that every device has */
	if (vd->tp.common_len < VIONIC_COMMON_LEN_NDATA)
		vionic_feature_clear(&vd->features, VIRTIO_F_NOTIF_CONFIG_DATA);
	if (vd->tp.common_len < VIONIC_COMMON_LEN_RESET)
		vionic_feature_clear(&vd->features, VIRTIO_F_RING_RESET);
	/* what else the device has to have along with a feature, 4.1.4.4.1, 6.1 */
	if (!vionic_notify_has_wide(&vd->tp.bells))
		vionic_feature_clear(&vd->features, VIRTIO_F_NOTIFICATION_DATA);
	if (!pci_find_ext_capability(vd->pdev, PCI_EXT_CAP_ID_SRIOV))
		vionic_feature_clear(&vd->features, VIRTIO_F_SR_IOV);
}

int vionic_dev_identify(struct vionic_dev *vd)
{
	struct vionic_features offered;
	int err;

	err = vionic_transport_begin(&vd->tp, &offered);
	if (err)
		return err;
	choose_features(vd, &offered);
	err = check_features(vd);
	if (!err)
		err = vionic_transport_accept(&vd->tp, &vd->features);
	if (!err)
		err = read_caps(vd);
	vd->caps.physical = is_physical(vd);
	if (err)
		vionic_transport_fail(&vd->tp);
	else
		err = vionic_transport_reset(&vd->tp);
	return err;
}

struct vionic_vq_params vionic_dev_vq_params(struct vionic_dev *vd, u16 num)
{
	return (struct vionic_vq_params) {
		.dev = &vd->pdev->dev,
		.layout = vd->caps.layout,
		.num = num,
		.event_idx = vionic_dev_has(vd, VIRTIO_RING_F_EVENT_IDX),
		.hardware = vionic_dev_has(vd, VIRTIO_F_ORDER_PLATFORM),
		.notify_data = vionic_dev_has(vd, VIRTIO_F_NOTIFICATION_DATA),
		.physical = vd->caps.physical,
		.indirect = vionic_dev_has(vd, VIRTIO_RING_F_INDIRECT_DESC),
		.legacy = vd->tp.legacy,
	};
}

static int enable_ctrl(struct vionic_dev *vd)
{
	int err;

	err = vionic_transport_config_vector(&vd->tp,
					     vionic_irq_msix(&vd->irqs, 0));
	if (err || !vd->caps.ctrl_num)
		return err;
	return vionic_ctrlq_enable(&vd->ctrl, &vd->tp, vd->caps.ctrl_index,
				   vionic_irq_msix(&vd->irqs, 0));
}

int vionic_dev_begin(struct vionic_dev *vd)
{
	struct vionic_features offered;
	int err;

	err = vionic_transport_begin(&vd->tp, &offered);
	if (err)
		return err;
	err = vionic_transport_accept(&vd->tp, &vd->features);
	if (!err)
		err = enable_ctrl(vd);
	if (err)
		vionic_dev_reset(vd);
	return err;
}

int vionic_dev_run(struct vionic_dev *vd)
{
	return vionic_transport_run(&vd->tp);
}

void vionic_dev_reset(struct vionic_dev *vd)
{
	unsigned int i;

	if (vd->caps.ctrl_num)
		vionic_ctrlq_disable(&vd->ctrl);
	vd->stuck = vionic_transport_reset(&vd->tp) == -ETIMEDOUT;
	for (i = 0; i < vd->irqs.num; i++)
		synchronize_irq(vd->irqs.vector[i].irq);
}

int vionic_dev_write_mac(struct vionic_dev *vd, const u8 *mac)
{
	if (!vd->caps.mac_write)
		return -EOPNOTSUPP;
	return vionic_transport_config_write(&vd->tp, CONFIG(mac), mac,
					     ETH_ALEN);
}

bool vionic_dev_needs_reset(struct vionic_dev *vd)
{
	int status = vionic_transport_status(&vd->tp);

	return status >= 0 && ((status & VIRTIO_CONFIG_S_NEEDS_RESET) ||
			       !(status & VIRTIO_CONFIG_S_DRIVER_OK));
}

bool vionic_dev_link_up(struct vionic_dev *vd, bool *announce)
{
	u16 status;

	*announce = false;
	if (!vionic_dev_has(vd, VIRTIO_NET_F_STATUS))
		return true;
	if (config16(vd, CONFIG(status), &status))
		return false;
	*announce = vionic_dev_has(vd, VIRTIO_NET_F_GUEST_ANNOUNCE) &&
		    (status & VIRTIO_NET_S_ANNOUNCE);
	return status & VIRTIO_NET_S_LINK_UP;
}

void vionic_dev_speed(struct vionic_dev *vd, u32 *speed, u8 *duplex)
{
	u8 d;
	u32 s;

	*speed = SPEED_UNKNOWN;
	*duplex = DUPLEX_UNKNOWN;
	if (!vionic_dev_has(vd, VIRTIO_NET_F_SPEED_DUPLEX) ||
	    config32(vd, CONFIG(speed), &s) ||
	    vionic_transport_config(&vd->tp, CONFIG(duplex), &d, 1))
		return;
	/* 5.1.4: anything else stands for unknown */
	if (ethtool_validate_speed(s))
		*speed = s;
	if (ethtool_validate_duplex(d))
		*duplex = d;
}
