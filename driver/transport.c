// SPDX-License-Identifier: GPL-2.0
#include "transport.h"

#include <linux/delay.h>
#include <linux/iopoll.h>
#include <linux/virtio_ids.h>
#include "transport_ops.h"

#define RESET_TIMEOUT_US	(2 * USEC_PER_SEC)
#define RESET_POLL_US		50
#define ALL_ONES		0xff	/* what reads of an absent device give */

/* 4.1.2: IDs of transitional devices of any type, and of a modern network device */
#define PCI_DEVICE_ID_TRANS_MIN	0x1000
#define PCI_DEVICE_ID_TRANS_MAX	0x103f
#define PCI_DEVICE_ID_MODERN_NET	(0x1040 + VIRTIO_ID_NET)

bool vionic_transport_is_net(const struct pci_dev *pdev)
{
	if (pdev->vendor != PCI_VENDOR_ID_REDHAT_QUMRANET)
		return false;
	if (pdev->device == PCI_DEVICE_ID_MODERN_NET)
		return true;
	/* 4.1.2.1: the subsystem ID of a transitional device is its type */
	return pdev->device >= PCI_DEVICE_ID_TRANS_MIN &&
	       pdev->device <= PCI_DEVICE_ID_TRANS_MAX &&
	       pdev->subsystem_device == VIRTIO_ID_NET;
}

/* Could it have the legacy interface? 4.1.2.3 */
static bool may_be_legacy(const struct pci_dev *pdev)
{
	return pdev->device <= PCI_DEVICE_ID_TRANS_MAX && !pdev->revision;
}

int vionic_transport_map(struct vionic_transport *tp, struct pci_dev *pdev)
{
	int err;

	tp->pdev = pdev;
	err = vionic_modern_map(tp, pdev);
	if ((err == -ENODEV || err == -EINVAL) && may_be_legacy(pdev))
		err = vionic_legacy_map(tp, pdev);
	return err;
}

/* The one place where a device is declared gone */
static int transport_gone(struct vionic_transport *tp)
{
	if (!tp->gone) {
		tp->gone = true;
		pci_err(tp->pdev, "device no longer answers\n");
	}
	return -ENODEV;
}

int vionic_transport_status(struct vionic_transport *tp)
{
	u8 status;

	if (tp->gone)
		return -ENODEV;
	status = ioread8(tp->status);
	return status == ALL_ONES ? transport_gone(tp) : status;
}

int vionic_transport_status_add(struct vionic_transport *tp, u8 bits)
{
	int status = vionic_transport_status(tp);

	if (status < 0)
		return status;
	iowrite8(status | bits, tp->status);
	return 0;
}

static int transport_reset(struct vionic_transport *tp)
{
	int status;
	int err;

	if (tp->gone)
		return -ENODEV;
	iowrite8(0, tp->status);
	err = read_poll_timeout(vionic_transport_status, status, status <= 0,
				RESET_POLL_US, RESET_TIMEOUT_US, false, tp);
	if (err)
		pci_err(tp->pdev, "reset did not finish, status %#x\n", status);
	return status < 0 ? status : err;
}

/* A device that does not stop by its own reset stops at the bus, which takes no
 * access to memory and no MSI from it until a reset has worked. Nor does one
 * that somebody left running get at memory before its first.
 */
int vionic_transport_reset(struct vionic_transport *tp)
{
	int err = transport_reset(tp);

	if (err)
		pci_clear_master(tp->pdev);
	else
		pci_set_master(tp->pdev);
	return err;
}

int vionic_transport_begin(struct vionic_transport *tp,
			   struct vionic_features *offered)
{
	int err;

	err = vionic_transport_reset(tp);
	if (err)
		return err;
	err = vionic_transport_status_add(tp, VIRTIO_CONFIG_S_ACKNOWLEDGE);
	if (err)
		return err;
	err = vionic_transport_status_add(tp, VIRTIO_CONFIG_S_DRIVER);
	if (err)
		return err;
	*offered = (struct vionic_features) {};
	tp->ops->offered(tp, offered);
	return 0;
}

int vionic_transport_accept(struct vionic_transport *tp,
			    const struct vionic_features *features)
{
	tp->features = *features;
	return tp->ops->accept(tp, features);
}

int vionic_transport_run(struct vionic_transport *tp)
{
	return vionic_transport_status_add(tp, VIRTIO_CONFIG_S_DRIVER_OK);
}

void vionic_transport_fail(struct vionic_transport *tp)
{
	vionic_transport_status_add(tp, VIRTIO_CONFIG_S_FAILED);
}

void vionic_config_pass(void __iomem *from, u32 offset, void *buf, size_t len)
{
	from += offset;
	if (len == sizeof(__le32) && IS_ALIGNED(offset, len)) {
		*(__le32 *)buf = cpu_to_le32(ioread32(from));
	} else if (len == sizeof(__le16) && IS_ALIGNED(offset, len)) {
		*(__le16 *)buf = cpu_to_le16(ioread16(from));
	} else {
		for (u8 *to = buf; len--; from++, to++)
			*to = ioread8(from);
	}
}

int vionic_transport_config(struct vionic_transport *tp, u32 offset, void *buf,
			    size_t len)
{
	return tp->ops->config(tp, offset, buf, len);
}

int vionic_transport_config_write(struct vionic_transport *tp, u32 offset,
				  const void *buf, size_t len)
{
	if (!tp->ops->config_write)
		return -EOPNOTSUPP;
	return tp->ops->config_write(tp, offset, buf, len);
}

int vionic_transport_config_vector(struct vionic_transport *tp, u16 vector)
{
	return tp->ops->config_vector(tp, vector);
}

u16 vionic_transport_queue_max(struct vionic_transport *tp, u16 index)
{
	return tp->ops->queue_max(tp, index);
}

int vionic_transport_queue_vector(struct vionic_transport *tp, u16 index,
				  u16 vector)
{
	return tp->ops->queue_vector(tp, index, vector);
}

int vionic_transport_queue_enable(struct vionic_transport *tp, u16 index,
				  const struct vionic_queue_setup *setup,
				  struct vionic_doorbell *bell)
{
	int status = vionic_transport_status(tp);

	if (status < 0)
		return status;
	return tp->ops->queue_enable(tp, index, setup, bell);
}

int vionic_transport_queue_reset(struct vionic_transport *tp, u16 index)
{
	int state;
	int err;

	if (tp->gone)
		return -ENODEV;
	tp->ops->queue_reset(tp, index);
	err = read_poll_timeout(tp->ops->queue_resetting, state, state <= 0,
				RESET_POLL_US, RESET_TIMEOUT_US, false, tp);
	if (err)
		pci_err(tp->pdev, "reset of queue %u did not finish\n", index);
	return state < 0 ? state : err;
}

u8 vionic_transport_isr(struct vionic_transport *tp)
{
	u8 isr = ioread8(tp->isr);

	return isr == ALL_ONES ? 0 : isr;
}

void vionic_transport_dump(struct vionic_transport *tp, u32 *regs)
{
	tp->ops->dump(tp, regs);
}

void vionic_transport_queue_dump(struct vionic_transport *tp, u16 index,
				 u32 *regs)
{
	tp->ops->queue_dump(tp, index, regs);
}
