/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Virtio over PCI (virtio 1.3, 4.1): status, features, configuration space and
 * the registers of a virtqueue, through whichever interface the device has.
 *
 * All but the doorbell may sleep, and callers take turns: the registers of a
 * queue hang behind one selector. Probe, remove and rtnl see to that.
 */
#ifndef _VIONIC_TRANSPORT_H
#define _VIONIC_TRANSPORT_H

#include <linux/io.h>
#include <linux/pci.h>
#include <vionic/notify.h>
#include "features.h"

struct vionic_transport_ops;

/**
 * struct vionic_transport - where the parts of a device are mapped
 * @pdev:	the PCI device
 * @ops:	which interface it is, and how to use it
 * @legacy:	it is the one from before virtio 1.0
 * @common:	common configuration structure, 4.1.4.3; legacy: all registers
 * @status:	device status
 * @isr:	interrupt status, 4.1.4.5
 * @notify:	doorbells, 4.1.4.4; not legacy
 * @config:	device-specific configuration, 4.1.4.6; not legacy
 * @common_len:	bytes of @common
 * @bells:	shape of @notify
 * @config_len:	bytes of @config
 * @features:	what was accepted last
 * @gone:	the device answered all ones: it is no longer there
 */
struct vionic_transport {
	struct pci_dev *pdev;
	const struct vionic_transport_ops *ops;
	bool legacy;
	void __iomem *common;
	void __iomem *status;
	void __iomem *isr;
	void __iomem *notify;
	void __iomem *config;
	u32 common_len;
	struct vionic_notify bells;
	u32 config_len;
	struct vionic_features features;
	bool gone;
};

/**
 * struct vionic_queue_setup - what a device must know of a virtqueue
 * @desc:	bus address of the descriptor table
 * @driver:	bus address of the driver area
 * @device:	bus address of the device area
 * @num:	entries
 * @vector:	MSI-X vector or VIRTIO_MSI_NO_VECTOR
 */
struct vionic_queue_setup {
	dma_addr_t desc;
	dma_addr_t driver;
	dma_addr_t device;
	u16 num;
	u16 vector;
};

/**
 * struct vionic_doorbell - how a virtqueue is kicked
 * @addr:	where to write
 * @data:	what names the queue there: its number or, with
 *		VIRTIO_F_NOTIF_CONFIG_DATA, what the device wants instead
 */
struct vionic_doorbell {
	void __iomem *addr;
	u16 data;
};

/**
 * vionic_transport_is_net() - tell a virtio network device by its PCI IDs
 * @pdev: any PCI device
 *
 * A user can offer any PCI device to the driver, by driver_override or new_id. Reads no
 * register of the device (4.1.2).
 *
 * Context: Any.
 * Return: true if @pdev is a virtio network device.
 */
bool vionic_transport_is_net(const struct pci_dev *pdev);

/**
 * vionic_transport_map() - find and map a device's structures
 * @tp:		filled in
 * @pdev:	enabled virtio network device; mappings end with its driver binding
 *
 * Every position and length in the capability list is checked against the BAR
 * that it names (4.1.4). Without a usable set of them a device that may have
 * the legacy interface is taken to have it (4.1.5.1.1.1).
 *
 * Return: 0; -ENODEV if the device has neither interface; -EINVAL if its
 * capabilities make no sense, -EOPNOTSUPP if it is legacy and of the other byte
 * order, or what mapping a BAR, or setting the reach of DMA, failed with.
 */
int vionic_transport_map(struct vionic_transport *tp, struct pci_dev *pdev);

/**
 * vionic_transport_reset() - take everything back from the device
 * @tp: transport
 *
 * On return the device reaches no memory of ours and sends no interrupts
 * (2.4.2): if its reset fails, it is no bus master until one works.
 *
 * Return: 0; -ENODEV if the device is gone; -ETIMEDOUT if it does not finish.
 */
int vionic_transport_reset(struct vionic_transport *tp);

