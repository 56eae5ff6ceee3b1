// SPDX-License-Identifier: GPL-2.0
/*
 * Registers of a virtio device on PCI, virtio 1.3, 2 to 4.1, and what a driver may do
 * with them.
 */
#include "lies.h"

#include <linux/vfio.h>
#include <linux/virtio_config.h>
#include <linux/virtio_net.h>
#include <linux/virtio_ring.h>
#include <stdio.h>
#include <string.h>

#define RING_RESET	40	/* newer than some headers */
#define NOTIFICATION_DATA 38
#define NOTIF_CONFIG_DATA 39

#define NOTIF_CONFIG_BASE 0x5a00	/* what queues are named by then */

static const struct {
	u8 at, len;
} fields[] = {
	{ DEVICE_FEATURE_SELECT, 4 }, { DEVICE_FEATURE, 4 },
	{ DRIVER_FEATURE_SELECT, 4 }, { DRIVER_FEATURE, 4 },
	{ CONFIG_VECTOR, 2 }, { NUM_QUEUES, 2 }, { DEVICE_STATUS, 1 },
	{ CONFIG_GENERATION, 1 }, { QUEUE_SELECT, 2 }, { QUEUE_SIZE, 2 },
	{ QUEUE_VECTOR, 2 }, { QUEUE_ENABLE, 2 }, { QUEUE_NOTIFY_OFF, 2 },
	/* eight bytes each, by halves */
	{ QUEUE_DESC, 4 }, { QUEUE_DESC + 4, 4 }, { QUEUE_DRIVER, 4 },
	{ QUEUE_DRIVER + 4, 4 }, { QUEUE_DEVICE, 4 }, { QUEUE_DEVICE + 4, 4 },
	{ QUEUE_NOTIF_CONFIG_DATA, 2 }, { QUEUE_RESET, 2 },
};

static const struct {
	u8 feature, needs;
} needs[] = {	/* 5.1.3.1 */
	{ VIRTIO_NET_F_GUEST_TSO4, VIRTIO_NET_F_GUEST_CSUM },
	{ VIRTIO_NET_F_GUEST_TSO6, VIRTIO_NET_F_GUEST_CSUM },
	{ VIRTIO_NET_F_GUEST_UFO, VIRTIO_NET_F_GUEST_CSUM },
	{ VIRTIO_NET_F_HOST_TSO4, VIRTIO_NET_F_CSUM },
	{ VIRTIO_NET_F_HOST_TSO6, VIRTIO_NET_F_CSUM },
	{ VIRTIO_NET_F_HOST_UFO, VIRTIO_NET_F_CSUM },
	{ VIRTIO_NET_F_CTRL_GUEST_OFFLOADS, VIRTIO_NET_F_CTRL_VQ },
	{ VIRTIO_NET_F_CTRL_RX, VIRTIO_NET_F_CTRL_VQ },
	{ VIRTIO_NET_F_CTRL_VLAN, VIRTIO_NET_F_CTRL_VQ },
	{ VIRTIO_NET_F_GUEST_ANNOUNCE, VIRTIO_NET_F_CTRL_VQ },
	{ VIRTIO_NET_F_MQ, VIRTIO_NET_F_CTRL_VQ },
	{ VIRTIO_NET_F_CTRL_MAC_ADDR, VIRTIO_NET_F_CTRL_VQ },
	{ VIRTIO_NET_F_NOTF_COAL, VIRTIO_NET_F_CTRL_VQ },
	{ VQ_NOTF_COAL, VIRTIO_NET_F_CTRL_VQ },
	{ DEVICE_STATS, VIRTIO_NET_F_CTRL_VQ },
};

