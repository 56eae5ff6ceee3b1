// SPDX-License-Identifier: GPL-2.0
#include "events.h"

#include <linux/interrupt.h>
#include <vionic/compat.h>

/* Vector of queue pairs only */
static irqreturn_t queue_irq(int irq, void *data)
{
	vionic_pairs_irq(data);
	return IRQ_HANDLED;
}

/* Vector of configuration and control queue: whichever it was, looking at both
 * does no harm.
 */
static irqreturn_t config_irq(int irq, void *data)
{
	struct vionic_net *vn = data;

	if (vn->vd->caps.ctrl_num)
		vionic_ctrlq_irq(&vn->vd->ctrl);
	schedule_work(&vn->link_work);
	return IRQ_HANDLED;
}

/* One interrupt for everything. With INTx, reading the status also lowers the
 * line, and nothing in it means that another device on the line raised it; with
 * MSI-X only the configuration bit means anything (4.1.4.5).
 */
static irqreturn_t shared_irq(int irq, void *data)
{
	struct vionic_net *vn = data;
	struct vionic_dev *vd = vn->vd;
	u8 isr = vionic_transport_isr(&vd->tp);

	if (!isr && vd->irqs.mode == VIONIC_IRQ_INTX)
		return IRQ_NONE;
	if (isr & VIRTIO_PCI_ISR_CONFIG)
		schedule_work(&vn->link_work);
	if (vd->caps.ctrl_num)
		vionic_ctrlq_irq(&vd->ctrl);
	vionic_pairs_irq(vn->pair[0]);
	return IRQ_HANDLED;
}

/* Chain the pairs of each vector; the first pair of vector v is number v - 1,
 * or 0 if all share one.
 */
static void chain_pairs(struct vionic_net *vn)
{
	struct vionic_irqs *irqs = &vn->vd->irqs;
	unsigned int step = irqs->mode == VIONIC_IRQ_SPLIT ? irqs->num - 1 : 1;
	unsigned int pairs = vn->vd->caps.pairs;
	unsigned int i;

	for (i = 0; i < pairs; i++) {
		struct vionic_pair *qp = vn->pair[i];

		qp->irq = irqs->vector[vionic_irq_for_pair(irqs, i)].irq;
		qp->next = i + step < pairs ? vn->pair[i + step] : NULL;
	}
}

int vionic_events_request(struct vionic_net *vn)
{
	struct vionic_irqs *irqs = &vn->vd->irqs;
	char role[16];
	unsigned int i;
	int err;

	chain_pairs(vn);
	if (irqs->mode != VIONIC_IRQ_SPLIT)
		return vionic_irq_request(irqs, 0, shared_irq, vn, "all");
	err = vionic_irq_request(irqs, 0, config_irq, vn, "cfg");
	for (i = 1; i < irqs->num && !err; i++) {
		snprintf(role, sizeof(role), "q%u", i - 1);
		err = vionic_irq_request(irqs, i, queue_irq, vn->pair[i - 1],
					 role);
	}
	return err;
}
