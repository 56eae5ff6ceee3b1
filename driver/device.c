// SPDX-License-Identifier: GPL-2.0
#include "device.h"

#include <linux/etherdevice.h>
#include <linux/ethtool.h>
#include <linux/iommu.h>

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
		err = vionic_caps_read(&vd->caps, &vd->tp, &vd->features);
	vd->physical = is_physical(vd);
	if (err)
		vionic_transport_fail(&vd->tp);
	else
		err = vionic_transport_reset(&vd->tp);
	return err;
}

static int device_assign_vectors(struct vionic_dev *vd)
{
	struct vionic_transport *tp = &vd->tp;
	u16 first = vionic_irq_msix(&vd->irqs, 0);
	unsigned int vector;
	u32 i;

	if (vionic_transport_config_vector(tp, first))
		return 0;
	if (vd->caps.ctrl_num &&
	    vionic_transport_queue_vector(tp, vd->caps.ctrl_index, first))
		return 0;
	for (i = 0; i < 2 * vd->caps.pairs; i++) {
		vector = vionic_irq_for_pair(&vd->irqs, i / 2);
		if (vionic_transport_queue_vector(tp, i,
						  vionic_irq_msix(&vd->irqs,
								  vector)))
			return vector;
	}
	return vd->irqs.num;
}

int vionic_dev_try_vectors(struct vionic_dev *vd)
{
	struct vionic_features offered;
	int num;
	int err;

	num = vionic_transport_begin(&vd->tp, &offered);
	if (!num)
		num = vionic_transport_accept(&vd->tp, &vd->features);
	if (!num)
		num = device_assign_vectors(vd);
	err = vionic_transport_reset(&vd->tp);
	return err ?: num;
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
		.physical = vd->physical,
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

/* Rings, headers and the netdev are made for the accepted features. Those must be offered
 * again (2.2.1): a feature that is new is left out, one that is gone can't be replaced.
 */
static int dev_renegotiate(struct vionic_dev *vd,
			   const struct vionic_features *offered)
{
	int bit = vionic_features_lacking(&vd->features, offered);

	if (bit >= 0) {
		pci_err(vd->pdev, "device no longer offers feature %d: bind the driver again to do without\n",
			bit);
		return -EOPNOTSUPP;
	}
	return vionic_transport_accept(&vd->tp, &vd->features);
}

int vionic_dev_begin(struct vionic_dev *vd)
{
	struct vionic_features offered;
	int err;

	/* A device that did not answer may answer now. One that left the bus is not asked. */
	vionic_transport_set_gone(&vd->tp, !pci_device_is_present(vd->pdev));
	err = vionic_transport_begin(&vd->tp, &offered);
	if (err)
		return err;
	err = dev_renegotiate(vd, &offered);
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
	return vionic_transport_config_write(&vd->tp, VIONIC_CONFIG(mac), mac,
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
	if (vionic_transport_config16(&vd->tp, VIONIC_CONFIG(status), &status))
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
	    vionic_transport_config32(&vd->tp, VIONIC_CONFIG(speed), &s) ||
	    vionic_transport_config(&vd->tp, VIONIC_CONFIG(duplex), &d, 1))
		return;
	/* 5.1.4: anything else stands for unknown */
	if (ethtool_validate_speed(s))
		*speed = s;
	if (ethtool_validate_duplex(d))
		*duplex = d;
}
