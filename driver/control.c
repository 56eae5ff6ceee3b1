// SPDX-License-Identifier: GPL-2.0
#include "control.h"

#include <linux/etherdevice.h>
#include <linux/slab.h>

static int exec(struct vionic_net *vn, u8 class, u8 cmd, const void *data,
		size_t len)
{
	return vionic_ctrlq_exec(&vn->vd->ctrl, class, cmd, data, len);
}

static bool has(const struct vionic_net *vn, unsigned int bit)
{
	return vionic_dev_has(vn->vd, bit);
}

int vionic_control_mac(struct vionic_net *vn, const u8 *mac)
{
	if (!has(vn, VIRTIO_NET_F_CTRL_MAC_ADDR))
		return -EOPNOTSUPP;
	return exec(vn, VIRTIO_NET_CTRL_MAC, VIRTIO_NET_CTRL_MAC_ADDR_SET, mac,
		    ETH_ALEN);
}

/* A table of addresses as the device takes it, 5.1.6.5.2 */
struct mac_table {
	__le32 entries;
	u8 mac[][ETH_ALEN];
};

/* Addresses of a table, such that two full ones fit into a command */
#define MACS_MAX	((VIONIC_CTRL_DATA_MAX / 2 - sizeof(struct mac_table)) \
			 / ETH_ALEN)

/* A list that is too long is left out and made up for by receiving all.
 *
 * Return: bytes of the table.
 */
static size_t put_macs(void *data, const struct netdev_hw_addr_list *list,
		       bool *all)
{
	const struct netdev_hw_addr *ha;
	struct mac_table *t = data;
	u32 n = 0;

	if (netdev_hw_addr_list_count(list) > MACS_MAX)
		*all = true;
	else
		netdev_hw_addr_list_for_each(ha, list)
			ether_addr_copy(t->mac[n++], ha->addr);
	t->entries = cpu_to_le32(n);
	return struct_size(t, mac, n);
}

static void send_flag(struct vionic_net *vn, u8 cmd, bool on, const char *what)
{
	u8 val = on;

	if (exec(vn, VIRTIO_NET_CTRL_RX, cmd, &val, sizeof(val)))
		netdev_warn(vn->dev, "turning %s mode %s failed\n", what,
			    on ? "on" : "off");
}

void vionic_control_mode(struct vionic_net *vn)
{
	struct net_device *dev = vn->dev;
	bool all_multi = dev->flags & IFF_ALLMULTI;
	bool all = dev->flags & IFF_PROMISC;
	size_t len;
	void *data;

	if (!vn->up || !has(vn, VIRTIO_NET_F_CTRL_RX))
		return;
	data = kzalloc(VIONIC_CTRL_DATA_MAX, GFP_KERNEL);
	if (data) {
		netif_addr_lock_bh(dev);
		len = put_macs(data, &dev->uc, &all);
		len += put_macs(data + len, &dev->mc, &all_multi);
		netif_addr_unlock_bh(dev);
		if (exec(vn, VIRTIO_NET_CTRL_MAC,
			 VIRTIO_NET_CTRL_MAC_TABLE_SET, data, len))
			all = true;
		kfree(data);
	} else {
		all = true;
	}
	send_flag(vn, VIRTIO_NET_CTRL_RX_PROMISC, all, "promiscuous");
	send_flag(vn, VIRTIO_NET_CTRL_RX_ALLMULTI, all_multi, "allmulti");
}

int vionic_control_vlan(struct vionic_net *vn, u16 vid, bool add)
{
	__le16 val = cpu_to_le16(vid);

	return exec(vn, VIRTIO_NET_CTRL_VLAN,
		    add ? VIRTIO_NET_CTRL_VLAN_ADD : VIRTIO_NET_CTRL_VLAN_DEL,
		    &val, sizeof(val));
}

/* Kinds of coalesced frames: feature bit, and its bit in the command, 5.1.6.5.7.
 * QEMU wants RSC_EXT told there, too, of which the specification says nothing.
 */
static const struct {
	u8 feature;
	u8 bit;
} coalescing[] = {
	{ VIRTIO_NET_F_GUEST_TSO4, VIRTIO_NET_F_GUEST_TSO4 },
	{ VIRTIO_NET_F_GUEST_TSO6, VIRTIO_NET_F_GUEST_TSO6 },
	{ VIRTIO_NET_F_GUEST_ECN, VIRTIO_NET_F_GUEST_ECN },
	{ VIRTIO_NET_F_GUEST_UFO, VIRTIO_NET_F_GUEST_UFO },
	{ VIRTIO_NET_F_GUEST_USO4, VIRTIO_NET_F_GUEST_USO4 },
	{ VIRTIO_NET_F_GUEST_USO6, VIRTIO_NET_F_GUEST_USO6 },
	{ VIRTIO_NET_F_GUEST_UDP_TUNNEL_GSO,
	  VIRTIO_NET_F_GUEST_UDP_TUNNEL_GSO_MAPPED },
	{ VIRTIO_NET_F_GUEST_UDP_TUNNEL_GSO_CSUM,
	  VIRTIO_NET_F_GUEST_UDP_TUNNEL_GSO_CSUM_MAPPED },
	{ VIRTIO_NET_F_RSC_EXT, VIRTIO_NET_F_RSC_EXT },
};

