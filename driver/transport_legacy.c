// SPDX-License-Identifier: GPL-2.0
/*
 * The interface from before virtio 1.0: one block of registers in BAR 0
 * (virtio 1.3, 4.1.4.10).
 *
 * All of it, and all that lies in memory, has the byte order of the guest's
 * CPU. This driver writes little endian and leaves these devices to others
 * where that is not the same.
 */
#include <linux/dma-mapping.h>
#include "transport_ops.h"

#define BAR	0
#define PFN_BITS	32

static bool has_msix(const struct vionic_transport *tp)
{
	return tp->pdev->msix_enabled;
}

/* Two registers for vectors exist, and what is behind them moves, while MSI-X
 * is on
 */
static u32 config_start(const struct vionic_transport *tp)
{
	return VIRTIO_PCI_CONFIG_OFF(has_msix(tp));
}

static void legacy_offered(struct vionic_transport *tp,
			   struct vionic_features *offered)
{
	offered->word[0] = ioread32(tp->common + VIRTIO_PCI_HOST_FEATURES);
}

/* The device has no say in it */
static int legacy_accept(struct vionic_transport *tp,
			 const struct vionic_features *features)
{
	iowrite32(features->word[0], tp->common + VIRTIO_PCI_GUEST_FEATURES);
	return 0;
}

/* Is it a piece of the device-specific configuration? */
static bool config_has(const struct vionic_transport *tp, u32 offset,
		       size_t len)
{
	u32 room = tp->common_len - config_start(tp);

	return offset <= room && len <= room - offset;
}

/* There is no generation: read until two passes say the same (2.5.4) */
static int legacy_config(struct vionic_transport *tp, u32 offset, void *buf,
			 size_t len)
{
	void __iomem *from = tp->common + config_start(tp);
	unsigned int tries = VIONIC_CONFIG_TRIES;
	u8 again[8] __aligned(8);

	if (!config_has(tp, offset, len) || len > sizeof(again))
		return -EINVAL;
	do {
		int status = vionic_transport_status(tp);

		if (status < 0)
			return status;
		vionic_config_pass(from, offset, buf, len);
		vionic_config_pass(from, offset, again, len);
		if (!memcmp(buf, again, len))
			return 0;
	} while (--tries);
	return -EAGAIN;
}

/* 5.1.6.5.2.3: devices wait for the last byte */
static int legacy_config_write(struct vionic_transport *tp, u32 offset,
			       const void *buf, size_t len)
{
	void __iomem *to = tp->common + config_start(tp) + offset;
	int status = vionic_transport_status(tp);
	const u8 *from = buf;

	if (status < 0)
		return status;
	if (!config_has(tp, offset, len))
		return -EINVAL;
	while (len--)
		iowrite8(*from++, to++);
	return 0;
}

static int write_vector(struct vionic_transport *tp, u32 reg, u16 vector)
{
	if (!has_msix(tp))
		return vector == VIRTIO_MSI_NO_VECTOR ? 0 : -EBUSY;
	iowrite16(vector, tp->common + reg);
	return ioread16(tp->common + reg) == vector ? 0 : -EBUSY;
}

static int legacy_config_vector(struct vionic_transport *tp, u16 vector)
{
	return write_vector(tp, VIRTIO_MSI_CONFIG_VECTOR, vector);
}

static u16 legacy_queue_max(struct vionic_transport *tp, u16 index)
{
	iowrite16(index, tp->common + VIRTIO_PCI_QUEUE_SEL);
	return ioread16(tp->common + VIRTIO_PCI_QUEUE_NUM);
}

static int legacy_queue_vector(struct vionic_transport *tp, u16 index,
			       u16 vector)
{
	iowrite16(index, tp->common + VIRTIO_PCI_QUEUE_SEL);
	return write_vector(tp, VIRTIO_MSI_QUEUE_VECTOR, vector);
}

