// SPDX-License-Identifier: GPL-2.0
#include "hds.h"

#include <linux/if_vlan.h>
#include "control.h"
#include "rx_hds.h"
#include "xdp.h"

static u32 longest(const struct vionic_cfg *cfg)
{
	return VIONIC_HDS_HEAD + vionic_rx_hds_page(cfg->rx_buf);
}

bool vionic_hds_fits(const struct vionic_cfg *cfg, unsigned int mtu)
{
	return !cfg->rx_hds || mtu + ETH_HLEN + VLAN_HLEN <= longest(cfg);
}

/* Without VIRTIO_NET_F_MRG_RXBUF each buffer has to take what the device could have
 * been told to coalesce, even if it was not (5.1.6.3.1)
 */
int vionic_hds_want(struct vionic_net *vn, struct netlink_ext_ack *extack)
{
	int err;

	if (!vionic_dev_has(vn->vd, VIRTIO_NET_F_MRG_RXBUF) ||
	    vn->vd->caps.hdr_apart) {
		NL_SET_ERR_MSG_MOD(extack, "device wants buffers for the longest frame, or its header apart");
		return -EOPNOTSUPP;
	}
	if (vionic_control_gro_hw_fixed(vn->vd)) {
		NL_SET_ERR_MSG_MOD(extack, "device coalesces frames and can't be told not to");
		return -EOPNOTSUPP;
	}
	if (vn->prog) {
		NL_SET_ERR_MSG_MOD(extack, "XDP program could not see data that is apart");
		return -EBUSY;
	}
	vn->hds = true;
	err = vionic_xdp_follow(vn);
	if (err) {
		NL_SET_ERR_MSG_MOD(extack, "device refused to change its offloads");
		vionic_hds_settle(vn);
	}
	return err;
}

void vionic_hds_settle(struct vionic_net *vn)
{
	if (vn->hds == vn->cfg.rx_hds)
		return;
	vn->hds = vn->cfg.rx_hds;
	vionic_xdp_follow(vn);
}
