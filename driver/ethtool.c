// SPDX-License-Identifier: GPL-2.0
#include "ethtool.h"

#include <vionic/compat.h>
#include "coalesce.h"
#include "devstats.h"
#include "hds.h"
#include "lifecycle.h"
#include "netdev.h"
#include "rss.h"
#include "selftest.h"
#include "stats.h"
#include "xdp.h"
#include "xps.h"

static void get_drvinfo(struct net_device *dev, struct ethtool_drvinfo *info)
{
	struct vionic_net *vn = netdev_priv(dev);

	strscpy(info->driver, KBUILD_MODNAME, sizeof(info->driver));
	strscpy(info->bus_info, pci_name(vn->vd->pdev),
		sizeof(info->bus_info));
}

static u32 get_msglevel(struct net_device *dev)
{
	struct vionic_net *vn = netdev_priv(dev);

	return vn->msg_enable;
}

static void set_msglevel(struct net_device *dev, u32 level)
{
	struct vionic_net *vn = netdev_priv(dev);

	vn->msg_enable = level;
}

static void get_ringparam(struct net_device *dev,
			  struct ethtool_ringparam *ring,
			  struct kernel_ethtool_ringparam *kring,
			  struct netlink_ext_ack *extack)
{
	struct vionic_net *vn = netdev_priv(dev);

	ring->rx_max_pending = vn->vd->caps.rx_max;
	ring->tx_max_pending = vn->vd->caps.tx_max;
	ring->rx_pending = vn->cfg.rx_num;
	ring->tx_pending = vn->cfg.tx_num;
	kring->rx_buf_len = vn->cfg.rx_buf;
	if (VIONIC_RING_USE_HDS)
		kring->tcp_data_split = vn->cfg.rx_hds ?
					ETHTOOL_TCP_DATA_SPLIT_ENABLED :
					ETHTOOL_TCP_DATA_SPLIT_DISABLED;
}

/* Turn what is asked for into a configuration, if there can be such rings */
static int make_cfg(const struct vionic_net *vn, struct vionic_cfg *cfg, u32 rx,
		    u32 tx, u32 rx_buf, struct netlink_ext_ack *extack)
{
	const struct vionic_caps *caps = &vn->vd->caps;

	if (!is_power_of_2(rx_buf) || rx_buf < VIONIC_RX_BUF_MIN ||
	    rx_buf > VIONIC_RX_BUF_MAX) {
		NL_SET_ERR_MSG_MOD(extack, "RX buffers are 2048, 4096, 8192, 16384 or 32768 bytes long");
		return -EINVAL;
	}

	if (caps->ring_fixed && (rx != caps->rx_max || tx != caps->tx_max)) {
		NL_SET_ERR_MSG_MOD(extack, "ring sizes of a legacy device are fixed");
		return -EINVAL;
	}
	if (rx > caps->rx_max || tx > caps->tx_max) {
		NL_SET_ERR_MSG_MOD(extack, "ring is larger than the device's maximum");
		return -EINVAL;
	}
	if (rx < min_t(u32, caps->rx_max, VIONIC_RX_RING_MIN)) {
		NL_SET_ERR_MSG_MOD(extack, "rx is less than 32 and less than the device's maximum");
		return -EINVAL;
	}
	if (tx < min_t(u32, caps->tx_max, VIONIC_TX_RING_MIN)) {
		NL_SET_ERR_MSG_MOD(extack, "tx is less than 32 and less than the device's maximum");
		return -EINVAL;
	}
	cfg->rx_num = rx;
	cfg->tx_num = tx;
	cfg->rx_buf = rx_buf;
	if (vionic_netdev_fit(vn, cfg, vn->dev->mtu)) {
		NL_SET_ERR_MSG_MOD(extack, "RX ring would not hold one frame of the largest size");
		return -EINVAL;
	}
	if (!vionic_hds_fits(cfg, vn->dev->mtu)) {
		NL_SET_ERR_MSG_MOD(extack, "MTU is too large for buffers in which data is apart: a larger rx-buf-len helps");
		return -EINVAL;
	}
	if (!vionic_xdp_fits(vn, cfg, vn->dev->mtu)) {
		NL_SET_ERR_MSG_MOD(extack, "XDP program could not see the largest frame in such buffers");
		return -EINVAL;
	}
	if (!vionic_vq_num_valid(caps->layout, rx) ||
	    !vionic_vq_num_valid(caps->layout, tx)) {
		NL_SET_ERR_MSG_MOD(extack, "ring sizes of this device are powers of two");
		return -EINVAL;
	}
	return 0;
}

