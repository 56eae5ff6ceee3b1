// SPDX-License-Identifier: GPL-2.0
#include "xdp.h"

#include <linux/bpf.h>
#include <linux/if_vlan.h>
#include <vionic/compat.h>
#include "control.h"
#include "lifecycle.h"
#include "rx_prog.h"
#include "tx_xdp.h"
#include "tx_xsk.h"
#include "xsk.h"

static bool has_frags(const struct bpf_prog *prog)
{
	return prog->aux->xdp_has_frags;
}

/* A program sees a frame as its first piece and up to MAX_SKB_FRAGS more */
static u32 longest(const struct bpf_prog *prog, u32 buf_len)
{
	u32 room = vionic_rx_room(buf_len);

	return has_frags(prog) ? room * (1 + MAX_SKB_FRAGS) : room;
}

static bool fits(const struct bpf_prog *prog, u32 buf_len, unsigned int mtu)
{
	return mtu + ETH_HLEN + VLAN_HLEN <= longest(prog, buf_len);
}

/* Can the program be shown what the device coalesces? With VIRTIO_NET_F_RSC_EXT the header of
 * a coalesced frame has counts in place of csum_start (5.1.6.4), and no command of the
 * specification changes that.
 */
static bool xdp_takes_gro_hw(const struct vionic_net *vn, u32 buf_len)
{
	return !vionic_dev_has(vn->vd, VIRTIO_NET_F_RSC_EXT) &&
	       longest(vn->prog, buf_len) >= VIONIC_FRAME_MAX;
}

bool vionic_xdp_fits(const struct vionic_net *vn, const struct vionic_cfg *cfg,
		     unsigned int mtu)
{
	if (!vionic_xsk_fit(vn, mtu))
		return false;
	if (!vn->prog)
		return true;
	return fits(vn->prog, cfg->rx_buf, mtu) &&
	       (!(vn->dev->features & NETIF_F_GRO_HW) ||
		xdp_takes_gro_hw(vn, cfg->rx_buf));
}

netdev_features_t vionic_xdp_fix_features(const struct vionic_net *vn,
					  netdev_features_t features)
{
	/* do not report off what the device goes on doing */
	if (vionic_control_gro_hw_fixed(vn->vd))
		return features;
	if (vn->xsks || vn->hds ||
	    (vn->prog && !xdp_takes_gro_hw(vn, vn->cfg.rx_buf)))
		features &= ~NETIF_F_GRO_HW;
	return features;
}

static int check(const struct vionic_net *vn, const struct bpf_prog *prog,
		 struct netlink_ext_ack *extack)
{
	if (vn->hds) {
		NL_SET_ERR_MSG_MOD(extack, "tcp-data-split keeps data apart, where a program can't see it");
		return -EBUSY;
	}
	if (!fits(prog, vn->cfg.rx_buf, vn->dev->mtu)) {
		if (has_frags(prog))
			NL_SET_ERR_MSG_MOD(extack, "MTU is too large for this program: a larger rx-buf-len helps");
		else
			NL_SET_ERR_MSG_MOD(extack, "MTU is too large for this program: a larger rx-buf-len helps, or one with frags");
		return -EOPNOTSUPP;
	}
	if (vionic_control_gro_hw_fixed(vn->vd)) {
		NL_SET_ERR_MSG_MOD(extack, "device coalesces frames and can't be told not to");
		return -EOPNOTSUPP;
	}
	return 0;
}

/* Polls find either the one or the other */
static void install(struct vionic_net *vn, struct bpf_prog *prog)
{
	u16 i;

	for (i = 0; i < vn->vd->caps.pairs; i++)
		rcu_assign_pointer(vn->pair[i]->rx.xdp.prog, prog);
}

/* Return: true if the user wants rx-gro-hw and nothing excludes it */
static bool xdp_wants_gro_hw(const struct vionic_net *vn)
{
	return vionic_xdp_fix_features(vn, vn->dev->wanted_features) &
	       NETIF_F_GRO_HW;
}

/* The device, and what ethtool says of it, follow what is wanted */
int vionic_xdp_follow(struct vionic_net *vn)
{
	struct net_device *dev = vn->dev;

	netdev_update_features(dev);
	/* it stays on if the device refuses */
	if (!xdp_wants_gro_hw(vn) &&
	    (dev->features & dev->hw_features & NETIF_F_GRO_HW))
		return -EIO;
	if (!vionic_is_up(vn))
		return 0;
	return vionic_control_offloads(vn, dev->features);
}

/* A program may send, redirect or shorten a frame. Nothing segments it then, so a frame
 * that the device coalesced leaves longer than the MTU: rx-gro-hw goes off with the first
 * program. Clear wanted_features: the stack calls the driver only if that changes, and
 * the user can turn rx-gro-hw on again.
 */
