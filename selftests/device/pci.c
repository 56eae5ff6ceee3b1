// SPDX-License-Identifier: GPL-2.0
/*
 * The function on its bus, virtio 1.3, 4.1: configuration space, what is where in its
 * BARs.
 */
#include "lies.h"

#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <linux/virtio_pci.h>
#include <stdio.h>
#include <string.h>

/* BAR 0 */
#define COMMON		0x0000
#define COMMON_LEN	0x40
#define COMMON_SIZE	0x400	/* that it says */
#define SECOND		0x800	/* one more, of no use */
#define ISR		0x1000
#define DEVICE		0x2000
#define DEVICE_LEN	0x40
#define NOTIFY		0x3000
#define NOTIFY_LEN	0x1000
#define BAR0_LEN	0x4000

/* BAR 1 */
#define PENDING		0x800
#define BAR1_LEN	0x1000

/* Configuration space */
#define CAPS		0x40

static void put(struct device *dev, u32 at, u32 len, u32 val)
{
	u32 i;

	for (i = 0; i < len; i++)
		dev->config[at + i] = val >> (8 * i);
}

/* Return: where the next one goes */
static u32 add_cap(struct device *dev, u32 at, u8 type, u32 offset, u32 len,
		   u8 cap_len)
{
	put(dev, at, 1, PCI_CAP_ID_VNDR);
	put(dev, at + 1, 1, at + cap_len);
	put(dev, at + 2, 1, cap_len);
	put(dev, at + 3, 1, type);
	put(dev, at + 8, 4, offset);
	put(dev, at + 12, 4, len);
	return at + cap_len;
}

static void fill_config(struct device *dev, unsigned int vectors)
{
	u32 at = CAPS;

	put(dev, PCI_VENDOR_ID, 2, 0x1af4);
	put(dev, PCI_DEVICE_ID, 2, 0x1041);
	put(dev, PCI_STATUS, 2, PCI_STATUS_CAP_LIST);
	put(dev, PCI_REVISION_ID, 1, 0x5a);	/* any will do */
	put(dev, PCI_CLASS_DEVICE, 2, 0x0200);
	put(dev, PCI_SUBSYSTEM_VENDOR_ID, 2, 0x1af4);
	put(dev, PCI_SUBSYSTEM_ID, 2, 0x1100);
	put(dev, PCI_CAPABILITY_LIST, 1, at);
	put(dev, PCI_INTERRUPT_PIN, 1, 1);
	if (vectors) {
		put(dev, at, 1, PCI_CAP_ID_MSIX);
		put(dev, at + 1, 1, at + PCI_CAP_MSIX_SIZEOF);
		put(dev, at + PCI_MSIX_FLAGS, 2, vectors - 1);
		put(dev, at + PCI_MSIX_TABLE, 4, 1);
		put(dev, at + PCI_MSIX_PBA, 4, PENDING | 1);
		at += PCI_CAP_MSIX_SIZEOF;
	}
	/* what a driver has to pass over, 4.1.4.1: a type and a BAR that there are not,
	 * a second structure of a type; more in each than it knows of
	 */
	at = add_cap(dev, at, 0x5a, COMMON, COMMON_SIZE, 16);
	put(dev, at + 4, 1, 7);
	at = add_cap(dev, at, VIRTIO_PCI_CAP_ISR_CFG, ISR, 1, 16);
	at = add_cap(dev, at, VIRTIO_PCI_CAP_COMMON_CFG, COMMON, COMMON_SIZE, 24);
	at = add_cap(dev, at, VIRTIO_PCI_CAP_ISR_CFG, ISR, 1, 16);
	at = add_cap(dev, at, VIRTIO_PCI_CAP_DEVICE_CFG, DEVICE, DEVICE_LEN, 16);
	at = add_cap(dev, at, VIRTIO_PCI_CAP_COMMON_CFG, SECOND, COMMON_SIZE, 16);
	put(dev, at + 16, 4, 4);
	at = add_cap(dev, at, VIRTIO_PCI_CAP_NOTIFY_CFG, NOTIFY, NOTIFY_LEN, 20);
	add_cap(dev, at, VIRTIO_PCI_CAP_PCI_CFG, 0, 0, 20);
	put(dev, at + 1, 1, 0);
}

/* What QEMU does not keep to itself, and is not read-only */
static bool can_be_written(u32 at)
{
	return at == PCI_COMMAND || at == PCI_COMMAND + 1 ||
	       (at >= PCI_BASE_ADDRESS_0 && at < PCI_BASE_ADDRESS_2) ||
	       at == PCI_INTERRUPT_LINE;
}

