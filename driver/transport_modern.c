// SPDX-License-Identifier: GPL-2.0
/*
 * The interface of virtio 1.0 and later: structures that capabilities name
 * (virtio 1.3, 4.1.4).
 */
#include "transport_ops.h"

/* A structure of the device as its capability describes it */
struct vionic_cap {
	u8 bar;
	u8 pos;		/* in configuration space */
	u32 offset;	/* in the BAR */
	u32 len;
};

/* Does the structure lie inside its BAR? */
static bool cap_fits(struct pci_dev *pdev, const struct vionic_cap *cap,
		     u32 min_len, u32 align)
{
	resource_size_t bar_len;

	if (cap->bar >= PCI_STD_NUM_BARS || cap->len < min_len ||
	    !IS_ALIGNED(cap->offset, align))
		return false;
	bar_len = pci_resource_len(pdev, cap->bar);
	return bar_len && cap->offset <= bar_len &&
	       cap->len <= bar_len - cap->offset;
}

/* Find the first usable structure of a type (4.1.4: the order is the device's
 * preference, what we can't use is passed over).
 */
static int cap_find(struct pci_dev *pdev, u8 type, u8 min_cap_len, u32 min_len,
		    u32 align, struct vionic_cap *cap)
{
	unsigned int ttl = 48;	/* capabilities of 4 bytes that space can hold */
	u8 pos, got, len;

	for (pos = pci_find_capability(pdev, PCI_CAP_ID_VNDR); pos && ttl--;
	     pos = pci_find_next_capability(pdev, pos, PCI_CAP_ID_VNDR)) {
		pci_read_config_byte(pdev, pos +
				     offsetof(struct virtio_pci_cap, cfg_type),
				     &got);
		pci_read_config_byte(pdev, pos +
				     offsetof(struct virtio_pci_cap, cap_len),
				     &len);
		if (got != type || len < min_cap_len || pos + len > 256)
			continue;
		cap->pos = pos;
		pci_read_config_byte(pdev, pos +
				     offsetof(struct virtio_pci_cap, bar),
				     &cap->bar);
		pci_read_config_dword(pdev, pos +
				      offsetof(struct virtio_pci_cap, offset),
				      &cap->offset);
		pci_read_config_dword(pdev, pos +
				      offsetof(struct virtio_pci_cap, length),
				      &cap->len);
		if (cap_fits(pdev, cap, min_len, align))
			return 0;
		pci_warn(pdev, "virtio structure %u outside its BAR passed over\n",
			 type);
	}
	return -ENODEV;
}

static u8 read8(struct vionic_transport *tp, u32 reg)
{
	return ioread8(tp->common + reg);
}

static u16 read16(struct vionic_transport *tp, u32 reg)
{
	return ioread16(tp->common + reg);
}

static u32 read32(struct vionic_transport *tp, u32 reg)
{
	return ioread32(tp->common + reg);
}

static void write16(struct vionic_transport *tp, u32 reg, u16 val)
{
	iowrite16(val, tp->common + reg);
}

static void write32(struct vionic_transport *tp, u32 reg, u32 val)
{
	iowrite32(val, tp->common + reg);
}

/* 4.1.3.1: 64-bit fields are written as two halves */
static void write_addr(struct vionic_transport *tp, u32 lo, u32 hi, u64 addr)
{
	write32(tp, lo, lower_32_bits(addr));
	write32(tp, hi, upper_32_bits(addr));
}

static void modern_offered(struct vionic_transport *tp,
			   struct vionic_features *offered)
{
	u32 i;

	for (i = 0; i < VIONIC_FEATURE_WORDS; i++) {
		write32(tp, VIRTIO_PCI_COMMON_DFSELECT, i);
		offered->word[i] = read32(tp, VIRTIO_PCI_COMMON_DF);
	}
}

static void write_features(struct vionic_transport *tp,
			   const struct vionic_features *features)
{
	u32 i;

	for (i = 0; i < VIONIC_FEATURE_WORDS; i++) {
		/* devices from before virtio 1.3 know of two words only */
		if (i >= 2 && !features->word[i])
			continue;
		write32(tp, VIRTIO_PCI_COMMON_GFSELECT, i);
		write32(tp, VIRTIO_PCI_COMMON_GF, features->word[i]);
	}
}

/* 3.1.1, steps 5 and 6 */
static int modern_accept(struct vionic_transport *tp,
			 const struct vionic_features *features)
{
	int status;
	int err;

	write_features(tp, features);
	err = vionic_transport_status_add(tp, VIRTIO_CONFIG_S_FEATURES_OK);
	if (err)
		return err;
	status = vionic_transport_status(tp);
	if (status < 0)
		return status;
	if (!(status & VIRTIO_CONFIG_S_FEATURES_OK)) {
		pci_err(tp->pdev, "device refuses our choice of features\n");
		return -EOPNOTSUPP;
	}
	return 0;
}