static int set_ringparam(struct net_device *dev,
			 struct ethtool_ringparam *ring,
			 struct kernel_ethtool_ringparam *kring,
			 struct netlink_ext_ack *extack)
{
	struct vionic_net *vn = netdev_priv(dev);
	struct vionic_cfg cfg = vn->cfg;
	bool was_up = vionic_is_up(vn);
	int err;

	if (ring->rx_mini_pending || ring->rx_jumbo_pending) {
		NL_SET_ERR_MSG_MOD(extack, "there are no mini or jumbo rings");
		return -EINVAL;
	}
	cfg.rx_hds = kring->tcp_data_split == ETHTOOL_TCP_DATA_SPLIT_ENABLED;
	err = make_cfg(vn, &cfg, ring->rx_pending, ring->tx_pending,
		       kring->rx_buf_len, extack);
	if (err)
		return err;
	if (cfg.rx_num == vn->cfg.rx_num && cfg.tx_num == vn->cfg.tx_num &&
	    cfg.rx_buf == vn->cfg.rx_buf && cfg.rx_hds == vn->cfg.rx_hds)
		return 0;
	if (cfg.rx_hds && !vn->hds) {
		err = vionic_hds_want(vn, extack);
		if (err)
			return err;
	}
	err = vionic_reconfigure(vn, &cfg);
	vionic_hds_settle(vn);
	/* a program may be shown what it could not before */
	if (!err && vn->prog)
		netdev_update_features(dev);
	if (err && was_up && !vionic_is_up(vn))
		NL_SET_ERR_MSG_MOD(extack, "device took neither the new rings nor the old ones, see the log");
	else if (err == -ENOMEM)
		NL_SET_ERR_MSG_MOD(extack, "no memory for the new rings, the old ones stay");
	else if (err)
		NL_SET_ERR_MSG_MOD(extack, "new rings were refused, the old ones are in use");
	return err;
}

static void get_channels(struct net_device *dev, struct ethtool_channels *ch)
{
	struct vionic_net *vn = netdev_priv(dev);

	ch->max_combined = vn->vd->caps.pairs;
	ch->combined_count = vn->cfg.pairs;
}

/* The core has checked that the RSS table, if the user set one, and the counts
 * fit together
 */
static int set_channels(struct net_device *dev, struct ethtool_channels *ch)
{
	struct vionic_net *vn = netdev_priv(dev);
	struct vionic_cfg cfg = vn->cfg;
	int err;

	cfg.pairs = ch->combined_count;
	if (!cfg.pairs || ch->rx_count || ch->tx_count || ch->other_count)
		return -EINVAL;
	if (cfg.pairs == vn->cfg.pairs)
		return 0;
	/* queues that are removed leave the XPS maps */
	if (vionic_xps_changed(vn))
		vn->user_xps = true;
	err = vionic_reconfigure(vn, &cfg);
	if (!err && !vn->user_xps)
		vionic_xps_set(vn);
	return err;
}

static u32 get_rx_rings(struct net_device *dev)
{
	struct vionic_net *vn = netdev_priv(dev);

	return vn->cfg.pairs;
}

static u32 get_rxfh_key_size(struct net_device *dev)
{
	struct vionic_net *vn = netdev_priv(dev);

	return vn->vd->caps.hash_key;
}

static u32 get_rxfh_indir_size(struct net_device *dev)
{
	struct vionic_net *vn = netdev_priv(dev);

	return vn->vd->caps.rss_table;
}

static int get_rxfh(struct net_device *dev, struct ethtool_rxfh_param *p)
{
	struct vionic_net *vn = netdev_priv(dev);
	const struct vionic_caps *caps = &vn->vd->caps;
	u16 i;

	if (!caps->hash_key)
		return -EOPNOTSUPP;
	p->hfunc = ETH_RSS_HASH_TOP;
	if (p->key)
		memcpy(p->key, vn->rss.key, caps->hash_key);
	for (i = 0; p->indir && i < caps->rss_table; i++)
		p->indir[i] = vn->rss.table[i];
	return 0;
}

