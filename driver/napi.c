// SPDX-License-Identifier: GPL-2.0
#include "napi.h"

#include <linux/interrupt.h>
#include <vionic/compat.h>

static void irq_off(struct vionic_pair *qp)
{
	vionic_rx_irq_off(&qp->rx);
	vionic_tx_irq_off(&qp->tx);
}

/* Both wishes are made even if the first finds work already */
static bool irq_on(struct vionic_pair *qp)
{
	bool rx = vionic_rx_irq_on(&qp->rx);
	bool tx = vionic_tx_irq_on(&qp->tx);

	return rx || tx;
}

void vionic_pairs_irq(struct vionic_pair *qp)
{
	for (; qp; qp = qp->next) {
		if (!READ_ONCE(qp->live))
			continue;
		WRITE_ONCE(qp->irqs, qp->irqs + 1);
		irq_off(qp);
		napi_schedule_irqoff(&qp->napi);
	}
}

/* A wish for interrupts is a hint that is only valid from when the device sees
 * it: what it used before then must be found by looking again (2.7.7.1).
 */
static void rearm(struct vionic_pair *qp)
{
	if (irq_on(qp) && napi_schedule_prep(&qp->napi)) {
		irq_off(qp);
		__napi_schedule(&qp->napi);
	}
}

static int poll(struct napi_struct *napi, int budget)
{
	struct vionic_pair *qp = container_of(napi, struct vionic_pair, napi);
	bool more = vionic_tx_clean(&qp->tx, budget);
	int done;

	if (!budget)	/* netpoll: sending only */
		return 0;
	done = vionic_rx_poll(&qp->rx, budget);
	if (more || done == budget)
		return budget;
	/* from here on another CPU may poll; see vionic_split_irq_on() */
	if (napi_complete_done(napi, done))
		rearm(qp);
	return done;
}

void vionic_pair_init(struct vionic_pair *qp, struct net_device *dev,
		      u16 index)
{
	qp->index = index;
	qp->rx.dev = dev;
	qp->rx.napi = &qp->napi;
	qp->rx.index = index;
	qp->tx.nq = netdev_get_tx_queue(dev, index);
	vionic_rx_init(&qp->rx);
	vionic_tx_init(&qp->tx);
	netif_napi_add(dev, &qp->napi, poll);
}

void vionic_pair_exit(struct vionic_pair *qp)
{
	netif_napi_del(&qp->napi);
	vionic_rx_pools_destroy(&qp->rx.pools);
}

void vionic_pair_start(struct vionic_pair *qp)
{
	struct net_device *dev = qp->rx.dev;

	/* while nobody else can: the poll publishes, too */
	vionic_rx_start(&qp->rx);
	vionic_pool_link(qp->rx.ring.pool, &qp->napi);
	napi_enable(&qp->napi);
	netif_queue_set_napi(dev, qp->index, NETDEV_QUEUE_TYPE_RX, &qp->napi);
	netif_queue_set_napi(dev, qp->index, NETDEV_QUEUE_TYPE_TX, &qp->napi);
	WRITE_ONCE(qp->live, true);
	/* interrupts are on in a fresh ring, and may have come too early */
	local_bh_disable();
	napi_schedule(&qp->napi);
	local_bh_enable();
}

void vionic_pair_stop(struct vionic_pair *qp)
{
	struct net_device *dev = qp->rx.dev;

	if (!qp->live)
		return;
	WRITE_ONCE(qp->live, false);
	synchronize_irq(qp->irq);
	netif_queue_set_napi(dev, qp->index, NETDEV_QUEUE_TYPE_RX, NULL);
	netif_queue_set_napi(dev, qp->index, NETDEV_QUEUE_TYPE_TX, NULL);
	napi_disable(&qp->napi);
	vionic_rx_stop(&qp->rx);
	vionic_pool_unlink(qp->rx.ring.pool);
}