/* Of virtio's, but for that by which one may access the others */
static bool is_capability(const struct device *dev, u32 offset, u32 len)
{
	const u8 *config = dev->config;
	u32 at;

	for (at = config[PCI_CAPABILITY_LIST]; at; at = config[at + 1])
		if (config[at] == PCI_CAP_ID_VNDR &&
		    config[at + 3] != VIRTIO_PCI_CAP_PCI_CFG &&
		    offset < at + config[at + 2] && offset + len > at)
			return true;
	return false;
}

static void config_access(struct device *dev, u32 offset, u8 *data, u32 len,
			  bool write)
{
	u8 read[sizeof(dev->config)];
	u32 i;

	memcpy(read, dev->config, sizeof(read));
	if (write)
		rule(CAP_WRITE, !is_capability(dev, offset, len), "%u bytes at %#x",
		     len, offset);
	else
		lie_caps(dev, read);
	for (i = 0; i < len; i++)
		if (!write)
			data[i] = read[offset + i];
		else if (can_be_written(offset + i))
			dev->config[offset + i] = data[i];
	if (read[PCI_COMMAND] & ~dev->config[PCI_COMMAND] & PCI_COMMAND_MASTER)
		cut_off(dev);
}

static void read_isr(struct device *dev, u8 *data)
{
	u16 i;

	/* one vector for everything is another matter */
	for (i = 0; i < 2 * dev->pairs_max; i++)
		if (dev->queue[i].enabled &&
		    dev->queue[i].vector == dev->config_vector)
			break;
	rule(ISR_MSIX, i < 2 * dev->pairs_max || !has_msix(dev), "ISR is read");
	*data = dev->isr;
	dev->isr = 0;
}

static void bar_access(struct device *dev, u32 offset, void *data, u32 len,
		       bool write)
{
	bool gone = lie_gone(dev);

	if (!write)
		memset(data, gone ? 0xff : 0, len);
	if (gone)
		return;
	if (offset >= DEVICE && offset < DEVICE + DEVICE_LEN)
		rule(CONFIG_READONLY, !write, "%u bytes at %#x", len,
		     offset - DEVICE);
	if (offset >= SECOND && offset < SECOND + COMMON_SIZE)
		rule(CAP_FIRST, false, "%#x of the second is accessed",
		     offset - SECOND);
	if (offset + len <= COMMON_LEN) {
		common_access(dev, offset, data, len, write);
	} else if (offset == ISR && !write) {
		read_isr(dev, data);
	} else if (offset >= DEVICE && offset + len <= DEVICE + DEVICE_LEN &&
		 !write) {
		config_read(dev, offset - DEVICE, len);
		net_config_read(dev, offset - DEVICE, data, len);
	} else if (offset >= NOTIFY && write) {
		notified(dev, offset - NOTIFY, data, len);
	} else {
		fprintf(stderr, "nothing is at %#x of BAR 0\n", offset);
	}
}

static void access_region(struct vu_device *pci, unsigned int region,
			  uint64_t offset, void *data, uint32_t len, bool write)
{
	struct device *dev = (struct device *)pci;

	if (region == VFIO_PCI_CONFIG_REGION_INDEX)
		config_access(dev, offset, data, len, write);
	else if (region == VFIO_PCI_BAR0_REGION_INDEX)
		bar_access(dev, offset, data, len, write);
	else if (!write)
		memset(data, 0, len);
}

static void reset(struct vu_device *pci)
{
	device_reset((struct device *)pci);
}

void device_init(struct device *dev, unsigned int vectors)
{
	dev->pci = (struct vu_device) {
		.region_len[VFIO_PCI_CONFIG_REGION_INDEX] = sizeof(dev->config),
		.region_len[VFIO_PCI_BAR0_REGION_INDEX] = BAR0_LEN,
		.region_len[VFIO_PCI_BAR1_REGION_INDEX] = BAR1_LEN,
		.irqs[VFIO_PCI_INTX_IRQ_INDEX] = 1,
		.irqs[VFIO_PCI_MSIX_IRQ_INDEX] = vectors,
		.access = access_region,
		.reset = reset,
	};
	fill_config(dev, vectors);
	dev->offered |= MEANINGLESS;
	device_reset(dev);
	dev->gone_after = NEVER;
	dev->status_unread = false;
}
