/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the two interfaces of virtio over PCI do each in their own way, for
 * transport.c alone. Status and interrupt status are the same bytes at
 * different places, and a doorbell is an address: neither needs an operation.
 */
#ifndef _VIONIC_TRANSPORT_OPS_H
#define _VIONIC_TRANSPORT_OPS_H

#include "transport.h"

#define VIONIC_CONFIG_TRIES	100	/* reads of a field that keeps changing */

/**
 * struct vionic_transport_ops - an interface of a device
 * @offered:	read all feature bits
 * @accept:	write them; 0 or as vionic_transport_accept()
 * @config:	as vionic_transport_config()
 * @config_write: as vionic_transport_config_write()
 * @config_vector: as vionic_transport_config_vector()
 * @queue_max:	as vionic_transport_queue_max()
 * @queue_vector: as vionic_transport_queue_vector()
 * @queue_enable: as vionic_transport_queue_enable(); the device is there
 * @queue_reset: ask for the reset of a virtqueue
 * @queue_resetting: 1 while it goes on, 0 when it is done, or -ENODEV
 * @dump:	as vionic_transport_dump()
 * @queue_dump:	as vionic_transport_queue_dump()
 *
 * What an interface has not got is NULL.
 */
struct vionic_transport_ops {
	void (*offered)(struct vionic_transport *tp,
			struct vionic_features *offered);
	int (*accept)(struct vionic_transport *tp,
		      const struct vionic_features *features);
	int (*config)(struct vionic_transport *tp, u32 offset, void *buf,
		      size_t len);
	int (*config_write)(struct vionic_transport *tp, u32 offset,
			    const void *buf, size_t len);
	int (*config_vector)(struct vionic_transport *tp, u16 vector);
	u16 (*queue_max)(struct vionic_transport *tp, u16 index);
	int (*queue_vector)(struct vionic_transport *tp, u16 index, u16 vector);
	int (*queue_enable)(struct vionic_transport *tp, u16 index,
			    const struct vionic_queue_setup *setup,
			    struct vionic_doorbell *bell);
	void (*queue_reset)(struct vionic_transport *tp, u16 index);
	int (*queue_resetting)(struct vionic_transport *tp);
	void (*dump)(struct vionic_transport *tp, u32 *regs);
	void (*queue_dump)(struct vionic_transport *tp, u16 index, u32 *regs);
};

/**
 * vionic_modern_map() - find and map the interface of virtio 1.0 and later
 * @tp:		filled in
 * @pdev:	enabled device
 *
 * Return: as vionic_transport_map().
 */
int vionic_modern_map(struct vionic_transport *tp, struct pci_dev *pdev);

/**
 * vionic_legacy_map() - map the interface from before virtio 1.0
 * @tp:		filled in
 * @pdev:	enabled device
 *
 * Limits the device's coherent memory to what its registers can name.
 *
 * Return: as vionic_transport_map().
 */
int vionic_legacy_map(struct vionic_transport *tp, struct pci_dev *pdev);

/**
 * vionic_transport_status_add() - set bits of the device status
 * @tp:		transport
 * @bits:	VIRTIO_CONFIG_S_*
 *
 * Return: 0, or -ENODEV if the device is gone.
 */
int vionic_transport_status_add(struct vionic_transport *tp, u8 bits);

/**
 * vionic_config_pass() - one pass over fields, each in its natural width
 * @from:	device-specific configuration
 * @offset:	first byte
 * @buf:	filled in
 * @len:	bytes
 *
 * 4.1.3.1.
 */
void vionic_config_pass(void __iomem *from, u32 offset, void *buf, size_t len);

#endif /* _VIONIC_TRANSPORT_OPS_H */
