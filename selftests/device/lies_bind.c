// SPDX-License-Identifier: GPL-2.0
/*
 * Lies about what a driver looks at when it is bound: capabilities, registers and the
 * network device's configuration.
 */
#include "lie.h"

#include <linux/virtio_net.h>
#include <linux/virtio_pci.h>
#include <stddef.h>
#include <string.h>

#define REGISTER(name, register, value)						\
static u32 name(struct device *dev, u32 at, u32 val)				\
{										\
	(void)dev;								\
	return at == (register) ? (value) : val;				\
}

REGISTER(ring_0, QUEUE_SIZE, 0)
REGISTER(ring_1, QUEUE_SIZE, 1)
REGISTER(ring_3, QUEUE_SIZE, 3)
REGISTER(ring_max, QUEUE_SIZE, 0xffff)
REGISTER(queues_0, NUM_QUEUES, 0)
REGISTER(queues_1, NUM_QUEUES, 1)
REGISTER(queues_max, NUM_QUEUES, 0xffff)
REGISTER(doorbell_far, QUEUE_NOTIFY_OFF, 0xffff)
REGISTER(doorbell_any, QUEUE_NOTIFY_OFF, lie_any(0x10000))
REGISTER(notify_any, QUEUE_NOTIF_CONFIG_DATA, lie_any(0x10000))
REGISTER(vector_refused, QUEUE_VECTOR, NO_VECTOR)
REGISTER(config_vector_refused, CONFIG_VECTOR, NO_VECTOR)

/* Resources for two vectors, whatever the table says */
static u32 vectors_2(struct device *dev, u32 at, u32 val)
{
	(void)dev;
	return at == QUEUE_VECTOR && val > 1 ? NO_VECTOR : val;
}

REGISTER(features_none, DEVICE_FEATURE, 0)
REGISTER(features_all, DEVICE_FEATURE, 0xffffffff)
REGISTER(features_any, DEVICE_FEATURE, lie_any(0xffffffff))
/* Without CSUM, which any driver accepts: VIRTIO_NET_F_CSUM is bit 0 */
static u32 features_fewer(struct device *dev, u32 at, u32 val)
{
	return at == DEVICE_FEATURE && !dev->offered_select ?
	       val & ~(1u << VIRTIO_NET_F_CSUM) : val;
}

REGISTER(generation, CONFIG_GENERATION, lie_any(256))
REGISTER(always_enabled, QUEUE_ENABLE, 1)
REGISTER(always_resetting, QUEUE_RESET, 1)

#define CONFIG(name, statement)							\
static void name(struct virtio_net_config *c)					\
{										\
	statement;								\
}

CONFIG(pairs_0, c->max_virtqueue_pairs = 0)
CONFIG(pairs_more, c->max_virtqueue_pairs++)
CONFIG(pairs_all, c->max_virtqueue_pairs = 0x8000)
CONFIG(pairs_max, c->max_virtqueue_pairs = 0xffff)
CONFIG(mtu_0, c->mtu = 0)
CONFIG(mtu_67, c->mtu = 67)
CONFIG(mtu_max, c->mtu = 0xffff)
CONFIG(mac_group, c->mac[0] |= 1)
CONFIG(mac_0, memset(c->mac, 0, sizeof(c->mac)))
CONFIG(link_any, c->status = lie_any(0x10000))

static void config_any(struct virtio_net_config *c)
{
	u8 *byte = (u8 *)c;
	size_t i;

	for (i = 0; i < sizeof(*c); i++)
		byte[i] = lie_any(256);
}

/* Each of the capabilities alike: any one of them would do */
#define CAP(name, field, value)							\
static void name(u8 type, u8 *cap)						\
{										\
	struct virtio_pci_cap *c = (struct virtio_pci_cap *)cap;		\
										\
	if (type != VIRTIO_PCI_CAP_PCI_CFG)					\
		c->field = value;						\
}