static int modern_config(struct vionic_transport *tp, u32 offset, void *buf,
			 size_t len)
{
	unsigned int tries = VIONIC_CONFIG_TRIES;
	u8 before, after;

	if (offset > tp->config_len || len > tp->config_len - offset)
		return -EINVAL;
	do {
		int status = vionic_transport_status(tp);

		if (status < 0)
			return status;
		before = read8(tp, VIRTIO_PCI_COMMON_CFGGENERATION);
		vionic_config_pass(tp->config, offset, buf, len);
		after = read8(tp, VIRTIO_PCI_COMMON_CFGGENERATION);
		if (before == after)
			return 0;
	} while (--tries);
	return -EAGAIN;
}

static int modern_config_vector(struct vionic_transport *tp, u16 vector)
{
	write16(tp, VIRTIO_PCI_COMMON_MSIX, vector);
	return read16(tp, VIRTIO_PCI_COMMON_MSIX) == vector ? 0 : -EBUSY;
}

static bool has_queue(struct vionic_transport *tp, u16 index)
{
	return index < read16(tp, VIRTIO_PCI_COMMON_NUMQ);
}

static u16 modern_queue_max(struct vionic_transport *tp, u16 index)
{
	if (!has_queue(tp, index))
		return 0;
	write16(tp, VIRTIO_PCI_COMMON_Q_SELECT, index);
	return read16(tp, VIRTIO_PCI_COMMON_Q_SIZE);
}

/* The selected queue's doorbell: false if it would lie outside the structure or
 * askew (4.1.4.4)
 */
static bool queue_doorbell(struct vionic_transport *tp, u16 index,
			   struct vionic_doorbell *bell)
{
	u32 width = vionic_has(&tp->features, VIRTIO_F_NOTIFICATION_DATA) ?
		    VIONIC_NOTIFY_WIDE : VIONIC_NOTIFY_NARROW;
	u16 off = read16(tp, VIRTIO_PCI_COMMON_Q_NOFF);
	u64 pos;

	if (!vionic_notify_find(&tp->bells, off, width, &pos))
		return false;
	bell->addr = tp->notify + pos;
	bell->data = index;
	if (vionic_has(&tp->features, VIRTIO_F_NOTIF_CONFIG_DATA))
		bell->data = read16(tp, VIRTIO_PCI_COMMON_Q_NDATA);
	return true;
}

/* Of the selected queue */
static int write_queue_vector(struct vionic_transport *tp, u16 vector)
{
	write16(tp, VIRTIO_PCI_COMMON_Q_MSIX, vector);
	return read16(tp, VIRTIO_PCI_COMMON_Q_MSIX) == vector ? 0 : -EBUSY;
}

static int modern_queue_vector(struct vionic_transport *tp, u16 index,
			       u16 vector)
{
	write16(tp, VIRTIO_PCI_COMMON_Q_SELECT, index);
	return write_queue_vector(tp, vector);
}

static int modern_queue_enable(struct vionic_transport *tp, u16 index,
			       const struct vionic_queue_setup *setup,
			       struct vionic_doorbell *bell)
{
	int err;

	if (!has_queue(tp, index))
		return -ENOENT;
	write16(tp, VIRTIO_PCI_COMMON_Q_SELECT, index);
	if (!queue_doorbell(tp, index, bell))
		return -EINVAL;

	write16(tp, VIRTIO_PCI_COMMON_Q_SIZE, setup->num);
	if (read16(tp, VIRTIO_PCI_COMMON_Q_SIZE) != setup->num)
		return -EINVAL;
	write_addr(tp, VIRTIO_PCI_COMMON_Q_DESCLO, VIRTIO_PCI_COMMON_Q_DESCHI,
		   setup->desc);
	write_addr(tp, VIRTIO_PCI_COMMON_Q_AVAILLO, VIRTIO_PCI_COMMON_Q_AVAILHI,
		   setup->driver);
	write_addr(tp, VIRTIO_PCI_COMMON_Q_USEDLO, VIRTIO_PCI_COMMON_Q_USEDHI,
		   setup->device);
	err = write_queue_vector(tp, setup->vector);
	if (err)
		return err;
	write16(tp, VIRTIO_PCI_COMMON_Q_ENABLE, 1);
	return 0;
}

