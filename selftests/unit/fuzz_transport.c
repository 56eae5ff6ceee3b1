// SPDX-License-Identifier: GPL-2.0
/*
 * The transport against a device that says anything: its configuration space
 * with the capabilities in it, the lengths of its BARs, and the answer to every
 * read of a register come from the input. No access may lie outside of what was
 * mapped, or askew, or past the end of the structure that it is meant for; and
 * what comes back must be what transport.h says.
 *
 * Which structures the driver has to settle on (virtio 1.3, 4.1.4) is worked out
 * here a second time. Registers are memory that keeps what is written to it;
 * what is read of it is changed by the bytes from the input's end, so that an
 * input that ends in zeroes is of a device that plays along.
 */
#include "fuzz.h"
#include "transport.h"
#include "transport_ops.h"

#define SPACE		256	/* bytes of configuration space */
#define HOPS		48	/* capabilities that it has room for */
#define BELLS		8	/* queues that are looked after at a time */

struct bar {
	u32 len;
	u8 *mem;	/* NULL: not mapped */
	u8 *seen;	/* what was read last of each byte */
};

/* A structure as its capability says */
struct place {
	bool found;
	u8 bar;
	u32 offset;
	u32 len;
	u32 mult;
};

static struct {
	u8 space[SPACE];
	struct bar bar[PCI_STD_NUM_BARS];
	void *table[PCI_STD_NUM_BARS];
	struct pci_dev pdev;
	struct vionic_transport tp;
	struct vionic_doorbell bell[BELLS];
	u8 fill;		/* what registers are full of at first */
	int map_err;
	int dma_err;
	bool restless;		/* all that is read changes all the time */
	u8 reads;
	bool mapped;		/* @tp is complete */
	bool ringing;		/* the doorbells' turn */
	bool wary;		/* nothing is asked of a device that is gone */
	u32 hops;		/* from one capability to the next */
} fz;

/* 0 or one of these */
#define MUST_BE(err, ...)						\
	MUST(among(err, (const int []) { __VA_ARGS__, 0 }))

static bool among(int err, const int *errs)
{
	while (*errs && err != *errs)
		errs++;
	return err == *errs;
}

static u32 get(const u8 *p, u32 bytes)
{
	u32 val = 0;

	while (bytes--)
		val = val << 8 | p[bytes];
	return val;
}

/* The device: configuration space */

static u8 next_cap(u8 pos, int id)
{
	int ttl = HOPS;

	while (ttl--) {
		pos &= ~3;
		if (pos < PCI_STD_HEADER_SIZEOF || fz.space[pos] == 0xff)
			break;
		if (fz.space[pos] == id)
			return pos;
		pos = fz.space[pos + PCI_CAP_LIST_NEXT];
	}
	return 0;
}

u8 pci_find_capability(struct pci_dev *pdev, int id)
{
	MUST(pdev == &fz.pdev);
	if (!(fz.space[PCI_STATUS] & PCI_STATUS_CAP_LIST))
		return 0;
	return next_cap(fz.space[PCI_CAPABILITY_LIST], id);
}

u8 pci_find_next_capability(struct pci_dev *pdev, u8 pos, int id)
{
	MUST(pdev == &fz.pdev && pos >= PCI_STD_HEADER_SIZEOF && !(pos & 3));
	/* four structures are looked for, in a list that may have no end */
	MUST(++fz.hops <= 4 * HOPS);
	return next_cap(fz.space[pos + PCI_CAP_LIST_NEXT], id);
}

int pci_read_config_byte(const struct pci_dev *pdev, int where, u8 *val)
{
	MUST(pdev == &fz.pdev && where >= 0 && where < SPACE);
	*val = fz.space[where];
	return 0;
}

int pci_read_config_dword(const struct pci_dev *pdev, int where, u32 *val)
{
	MUST(pdev == &fz.pdev && where >= 0 && where <= SPACE - 4);
	MUST(!(where & 3));
	*val = get(fz.space + where, 4);
	return 0;
}

