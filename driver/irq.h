/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Interrupt vectors of a device and how queue pairs share them
 * (virtio 1.3, 4.1.5.1.2 and 4.1.5.3).
 *
 * Vectors live as long as the driver is bound, so that an affinity which the
 * administrator set survives down, up and every change of rings.
 */
#ifndef _VIONIC_IRQ_H
#define _VIONIC_IRQ_H

#include <linux/interrupt.h>
#include <linux/pci.h>
#include <linux/virtio_pci.h>

/**
 * enum vionic_irq_mode - what an interrupt can mean
 * @VIONIC_IRQ_SPLIT:	vector 0 is for configuration and control queue, the
 *			others are for queue pairs
 * @VIONIC_IRQ_SINGLE:	one MSI-X vector for everything
 * @VIONIC_IRQ_INTX:	one line for everything, perhaps shared with others
 */
enum vionic_irq_mode {
	VIONIC_IRQ_SPLIT,
	VIONIC_IRQ_SINGLE,
	VIONIC_IRQ_INTX,
};

#define VIONIC_IRQ_NAME_LEN	48

/**
 * struct vionic_vector - one interrupt vector
 * @irq:	Linux interrupt number
 * @data:	what its handler gets; NULL: not requested
 * @name:	as /proc/interrupts shows it
 */
struct vionic_vector {
	int irq;
	void *data;
	char name[VIONIC_IRQ_NAME_LEN];
};

/**
 * struct vionic_irqs - all vectors of a device
 * @pdev:	the device
 * @mode:	what they are for
 * @num:	how many
 * @vector:	@num of them
 */
struct vionic_irqs {
	struct pci_dev *pdev;
	enum vionic_irq_mode mode;
	unsigned int num;
	struct vionic_vector *vector;
};

/**
 * vionic_irqs_alloc() - allocate interrupt vectors
 * @irqs:	filled in
 * @pdev:	the device
 * @max:	most MSI-X vectors: one for configuration, the others for queue pairs
 *
 * Two vectors or more if there are as many and @max allows it, else INTx, else one MSI-X
 * vector.
 *
 * Context: may sleep.
 * Return: 0 or the error of the PCI core.
 */
int vionic_irqs_alloc(struct vionic_irqs *irqs, struct pci_dev *pdev,
		      unsigned int max);

/**
 * vionic_irqs_free() - give all vectors back, freed or still requested
 * @irqs: vectors; the device must be in reset
 */
void vionic_irqs_free(struct vionic_irqs *irqs);

/**
 * vionic_irq_request() - attach a handler to a vector
 * @irqs:	vectors
 * @index:	which
 * @handler:	hard interrupt handler
 * @data:	its argument
 * @role:	word for /proc/interrupts
 *
 * Queue vectors are spread over the CPUs once, as a hint.
 *
 * Return: 0 or what request_irq() failed with.
 */
int vionic_irq_request(struct vionic_irqs *irqs, unsigned int index,
		       irq_handler_t handler, void *data, const char *role);

/**
 * vionic_irq_for_pair() - the vector that serves a queue pair
 * @irqs:	vectors
 * @pair:	its number
 *
 * Return: the vector's number.
 */
static inline unsigned int vionic_irq_for_pair(const struct vionic_irqs *irqs,
					       unsigned int pair)
{
	return irqs->mode == VIONIC_IRQ_SPLIT ? 1 + pair % (irqs->num - 1) : 0;
}

/**
 * vionic_irq_msix() - what to write to a device's vector register
 * @irqs:	vectors
 * @index:	which
 *
 * Return: a number, or VIRTIO_MSI_NO_VECTOR with INTx.
 */
static inline u16 vionic_irq_msix(const struct vionic_irqs *irqs,
				  unsigned int index)
{
	return irqs->mode == VIONIC_IRQ_INTX ? VIRTIO_MSI_NO_VECTOR : index;
}

#endif /* _VIONIC_IRQ_H */
