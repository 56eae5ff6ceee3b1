// SPDX-License-Identifier: GPL-2.0
#include "stats.h"

#include <linux/ethtool.h>
#include <vionic/compat.h>

#define X(name) #name,

static const char *const rx_names[] = { VIONIC_RX_STATS(X) "irqs", "rescues" };

static const char *const xdp_names[] = { VIONIC_XDP_STATS(X) };

static const char *const tx_names[] = {
	VIONIC_TX_XMIT_STATS(X) VIONIC_TX_CLEAN_STATS(X)
};

#undef X

static const char *const dev_names[] = { "resizes", "resets", "pair_resets",
					 "tx_lost" };

/* What a list's counters were at one moment. They are written on another CPU. */
#define DEFINE_READ(what, list)						\
static struct vionic_##what##_stats					\
read_##what(const struct vionic_##what##_totals *from,			\
	    const struct u64_stats_sync *sync)				\
{									\
	struct vionic_##what##_stats s;					\
	unsigned int start;						\
									\
	do {								\
		start = u64_stats_fetch_begin(sync);			\
		list(X)							\
	} while (u64_stats_fetch_retry(sync, start));			\
	return s;							\
}

#define X(name) s.name = u64_stats_read(&from->name);

DEFINE_READ(rx, VIONIC_RX_STATS)
DEFINE_READ(xdp, VIONIC_XDP_STATS)
DEFINE_READ(tx_xmit, VIONIC_TX_XMIT_STATS)
DEFINE_READ(tx_clean, VIONIC_TX_CLEAN_STATS)

#undef X

u64 vionic_stats_sent(const struct vionic_txq *tq)
{
	return read_tx_clean(&tq->clean, &tq->clean_sync).packets;
}

/* What some pairs have counted, together */
struct sums {
	struct vionic_rx_stats rx;
	struct vionic_tx_xmit_stats xmit;
	struct vionic_tx_clean_stats clean;
};

static struct sums sum_up(const struct vionic_net *vn, u16 from, u16 to)
{
	struct sums sum = {};

	for (; from < to; from++) {
		const struct vionic_rxq *rq = &vn->pair[from]->rx;
		const struct vionic_txq *tq = &vn->pair[from]->tx;
		struct vionic_rx_stats rx = read_rx(&rq->stats, &rq->sync);
		struct vionic_tx_xmit_stats xmit =
			read_tx_xmit(&tq->xmit, &tq->xmit_sync);
		struct vionic_tx_clean_stats clean =
			read_tx_clean(&tq->clean, &tq->clean_sync);

#define X(name) sum.rx.name += rx.name;
		VIONIC_RX_STATS(X)
#undef X
#define X(name) sum.xmit.name += xmit.name;
		VIONIC_TX_XMIT_STATS(X)
#undef X
#define X(name) sum.clean.name += clean.name;
		VIONIC_TX_CLEAN_STATS(X)
#undef X
	}
	return sum;
}

void vionic_stats_get64(struct net_device *dev, struct rtnl_link_stats64 *s)
{
	struct vionic_net *vn = netdev_priv(dev);
	struct sums sum = sum_up(vn, 0, vn->vd->caps.pairs);

	s->rx_packets = sum.rx.packets;
	s->rx_bytes = sum.rx.bytes;
	s->rx_dropped = sum.rx.drops;
	s->rx_errors = sum.rx.errors;
	s->rx_frame_errors = sum.rx.errors;
	s->tx_packets = sum.clean.packets;
	s->tx_bytes = sum.clean.bytes;
	s->tx_dropped = sum.xmit.drops + atomic64_read(&vn->tx_lost);
}

/* What is not known is left as it comes */
static void put_rx(const struct sums *sum, struct netdev_queue_stats_rx *s)
{
	s->packets = sum->rx.packets;
	s->bytes = sum->rx.bytes;
	s->alloc_fail = sum->rx.drops + sum->rx.refill_fail;
	s->csum_unnecessary = sum->rx.csum_unnecessary;
	s->csum_none = sum->rx.csum_none;
	s->hw_gro_packets = sum->rx.gso;
	s->hw_gro_bytes = sum->rx.gso_bytes;
	s->hw_gro_wire_packets = sum->rx.gso_frames;
	s->hw_gro_wire_bytes = sum->rx.gso_wire_bytes;
}