static int set_rxfh(struct net_device *dev, struct ethtool_rxfh_param *p,
		    struct netlink_ext_ack *extack)
{
	struct vionic_net *vn = netdev_priv(dev);
	const struct vionic_caps *caps = &vn->vd->caps;
	struct vionic_rss rss = vn->rss;
	u16 i;

	if (!caps->hash_key)
		return -EOPNOTSUPP;
	if (p->hfunc != ETH_RSS_HASH_NO_CHANGE &&
	    p->hfunc != ETH_RSS_HASH_TOP) {
		NL_SET_ERR_MSG_MOD(extack, "the hash is Toeplitz's, and no other");
		return -EOPNOTSUPP;
	}
	if (p->input_xfrm && p->input_xfrm != RXH_XFRM_NO_CHANGE) {
		NL_SET_ERR_MSG_MOD(extack, "device hashes fields as they are");
		return -EOPNOTSUPP;
	}
	if (p->key)
		memcpy(rss.key, p->key, caps->hash_key);
	for (i = 0; p->indir && i < caps->rss_table; i++) {
		if (p->indir[i] >= vn->cfg.pairs)
			return -EINVAL;
		rss.table[i] = p->indir[i];
	}
	return vionic_rss_apply(vn, &rss, extack);
}

static int get_rxfh_fields(struct net_device *dev,
			   struct ethtool_rxfh_fields *f)
{
	struct vionic_net *vn = netdev_priv(dev);

	if (!vn->vd->caps.hash_key)
		return -EOPNOTSUPP;
	return vionic_rss_fields(vn->rss.types, f->flow_type, &f->data);
}

static int set_rxfh_fields(struct net_device *dev,
			   const struct ethtool_rxfh_fields *f,
			   struct netlink_ext_ack *extack)
{
	struct vionic_net *vn = netdev_priv(dev);
	const struct vionic_caps *caps = &vn->vd->caps;
	struct vionic_rss rss = vn->rss;
	int err;

	if (!caps->hash_key)
		return -EOPNOTSUPP;
	err = vionic_rss_choose(&rss.types, caps->hash_types, f->flow_type,
				f->data, extack);
	if (err)
		return err;
	return vionic_rss_apply(vn, &rss, extack);
}

VIONIC_RXFH_ADAPT(get_rxfh, set_rxfh, get_rxfh_fields, set_rxfh_fields,
		  get_rx_rings)

static void get_delays(const struct vionic_pair *qp,
		       struct ethtool_coalesce *ec)
{
	struct vionic_coal_cfg cfg;

	vionic_coalesce_get(qp, &cfg);
	ec->rx_coalesce_usecs = cfg.rx.usecs;
	ec->rx_max_coalesced_frames = cfg.rx.frames;
	ec->tx_coalesce_usecs = cfg.tx.usecs;
	ec->tx_max_coalesced_frames = cfg.tx.frames;
	ec->use_adaptive_rx_coalesce = cfg.rx_adapt;
	ec->use_adaptive_tx_coalesce = cfg.tx_adapt;
}

static int set_delays(struct vionic_net *vn, u16 from, u16 to,
		      const struct ethtool_coalesce *ec,
		      struct netlink_ext_ack *extack)
{
	const struct vionic_coal_cfg cfg = {
		.rx.usecs = ec->rx_coalesce_usecs,
		.rx.frames = ec->rx_max_coalesced_frames,
		.tx.usecs = ec->tx_coalesce_usecs,
		.tx.frames = ec->tx_max_coalesced_frames,
		.rx_adapt = ec->use_adaptive_rx_coalesce,
		.tx_adapt = ec->use_adaptive_tx_coalesce,
	};

	return vionic_coalesce_set(vn, from, to, &cfg, extack);
}

static int get_coalesce(struct net_device *dev, struct ethtool_coalesce *ec,
			struct kernel_ethtool_coalesce *kec,
			struct netlink_ext_ack *extack)
{
	struct vionic_net *vn = netdev_priv(dev);

	get_delays(vn->pair[0], ec);
	return 0;
}

