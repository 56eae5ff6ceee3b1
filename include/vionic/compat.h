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

#include <linux/dim.h>
#include <linux/ethtool.h>
#include <linux/ethtool_netlink.h>
#include <linux/filter.h>
#include <linux/hrtimer.h>
#include <linux/netdevice.h>
#include <linux/pci.h>
#include <net/netdev_queues.h>
#include <net/xdp.h>
#include <net/xdp_sock_drv.h>

/* page_pool: headers of its own, and a NAPI that recycles directly. Kbuild
 * defines this where the headers are.
 */
#ifdef VIONIC_HAVE_POOL_NAPI
#include <net/page_pool/helpers.h>
#else
#include <net/page_pool.h>
#endif

/* later ones need not be told that pages are shared out */
#ifndef PP_FLAG_PAGE_FRAG
#define PP_FLAG_PAGE_FRAG	0
#endif

/* came with the queue statistics, as did the links between queues and NAPI */
#ifndef __netif_txq_completed_wake
enum netdev_queue_type {
	NETDEV_QUEUE_TYPE_RX,
	NETDEV_QUEUE_TYPE_TX,
};

/* __netif_txq_maybe_wake() of these kernels asks for more than @start_thrs, that of later
 * ones for as many
 */
#define __netif_txq_completed_wake(txq, pkts, bytes, get_desc,		\
				   start_thrs, down_cond)		\
	({								\
		netdev_tx_completed_queue(txq, pkts, bytes);		\
		__netif_txq_maybe_wake(txq, get_desc, (start_thrs) - 1,	\
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

struct netdev_queue_stats_rx {
	u64 bytes;
	u64 packets;
	u64 alloc_fail;
	u64 csum_unnecessary;
	u64 csum_none;
	u64 hw_gro_packets;
	u64 hw_gro_bytes;
	u64 hw_gro_wire_packets;
	u64 hw_gro_wire_bytes;
};

struct netdev_queue_stats_tx {
	u64 bytes;
	u64 packets;
	u64 needs_csum;
	u64 hw_gso_packets;
	u64 hw_gso_bytes;
	u64 hw_gso_wire_packets;
	u64 hw_gso_wire_bytes;
	u64 stop;
	u64 wake;
};

struct netdev_stat_ops {
	void (*get_queue_stats_rx)(struct net_device *dev, int idx,
				   struct netdev_queue_stats_rx *stats);
	void (*get_queue_stats_tx)(struct net_device *dev, int idx,
				   struct netdev_queue_stats_tx *stats);
	void (*get_base_stats)(struct net_device *dev,
			       struct netdev_queue_stats_rx *rx,
			       struct netdev_queue_stats_tx *tx);
};

#define vionic_set_stat_ops(dev, ops)	((void)(ops))
#else
#define vionic_set_stat_ops(dev, ops)	((dev)->stat_ops = (ops))
#endif

/**
 * vionic_pool_link() - let pages freed in a NAPI's poll go straight back
 * @pool:	page_pool that this NAPI alone allocates from, or NULL
 * @napi:	disabled NAPI
 *
 * Apart from creation so that a pool can be prepared, and thrown away again,
 * while the NAPI still works with another one.
 */
static inline void vionic_pool_link(struct page_pool *pool,
				    struct napi_struct *napi)
{
#ifdef VIONIC_HAVE_POOL_NAPI
	if (pool)
		WRITE_ONCE(pool->p.napi, napi);
#endif
}

/**
 * vionic_pool_unlink() - undo vionic_pool_link()
 * @pool:	page_pool, or NULL; its NAPI is disabled
 */
static inline void vionic_pool_unlink(struct page_pool *pool)
{
#ifdef VIONIC_HAVE_POOL_NAPI
	if (pool)
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
/* late versions of 6.12 have it, and ask as before */
#ifndef VIONIC_HAVE_RXFH_FIELDS_STRUCT
struct ethtool_rxfh_fields {
	u32 data;
	u32 flow_type;
};
#endif

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

#ifndef VIONIC_HAVE_HRTIMER_SETUP
static inline void hrtimer_setup(struct hrtimer *timer,
				 enum hrtimer_restart (*fn)(struct hrtimer *),
				 clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = fn;
}
#endif

/* net_dim() of the newest kernel: the sample is not copied */
#ifdef VIONIC_HAVE_DIM_POINTER
#define vionic_net_dim(dim, sample)	net_dim(dim, sample)
#else
#define vionic_net_dim(dim, sample)	net_dim(dim, *(sample))
#endif

/* A netdev's own lock, held around all that the stack asks of it and by what
 * changes it from elsewhere: before it came, rtnl alone.
 */
#ifdef VIONIC_HAVE_OPS_LOCK
#include <net/netdev_lock.h>
#define vionic_want_ops_lock(dev)	((dev)->request_ops_lock = true)

static inline void vionic_assert_dev_locked(const struct net_device *dev)
{
	if (netdev_need_ops_lock(dev))
		lockdep_assert_held(&dev->lock);
	else
		ASSERT_RTNL();
}
#else
#define vionic_assert_dev_locked(dev)	ASSERT_RTNL()
#define vionic_want_ops_lock(dev)	((void)(dev))
#define netdev_lock_ops(dev)		((void)(dev))
#define netdev_unlock_ops(dev)		((void)(dev))
#define netdev_lock_ops_to_full(dev)	((void)(dev))
#define netdev_unlock_full_to_ops(dev)	((void)(dev))
#define napi_enable_locked(napi)	napi_enable(napi)
#define napi_disable_locked(napi)	napi_disable(napi)
#define netif_napi_set_irq_locked(napi, irq)	netif_napi_set_irq(napi, irq)
#define netif_napi_add_config_locked(dev, napi, poll, index)		\
	netif_napi_add_config(dev, napi, poll, index)
#define __netif_napi_del_locked(napi)	__netif_napi_del(napi)
#endif

/* Under that lock alone, ethtool can't be served where the stack is told of queues
 * or announces, or the carrier is to be up to date: not by what brings the device up
 */
#ifdef ETHTOOL_OP_NEEDS_RTNL_TEST
#define VIONIC_ETHTOOL_RTNL						\
	.op_needs_rtnl		= ETHTOOL_OP_NEEDS_RTNL_SRINGPARAM |	\
				  ETHTOOL_OP_NEEDS_RTNL_SCHANNELS |	\
				  ETHTOOL_OP_NEEDS_RTNL_GLINK |		\
				  ETHTOOL_OP_NEEDS_RTNL_TEST,
#else
#define VIONIC_ETHTOOL_RTNL
#endif

/* Receive mode, sent where one may sleep: by the stack, or by a work item that
 * it wakes
 */
#ifdef VIONIC_HAVE_RX_MODE_ASYNC
#define VIONIC_RX_MODE_OP(wake, send)	.ndo_set_rx_mode_async = (send)
#else
#define VIONIC_RX_MODE_OP(wake, send)	.ndo_set_rx_mode = (wake)
#endif

/* Where a NAPI's number and settings outlive it, the stack gets to know of it when it
 * is about to be enabled, for of one that is disabled it can't take the thread back,
 * and waits forever. Elsewhere it knows all.
 */
#ifdef VIONIC_HAVE_NAPI_CONFIG
static inline void vionic_napi_init(struct net_device *dev,
				    struct napi_struct *napi,
				    int (*poll)(struct napi_struct *, int))
{
	/* as if it were disabled: nobody schedules it */
	set_bit(NAPI_STATE_SCHED, &napi->state);
}

static inline void vionic_napi_list(struct net_device *dev,
				    struct napi_struct *napi,
				    int (*poll)(struct napi_struct *, int),
				    int index, int irq)
{
	if (test_bit(NAPI_STATE_LISTED, &napi->state))
		return;
	netif_napi_add_config_locked(dev, napi, poll, index);
	netif_napi_set_irq_locked(napi, irq);
}

static inline void vionic_napi_unlist(struct napi_struct *napi)
{
	__netif_napi_del_locked(napi);
}
#else
static inline void vionic_napi_init(struct net_device *dev,
				    struct napi_struct *napi,
				    int (*poll)(struct napi_struct *, int))
{
	netif_napi_add(dev, napi, poll);
}

static inline void vionic_napi_list(struct net_device *dev,
				    struct napi_struct *napi,
				    int (*poll)(struct napi_struct *, int),
				    int index, int irq)
{
	netif_napi_set_irq(napi, irq);
}

static inline void vionic_napi_unlist(struct napi_struct *napi)
{
}
#endif

/* devlink: reporters once were told how long to leave a device in peace, the name
 * of the driver was its own to give, and a reload to be asked for
 */
#ifdef VIONIC_HAVE_REPORTER_DEFAULTS
#define vionic_reporter_create(devlink, ops, priv)			\
	devlink_health_reporter_create(devlink, ops, priv)
#else
#define vionic_reporter_create(devlink, ops, priv)			\
	devlink_health_reporter_create(devlink, ops, 0, priv)
#endif

#ifndef VIONIC_HAVE_DEVLINK_FEATURES
#define devlink_set_features(devlink, features)	((void)(devlink))
#endif

#ifdef VIONIC_HAVE_DEVLINK_DRIVER_NAME
#define vionic_devlink_driver_name(req, name)				\
	devlink_info_driver_name_put(req, name)
#else
#define vionic_devlink_driver_name(req, name)	0
#endif

/* Not zeroed first, where all of it is written before it is read, for each frame */
#ifndef __uninitialized
#if __has_attribute(__uninitialized__)
#define __uninitialized	__attribute__((__uninitialized__))
#else
#define __uninitialized
#endif
#endif

#ifndef timer_container_of
#define timer_container_of	from_timer
#endif

/* XDP: what a program's redirect is kept in, where not the CPU itself has it; how
 * fragments are described and reach an skb
 */
#ifdef VIONIC_HAVE_BPF_NET_CONTEXT
#define vionic_bpf_ctx			bpf_net_context
#define vionic_bpf_ctx_set(ctx)		bpf_net_ctx_set(ctx)
#define vionic_bpf_ctx_clear(ctx)	bpf_net_ctx_clear(ctx)
#else
struct vionic_bpf_ctx {
};

#define vionic_bpf_ctx_set(ctx)		((void)(ctx))
#define vionic_bpf_ctx_clear(ctx)	((void)(ctx))
#endif

#ifndef VIONIC_HAVE_FRAG_FILL
static inline void skb_frag_fill_page_desc(skb_frag_t *frag, struct page *page,
					   int off, int size)
{
	__skb_frag_set_page(frag, page);
	skb_frag_off_set(frag, off);
	skb_frag_size_set(frag, size);
}
#endif

#ifdef VIONIC_HAVE_XDP_FRAGS_INFO
#define vionic_xdp_skb_frags(skb, xdp, nr, size, truesize)		\
	xdp_update_skb_frags_info(skb, nr, size, truesize, (xdp)->flags)
#else
#define vionic_xdp_skb_frags(skb, xdp, nr, size, truesize)		\
	xdp_update_skb_shared_info(skb, nr, size, truesize,		\
				   xdp_buff_is_frag_pfmemalloc(xdp))
#endif

/* AF_XDP: frames in several pieces, which a driver once described to programs itself;
 * and wishes that a socket sends with a frame
 */
#ifdef VIONIC_HAVE_XSK_FRAGS
#define vionic_xsk_sg(pool)		((pool)->umem->flags & XDP_UMEM_SG_FLAG)
#define vionic_set_xsk_segs(dev, val)	((dev)->xdp_zc_max_segs = (val))
#else
#define vionic_xsk_sg(pool)		false
#define vionic_set_xsk_segs(dev, val)	((void)(dev))

static inline bool xsk_is_eop_desc(struct xdp_desc *desc)
{
	return true;
}
#endif

static inline bool vionic_xsk_add_frag(struct xdp_buff *head,
				       struct xdp_buff *xdp)
{
#ifdef VIONIC_HAVE_XSK_FRAG_HEAD
	return xsk_buff_add_frag(head, xdp);
#elif defined(VIONIC_HAVE_XSK_FRAGS)
	struct skb_shared_info *info = xdp_get_shared_info_from_buff(head);
	u32 size = xdp->data_end - xdp->data;

	if (!xdp_buff_has_frags(head)) {
		xdp_buff_set_frags_flag(head);
		info->nr_frags = 0;
		info->xdp_frags_size = 0;
	}
	if (info->nr_frags == MAX_SKB_FRAGS)
		return false;
	skb_frag_fill_page_desc(&info->frags[info->nr_frags++],
				virt_to_page(xdp->data),
				offset_in_page(xdp->data), size);
	info->xdp_frags_size += size;
	xsk_buff_add_frag(xdp);
	return true;
#else
	return false;
#endif
}

#ifdef VIONIC_HAVE_XSK_REQUESTS
#define vionic_set_xsk_requests(dev, ops)				\
	((dev)->xsk_tx_metadata_ops = (ops))
#else
struct xsk_tx_metadata_ops {
	void (*tmo_request_checksum)(u16 csum_start, u16 csum_offset,
				     void *priv);
};

#define vionic_set_xsk_requests(dev, ops)	((void)(ops))
#endif

#ifdef XDP_TX_METADATA
#define vionic_xsk_asks(desc)	((desc)->options & XDP_TX_METADATA)
#else
#define vionic_xsk_asks(desc)	false
#endif

static inline void vionic_xsk_request(struct xsk_buff_pool *pool,
				      const struct xdp_desc *desc,
				      const struct xsk_tx_metadata_ops *ops,
				      void *priv)
{
#ifdef VIONIC_HAVE_XSK_REQUEST_CHECK
	struct xsk_tx_metadata *meta;

	meta = xsk_buff_get_metadata(pool, desc->addr, desc->options);
	xsk_tx_metadata_request(pool, &meta, ops, priv);
#elif defined(VIONIC_HAVE_XSK_REQUEST_OPTIONS)
	xsk_tx_metadata_request(xsk_buff_get_metadata(pool, desc->addr,
						      desc->options),
				ops, priv);
#elif defined(VIONIC_HAVE_XSK_REQUESTS)
	if (desc->options & XDP_TX_METADATA)
		xsk_tx_metadata_request(xsk_buff_get_metadata(pool, desc->addr),
					ops, priv);
#endif
}

/* Return: true if the last verdict XDP_REDIRECT names an AF_XDP socket. The driver asks
 * about frames of several buffers in AF_XDP memory, which supported kernels without the
 * context do not have.
 */
static inline bool vionic_xdp_to_socket(void)
{
#ifdef VIONIC_HAVE_BPF_NET_CONTEXT
	return bpf_net_ctx_get_ri()->map_type == BPF_MAP_TYPE_XSKMAP;
#else
	return true;
#endif
}

/* What a program may ask of a frame, for which sockets' have room behind them */
#ifdef VIONIC_HAVE_XDP_METADATA
#define vionic_set_xdp_metadata(dev)					\
	((dev)->xdp_metadata_ops = &vionic_rx_metadata_ops)
#define vionic_xsk_has_room(type)	({ XSK_CHECK_PRIV_TYPE(type); true; })
#else
#define vionic_set_xdp_metadata(dev)	((void)(dev))
#define vionic_xsk_has_room(type)	false
#endif

/* Fragments that the CPU can't read, and queues that memory is lent to */
#ifdef VIONIC_HAVE_QUEUE_CONFIG
#include <net/page_pool/memory_provider.h>
#define VIONIC_HAS_HDS		1
#define VIONIC_RING_USE_HDS	ETHTOOL_RING_USE_TCP_DATA_SPLIT
#define vionic_set_queue_ops(dev, ops)	((dev)->queue_mgmt_ops = (ops))
#else
#define VIONIC_HAS_HDS		0
#define VIONIC_RING_USE_HDS	0
#define vionic_set_queue_ops(dev, ops)	((void)(dev))
#endif

/* What a netdev can do of XDP was not told before it had a family of netlink */
#ifdef VIONIC_HAVE_XDP_FEATURES
#define vionic_set_xdp_features(dev, val)	((dev)->xdp_features = (val))
#else
#define vionic_set_xdp_features(dev, val)	((void)(dev))
#endif

/**
 * vionic_bql_sent() - check that BQL has counted frames as sent
 * @nq:		transmit queue
 * @bytes:	bytes of frames that the device completed
 *
 * netdev_tx_completed_queue() ends in BUG() for more bytes than were sent. A frame counts
 * as sent after it is committed, and a faulty device may complete it before.
 *
 * Context: NAPI poll.
 * Return: true if @bytes may be given to netdev_tx_completed_queue().
 */
static inline bool vionic_bql_sent(const struct netdev_queue *nq,
				   unsigned int bytes)
{
#ifdef CONFIG_BQL
	return READ_ONCE(nq->dql.num_queued) - nq->dql.num_completed >= bytes;
#else
	return true;
#endif
}

#endif /* _VIONIC_COMPAT_H */
