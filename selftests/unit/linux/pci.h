/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the transport takes from the PCI core. The test has the device: its
 * configuration space, its BARs and what mapping them comes to.
 */
#ifndef _UNIT_LINUX_PCI_H
#define _UNIT_LINUX_PCI_H

#include <linux/errno.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/pci_regs.h>
#include <linux/types.h>

#ifndef PCI_STD_NUM_BARS
#define PCI_STD_NUM_BARS	6
#endif

#define PCI_VENDOR_ID_REDHAT_QUMRANET	0x1af4

typedef u64 dma_addr_t;
typedef u64 resource_size_t;

struct device {
	int unused;
};

struct pci_dev {
	struct device dev;
	u16 vendor;
	u16 device;
	u16 subsystem_device;
	u8 revision;
	bool msix_enabled;
	bool is_busmaster;
};

u8 pci_find_capability(struct pci_dev *pdev, int id);
u8 pci_find_next_capability(struct pci_dev *pdev, u8 pos, int id);
int pci_read_config_byte(const struct pci_dev *pdev, int where, u8 *val);
int pci_read_config_dword(const struct pci_dev *pdev, int where, u32 *val);
resource_size_t pci_resource_len(struct pci_dev *pdev, int bar);
int pcim_iomap_regions(struct pci_dev *pdev, int mask, const char *name);
void __iomem *const *pcim_iomap_table(struct pci_dev *pdev);

static inline void pci_set_master(struct pci_dev *pdev)
{
	pdev->is_busmaster = true;
}

static inline void pci_clear_master(struct pci_dev *pdev)
{
	pdev->is_busmaster = false;
}

static inline const char *pci_name(const struct pci_dev *pdev)
{
	(void)pdev;
	return "unit";
}

/* Nobody reads it, but formats are checked */
__attribute__((format(printf, 2, 3)))
static inline void unit_log(const struct pci_dev *pdev, const char *fmt, ...)
{
	(void)pdev;
	(void)fmt;
}

#define pci_err		unit_log
#define pci_warn	unit_log

#endif /* _UNIT_LINUX_PCI_H */