/* What a driver ought to accept, 5.1.4.2, 5.1.6.2.1, 6.1 */
static const struct {
	enum rule rule;
	u8 feature;
} wanted[] = {
	{ MAC_TAKEN, VIRTIO_NET_F_MAC }, { MTU_TAKEN, VIRTIO_NET_F_MTU },
	{ HDRLEN_TAKEN, GUEST_HDRLEN }, { VERSION_1_TAKEN, VIRTIO_F_VERSION_1 },
	{ PLATFORM_TAKEN, VIRTIO_F_ACCESS_PLATFORM },
	{ PACKED_TAKEN, VIRTIO_F_RING_PACKED },
	{ ORDER_TAKEN, VIRTIO_F_ORDER_PLATFORM },
	{ NAME_TAKEN, NOTIF_CONFIG_DATA },
};

/* Configuration, 5.1.4: bytes that are read at once, which features have them */
#define RSS_OR_HASH (1ull << 60 | 1ull << VIRTIO_NET_F_HASH_REPORT)
static const struct {
	u8 at, len, width;
	u64 features;
} config_fields[] = {
	{ 0, 6, 1, 1ull << VIRTIO_NET_F_MAC },
	{ 6, 2, 2, 1ull << VIRTIO_NET_F_STATUS },
	{ 8, 2, 2, 1ull << VIRTIO_NET_F_MQ | 1ull << 60 },
	{ 10, 2, 2, 1ull << VIRTIO_NET_F_MTU },
	{ 12, 4, 4, 1ull << VIRTIO_NET_F_SPEED_DUPLEX },
	{ 16, 1, 1, 1ull << VIRTIO_NET_F_SPEED_DUPLEX },
	{ 17, 1, 1, RSS_OR_HASH }, { 18, 2, 2, RSS_OR_HASH },
	{ 20, 4, 4, RSS_OR_HASH },
};

static const struct {
	const char *name;
	u8 bit;
} names[] = {
	{ "csum", 0 }, { "guest_csum", 1 }, { "ctrl_guest_offloads", 2 },
	{ "mtu", 3 }, { "mac", 5 }, { "guest_tso4", 7 }, { "guest_tso6", 8 },
	{ "guest_ecn", 9 }, { "host_tso4", 11 }, { "host_tso6", 12 },
	{ "host_ecn", 13 }, { "mrg_rxbuf", 15 }, { "status", 16 },
	{ "ctrl_vq", 17 }, { "ctrl_rx", 18 }, { "ctrl_vlan", 19 },
	{ "ctrl_rx_extra", 20 }, { "guest_announce", 21 }, { "mq", 22 },
	{ "ctrl_mac_addr", 23 }, { "indirect_desc", 28 }, { "event_idx", 29 },
	{ "version_1", 32 }, { "access_platform", 33 }, { "packed", 34 },
	{ "in_order", 35 }, { "order_platform", 36 },
	{ "notification_data", NOTIFICATION_DATA },
	{ "notif_config_data", NOTIF_CONFIG_DATA },
	{ "queue_reset", RING_RESET },
	{ "device_stats", DEVICE_STATS }, { "vq_notf_coal", VQ_NOTF_COAL },
	{ "notf_coal", VIRTIO_NET_F_NOTF_COAL }, { "guest_hdrlen", GUEST_HDRLEN },
	{ "guest_rsc_ext", RSC_EXT },
};

bool features_name(const char *name, u64 *bit)
{
	unsigned int i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(name, names[i].name)) {
			*bit = 1ull << names[i].bit;
			return true;
		}
	return false;
}

static void disable(struct device *dev, u16 i)
{
	struct queue *q = &dev->queue[i];

	if (q->enabled)
		fakedev_detach(&q->ring);
	q->enabled = false;
	q->unread = false;
	q->resetting = false;
	q->written = 0;
	q->lied = false;
	q->dead = false;
	q->num = dev->ring_max;
	q->vector = NO_VECTOR;
	memset(q->area, 0, sizeof(q->area));
	q->untold = 0;
	q->due = 0;
	q->kept = false;
	if (i == control_queue(dev))
		dev->late_count = 0;
	net_reset(dev, i);
}

