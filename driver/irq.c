// SPDX-License-Identifier: GPL-2.0
#include "irq.h"

#include <linux/cpumask.h>
#include <linux/slab.h>
#include <linux/topology.h>
#include <vionic/compat.h>

static int alloc_vectors(struct vionic_irqs *irqs, unsigned int max)
{
	int num = -ENOSPC;

	if (max >= 2)
		num = pci_alloc_irq_vectors(irqs->pdev, 2, max, PCI_IRQ_MSIX);
	if (num > 0) {
		irqs->mode = VIONIC_IRQ_SPLIT;
		return num;
	}
	num = pci_alloc_irq_vectors(irqs->pdev, 1, 1, PCI_IRQ_INTX);
	if (num > 0) {
		irqs->mode = VIONIC_IRQ_INTX;
		return num;
	}
	irqs->mode = VIONIC_IRQ_SINGLE;
	return pci_alloc_irq_vectors(irqs->pdev, 1, 1, PCI_IRQ_MSIX);
}

int vionic_irqs_alloc(struct vionic_irqs *irqs, struct pci_dev *pdev,
		      unsigned int max)
{
	unsigned int i;
	int num;

	irqs->pdev = pdev;
	num = alloc_vectors(irqs, max);
	if (num < 0)
		return num;
	irqs->vector = kcalloc(num, sizeof(*irqs->vector), GFP_KERNEL);
	if (!irqs->vector) {
		pci_free_irq_vectors(pdev);
		return -ENOMEM;
	}
	irqs->num = num;
	for (i = 0; i < num; i++)
		irqs->vector[i].irq = pci_irq_vector(pdev, i);
	return 0;
}

void vionic_irqs_free(struct vionic_irqs *irqs)
{
	unsigned int i;

	for (i = 0; i < irqs->num; i++) {
		struct vionic_vector *v = &irqs->vector[i];

		if (!v->data)
			continue;
		irq_update_affinity_hint(v->irq, NULL);
		free_irq(v->irq, v->data);
	}
	kfree(irqs->vector);
	pci_free_irq_vectors(irqs->pdev);
}

/* Vector 0 of several is for configuration: any CPU will do */
static void spread(struct vionic_irqs *irqs, unsigned int index)
{
	int node = dev_to_node(&irqs->pdev->dev);
	unsigned int cpu;

	if (irqs->mode != VIONIC_IRQ_SPLIT || !index)
		return;
	cpu = cpumask_local_spread(index - 1, node);
	irq_set_affinity_and_hint(irqs->vector[index].irq, cpumask_of(cpu));
}

int vionic_irq_request(struct vionic_irqs *irqs, unsigned int index,
		       irq_handler_t handler, void *data, const char *role)
{
	struct vionic_vector *v = &irqs->vector[index];
	unsigned long flags = irqs->mode == VIONIC_IRQ_INTX ? IRQF_SHARED : 0;
	int err;

	snprintf(v->name, sizeof(v->name), "vionic-%s@pci:%s", role,
		 pci_name(irqs->pdev));
	err = request_irq(v->irq, handler, flags, v->name, data);
	if (err)
		return err;
	v->data = data;
	spread(irqs, index);
	return 0;
}
