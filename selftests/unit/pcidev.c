// SPDX-License-Identifier: GPL-2.0
/*
 * A virtio PCI device, see pcidev.h. Registers are those of the specification's tables,
 * not the constants that the code under test uses.
 */
#include "pcidev.h"

#include <stdio.h>
#include <stdlib.h>

struct pcidev dev;

/* What neither a driver nor a test may do ends the test */
#define require(cond) do {						\
	if (!(cond)) {							\
		printf("Bail out! %s:%d: %s\n", __FILE__, __LINE__,	\
		       #cond);						\
		fflush(stdout);						\
		abort();						\
	}								\
} while (0)

/* Registers, 4.1.4.3 and 4.1.4.10 */
struct reg {
	u8 at;
	u8 bytes;
	const char *name;	/* in the list of writes */
};

static const struct reg modern_regs[] = {
	{ 0, 4, "df_select" }, { 4, 4, "df" }, { 8, 4, "gf_select" },
	{ 12, 4, "gf" }, { 16, 2, "config_vector" }, { 18, 2, "num_queues" },
	{ 20, 1, "status" }, { 21, 1, "generation" }, { 22, 2, "select" },
	{ 24, 2, "size" }, { 26, 2, "vector" }, { 28, 2, "enable" },
	{ 30, 2, "notify_off" }, { 32, 4, "desc" }, { 36, 4, "desc_hi" },
	{ 40, 4, "driver" }, { 44, 4, "driver_hi" }, { 48, 4, "device" },
	{ 52, 4, "device_hi" }, { 56, 2, "notify_data" }, { 58, 2, "reset" },
	{ 0, 0, NULL },
};

static const struct reg legacy_regs[] = {
	{ 0, 4, "df" }, { 4, 4, "gf" }, { 8, 4, "pfn" }, { 12, 2, "size" },
	{ 14, 2, "select" }, { 16, 2, "notify" }, { 18, 1, "status" },
	{ 19, 1, "isr" }, { 20, 2, "config_vector" }, { 22, 2, "vector" },
	{ 0, 0, NULL },
};

/* The PCI core */

u8 pci_find_next_capability(struct pci_dev *pdev, u8 pos, int id)
{
	(void)pdev;
	do {
		pos = dev.space[pos + PCI_CAP_LIST_NEXT];
	} while (pos && dev.space[pos] != id);
	return pos;
}

u8 pci_find_capability(struct pci_dev *pdev, int id)
{
	u8 pos = dev.space[PCI_CAPABILITY_LIST];

	if (!pos || dev.space[pos] == id)
		return pos;
	return pci_find_next_capability(pdev, pos, id);
}

int pci_read_config_byte(const struct pci_dev *pdev, int where, u8 *val)
{
	(void)pdev;
	*val = dev.space[where];
	return 0;
}

int pci_read_config_dword(const struct pci_dev *pdev, int where, u32 *val)
{
	(void)pdev;
	*val = dev.space[where] | dev.space[where + 1] << 8 |
	       dev.space[where + 2] << 16 | (u32)dev.space[where + 3] << 24;
	return 0;
}

resource_size_t pci_resource_len(struct pci_dev *pdev, int bar)
{
	(void)pdev;
	return dev.bar_len[bar];
}

int pcim_iomap_regions(struct pci_dev *pdev, int mask, const char *name)
{
	u32 i;

	(void)pdev;
	(void)name;
	for (i = 0; i < 6; i++)
		if (mask & 1 << i)
			dev.table[i] = dev.bar[i];
	return 0;
}

void *const *pcim_iomap_table(struct pci_dev *pdev)
{
	(void)pdev;
	return dev.table;
}

int dma_set_coherent_mask(struct device *device, u64 mask)
{
	(void)device;
	require(mask == (1ull << 44) - 1);
	return 0;
}

/* The device's registers */

static struct queue *selected(void)
{
	static struct queue none;

	memset(&none, 0, sizeof(none));
	return dev.select < QUEUES ? &dev.queue[dev.select] : &none;
}

