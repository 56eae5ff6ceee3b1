// SPDX-License-Identifier: GPL-2.0
#include "features.h"

/* All bits that this driver makes use of. Not so VIRTIO_NET_F_HOST_UFO: since
 * Linux 4.14 the stack fragments datagrams itself, whatever the device can do.
 */
static const u8 known[] = {
	VIRTIO_NET_F_CSUM,
	VIRTIO_NET_F_GUEST_CSUM,
	VIRTIO_NET_F_CTRL_GUEST_OFFLOADS,
	VIRTIO_NET_F_MTU,
	VIRTIO_NET_F_MAC,
	VIRTIO_NET_F_GSO,
	VIRTIO_NET_F_GUEST_TSO4,
	VIRTIO_NET_F_GUEST_TSO6,
	VIRTIO_NET_F_GUEST_ECN,
	VIRTIO_NET_F_GUEST_UFO,
	VIRTIO_NET_F_HOST_TSO4,
	VIRTIO_NET_F_HOST_TSO6,
	VIRTIO_NET_F_HOST_ECN,
	VIRTIO_NET_F_MRG_RXBUF,
	VIRTIO_NET_F_STATUS,
	VIRTIO_NET_F_CTRL_VQ,
	VIRTIO_NET_F_CTRL_RX,
	VIRTIO_NET_F_CTRL_VLAN,
	VIRTIO_NET_F_CTRL_RX_EXTRA,
	VIRTIO_NET_F_GUEST_ANNOUNCE,
	VIRTIO_NET_F_MQ,
	VIRTIO_NET_F_CTRL_MAC_ADDR,
	VIRTIO_RING_F_INDIRECT_DESC,
	VIRTIO_RING_F_EVENT_IDX,
	VIRTIO_F_VERSION_1,
	VIRTIO_F_ACCESS_PLATFORM,
	VIRTIO_F_RING_PACKED,
	VIRTIO_F_IN_ORDER,
	VIRTIO_F_ORDER_PLATFORM,
	VIRTIO_F_SR_IOV,
	VIRTIO_F_NOTIFICATION_DATA,
	VIRTIO_F_NOTIF_CONFIG_DATA,
	VIRTIO_F_RING_RESET,
	VIRTIO_NET_F_DEVICE_STATS,
	VIRTIO_NET_F_VQ_NOTF_COAL,
	VIRTIO_NET_F_NOTF_COAL,
	VIRTIO_NET_F_GUEST_USO4,
	VIRTIO_NET_F_GUEST_USO6,
	VIRTIO_NET_F_HOST_USO,
	VIRTIO_NET_F_HASH_REPORT,
	VIRTIO_NET_F_GUEST_HDRLEN,
	VIRTIO_NET_F_RSS,
	VIRTIO_NET_F_RSC_EXT,
	VIRTIO_NET_F_STANDBY,
	VIRTIO_NET_F_SPEED_DUPLEX,
	VIRTIO_NET_F_GUEST_UDP_TUNNEL_GSO,
	VIRTIO_NET_F_GUEST_UDP_TUNNEL_GSO_CSUM,
	VIRTIO_NET_F_HOST_UDP_TUNNEL_GSO,
	VIRTIO_NET_F_HOST_UDP_TUNNEL_GSO_CSUM,
};

/* 5.1.3.1: @bit is worth nothing unless @needs was accepted too. A bit stands
 * behind those that it needs, so that one pass settles chains.
 */
