// SPDX-License-Identifier: GPL-2.0
#include "transport.h"

#include <linux/delay.h>
#include <linux/iopoll.h>

#define RESET_TIMEOUT_US	(2 * USEC_PER_SEC)
#define RESET_POLL_US		50
#define CONFIG_TRIES		100	/* generations to wait for a stable one */
#define ALL_ONES		0xff	/* what reads of an absent device give */

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

int vionic_transport_map(struct vionic_transport *tp, struct pci_dev *pdev)
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

	tp->pdev = pdev;
	tp->common = bars[common.bar] + common.offset;
	tp->common_len = common.len;
	tp->notify = bars[notify.bar] + notify.offset;
	tp->notify_len = notify.len;
	tp->isr = bars[isr.bar] + isr.offset;
	tp->config = bars[config.bar] + config.offset;
	tp->config_len = config.len;
	pci_read_config_dword(pdev, notify.pos +
			      offsetof(struct virtio_pci_notify_cap,
				       notify_off_multiplier),
			      &tp->notify_mult);
	return 0;
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

static void write8(struct vionic_transport *tp, u32 reg, u8 val)
{
	iowrite8(val, tp->common + reg);
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

/* The one place where a device is declared gone */
static int transport_gone(struct vionic_transport *tp)
{
	if (!tp->gone) {
		tp->gone = true;
		pci_err(tp->pdev, "device no longer answers\n");
	}
	return -ENODEV;
}

int vionic_transport_status(struct vionic_transport *tp)
{
	u8 status;

	if (tp->gone)
		return -ENODEV;
	status = read8(tp, VIRTIO_PCI_COMMON_STATUS);
	return status == ALL_ONES ? transport_gone(tp) : status;
}

static int status_add(struct vionic_transport *tp, u8 bits)
{
	int status = vionic_transport_status(tp);

	if (status < 0)
		return status;
	write8(tp, VIRTIO_PCI_COMMON_STATUS, status | bits);
	return 0;
}

int vionic_transport_reset(struct vionic_transport *tp)
{
	int status;
	int err;

	if (tp->gone)
		return -ENODEV;
	write8(tp, VIRTIO_PCI_COMMON_STATUS, 0);
	err = read_poll_timeout(vionic_transport_status, status, status <= 0,
				RESET_POLL_US, RESET_TIMEOUT_US, false, tp);
	if (err)
		pci_err(tp->pdev, "reset did not finish, status %#x\n", status);
	return status < 0 ? status : err;
}

int vionic_transport_begin(struct vionic_transport *tp,
			   struct vionic_features *offered)
{
	u32 i;
	int err;

	err = vionic_transport_reset(tp);
	if (err)
		return err;
	err = status_add(tp, VIRTIO_CONFIG_S_ACKNOWLEDGE);
	if (err)
		return err;
	err = status_add(tp, VIRTIO_CONFIG_S_DRIVER);
	if (err)
		return err;
	for (i = 0; i < VIONIC_FEATURE_WORDS; i++) {
		write32(tp, VIRTIO_PCI_COMMON_DFSELECT, i);
		offered->word[i] = read32(tp, VIRTIO_PCI_COMMON_DF);
	}
	return 0;
}

int vionic_transport_accept(struct vionic_transport *tp,
			    const struct vionic_features *features)
{
	u32 i;
	int err;

	for (i = 0; i < VIONIC_FEATURE_WORDS; i++) {
		write32(tp, VIRTIO_PCI_COMMON_GFSELECT, i);
		write32(tp, VIRTIO_PCI_COMMON_GF, features->word[i]);
	}
	err = status_add(tp, VIRTIO_CONFIG_S_FEATURES_OK);
	if (err)
		return err;
	err = vionic_transport_status(tp);
	if (err < 0)
		return err;
	if (!(err & VIRTIO_CONFIG_S_FEATURES_OK)) {
		pci_err(tp->pdev, "device refuses our choice of features\n");
		return -EOPNOTSUPP;
	}
	return 0;
}

int vionic_transport_run(struct vionic_transport *tp)
{
	return status_add(tp, VIRTIO_CONFIG_S_DRIVER_OK);
}

void vionic_transport_fail(struct vionic_transport *tp)
{
	status_add(tp, VIRTIO_CONFIG_S_FAILED);
}

/* One pass over the fields, each in its natural width */
static void config_read(struct vionic_transport *tp, u32 offset, void *buf,
			size_t len)
{
	void __iomem *from = tp->config + offset;

	if (len == sizeof(__le32) && IS_ALIGNED(offset, len)) {
		*(__le32 *)buf = cpu_to_le32(ioread32(from));
	} else if (len == sizeof(__le16) && IS_ALIGNED(offset, len)) {
		*(__le16 *)buf = cpu_to_le16(ioread16(from));
	} else {
		for (u8 *to = buf; len--; from++, to++)
			*to = ioread8(from);
	}
}

int vionic_transport_config(struct vionic_transport *tp, u32 offset, void *buf,
			    size_t len)
{
	unsigned int tries = CONFIG_TRIES;
	u8 before, after;

	if (offset > tp->config_len || len > tp->config_len - offset)
		return -EINVAL;
	do {
		int status = vionic_transport_status(tp);

		if (status < 0)
			return status;
		before = read8(tp, VIRTIO_PCI_COMMON_CFGGENERATION);
		config_read(tp, offset, buf, len);
		after = read8(tp, VIRTIO_PCI_COMMON_CFGGENERATION);
		if (before == after)
			return 0;
	} while (--tries);
	return -EAGAIN;
}

int vionic_transport_config_vector(struct vionic_transport *tp, u16 vector)
{
	write16(tp, VIRTIO_PCI_COMMON_MSIX, vector);
	return read16(tp, VIRTIO_PCI_COMMON_MSIX) == vector ? 0 : -EBUSY;
}

u16 vionic_transport_queues(struct vionic_transport *tp)
{
	return read16(tp, VIRTIO_PCI_COMMON_NUMQ);
}

u16 vionic_transport_queue_max(struct vionic_transport *tp, u16 index)
{
	if (index >= vionic_transport_queues(tp))
		return 0;
	write16(tp, VIRTIO_PCI_COMMON_Q_SELECT, index);
	return read16(tp, VIRTIO_PCI_COMMON_Q_SIZE);
}

/* Where a queue's doorbell is; NULL if it would lie outside the structure */
static void __iomem *queue_doorbell(struct vionic_transport *tp)
{
	u64 offset = (u64)read16(tp, VIRTIO_PCI_COMMON_Q_NOFF) *
		     tp->notify_mult;

	if (offset + sizeof(__le16) > tp->notify_len || offset & 1)
		return NULL;
	return tp->notify + offset;
}

int vionic_transport_queue_enable(struct vionic_transport *tp, u16 index,
				  const struct vionic_queue_setup *setup,
				  void __iomem **doorbell)
{
	int status = vionic_transport_status(tp);

	if (status < 0)
		return status;
	if (index >= vionic_transport_queues(tp))
		return -ENOENT;
	write16(tp, VIRTIO_PCI_COMMON_Q_SELECT, index);
	*doorbell = queue_doorbell(tp);
	if (!*doorbell)
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
	write16(tp, VIRTIO_PCI_COMMON_Q_MSIX, setup->vector);
	if (read16(tp, VIRTIO_PCI_COMMON_Q_MSIX) != setup->vector)
		return -EBUSY;
	write16(tp, VIRTIO_PCI_COMMON_Q_ENABLE, 1);
	return 0;
}

/* 1 while the reset goes on, 0 when it is done */
static int queue_resetting(struct vionic_transport *tp)
{
	int status = vionic_transport_status(tp);

	if (status < 0)
		return status;
	return read16(tp, VIRTIO_PCI_COMMON_Q_RESET) ||
	       read16(tp, VIRTIO_PCI_COMMON_Q_ENABLE);
}

int vionic_transport_queue_reset(struct vionic_transport *tp, u16 index)
{
	int state;
	int err;

	if (tp->gone)
		return -ENODEV;
	write16(tp, VIRTIO_PCI_COMMON_Q_SELECT, index);
	write16(tp, VIRTIO_PCI_COMMON_Q_RESET, 1);
	err = read_poll_timeout(queue_resetting, state, state <= 0,
				RESET_POLL_US, RESET_TIMEOUT_US, false, tp);
	if (err)
		pci_err(tp->pdev, "reset of queue %u did not finish\n", index);
	return state < 0 ? state : err;
}

u8 vionic_transport_isr(struct vionic_transport *tp)
{
	u8 isr = ioread8(tp->isr);

	return isr == ALL_ONES ? 0 : isr;
}

void vionic_transport_dump(struct vionic_transport *tp, u32 *regs)
{
	u32 i;

	for (i = 0; i < VIONIC_FEATURE_WORDS; i++) {
		write32(tp, VIRTIO_PCI_COMMON_DFSELECT, i);
		*regs++ = read32(tp, VIRTIO_PCI_COMMON_DF);
	}
	*regs++ = read16(tp, VIRTIO_PCI_COMMON_MSIX);
	*regs++ = read16(tp, VIRTIO_PCI_COMMON_NUMQ);
	*regs++ = read8(tp, VIRTIO_PCI_COMMON_STATUS);
	*regs++ = read8(tp, VIRTIO_PCI_COMMON_CFGGENERATION);
	*regs++ = tp->notify_mult;
}

void vionic_transport_queue_dump(struct vionic_transport *tp, u16 index,
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