static bool is(const struct reg *reg, const char *name)
{
	return !strcmp(reg->name, name);
}

/* Until @busy reads are over, @was is read, then @val */
static u32 after(u32 *busy, u32 was, u32 val)
{
	if (!*busy)
		return val;
	if (*busy != ENDLESS)
		--*busy;
	return was;
}

static u32 read_queue(const struct reg *reg)
{
	struct queue *q = selected();

	return is(reg, "reset") ? after(&dev.reset_busy, 1, 0) :
	       is(reg, "enable") ? after(&dev.enable_busy, 1, q->enable) :
	       is(reg, "size") ? q->size :
	       is(reg, "vector") ? q->vector :
	       is(reg, "notify_off") ? q->notify_off :
	       is(reg, "notify_data") ? q->notify_data :
	       is(reg, "pfn") ? q->pfn :
	       is(reg, "desc") ? 0x11110000u + dev.select :
	       is(reg, "driver") ? 0x22220000u + dev.select :
	       is(reg, "device") ? 0x33330000u + dev.select : 0xbad;
}

static u32 read_reg(const struct reg *reg)
{
	return is(reg, "df") ? dev.df[dev.df_select & 3] :
	       is(reg, "config_vector") ? dev.config_vector :
	       is(reg, "num_queues") ? QUEUES :
	       is(reg, "status") ? after(&dev.busy, 0x0f, dev.status) :
	       is(reg, "generation") ? dev.generation :
	       is(reg, "isr") ? dev.isr : read_queue(reg);
}

static void write_queue(const struct reg *reg, u32 val)
{
	struct queue *q = selected();

	if (is(reg, "size"))
		q->size = dev.other_size ? 8 : val;
	else if (is(reg, "vector"))
		q->vector = dev.no_vectors ? NO_VECTOR : val;
	else if (is(reg, "enable"))
		q->enable = val;
	else if (is(reg, "pfn"))
		q->pfn = val;
	else if (is(reg, "reset"))
		q->enable = 0;
}

static void write_reg(const struct reg *reg, u32 val)
{
	if (is(reg, "status"))
		dev.status = dev.refuse ? val & ~8u : val;
	else if (is(reg, "df_select"))
		dev.df_select = val;
	else if (is(reg, "gf_select"))
		dev.gf_select = val;
	else if (is(reg, "gf"))
		dev.gf[dev.gf_select & 3] = val;
	else if (is(reg, "config_vector"))
		dev.config_vector = dev.no_vectors ? NO_VECTOR : val;
	else if (is(reg, "select"))
		dev.select = val;
	else
		write_queue(reg, val);
}

/* One byte of the configuration, which changes as a whole and with its generation */
static u8 config_byte(u32 at)
{
	u8 val = dev.config[at];
	u32 i;

	if (dev.changes && dev.config_reads++ % dev.change_after ==
			   dev.change_after - 1) {
		for (i = dev.change_from; i < CONFIG_LEN; i++)
			dev.config[i] += 0x10;
		dev.generation++;
		if (dev.changes != ENDLESS)
			dev.changes--;
	}
	return val;
}

static u32 read_config(u32 at, u32 bytes)
{
	u32 val = 0;
	u32 i;

	require(at + bytes <= CONFIG_LEN);
	memmove(dev.width + 1, dev.width, sizeof(dev.width) - 1);
	dev.width[0] = bytes;
	for (i = 0; i < bytes; i++)
		val |= (u32)config_byte(at + i) << (8 * i);
	return val;
}

static void note(const char *name, u32 val)
{
	size_t len = strlen(dev.writes);

	snprintf(dev.writes + len, sizeof(dev.writes) - len, "%s%s=%x",
		 len ? " " : "", name, val);
}

/* The register at @addr, which has to be accessed as a whole (4.1.3.1) */
static const struct reg *reg_at(const u8 *addr, u32 bytes)
{
	bool legacy = addr >= dev.bar[0] && addr < dev.bar[0] + BAR_LEN;
	const struct reg *reg = legacy ? legacy_regs : modern_regs;
	u32 at = legacy ? addr - dev.bar[0] : addr - dev.bar[4] - AT_COMMON;

	while (reg->name && reg->at != at)
		reg++;
	require(reg->name && reg->bytes == bytes);
	return reg;
}