/* The one place that knows which offloads a set of wanted features means.
 * Coalesced frames need the checksum's, as the features do.
 */
static u64 offload_bits(const struct vionic_dev *vd, netdev_features_t wanted)
{
	u64 bits = 0;
	unsigned int i;

	if (!(wanted & NETIF_F_RXCSUM))
		return 0;
	if (vionic_dev_has(vd, VIRTIO_NET_F_GUEST_CSUM))
		bits |= BIT_ULL(VIRTIO_NET_F_GUEST_CSUM);
	if (!(wanted & NETIF_F_GRO_HW))
		return bits;
	for (i = 0; i < ARRAY_SIZE(coalescing); i++)
		if (vionic_dev_has(vd, coalescing[i].feature))
			bits |= BIT_ULL(coalescing[i].bit);
	return bits;
}

bool vionic_control_can_gro_hw(const struct vionic_dev *vd)
{
	return offload_bits(vd, NETIF_F_RXCSUM | NETIF_F_GRO_HW) !=
	       offload_bits(vd, NETIF_F_RXCSUM);
}

int vionic_control_offloads(struct vionic_net *vn, netdev_features_t wanted)
{
	__le64 val = cpu_to_le64(offload_bits(vn->vd, wanted));

	if (!has(vn, VIRTIO_NET_F_CTRL_GUEST_OFFLOADS))
		return 0;
	return exec(vn, VIRTIO_NET_CTRL_GUEST_OFFLOADS,
		    VIRTIO_NET_CTRL_GUEST_OFFLOADS_SET, &val, sizeof(val));
}

static int set_pairs(struct vionic_net *vn)
{
	__le16 pairs = cpu_to_le16(vn->cfg.pairs);

	return exec(vn, VIRTIO_NET_CTRL_MQ, VIRTIO_NET_CTRL_MQ_VQ_PAIRS_SET,
		    &pairs, sizeof(pairs));
}

#define HASH_KEY_LEN	40	/* what Toeplitz needs for IPv6 with ports */

static int set_hash(struct vionic_net *vn)
{
	const struct vionic_caps *caps = &vn->vd->caps;
	union {
		struct vionic_ctrl_hash cmd;
		u8 bytes[sizeof(struct vionic_ctrl_hash) + HASH_KEY_LEN];
	} u = {};

	u.cmd.types = cpu_to_le32(caps->hash_types);
	u.cmd.key_len = min_t(u8, caps->hash_key, HASH_KEY_LEN);
	netdev_rss_key_fill(u.bytes + sizeof(u.cmd), u.cmd.key_len);
	return exec(vn, VIRTIO_NET_CTRL_MQ, VIRTIO_NET_CTRL_MQ_HASH_CONFIG,
		    u.bytes, sizeof(u.cmd) + u.cmd.key_len);
}

void vionic_control_announced(struct vionic_net *vn)
{
	if (exec(vn, VIRTIO_NET_CTRL_ANNOUNCE, VIRTIO_NET_CTRL_ANNOUNCE_ACK,
		 NULL, 0))
		netdev_warn(vn->dev, "acknowledging an announcement failed\n");
}

/* After a reset the device has its own address, no VLANs, one queue pair and
 * all negotiated offloads. Receive mode goes last: it opens the door.
 */
int vionic_control_replay(struct vionic_net *vn)
{
	struct net_device *dev = vn->dev;
	unsigned int vid;
	int err = 0;

	if (has(vn, VIRTIO_NET_F_MQ))
		err = set_pairs(vn);
	if (!err && has(vn, VIRTIO_NET_F_HASH_REPORT))
		err = set_hash(vn);
	if (!err)
		err = vionic_control_offloads(vn, dev->features);
	if (!err && has(vn, VIRTIO_NET_F_CTRL_MAC_ADDR))
		err = vionic_control_mac(vn, dev->dev_addr);
	if (has(vn, VIRTIO_NET_F_CTRL_VLAN))
		for_each_set_bit(vid, vn->vlans, VLAN_N_VID)
			if (!err)
				err = vionic_control_vlan(vn, vid, true);
	if (err)
		netdev_err(dev, "restoring the device's settings failed: %d\n",
			   err);
	else
		vionic_control_mode(vn);
	return err;
}