static const struct {
	u8 bit;
	u8 needs;
} rules[] = {
	{ VIRTIO_NET_F_GUEST_TSO4, VIRTIO_NET_F_GUEST_CSUM },
	{ VIRTIO_NET_F_GUEST_TSO6, VIRTIO_NET_F_GUEST_CSUM },
	{ VIRTIO_NET_F_GUEST_UFO, VIRTIO_NET_F_GUEST_CSUM },
	{ VIRTIO_NET_F_GUEST_USO4, VIRTIO_NET_F_GUEST_CSUM },
	{ VIRTIO_NET_F_GUEST_USO6, VIRTIO_NET_F_GUEST_CSUM },
	{ VIRTIO_NET_F_GUEST_UDP_TUNNEL_GSO, VIRTIO_NET_F_GUEST_TSO4 },
	{ VIRTIO_NET_F_GUEST_UDP_TUNNEL_GSO, VIRTIO_NET_F_GUEST_TSO6 },
	{ VIRTIO_NET_F_GUEST_UDP_TUNNEL_GSO, VIRTIO_NET_F_GUEST_USO4 },
	{ VIRTIO_NET_F_GUEST_UDP_TUNNEL_GSO, VIRTIO_NET_F_GUEST_USO6 },
	{ VIRTIO_NET_F_GUEST_UDP_TUNNEL_GSO_CSUM,
	  VIRTIO_NET_F_GUEST_UDP_TUNNEL_GSO },
	{ VIRTIO_NET_F_GSO, VIRTIO_NET_F_CSUM },
	{ VIRTIO_NET_F_HOST_TSO4, VIRTIO_NET_F_CSUM },
	{ VIRTIO_NET_F_HOST_TSO6, VIRTIO_NET_F_CSUM },
	{ VIRTIO_NET_F_HOST_USO, VIRTIO_NET_F_CSUM },
	{ VIRTIO_NET_F_HOST_UDP_TUNNEL_GSO, VIRTIO_NET_F_HOST_TSO4 },
	{ VIRTIO_NET_F_HOST_UDP_TUNNEL_GSO, VIRTIO_NET_F_HOST_TSO6 },
	{ VIRTIO_NET_F_HOST_UDP_TUNNEL_GSO, VIRTIO_NET_F_HOST_USO },
	{ VIRTIO_NET_F_HOST_UDP_TUNNEL_GSO_CSUM,
	  VIRTIO_NET_F_HOST_UDP_TUNNEL_GSO },
	{ VIRTIO_NET_F_CTRL_RX, VIRTIO_NET_F_CTRL_VQ },
	{ VIRTIO_NET_F_CTRL_RX_EXTRA, VIRTIO_NET_F_CTRL_RX },
	{ VIRTIO_NET_F_CTRL_VLAN, VIRTIO_NET_F_CTRL_VQ },
	{ VIRTIO_NET_F_GUEST_ANNOUNCE, VIRTIO_NET_F_CTRL_VQ },
	{ VIRTIO_NET_F_GUEST_ANNOUNCE, VIRTIO_NET_F_STATUS },
	{ VIRTIO_NET_F_MQ, VIRTIO_NET_F_CTRL_VQ },
	{ VIRTIO_NET_F_CTRL_MAC_ADDR, VIRTIO_NET_F_CTRL_VQ },
	{ VIRTIO_NET_F_CTRL_GUEST_OFFLOADS, VIRTIO_NET_F_CTRL_VQ },
	{ VIRTIO_NET_F_HASH_REPORT, VIRTIO_NET_F_CTRL_VQ },
	{ VIRTIO_NET_F_RSS, VIRTIO_NET_F_CTRL_VQ },
	{ VIRTIO_NET_F_DEVICE_STATS, VIRTIO_NET_F_CTRL_VQ },
	{ VIRTIO_NET_F_NOTF_COAL, VIRTIO_NET_F_CTRL_VQ },
	{ VIRTIO_NET_F_VQ_NOTF_COAL, VIRTIO_NET_F_CTRL_VQ },
};

/* A bit that rides on either of two others */
static void settle(struct vionic_features *f, unsigned int bit,
		   unsigned int one, unsigned int other)
{
	if (!vionic_has(f, one) && !vionic_has(f, other))
		vionic_feature_clear(f, bit);
}

struct vionic_features
vionic_features_accept(const struct vionic_features *offered)
{
	struct vionic_features f = {};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(known); i++)
		if (vionic_has(offered, known[i]))
			vionic_feature_set(&f, known[i]);
	for (i = 0; i < ARRAY_SIZE(rules); i++)
		if (!vionic_has(&f, rules[i].needs))
			vionic_feature_clear(&f, rules[i].bit);
	settle(&f, VIRTIO_NET_F_HOST_ECN, VIRTIO_NET_F_HOST_TSO4,
	       VIRTIO_NET_F_HOST_TSO6);
	settle(&f, VIRTIO_NET_F_GUEST_ECN, VIRTIO_NET_F_GUEST_TSO4,
	       VIRTIO_NET_F_GUEST_TSO6);
	/* 5.1.3.1 says HOST, 5.1.6.4 that it is about what is received */
	settle(&f, VIRTIO_NET_F_RSC_EXT, VIRTIO_NET_F_HOST_TSO4,
	       VIRTIO_NET_F_HOST_TSO6);
	settle(&f, VIRTIO_NET_F_RSC_EXT, VIRTIO_NET_F_GUEST_TSO4,
	       VIRTIO_NET_F_GUEST_TSO6);
	/* 5.1.3.2: only legacy devices mean it */
	if (vionic_has(&f, VIRTIO_F_VERSION_1))
		vionic_feature_clear(&f, VIRTIO_NET_F_GSO);
	return f;
}

int vionic_features_lacking(const struct vionic_features *used,
			    const struct vionic_features *offered)
{
	int bit;

	for (bit = 0; bit < VIONIC_FEATURE_BITS; bit++)
		if (vionic_has(used, bit) && !vionic_has(offered, bit))
			return bit;
	return -1;
}

struct vionic_features
vionic_features_accept_legacy(const struct vionic_features *offered)
{
	struct vionic_features f = vionic_features_accept(offered);

	if (vionic_has(offered, VIRTIO_F_ANY_LAYOUT))
		vionic_feature_set(&f, VIRTIO_F_ANY_LAYOUT);
	return f;
}