/* Return: the offset of the configuration's byte at @addr, or -1 if it is elsewhere */
static int config_at(const u8 *addr)
{
	const u8 *start = dev.bar[4] + AT_CONFIG;

	if (addr >= dev.bar[0] && addr < dev.bar[0] + BAR_LEN)
		start = dev.bar[0] + (dev.pdev.msix_enabled ? 24 : 20);
	return addr >= start && addr < start + CONFIG_LEN ? addr - start : -1;
}

static u32 do_read(const void *addr, u32 bytes)
{
	int config = config_at(addr);

	if (dev.gone)
		return 0xffffffff;
	if (config >= 0)
		return read_config(config, bytes);
	if (addr == dev.bar[4] + AT_ISR)
		return dev.isr;
	return read_reg(reg_at(addr, bytes));
}

static void do_write(void *addr, u32 val, u32 bytes)
{
	u8 *notify = dev.bar[4] + AT_NOTIFY;
	int config = config_at(addr);
	const struct reg *reg;
	char name[32];

	if ((u8 *)addr >= notify && (u8 *)addr < notify + NOTIFY_LEN) {
		dev.doorbell = val;
		dev.doorbell_at = (u8 *)addr - notify;
		return;
	}
	if (config >= 0) {
		snprintf(name, sizeof(name), "config%d", config);
		note(name, val);
		return;
	}
	reg = reg_at(addr, bytes);
	note(reg->name, val);
	write_reg(reg, val);
}

#include "io_access.h"

/* Devices */

static void set32(u32 at, u32 val)
{
	u32 i;

	for (i = 0; i < 4; i++)
		dev.space[at + i] = val >> (8 * i);
}

static void add_cap(u8 type, u32 offset, u32 len)
{
	u8 *cap = dev.space + dev.at;

	cap[0] = PCI_CAP_ID_VNDR;
	cap[1] = type == 4 ? 0 : dev.at + 20;
	cap[2] = 20;
	cap[3] = type;
	cap[4] = 4;
	set32(dev.at + 8, offset);
	set32(dev.at + 12, len);
	set32(dev.at + 16, NOTIFY_MULT);
	dev.at += 20;
}

static void new_device(void)
{
	u32 i;

	memset(&dev, 0, sizeof(dev));
	dev.pdev.vendor = 0x1af4;
	for (i = 0; i < 4; i++)
		dev.df[i] = 0x01020304 << i;
	for (i = 0; i < QUEUES; i++) {
		dev.queue[i].size = 256 << i;
		dev.queue[i].notify_off = QUEUES - i;
		dev.queue[i].notify_data = 0x70 + i;
	}
	for (i = 0; i < CONFIG_LEN; i++)
		dev.config[i] = i & 0xf;
	dev.status = 0x80;	/* of a driver before */
}

void new_modern(void)
{
	new_device();
	dev.pdev.device = 0x1041;
	dev.pdev.revision = 1;
	dev.pdev.msix_enabled = true;
	dev.bar_len[4] = BAR_LEN;
	dev.space[PCI_STATUS] = PCI_STATUS_CAP_LIST;
	dev.space[PCI_CAPABILITY_LIST] = 0x40;
	dev.at = 0x40;
	add_cap(1, AT_COMMON, 60);
	add_cap(2, AT_NOTIFY, NOTIFY_LEN);
	add_cap(3, AT_ISR, 1);
	add_cap(4, AT_CONFIG, CONFIG_LEN);
	require(!vionic_transport_map(&dev.tp, &dev.pdev));
	require(!dev.tp.legacy);
}

void new_legacy(bool msix)
{
	new_device();
	dev.pdev.device = 0x1000;
	dev.pdev.msix_enabled = msix;
	dev.bar_len[0] = 24 + 32;
	require(!vionic_transport_map(&dev.tp, &dev.pdev));
	require(dev.tp.legacy);
}