/* The one address stands for all three areas: see vionic_split_legacy_used() */
static int legacy_queue_enable(struct vionic_transport *tp, u16 index,
			       const struct vionic_queue_setup *setup,
			       struct vionic_doorbell *bell)
{
	u64 pfn = setup->desc >> VIRTIO_PCI_QUEUE_ADDR_SHIFT;
	u16 num = legacy_queue_max(tp, index);
	int err;

	if (!num)
		return -ENOENT;
	if (num != setup->num || upper_32_bits(pfn) ||
	    !IS_ALIGNED(setup->desc, VIRTIO_PCI_VRING_ALIGN))
		return -EINVAL;
	err = write_vector(tp, VIRTIO_MSI_QUEUE_VECTOR, setup->vector);
	if (err)
		return err;
	iowrite32(pfn, tp->common + VIRTIO_PCI_QUEUE_PFN);
	bell->addr = tp->common + VIRTIO_PCI_QUEUE_NOTIFY;
	bell->data = index;
	return 0;
}

/* Words that this interface does not have are 0 */
static void legacy_dump(struct vionic_transport *tp, u32 *regs)
{
	memset(regs, 0, VIONIC_COMMON_REGS * sizeof(*regs));
	regs[0] = ioread32(tp->common + VIRTIO_PCI_HOST_FEATURES);
	regs += VIONIC_FEATURE_WORDS;
	regs[0] = VIRTIO_MSI_NO_VECTOR;
	if (has_msix(tp))
		regs[0] = ioread16(tp->common + VIRTIO_MSI_CONFIG_VECTOR);
	regs[2] = ioread8(tp->status);
}

static void legacy_queue_dump(struct vionic_transport *tp, u16 index, u32 *regs)
{
	u32 pfn;

	memset(regs, 0, VIONIC_QUEUE_REGS * sizeof(*regs));
	regs[0] = legacy_queue_max(tp, index);
	regs[1] = VIRTIO_MSI_NO_VECTOR;
	if (has_msix(tp))
		regs[1] = ioread16(tp->common + VIRTIO_MSI_QUEUE_VECTOR);
	pfn = ioread32(tp->common + VIRTIO_PCI_QUEUE_PFN);
	regs[2] = !!pfn;
	regs[4] = pfn << VIRTIO_PCI_QUEUE_ADDR_SHIFT;
}

static const struct vionic_transport_ops legacy_ops = {
	.offered	= legacy_offered,
	.accept		= legacy_accept,
	.config		= legacy_config,
	.config_write	= legacy_config_write,
	.config_vector	= legacy_config_vector,
	.queue_max	= legacy_queue_max,
	.queue_vector	= legacy_queue_vector,
	.queue_enable	= legacy_queue_enable,
	.dump		= legacy_dump,
	.queue_dump	= legacy_queue_dump,
};

int vionic_legacy_map(struct vionic_transport *tp, struct pci_dev *pdev)
{
	resource_size_t len = pci_resource_len(pdev, BAR);
	int err;

	if (len < VIRTIO_PCI_CONFIG_OFF(true))
		return -ENODEV;
	if (IS_ENABLED(CONFIG_CPU_BIG_ENDIAN)) {
		pci_err(pdev, "device has the legacy interface only, which this driver speaks on little-endian machines\n");
		return -EOPNOTSUPP;
	}
	/* rings are named by a page frame number */
	err = dma_set_coherent_mask(&pdev->dev,
				    DMA_BIT_MASK(PFN_BITS +
						 VIRTIO_PCI_QUEUE_ADDR_SHIFT));
	if (err)
		return err;
	err = pcim_iomap_regions(pdev, BIT(BAR), pci_name(pdev));
	if (err)
		return err;

	tp->ops = &legacy_ops;
	tp->legacy = true;
	tp->common = pcim_iomap_table(pdev)[BAR];
	tp->common_len = len;
	tp->status = tp->common + VIRTIO_PCI_STATUS;
	tp->isr = tp->common + VIRTIO_PCI_ISR;
	return 0;
}