/**
 * vionic_transport_begin() - reset the device and read what it offers
 * @tp:		transport
 * @offered:	filled in
 *
 * Steps 1 to 4 of 3.1.1.
 *
 * Return: 0 or what vionic_transport_reset() failed with.
 */
int vionic_transport_begin(struct vionic_transport *tp,
			   struct vionic_features *offered);

/**
 * vionic_transport_accept() - settle the features
 * @tp:		transport after vionic_transport_begin()
 * @features:	accepted bits
 *
 * Steps 4 to 6 of 3.1.1. A legacy device can't refuse.
 *
 * Return: 0; -EOPNOTSUPP if the device refuses this choice; -ENODEV if it is
 * gone.
 */
int vionic_transport_accept(struct vionic_transport *tp,
			    const struct vionic_features *features);

/**
 * vionic_transport_run() - let the device work: DRIVER_OK
 * @tp: transport whose queues are set up
 *
 * Return: 0, or -ENODEV if the device is gone.
 */
int vionic_transport_run(struct vionic_transport *tp);

/**
 * vionic_transport_fail() - tell the device that we gave up on it
 * @tp: transport
 */
void vionic_transport_fail(struct vionic_transport *tp);

/**
 * vionic_transport_set_gone() - a device that can't be reached, or can again
 * @tp:		transport
 * @gone:	leave it alone: what it has of ours can't be asked back
 *
 * For those who know better than a read of its status: the bus, above all.
 */
static inline void vionic_transport_set_gone(struct vionic_transport *tp,
					     bool gone)
{
	tp->gone = gone;
}

/**
 * vionic_transport_status() - read the device status
 * @tp: transport
 *
 * Return: VIRTIO_CONFIG_S_* or -ENODEV if the device is gone.
 */
int vionic_transport_status(struct vionic_transport *tp);

/**
 * vionic_transport_config() - read device-specific configuration
 * @tp:		transport
 * @offset:	first byte
 * @buf:	filled in
 * @len:	bytes
 *
 * All bytes are of one generation (2.5.1). Two or four bytes at their natural
 * place are read as one field (4.1.3.1) and @buf must be aligned to match.
 *
 * Return: 0; -EINVAL if the device has no such field; -ENODEV if it is gone;
 * -EAGAIN if it keeps changing.
 */
int vionic_transport_config(struct vionic_transport *tp, u32 offset, void *buf,
			    size_t len);

/**
 * vionic_transport_config16() - read a field of two bytes
 * @tp:		transport
 * @offset:	where it is
 * @val:	filled in
 *
 * Return: as vionic_transport_config().
 */
static inline int vionic_transport_config16(struct vionic_transport *tp,
					    u32 offset, u16 *val)
{
	__le16 raw;
	int err = vionic_transport_config(tp, offset, &raw, sizeof(raw));

	if (!err)
		*val = le16_to_cpu(raw);
	return err;
}

/**
 * vionic_transport_config32() - read a field of four bytes
 * @tp:		transport
 * @offset:	where it is
 * @val:	filled in
 *
 * Return: as vionic_transport_config().
 */
static inline int vionic_transport_config32(struct vionic_transport *tp,
					    u32 offset, u32 *val)
{
	__le32 raw;
	int err = vionic_transport_config(tp, offset, &raw, sizeof(raw));

	if (!err)
		*val = le32_to_cpu(raw);
	return err;
}

/**
 * vionic_transport_config_write() - write device-specific configuration
 * @tp:		transport
 * @offset:	first byte
 * @buf:	what to write
 * @len:	bytes, which go out one by one in their order
 *
 * Return: 0; -EOPNOTSUPP if the device is not a legacy one; -EINVAL if it has
 * no such field; -ENODEV if it is gone.
 */
int vionic_transport_config_write(struct vionic_transport *tp, u32 offset,
				  const void *buf, size_t len);

/**
 * vionic_transport_config_vector() - route configuration changes
 * @tp:		transport
 * @vector:	MSI-X vector or VIRTIO_MSI_NO_VECTOR
 *
 * Return: 0, or -EBUSY if the device has no room for it (4.1.5.1.2).
 */
