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

#ifndef timer_container_of
#define timer_container_of	from_timer
#endif

#endif /* _VIONIC_COMPAT_H */