/* The device: BARs */

resource_size_t pci_resource_len(struct pci_dev *pdev, int bar)
{
	MUST(pdev == &fz.pdev && bar >= 0 && bar < PCI_STD_NUM_BARS);
	return fz.bar[bar].len;
}

int pcim_iomap_regions(struct pci_dev *pdev, int mask, const char *name)
{
	u32 i;

	MUST(pdev == &fz.pdev && name);
	MUST(mask && !(mask & ~0x3f));
	if (fz.map_err)
		return fz.map_err;
	for (i = 0; i < PCI_STD_NUM_BARS; i++) {
		struct bar *bar = &fz.bar[i];

		if (!(mask & 1 << i))
			continue;
		MUST(bar->len && !bar->mem);
		bar->mem = malloc(bar->len);
		bar->seen = calloc(1, bar->len);
		memset(bar->mem, fz.fill, bar->len);
		fz.table[i] = bar->mem;
	}
	return 0;
}

void *const *pcim_iomap_table(struct pci_dev *pdev)
{
	MUST(pdev == &fz.pdev);
	return fz.table;
}

int dma_set_coherent_mask(struct device *dev, u64 mask)
{
	MUST(dev == &fz.pdev.dev);
	MUST(mask == (1ull << 44) - 1);
	return fz.dma_err;
}

/* Is it wholly in the @size bytes from @start? */
static bool inside(const u8 *at, u32 len, const u8 *start, u64 size)
{
	return start && at >= start && (u64)(at - start) + len <= size;
}

static bool in_structure(const u8 *at, u32 len)
{
	const struct vionic_transport *tp = &fz.tp;

	if (tp->legacy)
		return inside(at, len, tp->common, tp->common_len);
	if (fz.ringing)
		return inside(at, len, tp->notify, tp->bells.len);
	return inside(at, len, tp->common, tp->common_len) ||
	       inside(at, len, tp->config, tp->config_len) ||
	       inside(at, len, tp->isr, 1);
}

/* The one way to a register */
static struct bar *reach(const u8 *at, u32 len)
{
	struct bar *bar;

	MUST(fz.mapped);
	MUST(in_structure(at, len));
	MUST(!fz.wary || !fz.tp.gone);
	for (bar = fz.bar; bar < fz.bar + PCI_STD_NUM_BARS; bar++) {
		if (!inside(at, len, bar->mem, bar->len))
			continue;
		MUST(!((at - bar->mem) % len));
		return bar;
	}
	MUST(!"inside of a BAR");
	return NULL;
}

static u32 do_read(const void *addr, u32 len)
{
	const u8 *at = addr;
	struct bar *bar = reach(at, len);
	u8 *seen = bar->seen + (at - bar->mem);
	u32 i;

	for (i = 0; i < len; i++) {
		seen[i] = at[i] ^ last_byte();
		if (fz.restless)	/* but never all ones */
			seen[i] ^= fz.reads++ & 0x7f;
	}
	return get(seen, len);
}

static void do_write(u8 *at, u32 val, u32 len)
{
	reach(at, len);
	for (; len--; val >>= 8)
		*at++ = val & 0xff;
}

#include "io_access.h"

/* Mapping, and what should have come of it */

/* The first structure of a type that can be used. Layout of a capability: 4.1.4 */
static struct place look_for(u8 type, u32 cap_len, u32 min, u32 align)
{
	u8 pos = fz.space[PCI_CAPABILITY_LIST] & ~3;
	struct place p = {};
	int hops;