static void xdp_pause_gro_hw(struct vionic_net *vn)
{
	struct net_device *dev = vn->dev;

	vn->gro_hw_paused = dev->wanted_features & NETIF_F_GRO_HW;
	dev->wanted_features &= ~NETIF_F_GRO_HW;
}

static void xdp_unpause_gro_hw(struct vionic_net *vn)
{
	if (vn->gro_hw_paused)
		vn->dev->wanted_features |= NETIF_F_GRO_HW;
	vn->gro_hw_paused = false;
}

/* Without a program, receive memory is mapped for the device to write only: a bounce
 * buffer is not copied to, and an IOMMU keeps the device from reading.
 */
static int xdp_map_rings(struct vionic_net *vn, bool sends,
			 struct netlink_ext_ack *extack)
{
	struct vionic_cfg cfg = vn->cfg;
	int err;

	if (vn->vd->physical || cfg.rx_sends == sends)
		return 0;
	if (vn->state == VIONIC_SUSPENDED) {
		NL_SET_ERR_MSG_MOD(extack, "device is suspended");
		return -EBUSY;
	}
	cfg.rx_sends = sends;
	err = vionic_reconfigure(vn, &cfg);
	if (err)
		NL_SET_ERR_MSG_MOD(extack, "rings could not be mapped for sending by XDP");
	return err;
}

/* Before a program is in place there is nothing that it could not be shown, and as
 * long as one is, there is not
 */
static int set_prog(struct vionic_net *vn, struct bpf_prog *prog,
		    struct netlink_ext_ack *extack)
{
	struct bpf_prog *old = vn->prog;
	int err;

	err = prog ? check(vn, prog, extack) : 0;
	if (!err && prog)
		err = xdp_map_rings(vn, true, extack);
	if (err)
		return err;
	if (!prog) {
		install(vn, NULL);
		xdp_unpause_gro_hw(vn);
	} else if (!old) {
		xdp_pause_gro_hw(vn);
	}
	vn->prog = prog;
	err = vionic_xdp_follow(vn);
	if (err && prog) {
		NL_SET_ERR_MSG_MOD(extack, "device refused to change its offloads");
		if (!old)
			xdp_unpause_gro_hw(vn);
		vn->prog = old;
		vionic_xdp_follow(vn);
		if (!old)
			xdp_map_rings(vn, false, NULL);
		return err;
	}
	if (prog)
		install(vn, prog);
	else
		xdp_map_rings(vn, false, NULL);
	if (old)
		bpf_prog_put(old);
	return 0;
}

int vionic_xdp_setup(struct net_device *dev, struct netdev_bpf *bpf)
{
	struct vionic_net *vn = netdev_priv(dev);

	switch (bpf->command) {
	case XDP_SETUP_PROG:
		return set_prog(vn, bpf->prog, bpf->extack);
	case XDP_SETUP_XSK_POOL:
		return vionic_xsk_setup(vn, bpf->xsk.pool, bpf->xsk.queue_id);
	default:
		return -EINVAL;
	}
}

int vionic_xdp_xmit(struct net_device *dev, int n, struct xdp_frame **frames,
		    u32 flags)
{
	struct vionic_net *vn = netdev_priv(dev);
	u32 pairs = READ_ONCE(dev->real_num_tx_queues);
	struct vionic_txq *tq = &vn->pair[smp_processor_id() % pairs]->tx;
	int sent;

	if (flags & ~XDP_XMIT_FLAGS_MASK)
		return -EINVAL;
	sent = vionic_tx_xdp(tq, frames, n, flags & XDP_XMIT_FLUSH ?
					    VIONIC_TX_XDP_FLUSH : 0);
	if (unlikely(sent < n))
		vionic_tx_full(tq);
	return sent;
}

void vionic_xdp_init(struct vionic_net *vn)
{
	vionic_set_xdp_features(vn->dev, NETDEV_XDP_ACT_BASIC |
				NETDEV_XDP_ACT_REDIRECT |
				NETDEV_XDP_ACT_NDO_XMIT |
				NETDEV_XDP_ACT_XSK_ZEROCOPY |
				NETDEV_XDP_ACT_RX_SG |
				NETDEV_XDP_ACT_NDO_XMIT_SG);
	vionic_set_xdp_metadata(vn->dev);
	vionic_set_xsk_segs(vn->dev, 1 + MAX_SKB_FRAGS);
	if (vionic_dev_has(vn->vd, VIRTIO_NET_F_CSUM))
		vionic_set_xsk_requests(vn->dev, &vionic_xsk_meta_ops);
}
