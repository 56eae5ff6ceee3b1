// SPDX-License-Identifier: GPL-2.0
#include "netdev.h"

#include <linux/etherdevice.h>
#include <linux/slab.h>
#include <vionic/compat.h>
#include "coalesce.h"
#include "control.h"
#include "debugfs.h"
#include "ethtool.h"
#include "failover.h"
#include "hds.h"
#include "health.h"
#include "lifecycle.h"
#include "link.h"
#include "offload.h"
#include "queue_ops.h"
#include "recover.h"
#include "rss.h"
#include "stats.h"
#include "xdp.h"
#include "xps.h"
#include "xsk.h"

#define RING_DEFAULT	256	/* entries, if the device has as many */

/* What of our features the device has to be told */
#define VIONIC_RX_OFFLOADS	(NETIF_F_GRO_HW | NETIF_F_RXCSUM)

static int ndo_open(struct net_device *dev)
{
	struct vionic_net *vn = netdev_priv(dev);
	int err;

	vionic_recover_anew(vn);
	err = vionic_open(vn);
	if (!err)
		vionic_health_opened(vn);
	return err;
}

static int ndo_stop(struct net_device *dev)
{
	vionic_close(netdev_priv(dev));
	return 0;
}

/* The queue's ring is about to change or is gone. A poll that saw the queue open may have
 * woken it after it was closed: stop it again, the stack keeps the frame.
 */
static noinline netdev_tx_t netdev_refuse_xmit(struct sk_buff *skb,
					       struct net_device *dev,
					       struct vionic_txq *tq)
{
	/* a sender without a qdisc chose the queue before it was removed */
	if (skb_get_queue_mapping(skb) >= READ_ONCE(dev->real_num_tx_queues)) {
		dev_core_stats_tx_dropped_inc(dev);
		dev_kfree_skb_any(skb);
		return NETDEV_TX_OK;
	}
	netif_tx_stop_queue(tq->nq);
	return NETDEV_TX_BUSY;
}

static netdev_tx_t ndo_start_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct vionic_net *vn = netdev_priv(dev);
	struct vionic_txq *tq = &vn->pair[skb_get_queue_mapping(skb)]->tx;

	if (unlikely(tq->closed))
		return netdev_refuse_xmit(skb, dev, tq);
	return vionic_tx_xmit(skb, tq);
}

/* The lists are copies, of which the netdev may have newer ones. After an error
 * the stack tries again.
 */
static int ndo_set_rx_mode_async(struct net_device *dev,
				 struct netdev_hw_addr_list *uc,
				 struct netdev_hw_addr_list *mc)
{
	return vionic_control_mode(netdev_priv(dev));
}

/* On kernels that ask for it where one may not sleep */
static void __maybe_unused ndo_set_rx_mode(struct net_device *dev)
{
	struct vionic_net *vn = netdev_priv(dev);

	schedule_work(&vn->mode_work);
}

static void mode_work(struct work_struct *work)
{
	struct vionic_net *vn = container_of(work, struct vionic_net,
					     mode_work);

	vionic_lock(vn);
	ndo_set_rx_mode_async(vn->dev, &vn->dev->uc, &vn->dev->mc);
	vionic_unlock(vn);
}

static int ndo_set_mac_address(struct net_device *dev, void *p)
{
	struct vionic_net *vn = netdev_priv(dev);
	struct sockaddr *addr = p;
	int err;

	err = eth_prepare_mac_addr_change(dev, p);
	if (err)
		return err;
	/* the address is what tells a standby from others */
	if (!vn->vd->caps.mac_write || vn->failover)
		return -EOPNOTSUPP;
	if (vionic_is_up(vn)) {
		err = vionic_control_mac(vn, addr->sa_data);
		if (err)
			return err;
	}
	eth_commit_mac_addr_change(dev, p);
	vn->mac_set = true;
	vionic_control_accepted(vn, VIONIC_SETTING_MAC);
	return 0;
}

/* Where the device can spread a frame over several buffers, one is one piece of
 * memory; else it is as many as the largest frame needs, in a chain of descriptors
 * at worst.
 */
int vionic_netdev_fit(const struct vionic_net *vn, struct vionic_cfg *cfg,
		      unsigned int mtu)
{
	const struct vionic_caps *caps = &vn->vd->caps;
	u16 pieces = vionic_rx_chain(vionic_control_frame_max(vn->vd, mtu),
				     cfg->rx_buf);

	cfg->rx_chain = pieces;
	if (vionic_dev_has(vn->vd, VIRTIO_NET_F_MRG_RXBUF)) {
		cfg->rx_chain = 1;
		/* a device with but a small ring has to do with that */
		pieces = min_t(u16, pieces, caps->rx_max - caps->hdr_apart);
	}
	return pieces + caps->hdr_apart <= cfg->rx_num ? 0 : -ENOSPC;
}

