// SPDX-License-Identifier: GPL-2.0
#include "xsk.h"

#include <linux/if_vlan.h>
#include <net/xdp_sock_drv.h>
#include "control.h"
#include "lifecycle.h"
#include "window.h"
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

/* Without VIRTIO_NET_F_MRG_RXBUF one chunk must hold all that the device may deliver.
 *
 * Return: bytes of a frame that a socket must be able to receive.
 */
static u32 xsk_frame_max(const struct vionic_net *vn, unsigned int mtu)
{
	if (vionic_dev_has(vn->vd, VIRTIO_NET_F_MRG_RXBUF))
		return mtu + ETH_HLEN + VLAN_HLEN;
	return vionic_control_frame_max(vn->vd, mtu);
}

static bool fits(const struct vionic_net *vn, struct xsk_buff_pool *pool,
		 unsigned int mtu)
{
	return xsk_frame_max(vn, mtu) <= longest(vn, pool);
}

bool vionic_xsk_fit(const struct vionic_net *vn, unsigned int mtu)
{
	u16 i;

	for (i = 0; i < vn->vd->caps.pairs; i++)
		if (vn->pair[i]->xsk && !fits(vn, vn->pair[i]->xsk, mtu))
			return false;
	return true;
}

static int xsk_check_pool(const struct vionic_net *vn,
			  struct xsk_buff_pool *pool)
{
	if (vionic_control_gro_hw_fixed(vn->vd))
		return -EOPNOTSUPP;
	if (fits(vn, pool, vn->dev->mtu))
		return 0;
	/* struct netdev_bpf has no extack for pools */
	if (net_ratelimit())
		netdev_info(vn->dev, "AF_XDP zero copy refused: frames have up to %u bytes, a socket can receive %u\n",
			    xsk_frame_max(vn, vn->dev->mtu), longest(vn, pool));
	return -EOPNOTSUPP;
}

static int attach(struct vionic_net *vn, struct vionic_pair *qp,
		  struct xsk_buff_pool *pool)
{
	int err;

	if (qp->xsk)
		return -EBUSY;
	err = xsk_check_pool(vn, pool);
	if (err)
		return err;
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
	vionic_window();
	local_bh_disable();
	if (!napi_if_scheduled_mark_missed(&vn->pair[queue]->napi))
		napi_schedule(&vn->pair[queue]->napi);
	local_bh_enable();
	return 0;
}