int vionic_transport_config_vector(struct vionic_transport *tp, u16 vector);

/**
 * vionic_transport_queue_max() - most entries that a virtqueue takes
 * @tp:		transport after a reset
 * @index:	virtqueue
 *
 * Return: entries, 0 if there is no such queue. Not checked any further. A
 * legacy device takes no other number (4.1.5.1.3.1).
 */
u16 vionic_transport_queue_max(struct vionic_transport *tp, u16 index);

/**
 * vionic_transport_queue_vector() - route interrupts of a virtqueue
 * @tp:		transport after vionic_transport_accept()
 * @index:	virtqueue that exists and is not enabled
 * @vector:	MSI-X vector or VIRTIO_MSI_NO_VECTOR
 *
 * Context: vionic_lock() is held, or the device is being bound.
 * Return: 0, or -EBUSY if the device refuses the vector (4.1.5.1.2).
 */
int vionic_transport_queue_vector(struct vionic_transport *tp, u16 index,
				  u16 vector);

/**
 * vionic_transport_queue_enable() - set a virtqueue up and enable it
 * @tp:		transport
 * @index:	virtqueue
 * @setup:	its parameters
 * @bell:	filled in
 *
 * Return: 0; -ENOENT without such a queue; -EINVAL if size or doorbell don't
 * fit; -EBUSY if the device has no room for the vector; -ENODEV if it is gone.
 */
int vionic_transport_queue_enable(struct vionic_transport *tp, u16 index,
				  const struct vionic_queue_setup *setup,
				  struct vionic_doorbell *bell);

/**
 * vionic_transport_queue_reset() - take one virtqueue back from the device
 * @tp:		transport with VIRTIO_F_RING_RESET negotiated
 * @index:	virtqueue
 *
 * 2.6.1; on return the queue is disabled.
 *
 * Return: 0, -ENODEV if the device is gone, -ETIMEDOUT if it does not finish.
 */
int vionic_transport_queue_reset(struct vionic_transport *tp, u16 index);

/**
 * vionic_transport_isr() - read and clear the interrupt status
 * @tp: transport
 *
 * Any context. Only meaningful without MSI-X (4.1.4.5).
 *
 * Return: VIRTIO_PCI_ISR_* bits; 0 if the device is gone.
 */
u8 vionic_transport_isr(struct vionic_transport *tp);

/**
 * vionic_transport_kick() - ring a doorbell
 * @bell: from vionic_transport_queue_enable()
 *
 * Any context. A posted write: costs no round trip (4.1.5.2).
 */
static inline void vionic_transport_kick(const struct vionic_doorbell *bell)
{
	iowrite16(bell->data, bell->addr);
}

/**
 * vionic_transport_kick_data() - ring a doorbell and say what is new
 * @bell:	from vionic_transport_queue_enable()
 * @next:	what the driver will make available next, 2.9
 *
 * With VIRTIO_F_NOTIFICATION_DATA. Any context.
 */
static inline void
vionic_transport_kick_data(const struct vionic_doorbell *bell, u16 next)
{
	iowrite32((u32)next << 16 | bell->data, bell->addr);
}

#define VIONIC_COMMON_REGS	9	/* words of vionic_transport_dump() */

/**
 * vionic_transport_dump() - registers about the whole device
 * @tp:		transport
 * @regs:	VIONIC_COMMON_REGS words, filled in
 */
void vionic_transport_dump(struct vionic_transport *tp, u32 *regs);

#define VIONIC_QUEUE_REGS	7	/* words of vionic_transport_queue_dump() */

/**
 * vionic_transport_queue_dump() - registers about one virtqueue
 * @tp:		transport
 * @index:	virtqueue
 * @regs:	VIONIC_QUEUE_REGS words, filled in
 */
void vionic_transport_queue_dump(struct vionic_transport *tp, u16 index,
				 u32 *regs);

#endif /* _VIONIC_TRANSPORT_H */