static void put_tx(const struct sums *sum, struct netdev_queue_stats_tx *s)
{
	s->packets = sum->clean.packets;
	s->bytes = sum->clean.bytes;
	s->needs_csum = sum->xmit.csum;
	s->hw_gso_packets = sum->clean.gso;
	s->hw_gso_bytes = sum->clean.gso_bytes;
	s->hw_gso_wire_packets = sum->clean.gso_frames;
	s->hw_gso_wire_bytes = sum->clean.gso_wire_bytes;
	s->stop = sum->xmit.stops;
	s->wake = sum->clean.wakes;
}

static void get_queue_stats_rx(struct net_device *dev, int i,
			       struct netdev_queue_stats_rx *s)
{
	struct sums sum = sum_up(netdev_priv(dev), i, i + 1);

	put_rx(&sum, s);
}

static void get_queue_stats_tx(struct net_device *dev, int i,
			       struct netdev_queue_stats_tx *s)
{
	struct sums sum = sum_up(netdev_priv(dev), i, i + 1);

	put_tx(&sum, s);
}

/* Queues that are not there now, but were */
static void get_base_stats(struct net_device *dev,
			   struct netdev_queue_stats_rx *rx,
			   struct netdev_queue_stats_tx *tx)
{
	struct vionic_net *vn = netdev_priv(dev);
	struct sums sum = sum_up(vn, dev->real_num_rx_queues,
				 vn->vd->caps.pairs);

	put_rx(&sum, rx);
	put_tx(&sum, tx);
}

const struct netdev_stat_ops vionic_stat_ops = {
	.get_queue_stats_rx	= get_queue_stats_rx,
	.get_queue_stats_tx	= get_queue_stats_tx,
	.get_base_stats		= get_base_stats,
};

int vionic_stats_count(const struct vionic_net *vn)
{
	return ARRAY_SIZE(dev_names) + vn->vd->caps.pairs *
	       (ARRAY_SIZE(rx_names) + ARRAY_SIZE(xdp_names) +
		ARRAY_SIZE(tx_names));
}

void vionic_stats_strings(const struct vionic_net *vn, u8 *data)
{
	unsigned int i, n;

	for (n = 0; n < ARRAY_SIZE(dev_names); n++)
		ethtool_sprintf(&data, "%s", dev_names[n]);
	for (i = 0; i < vn->vd->caps.pairs; i++) {
		for (n = 0; n < ARRAY_SIZE(rx_names); n++)
			ethtool_sprintf(&data, "rx%u_%s", i, rx_names[n]);
		for (n = 0; n < ARRAY_SIZE(xdp_names); n++)
			ethtool_sprintf(&data, "rx%u_xdp_%s", i, xdp_names[n]);
		for (n = 0; n < ARRAY_SIZE(tx_names); n++)
			ethtool_sprintf(&data, "tx%u_%s", i, tx_names[n]);
	}
}

/* Counters are all u64, in the order of their names */
static u64 *append(u64 *data, const void *stats, size_t bytes)
{
	memcpy(data, stats, bytes);
	return data + bytes / sizeof(*data);
}

void vionic_stats_values(const struct vionic_net *vn, u64 *data)
{
	u16 i;

	*data++ = vn->resizes;
	*data++ = vn->resets;
	*data++ = vn->pair_resets;
	*data++ = atomic64_read(&vn->tx_lost);
	for (i = 0; i < vn->vd->caps.pairs; i++) {
		const struct vionic_pair *qp = vn->pair[i];
		const struct vionic_rxq *rq = &qp->rx;
		const struct vionic_txq *tq = &qp->tx;
		struct vionic_rx_stats rx = read_rx(&rq->stats, &rq->sync);
		struct vionic_xdp_stats xdp =
			read_xdp(&rq->xdp.stats, &rq->sync);
		struct vionic_tx_xmit_stats xmit =
			read_tx_xmit(&tq->xmit, &tq->xmit_sync);
		struct vionic_tx_clean_stats clean =
			read_tx_clean(&tq->clean, &tq->clean_sync);

		data = append(data, &rx, sizeof(rx));
		*data++ = READ_ONCE(qp->irqs);
		*data++ = READ_ONCE(qp->rescues);
		data = append(data, &xdp, sizeof(xdp));
		data = append(data, &xmit, sizeof(xmit));
		data = append(data, &clean, sizeof(clean));
	}
}