static int set_coalesce(struct net_device *dev, struct ethtool_coalesce *ec,
			struct kernel_ethtool_coalesce *kec,
			struct netlink_ext_ack *extack)
{
	struct vionic_net *vn = netdev_priv(dev);

	return set_delays(vn, 0, vn->vd->caps.pairs, ec, extack);
}

static int get_per_queue_coalesce(struct net_device *dev, u32 queue,
				  struct ethtool_coalesce *ec)
{
	struct vionic_net *vn = netdev_priv(dev);

	if (queue >= vn->cfg.pairs)
		return -EINVAL;
	get_delays(vn->pair[queue], ec);
	return 0;
}

static int set_per_queue_coalesce(struct net_device *dev, u32 queue,
				  struct ethtool_coalesce *ec)
{
	struct vionic_net *vn = netdev_priv(dev);

	if (queue >= vn->cfg.pairs)
		return -EINVAL;
	return set_delays(vn, queue, queue + 1, ec, NULL);
}

static int get_sset_count(struct net_device *dev, int set)
{
	struct vionic_net *vn = netdev_priv(dev);

	if (set == ETH_SS_TEST)
		return vionic_selftest_count();
	if (set != ETH_SS_STATS)
		return -EOPNOTSUPP;
	return vionic_stats_count(vn) + vionic_devstats_count(vn);
}

static void get_strings(struct net_device *dev, u32 set, u8 *data)
{
	struct vionic_net *vn = netdev_priv(dev);

	if (set == ETH_SS_TEST)
		vionic_selftest_strings(data);
	if (set != ETH_SS_STATS)
		return;
	vionic_stats_strings(vn, data);
	data += vionic_stats_count(vn) * ETH_GSTRING_LEN;
	vionic_devstats_strings(vn, data);
}

static void get_ethtool_stats(struct net_device *dev,
			      struct ethtool_stats *stats, u64 *data)
{
	struct vionic_net *vn = netdev_priv(dev);

	vionic_stats_values(vn, data);
	vionic_devstats_values(vn, data + vionic_stats_count(vn));
}

/* Of the standard's counters, those that are known */
static void get_eth_mac_stats(struct net_device *dev,
			      struct ethtool_eth_mac_stats *mac)
{
	struct rtnl_link_stats64 s = {};

	vionic_stats_get64(dev, &s);
	mac->FramesTransmittedOK = s.tx_packets;
	mac->FramesReceivedOK = s.rx_packets;
}

static int get_link_ksettings(struct net_device *dev,
			      struct ethtool_link_ksettings *cmd)
{
	struct vionic_net *vn = netdev_priv(dev);

	vionic_dev_speed(vn->vd, &cmd->base.speed, &cmd->base.duplex);
	if (cmd->base.speed == SPEED_UNKNOWN)
		cmd->base.speed = vn->speed;
	if (cmd->base.duplex == DUPLEX_UNKNOWN)
		cmd->base.duplex = vn->duplex;
	cmd->base.port = PORT_OTHER;
	cmd->base.autoneg = AUTONEG_DISABLE;
	return 0;
}

/* A number for those who ask, LACP for one: there is nothing that it changes */
static int set_link_ksettings(struct net_device *dev,
			      const struct ethtool_link_ksettings *cmd)
{
	struct vionic_net *vn = netdev_priv(dev);

	if (vionic_dev_has(vn->vd, VIRTIO_NET_F_SPEED_DUPLEX))
		return -EOPNOTSUPP;
	return ethtool_virtdev_set_link_ksettings(dev, cmd, &vn->speed,
						  &vn->duplex);
}

/* Driver's own words of a register dump, behind those of the device */
#define PAIR_WORDS	8
#define DUMP_VERSION	1

static int get_regs_len(struct net_device *dev)
{
	struct vionic_net *vn = netdev_priv(dev);

	return sizeof(u32) *
	       (VIONIC_COMMON_REGS + VIONIC_FEATURE_WORDS + vn->cfg.pairs *
		(2 * VIONIC_QUEUE_REGS + PAIR_WORDS));
}

/* Index words of one ring: what we published, took, and have in flight */
static void dump_ring(const struct vionic_vq *vq, u32 *regs)
{
	regs[0] = vionic_vq_num(vq);
	regs[1] = vq->ring.avail_idx;
	regs[2] = vq->ring.used_idx;
	regs[3] = vionic_vq_broken(vq);
}