static int ndo_change_mtu(struct net_device *dev, int mtu)
{
	struct vionic_net *vn = netdev_priv(dev);
	struct vionic_cfg cfg = vn->cfg;
	int err;

	if (!vionic_xdp_fits(vn, &cfg, mtu) || !vionic_hds_fits(&cfg, mtu))
		return -EOPNOTSUPP;
	err = vionic_netdev_fit(vn, &cfg, mtu);
	if (!err && cfg.rx_chain != vn->cfg.rx_chain)
		err = vionic_reconfigure(vn, &cfg);
	if (!err)
		WRITE_ONCE(dev->mtu, mtu);
	return err;
}

/* Part of the name that user space gives it, apart from the primary's */
static int ndo_get_phys_port_name(struct net_device *dev, char *buf, size_t len)
{
	struct vionic_net *vn = netdev_priv(dev);

	if (!vn->failover)
		return -EOPNOTSUPP;
	return strscpy(buf, "sby", len) < 0 ? -EOPNOTSUPP : 0;
}

/* A VLAN is remembered even while the device is down, and told when it is up */
static int ndo_vlan_rx_add_vid(struct net_device *dev, __be16 proto, u16 vid)
{
	struct vionic_net *vn = netdev_priv(dev);
	int err = 0;

	if (vionic_is_up(vn))
		err = vionic_control_vlan(vn, vid, true);
	if (!err)
		set_bit(vid, vn->vlans);
	return err;
}

static int ndo_vlan_rx_kill_vid(struct net_device *dev, __be16 proto, u16 vid)
{
	struct vionic_net *vn = netdev_priv(dev);

	clear_bit(vid, vn->vlans);
	return vionic_is_up(vn) ? vionic_control_vlan(vn, vid, false) : 0;
}

static netdev_features_t ndo_fix_features(struct net_device *dev,
					  netdev_features_t features)
{
	return vionic_xdp_fix_features(netdev_priv(dev), features);
}

static int ndo_set_features(struct net_device *dev, netdev_features_t features)
{
	struct vionic_net *vn = netdev_priv(dev);
	netdev_features_t changed = dev->features ^ features;
	int err = 0;

	/* beside a program only the user turns it on */
	if (features & NETIF_F_GRO_HW)
		vn->gro_hw_paused = false;
	if (!vionic_is_up(vn))
		return 0;
	if (changed & VIONIC_RX_OFFLOADS)
		err = vionic_control_offloads(vn, features);
	if (err || !(changed & NETIF_F_RXHASH))
		return err;
	err = vionic_rss_send(vn, &vn->rss, features & NETIF_F_RXHASH);
	if (!err)
		vionic_control_accepted(vn, VIONIC_SETTING_HASH);
	else if (changed & VIONIC_RX_OFFLOADS)
		vionic_control_offloads(vn, dev->features);
	return err;
}

/* What the stack should do itself for this frame */
static netdev_features_t ndo_features_check(struct sk_buff *skb,
					    struct net_device *dev,
					    netdev_features_t features)
{
	if (skb_is_gso(skb) && !vionic_offload_tx_gso(skb))
		features &= ~NETIF_F_GSO_MASK;
	return features;
}

/* Up the ladder as long as nothing moves */
static u8 next_rung(struct vionic_txq *tq)
{
	u64 done = vionic_stats_sent(tq);

	if (!tq->rung || tq->rung_done != done)
		tq->rung = VIONIC_TX_RUNG_KICK;
	else if (tq->rung < VIONIC_TX_RUNG_DEVICE)
		tq->rung++;
	tq->rung_done = done;
	return tq->rung;
}

/* First look at the ring and ring the doorbell again: that helps when either
 * side missed a notification. What else there is may sleep.
 */
static void netdev_tx_timeout(struct vionic_net *vn, u16 queue)
{
	struct vionic_txq *tq = &vn->pair[queue]->tx;
	struct vionic_vq *vq = &tq->ring.vq;

	vionic_tx_count(tq, &tq->xmit.timeouts);
	netdev_err(vn->dev, "transmit queue %u stuck, %u frames in flight%s\n",
		   queue, vionic_vq_inflight(vq),
		   vionic_vq_broken(vq) ? ", ring broken" : "");
	if (next_rung(tq) > VIONIC_TX_RUNG_KICK) {
		WRITE_ONCE(tq->stuck, true);
		vionic_want_recovery(vn);
		return;
	}
	__vionic_tx_kick(tq);
	napi_schedule(&vn->pair[queue]->napi);
}

