// SPDX-License-Identifier: GPL-2.0
#include "rss.h"

#include <linux/ethtool.h>
#include <linux/slab.h>
#include "control.h"

#define IP_FIELDS	(RXH_IP_SRC | RXH_IP_DST)
#define PORT_FIELDS	(RXH_L4_B_0_1 | RXH_L4_B_2_3)

#define HASH_IPV4	VIRTIO_NET_RSS_HASH_TYPE_IPv4
#define HASH_IPV6	VIRTIO_NET_RSS_HASH_TYPE_IPv6

/* Which hash a device calculates for a flow, 5.1.6.4.3.1: that of the ports if
 * it is on, else that of the addresses.
 */
static const struct flow {
	u8 flow;
	u8 ports;
	u8 addresses;
} flows[] = {
	{ TCP_V4_FLOW, VIRTIO_NET_RSS_HASH_TYPE_TCPv4, HASH_IPV4 },
	{ UDP_V4_FLOW, VIRTIO_NET_RSS_HASH_TYPE_UDPv4, HASH_IPV4 },
	{ SCTP_V4_FLOW, 0, HASH_IPV4 },
	{ AH_ESP_V4_FLOW, 0, HASH_IPV4 },
	{ IPV4_FLOW, 0, HASH_IPV4 },
	{ TCP_V6_FLOW, VIRTIO_NET_RSS_HASH_TYPE_TCPv6, HASH_IPV6 },
	{ UDP_V6_FLOW, VIRTIO_NET_RSS_HASH_TYPE_UDPv6, HASH_IPV6 },
	{ SCTP_V6_FLOW, 0, HASH_IPV6 },
	{ AH_ESP_V6_FLOW, 0, HASH_IPV6 },
	{ IPV6_FLOW, 0, HASH_IPV6 },
};

static const struct flow *find_flow(u32 flow)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(flows); i++)
		if (flows[i].flow == flow)
			return &flows[i];
	return NULL;
}

static u32 fields_of(u32 types, const struct flow *f)
{
	if (types & f->ports)
		return IP_FIELDS | PORT_FIELDS;
	return types & f->addresses ? IP_FIELDS : 0;
}

int vionic_rss_fields(u32 types, u32 flow, u32 *fields)
{
	const struct flow *f = find_flow(flow);

	if (!f)
		return -EINVAL;
	*fields = fields_of(types, f);
	return 0;
}

/* Does any flow but @f notice the change? */
static bool others_change(u32 from, u32 to, const struct flow *f)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(flows); i++)
		if (&flows[i] != f &&
		    fields_of(from, &flows[i]) != fields_of(to, &flows[i]))
			return true;
	return false;
}

int vionic_rss_choose(u32 *types, u32 able, u32 flow, u32 fields,
		      struct netlink_ext_ack *extack)
{
	const struct flow *f = find_flow(flow);
	u32 to = *types;

	if (!f) {
		NL_SET_ERR_MSG_MOD(extack, "there is no hash for such flows");
		return -EINVAL;
	}
	if (fields == (IP_FIELDS | PORT_FIELDS) && f->ports) {
		to |= f->ports;
	} else if (fields == IP_FIELDS) {
		to &= ~f->ports;
		to |= f->addresses;
	} else if (!fields) {
		to &= ~(f->ports | f->addresses);
	} else {
		NL_SET_ERR_MSG_MOD(extack, "a hash covers both addresses, or these and both ports");
		return -EINVAL;
	}
	if (to & ~able) {
		NL_SET_ERR_MSG_MOD(extack, "device has no such hash");
		return -EOPNOTSUPP;
	}
	if (others_change(*types, to, f)) {
		NL_SET_ERR_MSG_MOD(extack, "other flows would get another hash, too");
		return -EINVAL;
	}
	*types = to;
	return 0;
}

void vionic_rss_init(struct vionic_net *vn)
{
	const struct vionic_caps *caps = &vn->vd->caps;
	struct vionic_rss *rss = &vn->rss;

	rss->types = caps->hash_types;
	netdev_rss_key_fill(rss->key, caps->hash_key);
	vionic_rss_fit(vn);
}

void vionic_rss_fit(struct vionic_net *vn)
{
	u16 i;

	if (netif_is_rxfh_configured(vn->dev))
		return;
	for (i = 0; i < vn->vd->caps.rss_table; i++)
		vn->rss.table[i] = ethtool_rxfh_indir_default(i,
							      vn->cfg.pairs);
}

/* A command for the hash alone is laid out as one with a table of one entry, all
 * that is about queues being zero, 5.1.6.5.6.4
 */
static size_t put_command(struct vionic_ctrl_rss *cmd,
			  const struct vionic_net *vn,
			  const struct vionic_rss *rss, u32 types)
{
	const struct vionic_caps *caps = &vn->vd->caps;
	u16 len = caps->rss_table ?: 1;
	struct vionic_ctrl_rss_key *key = (void *)&cmd->table[len];
	u16 i;

	cmd->types = cpu_to_le32(types);
	if (caps->rss_table) {
		cmd->mask = cpu_to_le16(len - 1);
		for (i = 0; i < len; i++)
			cmd->table[i] = cpu_to_le16(rss->table[i]);
		key->pairs = cpu_to_le16(vn->cfg.pairs);
	}
	key->len = caps->hash_key;
	memcpy(key->key, rss->key, key->len);
	return struct_size(cmd, table, len) + struct_size(key, key, key->len);
}

int vionic_rss_send(struct vionic_net *vn, const struct vionic_rss *rss,
		    bool report)
{
	bool steer = vn->vd->caps.rss_table;
	u8 cmd = steer ? VIRTIO_NET_CTRL_MQ_RSS_CONFIG :
			 VIRTIO_NET_CTRL_MQ_HASH_CONFIG;
	size_t len;
	void *data;
	int err;

	data = kzalloc(VIONIC_CTRL_DATA_MAX, GFP_KERNEL);
	if (!data)
		return -ENOMEM;
	len = put_command(data, vn, rss, steer || report ? rss->types : 0);
	err = vionic_ctrlq_exec(&vn->vd->ctrl, VIRTIO_NET_CTRL_MQ, cmd, data,
				len);
	kfree(data);
	return err;
}

int vionic_rss_apply(struct vionic_net *vn, const struct vionic_rss *rss,
		     struct netlink_ext_ack *extack)
{
	bool report = vn->dev->features & NETIF_F_RXHASH;
	int err = 0;

	if (vionic_is_up(vn))
		err = vionic_rss_send(vn, rss, report);
	if (!err) {
		vn->rss = *rss;
		if (vionic_is_up(vn))
			vionic_control_accepted(vn, VIONIC_SETTING_HASH);
		return 0;
	}
	/* it may have taken part of it, or take it later */
	if (vionic_rss_send(vn, &vn->rss, report)) {
		NL_SET_ERR_MSG_MOD(extack, "device took neither the new hash nor the former one");
		netdev_warn(vn->dev, "restoring the hash's settings failed\n");
	} else {
		NL_SET_ERR_MSG_MOD(extack, "device did not take it, nothing changed");
	}
	return err;
}
