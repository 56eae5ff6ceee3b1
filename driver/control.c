// SPDX-License-Identifier: GPL-2.0
#include "control.h"

#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
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

/* A table of addresses as the device takes it, 5.1.6.5.2. The second one stands right
 * behind the first, at a multiple of two bytes.
 */
struct mac_table {
	__le32 entries;
	u8 mac[][ETH_ALEN];
} __packed;

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

/* Settings that promiscuous mode can replace */
#define FILTERS		(BIT(VIONIC_SETTING_MAC) | BIT(VIONIC_SETTING_VLAN))

/* Modes that override the MAC tables, 5.1.6.5.1. The driver uses none of those of
 * VIRTIO_NET_F_CTRL_RX_EXTRA that reject frames: without IFF_MULTICAST, too, dev->mc has
 * groups, which neighbour discovery and packet sockets join.
 */
struct rx_mode {
	bool all;
	bool all_uni;
	bool all_multi;
};

static int send_flag(struct vionic_net *vn, u8 cmd, bool on, const char *what)
{
	u8 val = on;
	int err;

	err = exec(vn, VIRTIO_NET_CTRL_RX, cmd, &val, sizeof(val));
	if (err && net_ratelimit())
		netdev_warn(vn->dev, "turning %s mode %s failed\n", what,
			    on ? "on" : "off");
	return err;
}

/* Send those modes that open a door, or those that close one */
static void send_mode(struct vionic_net *vn, const struct rx_mode *mode,
		      bool open)
{
	if (mode->all == open)
		vn->promisc_refused = send_flag(vn, VIRTIO_NET_CTRL_RX_PROMISC,
						open, "promiscuous") && open;
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
		.all = dev->flags & IFF_PROMISC ||
		       vn->refused & FILTERS,
		.all_multi = dev->flags & IFF_ALLMULTI,
	};
	size_t first, len;
	void *data;

	if (!vionic_is_up(vn) || !has(vn, VIRTIO_NET_F_CTRL_RX))
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

/* Kinds of coalesced frames: feature bit, and its bit in the command. 5.1.6.5.8 does not list
 * RSC_EXT: see control_set_offloads().
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
 * of tunnels. With VIRTIO_NET_F_RSC_EXT rx-gro-hw is off, see xdp_takes_gro_hw().
 */
#define NOT_FOR_XDP							\
	(BIT_ULL(VIRTIO_NET_F_GUEST_USO4) |				\
	 BIT_ULL(VIRTIO_NET_F_GUEST_USO6) |				\
	 BIT_ULL(VIRTIO_NET_F_GUEST_UDP_TUNNEL_GSO_MAPPED) |		\
	 BIT_ULL(VIRTIO_NET_F_GUEST_UDP_TUNNEL_GSO_CSUM_MAPPED))

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

u32 vionic_control_frame_max(const struct vionic_dev *vd, unsigned int mtu)
{
	u32 frame = (vd->caps.mtu_fixed ? vd->caps.mtu_max : mtu) + ETH_HLEN +
		    VLAN_HLEN;

	if (vionic_control_can_gro_hw(vd))
		frame = max_t(u32, frame, VIONIC_FRAME_MAX);
	return frame;
}

bool vionic_control_gro_hw_fixed(const struct vionic_dev *vd)
{
	return vionic_control_can_gro_hw(vd) &&
	       !vionic_dev_has(vd, VIRTIO_NET_F_CTRL_GUEST_OFFLOADS);
}

static int control_send_offloads(struct vionic_net *vn, u64 bits)
{
	__le64 val = cpu_to_le64(bits);

	return exec(vn, VIRTIO_NET_CTRL_GUEST_OFFLOADS,
		    VIRTIO_NET_CTRL_GUEST_OFFLOADS_SET, &val, sizeof(val));
}

/* QEMU stops coalescing for RSC_EXT if the command lacks that bit. The specification does not
 * define the bit, so other devices may refuse it.
 */
static int control_set_offloads(struct vionic_net *vn, u64 bits)
{
	const u64 rsc = BIT_ULL(VIRTIO_NET_F_RSC_EXT);
	int err = control_send_offloads(vn, bits);

	if (err == -EINVAL && (bits & rsc))
		err = control_send_offloads(vn, bits & ~rsc);
	return err;
}

static u64 control_offloads(const struct vionic_net *vn,
			    netdev_features_t wanted)
{
	u64 bits = offload_bits(vn->vd, wanted);

	return vn->prog || vn->xsks ? bits & ~NOT_FOR_XDP : bits;
}

int vionic_control_offloads(struct vionic_net *vn, netdev_features_t wanted)
{
	/* with none to choose from, QEMU refuses even the choice of none */
	if (!has(vn, VIRTIO_NET_F_CTRL_GUEST_OFFLOADS) ||
	    !offload_bits(vn->vd, NETIF_F_RXCSUM | NETIF_F_GRO_HW))
		return 0;
	return control_set_offloads(vn, control_offloads(vn, wanted));
}

static int set_pairs(struct vionic_net *vn)
{
	__le16 pairs = cpu_to_le16(vn->cfg.pairs);

	return exec(vn, VIRTIO_NET_CTRL_MQ, VIRTIO_NET_CTRL_MQ_VQ_PAIRS_SET,
		    &pairs, sizeof(pairs));
}

int vionic_control_ping(struct vionic_net *vn)
{
	int err;

	if (!has(vn, VIRTIO_NET_F_CTRL_MAC_ADDR))
		return -EOPNOTSUPP;
	err = vionic_control_mac(vn, vn->dev->dev_addr);
	/* a refusal is an answer */
	return err == -EINVAL ? 0 : err;
}