void device_reset(struct device *dev)
{
	u16 i;

	for (i = 0; i < queues(dev); i++) {
		disable(dev, i);
		dev->queue[i].again = false;
		memset(&dev->queue[i].coal, 0, sizeof(dev->queue[i].coal));
		memset(&dev->queue[i].stats, 0, sizeof(dev->queue[i].stats));
	}
	memcpy(dev->mac, dev->own_mac, sizeof(dev->mac));
	dev->accepted = 0;
	dev->status = 0;
	dev->isr = 0;
	dev->config_vector = NO_VECTOR;
	dev->queue_select = 0;
	dev->pairs = 1;
	dev->ok_unread = false;
	dev->config_unread = false;
	dev->status_unread = true;
	dev->fresh = false;
	dev->open = false;
	dev->link_read = false;
	dev->announce = false;
	dev->pairs_told = false;
	dev->queried = false;
	dev->promisc = false;
	memset(dev->vlans, 0, sizeof(dev->vlans));
}

static void check_features(struct device *dev)
{
	unsigned int i;

	rule(FEATURES_OFFERED, !(dev->accepted & ~dev->offered),
	     "%#llx was accepted, %#llx offered",
	     (unsigned long long)dev->accepted,
	     (unsigned long long)dev->offered);
	rule(FEATURES_RESERVED, !(dev->accepted & MEANINGLESS),
	     "%#llx was accepted", (unsigned long long)dev->accepted);
	for (i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		if (dev->offered & 1ull << wanted[i].feature)
			rule(wanted[i].rule, has(dev, wanted[i].feature),
			     "feature %u was not", wanted[i].feature);
	for (i = 0; i < sizeof(needs) / sizeof(needs[0]); i++)
		if (has(dev, needs[i].feature))
			rule(NET_NEEDS, has(dev, needs[i].needs),
			     "feature %u without %u", needs[i].feature,
			     needs[i].needs);
	if (has(dev, VIRTIO_NET_F_GUEST_ECN))
		rule(NET_NEEDS, has(dev, VIRTIO_NET_F_GUEST_TSO4) ||
		     has(dev, VIRTIO_NET_F_GUEST_TSO6), "GUEST_ECN alone");
	if (has(dev, VIRTIO_NET_F_HOST_ECN))
		rule(NET_NEEDS, has(dev, VIRTIO_NET_F_HOST_TSO4) ||
		     has(dev, VIRTIO_NET_F_HOST_TSO6), "HOST_ECN alone");
	if (has(dev, VIRTIO_NET_F_HASH_REPORT) ||
	    has(dev, VIRTIO_NET_F_CTRL_RX_EXTRA))
		rule(CTRL_VQ_NEEDED, has(dev, VIRTIO_NET_F_CTRL_VQ),
		     "HASH_REPORT or CTRL_RX_EXTRA alone");
}

/* The driver got along with what is unusual about this device: see pci.c */
static void check_start(struct device *dev, u8 was)
{
	rule(INIT_STOP, was & FEATURES_OK, "DRIVER_OK at status %#x", was);
	rule(FEATURES_READ, !dev->ok_unread,
	     "DRIVER_OK without a look at FEATURES_OK");
	rule(VECTOR_READ, !dev->config_unread, "of changes of configuration");
	rule(FEATURES_UNKNOWN, true, " ");
	rule(CONFIG_SIZE, true, " ");
	rule(PCI_REVISION, true, " ");
	rule(CAP_TYPE, true, " ");
	rule(CAP_FIRST, true, " ");
	rule(CAP_LENGTH, true, " ");
	rule(CAP_BAR, true, " ");
	rule(CAP_LARGE, true, " ");
}

/* What the device has yet, nobody may have touched */
static void check_held(struct device *dev, struct queue *q)
{
	dev->serving = q;
	if (q->enabled && !q->lied && !q->dead)
		fakedev_check_held(&q->ring);
}

/* It is no bus master any more: memory is out of reach until the next reset */
void cut_off(struct device *dev)
{
	u16 i;

	for (i = 0; i < queues(dev); i++)
		dev->queue[i].dead = true;
}

static void reset_by_driver(struct device *dev)
{
	u16 i;

	for (i = 0; i < queues(dev); i++)
		check_held(dev, &dev->queue[i]);
	device_reset(dev);
	dev->was_reset = true;
	lie_reset(dev);
}

static void set_status(struct device *dev, u8 status)
{
	u8 was = dev->status;
	u8 order = status & (ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK);

	if (was & FAILED)
		rule(FAILED_RESET, !status, "status %#x after %#x", status, was);
	if (!status) {
		if (!was || !lie_deaf(dev))
			reset_by_driver(dev);
		return;
	}
	if (status & ~was & ACKNOWLEDGE)
		rule(INIT_RESET, dev->was_reset, "status becomes %#x", status);
	dev->was_reset = false;
	rule(STATUS_KEEP, !(was & ~status & ~NEEDS_RESET),
	     "status %#x became %#x", was, status);
	if (!(status & FAILED))
		rule(STATUS_STEPS, order == ACKNOWLEDGE ||
		     order == (ACKNOWLEDGE | DRIVER) ||
		     order == (ACKNOWLEDGE | DRIVER | FEATURES_OK) ||
		     order == (ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK),
		     "status %#x after %#x", status, was);
	if (status & ~was & FEATURES_OK) {
		check_features(dev);
		dev->ok_unread = true;
		if (dev->accepted & ~dev->offered)
			status &= ~FEATURES_OK;
	}
	if (status & ~was & DRIVER_OK) {
		check_start(dev, was);
		dev->status = status;
		net_start(dev);
	}
	dev->status = status;
}

static u32 ring_features(const struct device *dev)
{
	return (has(dev, VIRTIO_RING_F_EVENT_IDX) ? FAKEDEV_EVENT_IDX : 0) |
	       (has(dev, VIRTIO_F_IN_ORDER) ? FAKEDEV_IN_ORDER : 0) |
	       (has(dev, VIRTIO_F_RING_PACKED) ? FAKEDEV_PACKED : 0) |
	       (has(dev, VIRTIO_RING_F_INDIRECT_DESC) ? FAKEDEV_INDIRECT : 0);
}

static void *guest_memory(struct fakedev *ring, u64 addr, u32 len)
{
	struct device *dev = ring->owner_of;

	return vu_memory(&dev->vu, addr, len);
}

static bool good_size(struct device *dev, u16 index, u16 num)
{
	return rule(RING_SIZE, num && num <= dev->ring_max &&
		    (has(dev, VIRTIO_F_RING_PACKED) || !(num & (num - 1))),
		    "queue %u has %u entries", index, num);
}

static void enable(struct device *dev, u16 index)
{
	struct queue *q = &dev->queue[index];
	bool packed = has(dev, VIRTIO_F_RING_PACKED);
	size_t len[3] = {
		fakedev_desc_bytes(q->num),
		packed ? 4 : fakedev_avail_bytes(q->num),
		packed ? 4 : fakedev_used_bytes(q->num),
	};
	u8 align[3] = { 16, packed ? 4 : 2, 4 };
	u8 *area[3];
	bool all = q->written == 0x3f;
	unsigned int i;

	rule(QUEUE_FIELDS, all && !q->enabled, "of queue %u %#x were", index,
	     q->written);
	if (q->again)
		rule(QUEUE_AGAIN, all, "of queue %u %#x were", index, q->written);
	rule(VECTOR_READ, !q->unread, "of queue %u", index);
	rule(INIT_ORDER, dev->status & FEATURES_OK,
	     "queue %u enabled at status %#x", index, dev->status);
	if (!good_size(dev, index, q->num))
		return;
	for (i = 0; i < 3; i++) {
		area[i] = vu_memory(&dev->vu, q->area[i], len[i]);
		if (!rule(RING_PLACE, area[i], "area %u of queue %u is at %#llx",
			  i, index, (unsigned long long)q->area[i]) ||
		    !rule(RING_ALIGN, !(q->area[i] % align[i]),
			  "area %u of queue %u is at %#llx", i, index,
			  (unsigned long long)q->area[i]))
			return;
	}
	if (!packed)
		rule(USED_ZERO, !area[2][0] && !area[2][1], "of queue %u: %#x",
		     index, area[2][1] << 8 | area[2][0]);
	fakedev_attach(&q->ring, q->num, ring_features(dev), area[0], area[1],
		       area[2]);
	q->ring.owner_of = dev;
	q->ring.memory = guest_memory;
	q->kicks = 0;
	q->enabled = true;
}

static u32 read_common(struct device *dev, u32 at)
{
	struct queue *q = dev->queue_select < queues(dev) ?
			  &dev->queue[dev->queue_select] : NULL;

	switch (at) {
	case DEVICE_FEATURE_SELECT:
		return dev->offered_select;
	case DEVICE_FEATURE:
		return dev->offered_select > 1 ? 0 :
		       dev->offered >> 32 * dev->offered_select;
	case DRIVER_FEATURE_SELECT:
		return dev->accepted_select;
	case DRIVER_FEATURE:
		return dev->accepted_select > 1 ? 0 :
		       dev->accepted >> 32 * dev->accepted_select;
	case CONFIG_VECTOR:
		dev->config_unread = false;
		return dev->config_vector;
	case NUM_QUEUES:
		return queues(dev);
	case DEVICE_STATUS:
		dev->status_unread = false;
		dev->ok_unread = false;
		return dev->status;
	case QUEUE_SELECT:
		return dev->queue_select;
	case CONFIG_GENERATION:
		if (dev->open)
			rule(GENERATION_READ, true, " ");
		dev->open = false;
		dev->fresh = true;
		return 0;
	}
	if (!q)		/* 4.1.4.3.1: a size of 0 says that there is none */
		return 0;
	switch (at) {
	case QUEUE_SIZE:
		return q->num;
	case QUEUE_VECTOR:
		q->unread = false;
		return q->vector;
	case QUEUE_ENABLE:
		return q->enabled;
	case QUEUE_NOTIFY_OFF:
		return dev->queue_select;
	case QUEUE_RESET:
		q->resetting = false;
		return 0;
	case QUEUE_NOTIF_CONFIG_DATA:
		return NOTIF_CONFIG_BASE + dev->queue_select;
	case QUEUE_DESC ... QUEUE_DEVICE + 4:
		return q->area[(at - QUEUE_DESC) / 8] >> (at % 8 ? 32 : 0);
	}
	return 0;
}

static void set_half(u64 *to, bool high, u32 val)
{
	*to = high ? (*to & 0xffffffff) | (u64)val << 32 :
		     (*to & ~0xffffffffull) | val;
}

static bool is_vector(const struct device *dev, u16 vector)
{
	return vector == NO_VECTOR ||
	       vector < dev->pci.irqs[VFIO_PCI_MSIX_IRQ_INDEX];
}

static void write_queue(struct device *dev, u32 at, u32 val)
{
	struct queue *q = &dev->queue[dev->queue_select];

	if (!rule(QUEUE_KNOWN, dev->queue_select < queues(dev),
		  "%#x of queue %u is written", at, dev->queue_select))
		return;
	if (at != QUEUE_RESET) {
		rule(QUEUE_RESET_READ, !q->resetting,
		     "%#x of queue %u is written", at, dev->queue_select);
		rule(QUEUE_FIELDS, !q->enabled, "%#x of queue %u is written late",
		     at, dev->queue_select);
	}
	switch (at) {
	case QUEUE_SIZE:
		good_size(dev, dev->queue_select, val);
		q->num = val;
		break;
	case QUEUE_VECTOR:
		rule(VECTOR_RANGE, is_vector(dev, val), "%u of queue %u", val,
		     dev->queue_select);
		q->unread = true;
		q->vector = val < dev->pci.irqs[VFIO_PCI_MSIX_IRQ_INDEX] ?
			    val : NO_VECTOR;
		break;
	case QUEUE_ENABLE:
		if (rule(QUEUE_STAYS, val == 1, "queue_enable becomes %u", val))
			enable(dev, dev->queue_select);
		break;
	case QUEUE_RESET:
		if (!has(dev, RING_RESET) || val != 1)
			break;
		check_held(dev, q);
		disable(dev, dev->queue_select);
		q->resetting = true;
		q->again = true;
		break;
	case QUEUE_DESC ... QUEUE_DEVICE + 4:
		q->written |= 1 << (at - QUEUE_DESC) / 4;
		set_half(&q->area[(at - QUEUE_DESC) / 8], at % 8, val);
		break;
	}
}

static bool is_readonly(u32 at)
{
	return at == DEVICE_FEATURE || at == NUM_QUEUES ||
	       at == CONFIG_GENERATION || at == QUEUE_NOTIFY_OFF ||
	       at == QUEUE_NOTIF_CONFIG_DATA;
}

static void write_common(struct device *dev, u32 at, u32 val)
{
	rule(RESET_WAIT, !dev->status_unread || at == DEVICE_STATUS,
	     "%#x is written before status was read as 0", at);
	rule(COMMON_READONLY, !is_readonly(at), "%#x is written", at);
	switch (at) {
	case DEVICE_FEATURE_SELECT:
		dev->offered_select = val;
		break;
	case DRIVER_FEATURE_SELECT:
		dev->accepted_select = val;
		break;
	case DRIVER_FEATURE:
		rule(FEATURES_FIXED, !(dev->status & FEATURES_OK),
		     "features are written at status %#x", dev->status);
		if (dev->accepted_select > 1)
			rule(FEATURES_OFFERED, !val, "%#x of word %u", val,
			     dev->accepted_select);
		else
			set_half(&dev->accepted, dev->accepted_select, val);
		break;
	case CONFIG_VECTOR:
		rule(VECTOR_RANGE, is_vector(dev, val), "%u of configuration",
		     val);
		dev->config_unread = true;
		dev->config_vector =
			val < dev->pci.irqs[VFIO_PCI_MSIX_IRQ_INDEX] ?
			val : NO_VECTOR;
		break;
	case DEVICE_STATUS:
		set_status(dev, val);
		break;
	case QUEUE_SELECT:
		dev->queue_select = val;
		break;
	default:
		write_queue(dev, at, val);
	}
}

/* Between configuration and a look at its generation there is nothing but status */
static void check_generation(struct device *dev, u32 at, bool write)
{
	if (at == CONFIG_GENERATION || (at == DEVICE_STATUS && !write))
		return;
	if (dev->open)
		rule(GENERATION_READ, false, "%#x instead of another look", at);
	dev->open = false;
	dev->fresh = false;
}

void config_read(struct device *dev, u32 offset, u32 len)
{
	u32 at = offset;
	unsigned int i;

	rule(GENERATION_READ, dev->fresh, "%u bytes at %u without a look", len, offset);
	dev->open = dev->fresh;
	dev->link_read |= offset == 6;
	for (i = 0; i < sizeof(config_fields) / sizeof(config_fields[0]); i++) {
		if (at < config_fields[i].at ||
		    at >= config_fields[i].at + config_fields[i].len)
			continue;
		rule(CONFIG_WIDTH, len == config_fields[i].width,
		     "%u bytes at %u", len, offset);
		rule(CONFIG_OPTIONAL, dev->offered & config_fields[i].features,
		     "%u bytes at %u", len, offset);
	}
}

static bool natural(u32 at, u32 len)
{
	unsigned int i;

	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (fields[i].at == at)
			return fields[i].len == len;
	return false;
}

void common_access(struct device *dev, u32 at, void *data, u32 len, bool write)
{
	u32 val = 0;

	if (!rule(ACCESS_WIDTH, natural(at, len), "%u bytes at %#x", len, at))
		return;
	check_generation(dev, at, write);
	if (!write)
		val = lie_register(dev, at, read_common(dev, at));
	memcpy(write ? &val : data, write ? data : &val, len);
	if (write)
		write_common(dev, at, val);
}

/* Not where no buffer could be yet. It may have gone on since */
static bool is_position(const struct device *dev, const struct fakedev *ring,
			u16 told)
{
	if (has(dev, VIRTIO_F_RING_PACKED))
		return (told & 0x7fff) < ring->num;
	return (u16)(fakedev_raw_avail_idx(ring) - told) <= ring->num;
}

/* Some may have been on their way when the device changed its mind */
#define KICKS_LATE	4

/* With event indices, of which a split ring's flags have no say */
static void check_kicks(struct device *dev, struct queue *q)
{
	if (!has(dev, VIRTIO_RING_F_EVENT_IDX) || !q->enabled || q->lied ||
	    q->dead)
		return;
	if (!has(dev, VIRTIO_F_RING_PACKED) && q->kicks > 1)
		rule(FLAGS_IGNORED, true, " ");
	if (!rule(KICK_QUIET,
		  q->kicks <= fakedev_kicks_due(&q->ring) + KICKS_LATE,
		  "queue %td: %u, %u due", q - dev->queue, q->kicks,
		  fakedev_kicks_due(&q->ring)))
		q->kicks = 0;
	if (!has(dev, VIRTIO_F_RING_PACKED))
		fakedev_raw_used_flags(&q->ring, 1);	/* what becomes of it */
}

void notified(struct device *dev, u32 offset, const void *data, u32 len)
{
	u32 val = 0, index = offset / 4, name = index;
	bool more = has(dev, NOTIFICATION_DATA);

	if (has(dev, NOTIF_CONFIG_DATA))
		name += NOTIF_CONFIG_BASE;
	memcpy(&val, data, len < 4 ? len : 4);
	rule(NO_EARLY_KICK, dev->status & DRIVER_OK,
	     "queue %u is kicked at status %#x", index, dev->status);
	if (!rule(NOTIFY_WIDTH, len == (more ? 4 : 2), "%u bytes at %#x", len,
		  offset) ||
	    !rule(NOTIFY_PLACE, !(offset % 4) && index < queues(dev), "%#x at %#x",
		  val, offset) ||
	    !rule(NOTIFY_NAME, (val & 0xffff) == name, "%#x at %#x", val, offset))
		return;
	if (!dev->queue[index].enabled || dev->queue[index].dead ||
	    !(dev->status & DRIVER_OK))
		return;
	if (more)
		rule(NOTIFY_DATA,
		     is_position(dev, &dev->queue[index].ring, val >> 16),
		     "%#x of queue %u", val, index);
	dev->queue[index].kicks += dev->queue[index].ring.event_set;
	net_kicked(dev, index);
	check_kicks(dev, &dev->queue[index]);
}

void config_changed(struct device *dev)
{
	dev->isr |= 2;
	interrupt(dev, dev->config_vector);
}

bool ask_for_reset(struct device *dev)
{
	if (!(dev->status & DRIVER_OK))
		return false;
	dev->status |= NEEDS_RESET;
	config_changed(dev);
	return true;
}

/* By its vector where there are any, else by the pin */
void interrupt(struct device *dev, u16 vector)
{
	if (dev->vu.irq[VFIO_PCI_INTX_IRQ_INDEX][0] < 0) {
		rule(ISR_MSIX, true, " ");
		vu_interrupt(&dev->vu, VFIO_PCI_MSIX_IRQ_INDEX, vector);
		return;
	}
	dev->isr |= 1;
	vu_interrupt(&dev->vu, VFIO_PCI_INTX_IRQ_INDEX, 0);
}