CAP(cap_unknown, cfg_type, 77)
CAP(cap_short, cap_len, 3)
CAP(cap_bar_none, bar, 3)
CAP(cap_bar_unknown, bar, 77)
CAP(cap_far, offset, 0x4000)
CAP(cap_beyond, offset, 0xfffffff0)
CAP(cap_askew, offset, 0x1001)
CAP(cap_len_0, length, 0)
CAP(cap_len_max, length, 0xffffffff)

static void cap_any(u8 type, u8 *cap)
{
	(void)type;
	cap[3] = lie_any(10);
	cap[4] = lie_any(8);
	cap[8 + lie_any(4)] = lie_any(256);
	cap[12 + lie_any(4)] = lie_any(256);
}

/* In place of each other: there's one of each, but what is where is not so */
static void cap_mixed(u8 type, u8 *cap)
{
	if (type < VIRTIO_PCI_CAP_PCI_CFG)
		cap[3] = type % VIRTIO_PCI_CAP_DEVICE_CFG + 1;
}

static void multiply(u8 type, u8 *cap, u32 by)
{
	if (type == VIRTIO_PCI_CAP_NOTIFY_CFG)
		memcpy(cap + 16, &by, sizeof(by));
}

static void multiplier_max(u8 type, u8 *cap)
{
	multiply(type, cap, 0xffffffff);
}

static void multiplier_odd(u8 type, u8 *cap)
{
	multiply(type, cap, 3);
}

static void any_vector(struct device *dev)
{
	u16 vector;

	for (vector = 0; vector < 8; vector++)
		interrupt(dev, vector);
}

const struct lie lies_bind[] = {
	{ "ring-0", .reg = ring_0 },
	{ "ring-1", .reg = ring_1 },
	{ "ring-3", .reg = ring_3 },
	{ "ring-max", .reg = ring_max },
	{ "queues-0", .reg = queues_0 },
	{ "queues-1", .reg = queues_1 },
	{ "queues-max", .reg = queues_max },
	{ "doorbell-far", .reg = doorbell_far },
	{ "doorbell-any", .reg = doorbell_any },
	{ "notify-any", .reg = notify_any },
	{ "vector-refused", .reg = vector_refused },
	{ "config-vector-refused", .reg = config_vector_refused },
	{ "vectors-2", .reg = vectors_2 },
	{ "irq-unasked", .reset = any_vector, .nag = any_vector },
	{ "features-none", .reg = features_none },
	{ "features-all", .reg = features_all },
	{ "features-any", .reg = features_any },
	{ "features-fewer", .reg = features_fewer },
	{ "generation", .reg = generation },
	{ "always-enabled", .reg = always_enabled },
	{ "always-resetting", .reg = always_resetting },
	{ "pairs-0", .config = pairs_0 },
	{ "pairs-more", .config = pairs_more },
	{ "pairs-all", .config = pairs_all },
	{ "pairs-max", .config = pairs_max },
	{ "mtu-0", .config = mtu_0 },
	{ "mtu-67", .config = mtu_67 },
	{ "mtu-max", .config = mtu_max },
	{ "mac-group", .config = mac_group },
	{ "mac-0", .config = mac_0 },
	{ "link-any", .config = link_any },
	{ "config-any", .config = config_any },
	{ "cap-unknown", .cap = cap_unknown },
	{ "cap-short", .cap = cap_short },
	{ "cap-bar-none", .cap = cap_bar_none },
	{ "cap-bar-unknown", .cap = cap_bar_unknown },
	{ "cap-far", .cap = cap_far },
	{ "cap-beyond", .cap = cap_beyond },
	{ "cap-askew", .cap = cap_askew },
	{ "cap-len-0", .cap = cap_len_0 },
	{ "cap-len-max", .cap = cap_len_max },
	{ "cap-any", .cap = cap_any },
	{ "cap-mixed", .cap = cap_mixed },
	{ "multiplier-max", .cap = multiplier_max },
	{ "multiplier-odd", .cap = multiplier_odd },
	{}
};
