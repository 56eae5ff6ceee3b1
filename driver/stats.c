// SPDX-License-Identifier: GPL-2.0
#include "stats.h"

#include <linux/ethtool.h>

#define X(name) #name,

static const char *const rx_names[] = { VIONIC_RX_STATS(X) "irqs" };

static const char *const tx_names[] = {
	VIONIC_TX_XMIT_STATS(X) VIONIC_TX_CLEAN_STATS(X)
};

#undef X

static const char *const dev_names[] = { "resizes", "resets", "tx_lost" };

static struct vionic_rx_stats read_rx(const struct vionic_rxq *rq)
{
	struct vionic_rx_stats s;
	unsigned int start;

	do {
		start = u64_stats_fetch_begin(&rq->sync);
		s = rq->stats;
	} while (u64_stats_fetch_retry(&rq->sync, start));
	return s;
}

static struct vionic_tx_xmit_stats read_xmit(const struct vionic_txq *tq)
{
	struct vionic_tx_xmit_stats s;
	unsigned int start;

	do {
		start = u64_stats_fetch_begin(&tq->xmit_sync);
		s = tq->xmit;
	} while (u64_stats_fetch_retry(&tq->xmit_sync, start));
	return s;
}

static struct vionic_tx_clean_stats read_clean(const struct vionic_txq *tq)
{
	struct vionic_tx_clean_stats s;
	unsigned int start;

	do {
		start = u64_stats_fetch_begin(&tq->clean_sync);
		s = tq->clean;
	} while (u64_stats_fetch_retry(&tq->clean_sync, start));
	return s;
}

void vionic_stats_get64(struct net_device *dev, struct rtnl_link_stats64 *s)
{
	struct vionic_net *vn = netdev_priv(dev);
	u16 i;

	for (i = 0; i < vn->vd->caps.pairs; i++) {
		struct vionic_rx_stats rx = read_rx(&vn->pair[i]->rx);
		struct vionic_tx_xmit_stats xmit = read_xmit(&vn->pair[i]->tx);
		struct vionic_tx_clean_stats clean =
			read_clean(&vn->pair[i]->tx);

		s->rx_packets += rx.packets;
		s->rx_bytes += rx.bytes;
		s->rx_dropped += rx.drops;
		s->rx_errors += rx.errors;
		s->rx_frame_errors += rx.errors;
		s->tx_packets += clean.packets;
		s->tx_bytes += clean.bytes;
		s->tx_dropped += xmit.drops;
	}
	s->tx_dropped += vn->tx_lost;
}

int vionic_stats_count(const struct vionic_net *vn)
{
	return ARRAY_SIZE(dev_names) + vn->vd->caps.pairs *
	       (ARRAY_SIZE(rx_names) + ARRAY_SIZE(tx_names));
}

void vionic_stats_strings(const struct vionic_net *vn, u8 *data)
{
	unsigned int i, n;

	for (n = 0; n < ARRAY_SIZE(dev_names); n++)
		ethtool_sprintf(&data, "%s", dev_names[n]);
	for (i = 0; i < vn->vd->caps.pairs; i++) {
		for (n = 0; n < ARRAY_SIZE(rx_names); n++)
			ethtool_sprintf(&data, "rx%u_%s", i, rx_names[n]);
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
	*data++ = vn->tx_lost;
	for (i = 0; i < vn->vd->caps.pairs; i++) {
		const struct vionic_pair *qp = vn->pair[i];
		struct vionic_rx_stats rx = read_rx(&qp->rx);
		struct vionic_tx_xmit_stats xmit = read_xmit(&qp->tx);
		struct vionic_tx_clean_stats clean = read_clean(&qp->tx);

		data = append(data, &rx, sizeof(rx));
		*data++ = READ_ONCE(qp->irqs);
		data = append(data, &xmit, sizeof(xmit));
		data = append(data, &clean, sizeof(clean));
	}
}