	if (!(fz.space[PCI_STATUS] & PCI_STATUS_CAP_LIST))
		return p;
	for (hops = 0; hops < HOPS && pos >= 0x40; hops++) {
		const u8 *cap = fz.space + pos;

		if (cap[0] == 0xff)
			break;
		pos = cap[1] & ~3;
		if (cap[0] != PCI_CAP_ID_VNDR || cap[3] != type ||
		    cap[2] < cap_len || cap + cap[2] > fz.space + SPACE)
			continue;
		p.bar = cap[4];
		p.offset = get(cap + 8, 4);
		p.len = get(cap + 12, 4);
		if (p.bar > 5 || !fz.bar[p.bar].len || p.len < min ||
		    p.offset % align ||
		    (u64)p.offset + p.len > fz.bar[p.bar].len)
			continue;
		if (cap_len >= 20)
			p.mult = get(cap + 16, 4);
		p.found = true;
		return p;
	}
	return p;
}

static bool lies_at(const void *addr, const struct place *p)
{
	return addr == fz.bar[p->bar].mem + p->offset;
}

static void check_modern(void)
{
	struct place common = look_for(1, 16, 56, 4);
	struct place notify = look_for(2, 20, 2, 2);
	struct place isr = look_for(3, 16, 1, 1);
	struct place config = look_for(4, 16, 1, 4);
	const struct vionic_transport *tp = &fz.tp;

	MUST(common.found && notify.found && isr.found && config.found);
	MUST(lies_at(tp->common, &common) && tp->common_len == common.len);
	MUST(lies_at(tp->notify, &notify) && tp->bells.len == notify.len);
	MUST(tp->bells.start == notify.offset && tp->bells.mult == notify.mult);
	MUST(lies_at(tp->isr, &isr));
	MUST(lies_at(tp->config, &config) && tp->config_len == config.len);
	MUST((u8 *)tp->status == (u8 *)tp->common + 20);
}

/* 4.1.2: vendor, device, and the type of a transitional device */
static bool net_by_ids(void)
{
	u16 device = fz.pdev.device;

	return fz.pdev.vendor == 0x1af4 &&
	       (device == 0x1041 ||
		(device >= 0x1000 && device < 0x1040 &&
		 fz.pdev.subsystem_device == 1));
}

/* 4.1.2.1, 4.1.5.1.1.1 */
static bool legacy_possible(void)
{
	return fz.pdev.device < 0x1040 && !fz.pdev.revision &&
	       fz.bar[0].len >= 24;
}

static bool modern_possible(void)
{
	return look_for(1, 16, 56, 4).found && look_for(2, 20, 2, 2).found &&
	       look_for(3, 16, 1, 1).found && look_for(4, 16, 1, 4).found;
}

static bool map(void)
{
	struct vionic_transport *tp = &fz.tp;
	int err = vionic_transport_map(tp, &fz.pdev);
	int want = fz.map_err;

	if (!modern_possible() && !legacy_possible()) {
		MUST(err);
		MUST_BE(err, -ENODEV, -EINVAL);
		return false;
	}
	if (!modern_possible() && fz.dma_err)
		want = fz.dma_err;
	MUST(err == want);
	if (err)
		return false;
	MUST(tp->ops && tp->legacy == !modern_possible());
	if (!tp->legacy)
		check_modern();
	else
		MUST(tp->common == fz.bar[0].mem &&
		     tp->common_len == fz.bar[0].len);
	fz.mapped = true;
	return true;
}

/* What can be asked of the transport */

/* As device.c chooses them: no feature without its registers */
static struct vionic_features features(u8 wanted)
{
	struct vionic_features f = { .word = { fz.fill } };
	const struct vionic_transport *tp = &fz.tp;

	if (tp->legacy)
		return f;
	f.word[1] = wanted << (VIRTIO_F_NOTIFICATION_DATA - 32);
	f.word[2] = wanted & 0x80;
	if (tp->common_len < VIONIC_COMMON_LEN_NDATA)
		vionic_feature_clear(&f, VIRTIO_F_NOTIF_CONFIG_DATA);
	if (tp->common_len < VIONIC_COMMON_LEN_RESET)
		vionic_feature_clear(&f, VIRTIO_F_RING_RESET);
	if (!vionic_notify_has_wide(&tp->bells))
		vionic_feature_clear(&f, VIRTIO_F_NOTIFICATION_DATA);
	return f;
}