static void get_regs(struct net_device *dev, struct ethtool_regs *r, void *p)
{
	struct vionic_net *vn = netdev_priv(dev);
	struct vionic_dev *vd = vn->vd;
	u32 *regs = p;
	u16 i;

	r->version = DUMP_VERSION;
	memset(regs, 0, get_regs_len(dev));
	vionic_transport_dump(&vd->tp, regs);
	regs += VIONIC_COMMON_REGS;
	memcpy(regs, vd->features.word, sizeof(vd->features.word));
	regs += VIONIC_FEATURE_WORDS;
	for (i = 0; i < vn->cfg.pairs; i++) {
		vionic_transport_queue_dump(&vd->tp, 2 * i, regs);
		regs += VIONIC_QUEUE_REGS;
		vionic_transport_queue_dump(&vd->tp, 2 * i + 1, regs);
		regs += VIONIC_QUEUE_REGS;
		dump_ring(&vn->pair[i]->rx.ring.vq, regs);
		dump_ring(&vn->pair[i]->tx.ring.vq, regs + PAIR_WORDS / 2);
		regs += PAIR_WORDS;
	}
}

static int get_tunable(struct net_device *dev,
		       const struct ethtool_tunable *tuna, void *data)
{
	struct vionic_net *vn = netdev_priv(dev);

	if (tuna->id != ETHTOOL_RX_COPYBREAK)
		return -EOPNOTSUPP;
	*(u32 *)data = vn->pair[0]->rx.copybreak;
	return 0;
}

static int set_tunable(struct net_device *dev,
		       const struct ethtool_tunable *tuna, const void *data)
{
	struct vionic_net *vn = netdev_priv(dev);
	u32 bytes;
	u16 i;

	if (tuna->id != ETHTOOL_RX_COPYBREAK)
		return -EOPNOTSUPP;
	bytes = *(const u32 *)data;
	if (bytes > VIONIC_RX_ROOM_MIN)
		return -EINVAL;
	for (i = 0; i < vn->vd->caps.pairs; i++)
		vionic_rx_set_copybreak(&vn->pair[i]->rx, bytes);
	return 0;
}

static void self_test(struct net_device *dev, struct ethtool_test *test,
		      u64 *data)
{
	vionic_selftest_run(netdev_priv(dev), test, data);
}

const struct ethtool_ops vionic_ethtool_ops = {
	.supported_coalesce_params = ETHTOOL_COALESCE_USECS |
				     ETHTOOL_COALESCE_MAX_FRAMES |
				     ETHTOOL_COALESCE_USE_ADAPTIVE,
	.supported_ring_params = ETHTOOL_RING_USE_RX_BUF_LEN |
				 VIONIC_RING_USE_HDS,
	VIONIC_ETHTOOL_RTNL
	.get_drvinfo		= get_drvinfo,
	.get_regs_len		= get_regs_len,
	.get_regs		= get_regs,
	.get_msglevel		= get_msglevel,
	.set_msglevel		= set_msglevel,
	.get_link		= ethtool_op_get_link,
	.get_link_ksettings	= get_link_ksettings,
	.set_link_ksettings	= set_link_ksettings,
	.get_ringparam		= get_ringparam,
	.set_ringparam		= set_ringparam,
	.get_coalesce		= get_coalesce,
	.set_coalesce		= set_coalesce,
	.get_per_queue_coalesce	= get_per_queue_coalesce,
	.set_per_queue_coalesce	= set_per_queue_coalesce,
	.get_channels		= get_channels,
	.set_channels		= set_channels,
	.get_rxfh_key_size	= get_rxfh_key_size,
	.get_rxfh_indir_size	= get_rxfh_indir_size,
	VIONIC_RXFH_OPS,
	.get_sset_count		= get_sset_count,
	.get_strings		= get_strings,
	.get_ethtool_stats	= get_ethtool_stats,
	.get_eth_mac_stats	= get_eth_mac_stats,
	.get_ts_info		= ethtool_op_get_ts_info,
	.self_test		= self_test,
	.get_tunable		= get_tunable,
	.set_tunable		= set_tunable,
};
