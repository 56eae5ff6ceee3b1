/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The one place that knows how the supported kernels (6.1, 6.12, 7.2) differ.
 *
 * Each difference is a feature of the kernel, found by asking its headers
 * rather than its version wherever a header or macro tells; the driver is
 * written for the newest kernel and finds its API here on older ones.
 */
#ifndef _VIONIC_COMPAT_H
#define _VIONIC_COMPAT_H

#include <linux/ethtool.h>
#include <linux/netdevice.h>
#include <linux/pci.h>
#include <net/netdev_queues.h>

/* page_pool: headers of its own, and a NAPI that recycles directly. Kbuild
 * defines this where the headers are.
 */
#ifdef VIONIC_HAVE_POOL_NAPI
#include <net/page_pool/helpers.h>
#else
#include <net/page_pool.h>
#endif

/* came with the queue statistics, as did the links between queues and NAPI */
#ifndef __netif_txq_completed_wake
enum netdev_queue_type {
	NETDEV_QUEUE_TYPE_RX,
	NETDEV_QUEUE_TYPE_TX,
};

#define __netif_txq_completed_wake(txq, pkts, bytes, get_desc,		\
				   start_thrs, down_cond)		\
	({								\
		netdev_tx_completed_queue(txq, pkts, bytes);		\
		__netif_txq_maybe_wake(txq, get_desc, start_thrs,	\
				       down_cond);			\
	})

static inline void netif_napi_set_irq(struct napi_struct *napi, int irq)
{
}

static inline void netif_queue_set_napi(struct net_device *dev,
					unsigned int queue_index,
					enum netdev_queue_type type,
					struct napi_struct *napi)
{
}

static inline void netdev_sw_irq_coalesce_default_on(struct net_device *dev)
{
}
#endif

/**
 * vionic_pool_link() - let pages freed in a NAPI's poll go straight back
 * @pool:	page_pool that this NAPI alone allocates from
 * @napi:	disabled NAPI
 *
 * Apart from creation so that a pool can be prepared, and thrown away again,
 * while the NAPI still works with another one.
 */
static inline void vionic_pool_link(struct page_pool *pool,
				    struct napi_struct *napi)
{
#ifdef VIONIC_HAVE_POOL_NAPI
	WRITE_ONCE(pool->p.napi, napi);
#endif
}

/**
 * vionic_pool_unlink() - undo vionic_pool_link()
 * @pool:	page_pool; its NAPI is disabled
 */
static inline void vionic_pool_unlink(struct page_pool *pool)
{
#ifdef VIONIC_HAVE_POOL_NAPI
	page_pool_disable_direct_recycling(pool);
#endif
}

#ifndef PCI_IRQ_INTX
#define PCI_IRQ_INTX		PCI_IRQ_LEGACY
#endif

/* Hash of received frames: what ethtool passes in structures now were arguments
 * or came by way of struct ethtool_rxnfc. VIONIC_RXFH_ADAPT() makes functions of
 * the old kind out of those of the new, VIONIC_RXFH_OPS names them.
 */
#ifndef RXH_XFRM_NO_CHANGE
#define RXH_XFRM_NO_CHANGE	0xff

struct ethtool_rxfh_param {
	u8 hfunc;
	u32 *indir;
	u8 *key;
	u8 input_xfrm;
};

#define VIONIC_RXFH_ADAPT_PARAM(get, set)				\
static int vionic_get_rxfh(struct net_device *dev, u32 *indir,		\
			   u8 *key, u8 *hfunc)				\
{									\
	struct ethtool_rxfh_param p = { .indir = indir, .key = key };	\
	int err = get(dev, &p);						\
									\
	if (hfunc)							\
		*hfunc = p.hfunc;					\
	return err;							\
}									\
									\
static int vionic_set_rxfh(struct net_device *dev, const u32 *indir,	\
			   const u8 *key, const u8 hfunc)		\
{									\
	struct ethtool_rxfh_param p = {					\
		.hfunc = hfunc,						\
		.indir = (u32 *)indir,					\
		.key = (u8 *)key,					\
		.input_xfrm = RXH_XFRM_NO_CHANGE,			\
	};								\
									\
	return set(dev, &p, NULL);					\
}
#else
#define VIONIC_RXFH_ADAPT_PARAM(get, set)				\
static int vionic_get_rxfh(struct net_device *dev,			\
			   struct ethtool_rxfh_param *p)		\
{									\
	return get(dev, p);						\
}									\
									\
static int vionic_set_rxfh(struct net_device *dev,			\
			   struct ethtool_rxfh_param *p,		\
			   struct netlink_ext_ack *extack)		\
{									\
	return set(dev, p, extack);					\
}
#endif

#ifdef VIONIC_HAVE_RXFH_FIELDS
#define VIONIC_RXFH_ADAPT_FIELDS(get, set, rings)			\
static int vionic_get_fields(struct net_device *dev,			\
			     struct ethtool_rxfh_fields *f)		\
{									\
	return get(dev, f);						\
}									\
									\
static int vionic_set_fields(struct net_device *dev,			\
			     const struct ethtool_rxfh_fields *f,	\
			     struct netlink_ext_ack *extack)		\
{									\
	return set(dev, f, extack);					\
}									\
									\
static u32 vionic_rx_rings(struct net_device *dev)			\
{									\
	return rings(dev);						\
}

#define VIONIC_RXFH_OPS_FIELDS						\
	.get_rxfh_fields	= vionic_get_fields,			\
	.set_rxfh_fields	= vionic_set_fields,			\
	.get_rx_ring_count	= vionic_rx_rings
#else
struct ethtool_rxfh_fields {
	u32 data;
	u32 flow_type;
};

#define VIONIC_RXFH_ADAPT_FIELDS(get, set, rings)			\
static int vionic_get_rxnfc(struct net_device *dev,			\
			    struct ethtool_rxnfc *nfc, u32 *locs)	\
{									\
	struct ethtool_rxfh_fields f = { .flow_type = nfc->flow_type };	\
	int err;							\
									\
	switch (nfc->cmd) {						\
	case ETHTOOL_GRXRINGS:						\
		nfc->data = rings(dev);					\
		return 0;						\
	case ETHTOOL_GRXFH:						\
		err = get(dev, &f);					\
		nfc->data = f.data;					\
		return err;						\
	default:							\
		return -EOPNOTSUPP;					\
	}								\
}									\
									\
static int vionic_set_rxnfc(struct net_device *dev,			\
			    struct ethtool_rxnfc *nfc)			\
{									\
	struct ethtool_rxfh_fields f = {				\
		.data = nfc->data,					\
		.flow_type = nfc->flow_type,				\
	};								\
									\
	if (nfc->cmd != ETHTOOL_SRXFH || nfc->data > U32_MAX)		\
		return -EOPNOTSUPP;					\
	return set(dev, &f, NULL);					\
}

#define VIONIC_RXFH_OPS_FIELDS						\
	.get_rxnfc		= vionic_get_rxnfc,			\
	.set_rxnfc		= vionic_set_rxnfc
#endif

#define VIONIC_RXFH_ADAPT(get, set, get_fields, set_fields, rings)	\
VIONIC_RXFH_ADAPT_PARAM(get, set)					\
									\
VIONIC_RXFH_ADAPT_FIELDS(get_fields, set_fields, rings)

#define VIONIC_RXFH_OPS							\
	.get_rxfh		= vionic_get_rxfh,			\
	.set_rxfh		= vionic_set_rxfh,			\
	VIONIC_RXFH_OPS_FIELDS

#ifndef timer_container_of
#define timer_container_of	from_timer
#endif

#endif /* _VIONIC_COMPAT_H */