static void reset(void)
{
	int err;

	fz.wary = true;
	err = vionic_transport_reset(&fz.tp);
	fz.wary = false;
	MUST_BE(err, -ENODEV, -ETIMEDOUT);
	MUST(fz.pdev.is_busmaster == !err);
	memset(fz.bell, 0, sizeof(fz.bell));
}

static void begin(u8 wanted)
{
	struct vionic_features f = features(wanted);
	struct vionic_features offered;
	int err;

	memset(fz.bell, 0, sizeof(fz.bell));
	fz.wary = true;
	err = vionic_transport_begin(&fz.tp, &offered);
	fz.wary = false;
	MUST_BE(err, -ENODEV, -ETIMEDOUT);
	if (err)
		return;
	MUST(fz.pdev.is_busmaster);
	if (fz.tp.legacy)
		MUST(!(offered.word[1] | offered.word[2] | offered.word[3]));
	err = vionic_transport_accept(&fz.tp, &f);
	MUST_BE(err, -EOPNOTSUPP, -ENODEV);
	MUST(!memcmp(&fz.tp.features, &f, sizeof(f)));
}

/* Where the device-specific configuration is, and how much of it */
static u32 config_at(u8 **at)
{
	u32 skip = fz.pdev.msix_enabled ? 24 : 20;

	if (!fz.tp.legacy) {
		*at = fz.tp.config;
		return fz.tp.config_len;
	}
	*at = (u8 *)fz.tp.common + skip;
	return fz.tp.common_len - skip;
}

/* Were these the bytes that were read? Unless another register that was read
 * later lies in their midst.
 */
static void check_config(const u8 *buf, u32 offset, u32 len)
{
	const u8 *generation = (u8 *)fz.tp.common + 21;
	struct bar *bar;
	u8 *at;

	config_at(&at);
	at += offset;
	if (!fz.tp.legacy && generation >= at && generation < at + len)
		return;
	for (bar = fz.bar; bar < fz.bar + PCI_STD_NUM_BARS; bar++)
		if (len && inside(at, len, bar->mem, bar->len))
			MUST(!memcmp(buf, bar->seen + (at - bar->mem), len));
}

static void config(u32 offset, u32 len)
{
	u8 *buf = malloc(len);
	u32 room;
	u8 *at;
	int err;

	fz.wary = true;
	err = vionic_transport_config(&fz.tp, offset, buf, len);
	fz.wary = false;
	room = config_at(&at);
	MUST_BE(err, -EINVAL, -ENODEV, -EAGAIN);
	if ((u64)offset + len > room)
		MUST(err == -EINVAL);
	else if (!fz.tp.legacy || len <= 8)
		MUST(err != -EINVAL);
	if (!err)
		check_config(buf, offset, len);
	free(buf);
}

static void config_write(u32 offset, u32 len)
{
	u8 *buf = malloc(len);
	int err;

	memset(buf, 0x5a, len);
	fz.wary = true;
	err = vionic_transport_config_write(&fz.tp, offset, buf, len);
	fz.wary = false;
	if (fz.tp.legacy)
		MUST_BE(err, -EINVAL, -ENODEV);
	else
		MUST(err == -EOPNOTSUPP);
	free(buf);
}

