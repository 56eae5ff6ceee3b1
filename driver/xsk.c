// SPDX-License-Identifier: GPL-2.0
#include "xsk.h"

#include <linux/if_vlan.h>
#include <net/xdp_sock_drv.h>
#include "control.h"
#include "lifecycle.h"
#include "xdp.h"

/* Where the device can spread a frame, sockets that asked for it get it so */
static u32 longest(const struct vionic_net *vn, struct xsk_buff_pool *pool)
{
	u32 room = xsk_pool_get_rx_frame_size(pool);

	if (!vionic_dev_has(vn->vd, VIRTIO_NET_F_MRG_RXBUF) ||
	    !vionic_xsk_sg(pool))
		return room;
	return room * (1 + MAX_SKB_FRAGS);
}

static bool fits(const struct vionic_net *vn, struct xsk_buff_pool *pool,
		 unsigned int mtu)
{
	return mtu + ETH_HLEN + VLAN_HLEN <= longest(vn, pool);
}

bool vionic_xsk_fit(const struct vionic_net *vn, unsigned int mtu)
{
	u16 i;

	for (i = 0; i < vn->vd->caps.pairs; i++)
		if (vn->pair[i]->xsk && !fits(vn, vn->pair[i]->xsk, mtu))
			return false;
	return true;
}

static int attach(struct vionic_net *vn, struct vionic_pair *qp,
		  struct xsk_buff_pool *pool)
{
	int err;

	if (qp->xsk)
		return -EBUSY;
	if (!fits(vn, pool, vn->dev->mtu) ||
	    vionic_control_gro_hw_fixed(vn->vd))
		return -EOPNOTSUPP;
	err = xsk_pool_dma_map(pool, &vn->vd->pdev->dev, 0);
	if (err)
		return err;
	xsk_pool_set_rxq_info(pool, &qp->rx.xdp.info);
	if (xsk_uses_need_wakeup(pool))
		xsk_set_tx_need_wakeup(pool);
	qp->xsk = pool;
	vn->xsks++;
	err = vionic_xdp_follow(vn);
	if (!err)
		err = vionic_rebuild_pair(vn, qp->index);
	if (!err)
		return 0;
	qp->xsk = NULL;
	vn->xsks--;
	vionic_xdp_follow(vn);
	xsk_pool_dma_unmap(pool, 0);
	return err;
}

/* The memory goes in any case */
static int detach(struct vionic_net *vn, struct vionic_pair *qp)
{
	struct xsk_buff_pool *pool = qp->xsk;

	if (!pool)
		return -EINVAL;
	qp->xsk = NULL;
	vn->xsks--;
	if (vionic_rebuild_pair(vn, qp->index)) {
		netdev_err(vn->dev, "queue pair %u can't be taken from its sockets\n",
			   qp->index);
		vionic_give_up(vn);
	}
	vionic_xdp_follow(vn);
	xsk_pool_dma_unmap(pool, 0);
	return 0;
}

int vionic_xsk_setup(struct vionic_net *vn, struct xsk_buff_pool *pool,
		     u16 queue)
{
	if (queue >= vn->vd->caps.pairs)
		return -EINVAL;
	return pool ? attach(vn, vn->pair[queue], pool) :
		      detach(vn, vn->pair[queue]);
}

/* A pair whose rings are being exchanged looks for work when it starts */
int vionic_xsk_wakeup(struct net_device *dev, u32 queue, u32 flags)
{
	struct vionic_net *vn = netdev_priv(dev);

	if (!netif_running(dev) || queue >= vn->vd->caps.pairs)
		return -ENETDOWN;
	local_bh_disable();
	if (!napi_if_scheduled_mark_missed(&vn->pair[queue]->napi))
		napi_schedule(&vn->pair[queue]->napi);
	local_bh_enable();
	return 0;
}
