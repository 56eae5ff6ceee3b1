// SPDX-License-Identifier: GPL-2.0
#include "control.h"

#include <linux/etherdevice.h>
#include <linux/slab.h>
#include "rss.h"

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
		return vionic_dev_write_mac(vn->vd, mac);
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

/* A list that is too long is left out, to be made up for by receiving all.
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

/* Modes that override the MAC tables, 5.1.6.5.1. The driver uses none of those of
 * VIRTIO_NET_F_CTRL_RX_EXTRA that reject frames: without IFF_MULTICAST, too, dev->mc has
 * groups, which neighbour discovery and packet sockets join.
 */
struct rx_mode {
	bool all;
	bool all_uni;
	bool all_multi;
};

static void send_flag(struct vionic_net *vn, u8 cmd, bool on, const char *what)
{
	u8 val = on;

	if (exec(vn, VIRTIO_NET_CTRL_RX, cmd, &val, sizeof(val)) &&
	    net_ratelimit())
		netdev_warn(vn->dev, "turning %s mode %s failed\n", what,
			    on ? "on" : "off");
}

/* Send those modes that open a door, or those that close one */
static void send_mode(struct vionic_net *vn, const struct rx_mode *mode,
		      bool open)
{
	if (mode->all == open)
		send_flag(vn, VIRTIO_NET_CTRL_RX_PROMISC, open, "promiscuous");
	if (mode->all_multi == open)
		send_flag(vn, VIRTIO_NET_CTRL_RX_ALLMULTI, open, "allmulti");
	if (has(vn, VIRTIO_NET_F_CTRL_RX_EXTRA) && mode->all_uni == open)
		send_flag(vn, VIRTIO_NET_CTRL_RX_ALLUNI, open, "all-unicast");
}

/* Two tables, unicast and multicast, as the device takes them.
 *
 * Return: bytes of both, and in first those of the first.
 */
static size_t put_tables(struct net_device *dev, void *data, size_t *first,
			 struct rx_mode *mode)
{
	size_t len;

	netif_addr_lock_bh(dev);
	*first = put_macs(data, &dev->uc, &mode->all_uni);
	len = *first + put_macs(data + *first, &dev->mc, &mode->all_multi);
	netif_addr_unlock_bh(dev);
	return len;
}

/* Doors open before a table that may be shorter and close behind it, so that
 * no frame is missed on the way.
 */
int vionic_control_mode(struct vionic_net *vn)
{
	struct net_device *dev = vn->dev;
	struct rx_mode mode = {
		.all = dev->flags & IFF_PROMISC,
		.all_multi = dev->flags & IFF_ALLMULTI,
	};
	size_t first, len;
	void *data;

	if (!vn->up || !has(vn, VIRTIO_NET_F_CTRL_RX))
		return 0;
	data = kzalloc(VIONIC_CTRL_DATA_MAX, GFP_KERNEL);
	if (!data) {
		mode.all = true;
		send_mode(vn, &mode, true);
		return -ENOMEM;
	}
	len = put_tables(dev, data, &first, &mode);
	if (mode.all_uni && !has(vn, VIRTIO_NET_F_CTRL_RX_EXTRA))
		mode.all = true;
	send_mode(vn, &mode, true);
	if (vionic_ctrlq_exec_parts(&vn->vd->ctrl, VIRTIO_NET_CTRL_MAC,
				    VIRTIO_NET_CTRL_MAC_TABLE_SET, data, first,
				    len) && !mode.all) {
		mode.all = true;
		send_mode(vn, &mode, true);
	}
	send_mode(vn, &mode, false);
	kfree(data);
	return 0;
}

int vionic_control_vlan(struct vionic_net *vn, u16 vid, bool add)
{
	__le16 val = cpu_to_le16(vid);

	return exec(vn, VIRTIO_NET_CTRL_VLAN,
		    add ? VIRTIO_NET_CTRL_VLAN_ADD : VIRTIO_NET_CTRL_VLAN_DEL,
		    &val, sizeof(val));
}

/* Kinds of coalesced frames: feature bit, and its bit in the command, 5.1.6.5.8.
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

/* The driver completes checksums for programs and clears VIRTIO_NET_HDR_F_NEEDS_CSUM.
 * Datagrams cannot be segmented without it, and vionic_rx_told() drops coalesced frames
 * of tunnels and frames with VIRTIO_NET_HDR_F_RSC_INFO.
 */
#define NOT_FOR_XDP							\
	(BIT_ULL(VIRTIO_NET_F_GUEST_USO4) |				\
	 BIT_ULL(VIRTIO_NET_F_GUEST_USO6) |				\
	 BIT_ULL(VIRTIO_NET_F_GUEST_UDP_TUNNEL_GSO_MAPPED) |		\
	 BIT_ULL(VIRTIO_NET_F_GUEST_UDP_TUNNEL_GSO_CSUM_MAPPED) |	\
	 BIT_ULL(VIRTIO_NET_F_RSC_EXT))

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

bool vionic_control_gro_hw_fixed(const struct vionic_dev *vd)
{
	return vionic_control_can_gro_hw(vd) &&
	       !vionic_dev_has(vd, VIRTIO_NET_F_CTRL_GUEST_OFFLOADS);
}

int vionic_control_offloads(struct vionic_net *vn, netdev_features_t wanted)
{
	u64 bits = offload_bits(vn->vd, wanted);
	__le64 val;

	if (vn->prog || vn->xsks)
		bits &= ~NOT_FOR_XDP;
	val = cpu_to_le64(bits);
	/* with none to choose from, QEMU refuses even the choice of none */
	if (!has(vn, VIRTIO_NET_F_CTRL_GUEST_OFFLOADS) ||
	    !offload_bits(vn->vd, NETIF_F_RXCSUM | NETIF_F_GRO_HW))
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

int vionic_control_ping(struct vionic_net *vn)
{
	if (!has(vn, VIRTIO_NET_F_CTRL_MAC_ADDR))
		return -EOPNOTSUPP;
	return vionic_control_mac(vn, vn->dev->dev_addr);
}

void vionic_control_announced(struct vionic_net *vn)
{
	if (exec(vn, VIRTIO_NET_CTRL_ANNOUNCE, VIRTIO_NET_CTRL_ANNOUNCE_ACK,
		 NULL, 0) && net_ratelimit())
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

	/* the last of these commands says how queues are chosen, 5.1.6.5.6 and 5.1.6.5.7 */
	if (has(vn, VIRTIO_NET_F_MQ) && !has(vn, VIRTIO_NET_F_RSS))
		err = set_pairs(vn);
	if (!err && vn->vd->caps.hash_key)
		err = vionic_rss_send(vn, &vn->rss,
				      dev->features & NETIF_F_RXHASH);
	if (!err)
		err = vionic_control_offloads(vn, dev->features);
	if (!err && vn->vd->caps.mac_write)
		err = vionic_control_mac(vn, dev->dev_addr);
	if (has(vn, VIRTIO_NET_F_CTRL_VLAN))
		for_each_set_bit(vid, vn->vlans, VLAN_N_VID)
			if (!err)
				err = vionic_control_vlan(vn, vid, true);
	if (!err)
		vionic_control_mode(vn);
	else if (net_ratelimit())
		netdev_err(dev, "restoring the device's settings failed: %d\n",
			   err);
	return err;
}