/* The fields of struct virtio_net_config that device.c reads */
static void config_fields(void)
{
	static const struct {
		u8 offset;
		u8 len;
	} fields[] = {
		{ 0, 6 }, { 6, 2 }, { 8, 2 }, { 10, 2 }, { 12, 4 }, { 16, 1 },
		{ 17, 1 }, { 18, 2 }, { 20, 4 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(fields); i++)
		config(fields[i].offset, fields[i].len);
}

/* Near the end of what there is, or of what can be said */
static u32 any_offset(void)
{
	u8 how = byte();
	u8 *at;

	if (how < 0x40)
		return how;
	if (how < 0xc0)
		return config_at(&at) + 0x40 - (how - 0x40);
	return how < 0xe0 ? word() : 0u - (how - 0xdf);
}

static u16 any_queue(void)
{
	u8 b = byte();

	return b >= 0xf0 ? 0xff00 | (b << 4 & 0xf0) | (byte() & 0xf) : b;
}

/* All that was to be written must be there: nothing else lies behind it */
static void check_enabled(const struct vionic_queue_setup *s, u16 index)
{
	const u8 *c = fz.tp.common;

	if (fz.tp.legacy) {
		MUST(get(c + VIRTIO_PCI_QUEUE_SEL, 2) == index);
		MUST(get(c + VIRTIO_PCI_QUEUE_PFN, 4) == s->desc >> 12);
		return;
	}
	MUST(get(c + VIRTIO_PCI_COMMON_Q_SELECT, 2) == index);
	MUST(get(c + VIRTIO_PCI_COMMON_Q_SIZE, 2) == s->num);
	MUST(get(c + VIRTIO_PCI_COMMON_Q_MSIX, 2) == s->vector);
	MUST(get(c + VIRTIO_PCI_COMMON_Q_ENABLE, 2) == 1);
	MUST(get(c + VIRTIO_PCI_COMMON_Q_DESCLO, 4) == (u32)s->desc);
	MUST(get(c + VIRTIO_PCI_COMMON_Q_DESCHI, 4) == s->desc >> 32);
	MUST(get(c + VIRTIO_PCI_COMMON_Q_AVAILLO, 4) == (u32)s->driver);
	MUST(get(c + VIRTIO_PCI_COMMON_Q_AVAILHI, 4) == s->driver >> 32);
	MUST(get(c + VIRTIO_PCI_COMMON_Q_USEDLO, 4) == (u32)s->device);
	MUST(get(c + VIRTIO_PCI_COMMON_Q_USEDHI, 4) == s->device >> 32);
}

static void queue_enable(u16 index)
{
	struct vionic_queue_setup setup = {
		.desc = 0x123456789000,
		.driver = 0x23456789a040,
		.device = 0x3456789ab080,
	};
	struct vionic_doorbell bell = {};
	u8 how = byte();
	int err;

	setup.num = vionic_transport_queue_max(&fz.tp, index);
	setup.vector = how & 1 ? index : VIRTIO_MSI_NO_VECTOR;
	if (!(how & 2))		/* registers of old take no more */
		setup.desc &= 0xfffffffffff;
	fz.wary = true;
	err = vionic_transport_queue_enable(&fz.tp, index, &setup, &bell);
	fz.wary = false;
	MUST_BE(err, -ENOENT, -EINVAL, -EBUSY, -ENODEV);
	if (err)
		return;
	check_enabled(&setup, index);
	if (!vionic_has(&fz.tp.features, VIRTIO_F_NOTIF_CONFIG_DATA))
		MUST(bell.data == index);
	fz.bell[index % BELLS] = bell;
}

static void kick(const struct vionic_doorbell *bell, u16 next)
{
	if (!bell->addr)
		return;
	fz.ringing = true;
	if (vionic_has(&fz.tp.features, VIRTIO_F_NOTIFICATION_DATA)) {
		vionic_transport_kick_data(bell, next);
		MUST(get((u8 *)bell->addr + 2, 2) == next);
	} else {
		vionic_transport_kick(bell);
	}
	MUST(get(bell->addr, 2) == bell->data);
	fz.ringing = false;
}

static void queue_reset(u16 index)
{
	int err;

	if (!vionic_has(&fz.tp.features, VIRTIO_F_RING_RESET))
		return;
	fz.wary = true;
	err = vionic_transport_queue_reset(&fz.tp, index);
	fz.wary = false;
	MUST_BE(err, -ENODEV, -ETIMEDOUT);
	fz.bell[index % BELLS].addr = NULL;
}

static void config_vector(u16 vector)
{
	int err = vionic_transport_config_vector(&fz.tp, vector);

	MUST_BE(err, -EBUSY);
}

static void status(void)
{
	int status;

	fz.wary = true;
	status = vionic_transport_status(&fz.tp);
	fz.wary = false;
	MUST(status == -ENODEV || (status >= 0 && status < 0xff));
	MUST(fz.tp.gone == (status == -ENODEV));
}

static void run(void)
{
	int err;

	fz.wary = true;
	err = vionic_transport_run(&fz.tp);
	fz.wary = false;
	MUST_BE(err, -ENODEV);
}

static void give_up(void)
{
	fz.wary = true;
	vionic_transport_fail(&fz.tp);
	fz.wary = false;
}

/* Into memory of exactly the size that is promised */
static void dump(u16 index)
{
	u32 *regs = malloc(VIONIC_COMMON_REGS * sizeof(*regs));

	vionic_transport_dump(&fz.tp, regs);
	free(regs);
	regs = malloc(VIONIC_QUEUE_REGS * sizeof(*regs));
	vionic_transport_queue_dump(&fz.tp, index, regs);
	free(regs);
}

/* As a driver does it: what is there, what can it do, set up, run */
static void bring_up(u8 wanted)
{
	u16 i;

	begin(wanted);
	config_fields();
	for (i = 0; i < 3; i++)
		vionic_transport_queue_max(&fz.tp, i);
	reset();
	fz.pdev.msix_enabled = !(wanted & 0x40);
	begin(wanted);
	config_vector(fz.pdev.msix_enabled ? 0 : VIRTIO_MSI_NO_VECTOR);
	for (i = 0; i < 3; i++)
		queue_enable(i);
	queue_enable(0xffff);
	run();
	for (i = 0; i < BELLS; i++)
		kick(&fz.bell[i], i);
}

static void step(u8 what)
{
	u32 offset;

	switch (what % 16) {
	case 0:
		config_fields();
		break;
	case 1:
		offset = any_offset();
		config(offset, byte() % 24);
		break;
	case 2:
		offset = any_offset();
		config_write(offset, byte() % 24);
		break;
	case 3:
		config_vector(byte() & 1 ? byte() : VIRTIO_MSI_NO_VECTOR);
		break;
	case 4:
		vionic_transport_queue_max(&fz.tp, any_queue());
		break;
	case 5:
	case 6:
		queue_enable(any_queue());
		break;
	case 7:
		offset = byte() % BELLS;
		kick(&fz.bell[offset], word());
		break;
	case 8:
		queue_reset(any_queue());
		break;
	case 9:
		MUST(vionic_transport_isr(&fz.tp) != 0xff);
		break;
	case 10:
		dump(any_queue());
		break;
	case 11:
		status();
		break;
	case 12:
		run();
		break;
	case 13:
		begin(byte());
		break;
	case 14:
		vionic_transport_set_gone(&fz.tp, byte() & 1);
		break;
	case 15:
		if (byte() & 1)
			reset();
		else
			give_up();
		break;
	}
}

static void clean_up(void)
{
	u32 i;

	for (i = 0; i < PCI_STD_NUM_BARS; i++) {
		free(fz.bar[i].mem);
		free(fz.bar[i].seen);
	}
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	u8 mood, wanted, steps;
	u32 i;

	memset(&fz, 0, sizeof(fz));
	fuzz_begin(data, size);
	for (i = 0; i < SPACE; i++)
		fz.space[i] = byte();
	for (i = 0; i < PCI_STD_NUM_BARS; i++) {
		fz.bar[i].len = word();
		fz.bar[i].len += !!fz.bar[i].len;
	}
	fz.pdev.vendor = get(fz.space + PCI_VENDOR_ID, 2);
	fz.pdev.device = get(fz.space + PCI_DEVICE_ID, 2);
	fz.pdev.subsystem_device = get(fz.space + PCI_SUBSYSTEM_ID, 2);
	fz.pdev.revision = fz.space[PCI_REVISION_ID];
	mood = byte();
	fz.restless = mood & 8;
	if ((mood & 7) == 7)
		fz.map_err = -ENOMEM;
	if ((mood & 7) == 6)
		fz.dma_err = -EIO;
	fz.fill = byte();
	wanted = byte();
	steps = byte() % 64;
	MUST(vionic_transport_is_net(&fz.pdev) == net_by_ids());
	if (map()) {
		bring_up(wanted);
		while (steps-- && fuzz.left)
			step(byte());
		give_up();
		reset();
	}
	clean_up();
	return 0;
}

#ifndef UNIT_LIBFUZZER
/* Devices to start from. @seed is where they are put together. */
static struct {
	u8 space[SPACE];
	u32 bar[PCI_STD_NUM_BARS];
	u8 at;		/* the next capability */
	u8 mood;
	u8 fill;
	u8 wanted;
} seed;

static void set(u8 pos, u32 val, u32 bytes)
{
	for (; bytes--; val >>= 8)
		seed.space[pos++] = val & 0xff;
}

static void new_device(u16 device, u8 revision)
{
	memset(&seed, 0, sizeof(seed));
	set(PCI_VENDOR_ID, 0x1af4, 2);
	set(PCI_DEVICE_ID, device, 2);
	set(PCI_STATUS, PCI_STATUS_CAP_LIST, 2);
	set(PCI_REVISION_ID, revision, 1);
	set(PCI_SUBSYSTEM_ID, 1, 2);
	set(PCI_CAPABILITY_LIST, 0x40, 1);
	seed.at = 0x40;
	seed.fill = 1;
}

static void add_cap(u8 type, u8 bar, u32 offset, u32 len, u32 mult)
{
	u8 size = type == 2 ? 20 : 16;

	set(seed.at, PCI_CAP_ID_VNDR, 1);
	set(seed.at + 1, seed.at + size, 1);
	set(seed.at + 2, size, 1);
	set(seed.at + 3, type, 1);
	set(seed.at + 4, bar, 1);
	set(seed.at + 8, offset, 4);
	set(seed.at + 12, len, 4);
	if (type == 2)
		set(seed.at + 16, mult, 4);
	seed.at += size;
}

/* @num steps, and then @zeroes: the device plays along */
static void put_device(const u8 *steps, u32 num, u32 zeroes)
{
	u32 i;

	for (i = 0; i < SPACE; i++)
		put(seed.space[i], 1);
	for (i = 0; i < PCI_STD_NUM_BARS; i++)
		put(seed.bar[i] ? seed.bar[i] - 1 : 0, 2);
	put(seed.mood, 1);
	put(seed.fill, 1);
	put(seed.wanted, 1);
	put(num, 1);
	put(0x0200, 4);	/* how bring_up() enables queues */
	for (i = 0; i < num; i++)
		put(steps[i], 1);
	put(0, zeroes);
}

/* A bit of everything: kicks, configuration, dumps, a queue taken back */
static void put_common(void)
{
	static const u8 steps[] = {
		7, 0, 1, 0, 1, 0x3f, 4, 9, 10, 0, 11, 3, 0, 5, 1, 0, 7, 1, 2, 0,
		8, 1, 12, 2, 0, 6, 13, 7, 4, 0xff, 0xf, 14, 1, 11, 15, 0,
	};

	put_device(steps, sizeof(steps), 64);
}

static void one_bar(void)
{
	new_device(0x1041, 1);
	seed.bar[4] = 0x4000;
	add_cap(1, 4, 0, 0x1000, 0);
	add_cap(3, 4, 0x1000, 0x1000, 0);
	add_cap(4, 4, 0x2000, 0x1000, 0);
	add_cap(2, 4, 0x3000, 0x1000, 4);
	seed.wanted = 7;
}

static void all_in_one_bar(void)
{
	one_bar();
	put_common();
}

static void restless(void)
{
	one_bar();
	seed.mood = 8;
	put_common();
}

/* Each in a BAR that it fills to the last byte */
static void bars_filled(void)
{
	new_device(0x1041, 1);
	seed.bar[0] = 60;
	seed.bar[1] = 4;
	seed.bar[2] = 24;
	seed.bar[3] = 0x10000;
	add_cap(1, 0, 0, 60, 0);
	add_cap(3, 1, 3, 1, 0);
	add_cap(4, 2, 0, 24, 0);
	add_cap(2, 3, 0, 0x10000, 0xfe);
	seed.wanted = 6;
	put_common();
}

/* As small as virtio 1.0 allows, and all queues have one doorbell */
static void small(void)
{
	new_device(0x1041, 1);
	seed.bar[5] = 0x80;
	add_cap(1, 5, 0, 56, 0);
	add_cap(2, 5, 0x40, 2, 0);
	add_cap(3, 5, 0x43, 1, 0);
	add_cap(4, 5, 0x44, 10, 0);
	seed.wanted = 0x47;
	put_common();
}

/* The doorbells that the device names are one behind the last */
static void bells_behind(void)
{
	one_bar();
	set(seed.at - 20 + 12, 0x101 * 4, 4);
	put_common();
}

/* The first ones end behind their BAR, or are in none, or wrap round */
static void second_choice(void)
{
	new_device(0x1041, 1);
	seed.bar[0] = 0x1000;
	add_cap(1, 0, 0xff0, 64, 0);
	add_cap(1, 0, 0, 64, 0);
	add_cap(2, 6, 0, 0x100, 4);
	add_cap(2, 0, 0x800, 0x800, 4);
	add_cap(3, 1, 0, 1, 0);
	add_cap(3, 0, 0x50, 1, 0);
	add_cap(4, 0, 0xfffffffc, 0x100, 0);
	add_cap(4, 0, 0x60, 0x40, 0);
	seed.wanted = 3;
	put_common();
}

/* Chains that end nowhere: one that lacks a structure, one of others alone */
static void endless(void)
{
	new_device(0x1041, 1);
	seed.bar[0] = 0x1000;
	add_cap(1, 0, 0, 64, 0);
	add_cap(2, 0, 0x100, 0x100, 4);
	add_cap(5, 0, 0, 4, 0);
	set(seed.at - 16 + 1, 0x40, 1);
	put_common();
}

static void legacy(void)
{
	new_device(0x1000, 0);
	set(PCI_STATUS, 0, 2);
	seed.bar[0] = 0x40;
	put_common();
}

static void legacy_restless(void)
{
	new_device(0x1000, 0);
	seed.bar[0] = 0x100;
	seed.mood = 8;
	put_common();
}

/* Both interfaces: the one of old where the other's structures don't fit */
static void transitional(void)
{
	new_device(0x1000, 0);
	seed.bar[0] = 24;
	seed.bar[4] = 0x1000;
	add_cap(1, 4, 0, 0x40, 0);
	add_cap(3, 4, 0x40, 1, 0);
	add_cap(2, 4, 0x100, 0x100, 4);
	add_cap(4, 4, 0xff0, 0x20, 0);
	put_common();
}

/* Reads all ones in the end */
static void gone(void)
{
	u32 n;

	all_in_one_bar();
	for (n = 0; n < 200; n++)
		put(n < 40 ? 0xfe : 0, 1);
}

static const struct fuzz_seed seeds[] = {
	{ "all-in-one-bar", all_in_one_bar },
	{ "bars-filled", bars_filled },
	{ "small", small },
	{ "bells-behind", bells_behind },
	{ "second-choice", second_choice },
	{ "endless", endless },
	{ "legacy", legacy },
	{ "legacy-restless", legacy_restless },
	{ "transitional", transitional },
	{ "gone", gone },
	{ "restless", restless },
};

int main(int argc, char **argv)
{
	return fuzz_main(argc, argv, 40000, seeds, ARRAY_SIZE(seeds));
}
#endif