/* The stack keeps its own senders away, not those of XDP. A closed queue is not stuck, and
 * its ring may be gone.
 */
static void ndo_tx_timeout(struct net_device *dev, unsigned int queue)
{
	struct vionic_net *vn = netdev_priv(dev);
	struct vionic_txq *tq = &vn->pair[queue]->tx;

	__netif_tx_lock(tq->nq, smp_processor_id());
	if (!tq->closed)
		netdev_tx_timeout(vn, queue);
	__netif_tx_unlock(tq->nq);
}

static const struct net_device_ops netdev_ops = {
	.ndo_open		= ndo_open,
	.ndo_stop		= ndo_stop,
	.ndo_start_xmit		= ndo_start_xmit,
	VIONIC_RX_MODE_OP(ndo_set_rx_mode, ndo_set_rx_mode_async),
	.ndo_set_mac_address	= ndo_set_mac_address,
	.ndo_validate_addr	= eth_validate_addr,
	.ndo_change_mtu		= ndo_change_mtu,
	.ndo_get_stats64	= vionic_stats_get64,
	.ndo_vlan_rx_add_vid	= ndo_vlan_rx_add_vid,
	.ndo_vlan_rx_kill_vid	= ndo_vlan_rx_kill_vid,
	.ndo_fix_features	= ndo_fix_features,
	.ndo_set_features	= ndo_set_features,
	.ndo_features_check	= ndo_features_check,
	.ndo_tx_timeout		= ndo_tx_timeout,
	.ndo_get_phys_port_name	= ndo_get_phys_port_name,
	.ndo_bpf		= vionic_xdp_setup,
	.ndo_xdp_xmit		= vionic_xdp_xmit,
	.ndo_xsk_wakeup		= vionic_xsk_wakeup,
};

/* Feature bits of the device and what each means to the stack */
static const struct {
	u8 bit;
	netdev_features_t flag;
	bool fixed;	/* the user can't switch it */
} feature_map[] = {
	{ VIRTIO_NET_F_CSUM, NETIF_F_HW_CSUM, false },
	{ VIRTIO_NET_F_HOST_TSO4, NETIF_F_TSO, false },
	{ VIRTIO_NET_F_HOST_TSO6, NETIF_F_TSO6, false },
	{ VIRTIO_NET_F_HOST_ECN, NETIF_F_TSO_ECN, false },
	{ VIRTIO_NET_F_GSO, NETIF_F_ALL_TSO & ~NETIF_F_TSO_MANGLEID, false },
	{ VIRTIO_NET_F_HOST_USO, NETIF_F_GSO_UDP_L4, false },
	{ VIRTIO_NET_F_HOST_UDP_TUNNEL_GSO, NETIF_F_GSO_UDP_TUNNEL, false },
	{ VIRTIO_NET_F_HOST_UDP_TUNNEL_GSO_CSUM, NETIF_F_GSO_UDP_TUNNEL_CSUM,
	  false },
	{ VIRTIO_NET_F_GUEST_CSUM, NETIF_F_RXCSUM, true },
	{ VIRTIO_NET_F_CTRL_VLAN, NETIF_F_HW_VLAN_CTAG_FILTER, true },
	{ VIRTIO_NET_F_HASH_REPORT, NETIF_F_RXHASH, false },
};

static void set_features(struct vionic_net *vn)
{
	struct net_device *dev = vn->dev;
	unsigned int i;

	dev->hw_features |= NETIF_F_SG;
	for (i = 0; i < ARRAY_SIZE(feature_map); i++) {
		if (!vionic_dev_has(vn->vd, feature_map[i].bit))
			continue;
		dev->features |= feature_map[i].flag;
		if (!feature_map[i].fixed)
			dev->hw_features |= feature_map[i].flag;
	}
	if (vionic_control_can_gro_hw(vn->vd))
		dev->features |= NETIF_F_GRO_HW;
	/* 5.1.6.5.8: only this command changes what was negotiated */
	if (vionic_dev_has(vn->vd, VIRTIO_NET_F_CTRL_GUEST_OFFLOADS))
		dev->hw_features |= dev->features & VIONIC_RX_OFFLOADS;
	dev->features |= dev->hw_features | NETIF_F_HIGHDMA;
	/* the device checks segmentation that a guest or socket asks for */
	if (vionic_dev_has(vn->vd, VIRTIO_NET_F_CSUM))
		dev->features |= NETIF_F_GSO_ROBUST;
	/* of a frame inside of another, too: only offsets differ */
	dev->hw_enc_features = dev->features & NETIF_F_HW_CSUM;
	if (vionic_dev_has(vn->vd, VIRTIO_NET_F_HOST_UDP_TUNNEL_GSO))
		dev->hw_enc_features |= dev->features & NETIF_F_GSO_MASK;
	dev->vlan_features = dev->features &
			     ~(NETIF_F_HW_VLAN_CTAG_FILTER | NETIF_F_GRO_HW);
}

