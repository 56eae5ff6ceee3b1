// SPDX-License-Identifier: GPL-2.0
#include "queue_ops.h"

#include "lifecycle.h"

/* A ring full of buffers, of who lends this queue memory, if anybody does */
static int mem_alloc(struct net_device *dev, struct netdev_queue_config *qcfg,
		     void *mem, int i)
{
	struct vionic_net *vn = netdev_priv(dev);

	return vionic_rx_ring_make(vn, &vn->cfg, i, mem);
}

static void mem_free(struct net_device *dev, void *mem)
{
	vionic_rx_ring_free(mem);
}

static int stop(struct net_device *dev, void *mem, int i)
{
	return vionic_take_rx_ring(netdev_priv(dev), i, mem);
}

static int start(struct net_device *dev, struct netdev_queue_config *qcfg,
		 void *mem, int i)
{
	return vionic_give_rx_ring(netdev_priv(dev), i, mem);
}

const struct netdev_queue_mgmt_ops vionic_queue_ops = {
	.ndo_queue_mem_size	= sizeof(struct vionic_rx_ring),
	.ndo_queue_mem_alloc	= mem_alloc,
	.ndo_queue_mem_free	= mem_free,
	.ndo_queue_start	= start,
	.ndo_queue_stop		= stop,
};