void vionic_control_announced(struct vionic_net *vn)
{
	if (exec(vn, VIRTIO_NET_CTRL_ANNOUNCE, VIRTIO_NET_CTRL_ANNOUNCE_ACK,
		 NULL, 0) && net_ratelimit())
		netdev_warn(vn->dev, "acknowledging an announcement failed\n");
}

static const char *const settings[VIONIC_SETTINGS] = {
	[VIONIC_SETTING_MAC] = "MAC address",
	[VIONIC_SETTING_VLAN] = "VLAN filter",
	[VIONIC_SETTING_HASH] = "receive hash",
	[VIONIC_SETTING_DELAY] = "interrupt delay",
};

const char *vionic_control_setting(enum vionic_setting s)
{
	return settings[s];
}

int vionic_control_refused(struct vionic_net *vn, enum vionic_setting s,
			   int err)
{
	if (err != -EINVAL)
		return err;
	vn->refused |= BIT(s);
	if (net_ratelimit())
		netdev_warn(vn->dev, "device refused to restore the %s\n",
			    settings[s]);
	return 0;
}

/* The device's filter drops frames of an address or a VLAN that it refused: receive all */
static int control_refused_filter(struct vionic_net *vn, enum vionic_setting s,
				  int err)
{
	return has(vn, VIRTIO_NET_F_CTRL_RX) ?
	       vionic_control_refused(vn, s, err) : err;
}

static int control_replay_pairs(struct vionic_net *vn)
{
	/* vionic_rss_send() includes it */
	if (!has(vn, VIRTIO_NET_F_MQ) || has(vn, VIRTIO_NET_F_RSS))
		return 0;
	return set_pairs(vn);
}

static int control_replay_hash(struct vionic_net *vn)
{
	int err;

	if (!vn->vd->caps.hash_key)
		return 0;
	vn->refused &= ~BIT(VIONIC_SETTING_HASH);
	err = vionic_rss_send(vn, &vn->rss, vn->dev->features & NETIF_F_RXHASH);
	/* a device that is not told otherwise uses one queue pair */
	if (has(vn, VIRTIO_NET_F_RSS) && vn->cfg.pairs > 1)
		return err;
	return vionic_control_refused(vn, VIONIC_SETTING_HASH, err);
}

/* Without them, frames would be coalesced that a program or the user can't have */
static int control_replay_offloads(struct vionic_net *vn)
{
	const netdev_features_t all = NETIF_F_RXCSUM | NETIF_F_GRO_HW;
	const netdev_features_t on = vn->dev->features;

	if (control_offloads(vn, on) == offload_bits(vn->vd, all))
		return 0;
	return vionic_control_offloads(vn, on);
}

/* A device may not let its guest choose the address, even if it is the device's own */
static int control_replay_mac(struct vionic_net *vn)
{
	const struct vionic_caps *caps = &vn->vd->caps;
	const u8 *mac = vn->dev->dev_addr;

	vn->refused &= ~BIT(VIONIC_SETTING_MAC);
	if (!caps->mac_write)
		return 0;
	/* a device may keep an address that it was once given */
	if (!vn->mac_set && ether_addr_equal(mac, caps->mac))
		return 0;
	return control_refused_filter(vn, VIONIC_SETTING_MAC,
				      vionic_control_mac(vn, mac));
}

static int control_replay_vlans(struct vionic_net *vn)
{
	unsigned int vid;
	int err = 0;

	vn->refused &= ~BIT(VIONIC_SETTING_VLAN);
	if (!has(vn, VIRTIO_NET_F_CTRL_VLAN))
		return 0;
	for_each_set_bit(vid, vn->vlans, VLAN_N_VID) {
		err = vionic_control_vlan(vn, vid, true);
		if (err)
			break;
	}
	return control_refused_filter(vn, VIONIC_SETTING_VLAN, err);
}

/* Return: 0; -EINVAL if a filter was refused and promiscuous mode as well */
static int control_mode_replaces(struct vionic_net *vn)
{
	vionic_control_mode(vn);
	if (!(vn->refused & FILTERS) || !vn->promisc_refused)
		return 0;
	if (net_ratelimit())
		netdev_err(vn->dev, "restoring the %s failed: %d\n", "filter",
			   -EINVAL);
	return -EINVAL;
}

/* The number of queue pairs before the hash: the last of these commands says how queues
 * are chosen, 5.1.6.5.6 and 5.1.6.5.7
 */
static const struct {
	const char *what;
	int (*replay)(struct vionic_net *vn);
} replays[] = {
	{ "number of queue pairs", control_replay_pairs },
	{ "receive hash", control_replay_hash },
	{ "receive offloads", control_replay_offloads },
	{ "MAC address", control_replay_mac },
	{ "VLAN filter", control_replay_vlans },
};

/* After a reset the device has its own address, no VLANs, one queue pair and
 * all negotiated offloads. The receive mode goes last: it depends on what was refused.
 */
int vionic_control_replay(struct vionic_net *vn)
{
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(replays); i++) {
		err = replays[i].replay(vn);
		if (!err)
			continue;
		if (net_ratelimit())
			netdev_err(vn->dev, "restoring the %s failed: %d\n",
				   replays[i].what, err);
		return err;
	}
	return control_mode_replaces(vn);
}

void vionic_control_accepted(struct vionic_net *vn, enum vionic_setting s)
{
	if (!(vn->refused & BIT(s)))
		return;
	vn->refused &= ~BIT(s);
	vionic_control_mode(vn);
}