static void set_mtu_range(struct vionic_net *vn)
{
	const struct vionic_caps *caps = &vn->vd->caps;
	u32 max = caps->mtu_max;

	/* one buffer must hold the largest frame */
	if (!vionic_dev_has(vn->vd, VIRTIO_NET_F_MRG_RXBUF))
		max = min_t(u32, max, (caps->rx_max - caps->hdr_apart) *
				      vionic_rx_room(VIONIC_RX_BUF_DEFAULT) -
				      ETH_HLEN - VLAN_HLEN);
	vn->dev->min_mtu = ETH_MIN_MTU;
	vn->dev->max_mtu = max;
	vn->dev->mtu = min_t(u32, max, caps->mtu_fixed ? max : ETH_DATA_LEN);
}

static int default_cfg(struct vionic_net *vn)
{
	const struct vionic_caps *caps = &vn->vd->caps;
	struct vionic_cfg *cfg = &vn->cfg;

	cfg->pairs = min_t(u16, caps->pairs, num_online_cpus());
	cfg->rx_num = min_t(u16, caps->rx_max, RING_DEFAULT);
	cfg->tx_num = min_t(u16, caps->tx_max, RING_DEFAULT);
	if (caps->ring_fixed) {
		cfg->rx_num = caps->rx_max;
		cfg->tx_num = caps->tx_max;
	}
	cfg->rx_buf = VIONIC_RX_BUF_DEFAULT;
	while (vionic_netdev_fit(vn, cfg, vn->dev->mtu)) {
		if (cfg->rx_num == caps->rx_max) {
			dev_err(&vn->vd->pdev->dev,
				"receive ring of %u can't hold a frame\n",
				caps->rx_max);
			return -EOPNOTSUPP;
		}
		cfg->rx_num = min_t(u32, cfg->rx_num * 2, caps->rx_max);
	}
	return 0;
}

static void free_pairs(struct vionic_net *vn)
{
	u16 i;

	for (i = 0; vn->pair && i < vn->vd->caps.pairs; i++) {
		if (!vn->pair[i])
			break;
		vionic_pair_exit(vn->pair[i]);
		kfree(vn->pair[i]);
	}
	kfree(vn->pair);
}

static u8 rx_hdr_has(const struct vionic_dev *vd)
{
	static const struct {
		u8 bit;
		u8 flag;
	} map[] = {
		{ VIRTIO_NET_F_HASH_REPORT, VIONIC_HDR_HASH },
		{ VIRTIO_NET_F_RSC_EXT, VIONIC_HDR_RSC },
		{ VIRTIO_NET_F_GUEST_UDP_TUNNEL_GSO, VIONIC_HDR_TUNNEL },
		{ VIRTIO_NET_F_GUEST_UDP_TUNNEL_GSO_CSUM,
		  VIONIC_HDR_TUNNEL_CSUM },
	};
	unsigned int i;
	u8 flags = 0;

	for (i = 0; i < ARRAY_SIZE(map); i++)
		if (vionic_dev_has(vd, map[i].bit))
			flags |= map[i].flag;
	return flags;
}

static int alloc_pairs(struct vionic_net *vn)
{
	struct vionic_dev *vd = vn->vd;
	int node = dev_to_node(&vd->pdev->dev);
	u16 i;

	vn->pair = kcalloc(vd->caps.pairs, sizeof(*vn->pair), GFP_KERNEL);
	if (!vn->pair)
		return -ENOMEM;
	for (i = 0; i < vd->caps.pairs; i++) {
		struct vionic_pair *qp = kzalloc_node(sizeof(*qp), GFP_KERNEL,
						      node);

		if (!qp)
			return -ENOMEM;
		if (vionic_pair_init(qp, vn->dev, i)) {
			kfree(qp);
			return -ENOMEM;
		}
		qp->rx.mergeable = vionic_dev_has(vd, VIRTIO_NET_F_MRG_RXBUF);
		qp->rx.hdr_has = rx_hdr_has(vd);
		if (vionic_dev_has(vd, VIRTIO_NET_F_RSS)) {
			qp->family = vn->pair;
			qp->members = vd->caps.pairs;
		}
		vn->pair[i] = qp;
	}
	return 0;
}