static void modern_queue_reset(struct vionic_transport *tp, u16 index)
{
	write16(tp, VIRTIO_PCI_COMMON_Q_SELECT, index);
	write16(tp, VIRTIO_PCI_COMMON_Q_RESET, 1);
}

static int modern_queue_resetting(struct vionic_transport *tp)
{
	int status = vionic_transport_status(tp);

	if (status < 0)
		return status;
	return read16(tp, VIRTIO_PCI_COMMON_Q_RESET) ||
	       read16(tp, VIRTIO_PCI_COMMON_Q_ENABLE);
}

static void modern_dump(struct vionic_transport *tp, u32 *regs)
{
	struct vionic_features offered;

	modern_offered(tp, &offered);
	memcpy(regs, offered.word, sizeof(offered.word));
	regs += VIONIC_FEATURE_WORDS;
	*regs++ = read16(tp, VIRTIO_PCI_COMMON_MSIX);
	*regs++ = read16(tp, VIRTIO_PCI_COMMON_NUMQ);
	*regs++ = read8(tp, VIRTIO_PCI_COMMON_STATUS);
	*regs++ = read8(tp, VIRTIO_PCI_COMMON_CFGGENERATION);
	*regs++ = tp->bells.mult;
}

static void modern_queue_dump(struct vionic_transport *tp, u16 index,
			      u32 *regs)
{
	write16(tp, VIRTIO_PCI_COMMON_Q_SELECT, index);
	*regs++ = read16(tp, VIRTIO_PCI_COMMON_Q_SIZE);
	*regs++ = read16(tp, VIRTIO_PCI_COMMON_Q_MSIX);
	*regs++ = read16(tp, VIRTIO_PCI_COMMON_Q_ENABLE);
	*regs++ = read16(tp, VIRTIO_PCI_COMMON_Q_NOFF);
	*regs++ = read32(tp, VIRTIO_PCI_COMMON_Q_DESCLO);
	*regs++ = read32(tp, VIRTIO_PCI_COMMON_Q_AVAILLO);
	*regs++ = read32(tp, VIRTIO_PCI_COMMON_Q_USEDLO);
}

static const struct vionic_transport_ops modern_ops = {
	.offered		= modern_offered,
	.accept			= modern_accept,
	.config			= modern_config,
	.config_vector		= modern_config_vector,
	.queue_max		= modern_queue_max,
	.queue_vector		= modern_queue_vector,
	.queue_enable		= modern_queue_enable,
	.queue_reset		= modern_queue_reset,
	.queue_resetting	= modern_queue_resetting,
	.dump			= modern_dump,
	.queue_dump		= modern_queue_dump,
};

int vionic_modern_map(struct vionic_transport *tp, struct pci_dev *pdev)
{
	struct vionic_cap common, notify, isr, config;
	const u8 cap_len = sizeof(struct virtio_pci_cap);
	void __iomem *const *bars;
	int err;

	err = cap_find(pdev, VIRTIO_PCI_CAP_COMMON_CFG, cap_len,
		       VIONIC_COMMON_LEN_MIN, 4, &common);
	if (err)
		return err;
	err = cap_find(pdev, VIRTIO_PCI_CAP_NOTIFY_CFG,
		       sizeof(struct virtio_pci_notify_cap), 2, 2, &notify);
	if (err)
		return -EINVAL;
	err = cap_find(pdev, VIRTIO_PCI_CAP_ISR_CFG, cap_len, 1, 1, &isr);
	if (err)
		return -EINVAL;
	err = cap_find(pdev, VIRTIO_PCI_CAP_DEVICE_CFG, cap_len, 1, 4, &config);
	if (err)
		return -EINVAL;

	err = pcim_iomap_regions(pdev, BIT(common.bar) | BIT(notify.bar) |
				 BIT(isr.bar) | BIT(config.bar),
				 pci_name(pdev));
	if (err)
		return err;
	bars = pcim_iomap_table(pdev);

	tp->ops = &modern_ops;
	tp->common = bars[common.bar] + common.offset;
	tp->common_len = common.len;
	tp->status = tp->common + VIRTIO_PCI_COMMON_STATUS;
	tp->notify = bars[notify.bar] + notify.offset;
	tp->bells.start = notify.offset;
	tp->bells.len = notify.len;
	tp->isr = bars[isr.bar] + isr.offset;
	tp->config = bars[config.bar] + config.offset;
	tp->config_len = config.len;
	pci_read_config_dword(pdev, notify.pos +
			      offsetof(struct virtio_pci_notify_cap,
				       notify_off_multiplier),
			      &tp->bells.mult);
	return 0;
}