static void set_mac(struct vionic_net *vn)
{
	if (is_zero_ether_addr(vn->vd->caps.mac))
		eth_hw_addr_random(vn->dev);
	else
		eth_hw_addr_set(vn->dev, vn->vd->caps.mac);
}

struct vionic_net *vionic_netdev_create(struct vionic_dev *vd)
{
	struct net_device *dev;
	struct vionic_net *vn;
	int err;

	dev = alloc_etherdev_mqs(sizeof(*vn), vd->caps.pairs, vd->caps.pairs);
	if (!dev)
		return ERR_PTR(-ENOMEM);
	SET_NETDEV_DEV(dev, &vd->pdev->dev);
	vn = netdev_priv(dev);
	vn->vd = vd;
	vn->dev = dev;
	vn->speed = SPEED_UNKNOWN;
	vn->duplex = DUPLEX_UNKNOWN;
	vn->msg_enable = NETIF_MSG_DRV | NETIF_MSG_PROBE | NETIF_MSG_LINK;
	INIT_WORK(&vn->mode_work, mode_work);
	INIT_WORK(&vn->link_work, vionic_link_work);

	dev->netdev_ops = &netdev_ops;
	dev->ethtool_ops = &vionic_ethtool_ops;
	vionic_set_stat_ops(dev, &vionic_stat_ops);
	/* but net_failover, told of a standby under that lock, takes it again */
	if (!vionic_dev_has(vd, VIRTIO_NET_F_STANDBY)) {
		vionic_want_ops_lock(dev);
		if (vionic_dev_has(vd, VIRTIO_F_RING_RESET))
			vionic_set_queue_ops(dev, &vionic_queue_ops);
	}
	dev->watchdog_timeo = 5 * HZ;
	dev->needed_headroom = vd->caps.hdr_len;
	dev->priv_flags |= IFF_UNICAST_FLT | IFF_LIVE_ADDR_CHANGE;
	set_mac(vn);
	set_features(vn);
	set_mtu_range(vn);
	vionic_xdp_init(vn);
	err = default_cfg(vn);
	if (!err) {
		vionic_rss_init(vn);
		err = alloc_pairs(vn);
	}
	if (!err) {
		vionic_recover_init(vn);
		vionic_coalesce_init(vn);
	}
	if (!err)
		err = netif_set_real_num_queues(dev, vn->cfg.pairs,
						vn->cfg.pairs);
	if (err) {
		vionic_netdev_destroy(vn);
		return ERR_PTR(err);
	}
	netif_carrier_off(dev);
	return vn;
}

int vionic_netdev_register(struct vionic_net *vn)
{
	int err;

	err = vionic_failover_create(vn);
	if (err)
		return err;
	err = register_netdev(vn->dev);
	if (err) {
		vionic_failover_destroy(vn);
		return err;
	}
	vionic_lock(vn);
	vionic_xps_set(vn);
	vionic_unlock(vn);
	vionic_debugfs_create(vn);
	if (vionic_health_create(vn))
		netdev_warn(vn->dev, "no memory for devlink\n");
	return 0;
}

void vionic_netdev_destroy(struct vionic_net *vn)
{
	free_pairs(vn);
	free_netdev(vn->dev);
}

void vionic_netdev_unregister(struct vionic_net *vn)
{
	vionic_debugfs_remove(vn);
	unregister_netdev(vn->dev);
	vionic_failover_destroy(vn);
	vionic_netdev_settle(vn);
}

void vionic_netdev_settle(struct vionic_net *vn)
{
	cancel_work_sync(&vn->mode_work);
	cancel_work_sync(&vn->link_work);
	vionic_recover_stop(vn);
	vionic_coalesce_stop(vn);
	vionic_health_destroy(vn);
}

void vionic_netdev_suspend(struct vionic_net *vn, enum vionic_suspend cause)
{
	vionic_lock(vn);
	vionic_suspend(vn, cause);
	vionic_unlock(vn);
}

void vionic_netdev_resume(struct vionic_net *vn, enum vionic_suspend cause)
{
	vionic_lock(vn);
	vionic_resume(vn, cause);
	if (vionic_is_up(vn))
		vionic_health_opened(vn);
	vionic_unlock(vn);
}

void vionic_netdev_shutdown(struct vionic_net *vn)
{
	vionic_lock(vn);
	vionic_suspend(vn, VIONIC_SUSPEND_SHUTDOWN);
	vionic_close(vn);
	vionic_unlock(vn);
}
