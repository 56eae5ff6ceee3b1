// SPDX-License-Identifier: GPL-2.0
/*
 * vionic: a PCI driver for virtio-net devices. Probe, remove and shutdown put
 * the parts together; driver/README.rst tells what they are.
 */
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/virtio_ids.h>
#include "events.h"
#include "netdev.h"

#define PCI_DEVICE_ID_NET	0x1041	/* 0x1040 + VIRTIO_ID_NET, 4.1.2 */
#define PCI_DEVICE_ID_NET_TRANS	0x1000	/* transitional, 4.1.2.1 */

/* Everything that a bound device has */
struct vionic {
	struct vionic_dev dev;
	struct vionic_net *net;
};

static int setup_pci(struct pci_dev *pdev)
{
	int err;

	err = pcim_enable_device(pdev);
	if (err)
		return err;
	return dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
}

static int alloc_ctrl(struct vionic_dev *vd)
{
	struct vionic_vq_params params;

	if (!vd->caps.ctrl_num)
		return 0;
	params = vionic_dev_vq_params(vd, vd->caps.ctrl_num);
	return vionic_ctrlq_alloc(&vd->ctrl, &params);
}

/* As many vectors as the device takes; queue pairs share them if it takes few */
static int alloc_irqs(struct vionic_dev *vd)
{
	unsigned int max = vd->caps.pairs + 1;
	int num, err;

	for (;;) {
		err = vionic_irqs_alloc(&vd->irqs, vd->pdev, max);
		if (err)
			return err;
		num = vionic_dev_try_vectors(vd);
		if (num == vd->irqs.num)
			return 0;
		vionic_irqs_free(&vd->irqs);
		if (num < 0)
			return num;
		pci_warn(vd->pdev, "device refuses interrupt vector %d of %u\n",
			 num, vd->irqs.num);
		if (vd->irqs.mode != VIONIC_IRQ_SPLIT)
			return -EBUSY;
		max = num;
	}
}

/* Device with its memory and vectors, and a netdev that the stack may use */
static int setup_net(struct vionic *v)
{
	struct vionic_dev *vd = &v->dev;
	int err;

	err = alloc_ctrl(vd);
	if (err)
		return err;
	err = alloc_irqs(vd);
	if (err)
		goto err_ctrl;
	v->net = vionic_netdev_create(vd);
	if (IS_ERR(v->net)) {
		err = PTR_ERR(v->net);
		goto err_irqs;
	}
	err = vionic_events_request(v->net);
	if (err)
		goto err_net;
	err = vionic_netdev_register(v->net);
	if (err)
		goto err_net;
	return 0;

err_net:
	vionic_irqs_free(&vd->irqs);
	/* handlers may have queued work */
	vionic_netdev_settle(v->net);
	vionic_netdev_destroy(v->net);
	vionic_ctrlq_free(&vd->ctrl);
	return err;
err_irqs:
	vionic_irqs_free(&vd->irqs);
err_ctrl:
	vionic_ctrlq_free(&vd->ctrl);
	return err;
}

static int probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct vionic *v;
	int err;

	if (!vionic_transport_is_net(pdev)) {
		pci_err(pdev, "not a virtio-net device: PCI ID %04x:%04x, subsystem ID %#x\n",
			pdev->vendor, pdev->device, pdev->subsystem_device);
		return -ENODEV;
	}
	v = kzalloc(sizeof(*v), GFP_KERNEL);
	if (!v)
		return -ENOMEM;
	v->dev.pdev = pdev;
	err = setup_pci(pdev);
	if (err)
		goto err_free;
	err = vionic_transport_map(&v->dev.tp, pdev);
	if (err) {
		if (err == -ENODEV)
			pci_err(pdev, "no usable virtio interface\n");
		goto err_free;
	}
	err = vionic_dev_identify(&v->dev);
	if (err)
		goto err_free;
	err = setup_net(v);
	if (err)
		goto err_free;
	pci_set_drvdata(pdev, v);
	pci_save_state(pdev);
	return 0;

err_free:
	kfree(v);
	return err;
}

static void remove(struct pci_dev *pdev)
{
	struct vionic *v = pci_get_drvdata(pdev);
	struct vionic_dev *vd = &v->dev;

	pci_disable_sriov(pdev);
	vionic_netdev_unregister(v->net);
	vionic_dev_reset(vd);
	vionic_irqs_free(&vd->irqs);
	/* handlers are gone, and what they may have scheduled goes with them */
	vionic_netdev_settle(v->net);
	vionic_netdev_destroy(v->net);
	vionic_ctrlq_free(&vd->ctrl);
	kfree(v);
}

static void shutdown(struct pci_dev *pdev)
{
	struct vionic *v = pci_get_drvdata(pdev);

	vionic_netdev_shutdown(v->net);
	vionic_dev_reset(&v->dev);
}

/* The kernel has restored the PCI configuration. Save it for the next error: some kernels
 * forget what they restored.
 */
static void pci_resume_net(struct pci_dev *pdev, enum vionic_suspend cause)
{
	struct vionic *v = pci_get_drvdata(pdev);

	pci_save_state(pdev);
	vionic_netdev_resume(v->net, cause);
}

/* Sleep and hibernation */
static int suspend(struct device *dev)
{
	struct vionic *v = dev_get_drvdata(dev);

	vionic_netdev_suspend(v->net, VIONIC_SUSPEND_PM);
	return 0;
}

static int resume(struct device *dev)
{
	pci_resume_net(to_pci_dev(dev), VIONIC_SUSPEND_PM);
	return 0;
}

static DEFINE_SIMPLE_DEV_PM_OPS(pm_ops, suspend, resume);

/* A reset of the function by somebody else, who restores the bus's state */
static void reset_prepare(struct pci_dev *pdev)
{
	struct vionic *v = pci_get_drvdata(pdev);

	vionic_netdev_suspend(v->net, VIONIC_SUSPEND_RESET);
}

static void reset_done(struct pci_dev *pdev)
{
	pci_resume_net(pdev, VIONIC_SUSPEND_RESET);
}

/* While registers can be reached, to reset the device is all that it takes */
static pci_ers_result_t error_detected(struct pci_dev *pdev,
				       pci_channel_state_t state)
{
	struct vionic *v = pci_get_drvdata(pdev);
	bool reachable = state == pci_channel_io_normal;

	pci_warn(pdev, "PCI error: suspending the device\n");
	if (!reachable)
		vionic_transport_set_gone(&v->dev.tp, true);
	vionic_netdev_suspend(v->net, VIONIC_SUSPEND_ERROR);
	if (reachable)
		return PCI_ERS_RESULT_CAN_RECOVER;
	return state == pci_channel_io_frozen ? PCI_ERS_RESULT_NEED_RESET :
						PCI_ERS_RESULT_DISCONNECT;
}

static pci_ers_result_t slot_reset(struct pci_dev *pdev)
{
	pci_restore_state(pdev);
	return PCI_ERS_RESULT_RECOVERED;
}

static void error_resume(struct pci_dev *pdev)
{
	pci_resume_net(pdev, VIONIC_SUSPEND_ERROR);
}

static const struct pci_error_handlers error_handlers = {
	.error_detected	= error_detected,
	.slot_reset	= slot_reset,
	.resume		= error_resume,
	.reset_prepare	= reset_prepare,
	.reset_done	= reset_done,
};

/* 6.1: virtual functions take that the feature was negotiated */
static int sriov_configure(struct pci_dev *pdev, int num)
{
	int (*configure)(struct pci_dev *pdev, int num) =
		pci_sriov_configure_simple;
	struct vionic *v = pci_get_drvdata(pdev);

	/* none where the kernel knows of no virtual functions */
	if (!configure || !vionic_dev_has(&v->dev, VIRTIO_F_SR_IOV))
		return -EOPNOTSUPP;
	return configure(pdev, num);
}

/* What was negotiated, bit 0 first, as in-tree drivers of virtio show it */
static ssize_t features_show(struct device *dev, struct device_attribute *attr,
			     char *buf)
{
	const struct vionic *v = dev_get_drvdata(dev);
	unsigned int bit;

	for (bit = 0; bit < VIONIC_FEATURE_BITS; bit++)
		buf[bit] = v && vionic_dev_has(&v->dev, bit) ? '1' : '0';
	buf[bit++] = '\n';
	return bit;
}
static DEVICE_ATTR_RO(features);

static struct attribute *attrs[] = {
	&dev_attr_features.attr,
	NULL
};

static const struct attribute_group group = {
	.name	= KBUILD_MODNAME,
	.attrs	= attrs,
};

static const struct attribute_group *groups[] = { &group, NULL };

/* No MODULE_DEVICE_TABLE: the module never loads by itself and takes no device
 * from the in-tree driver. Once loaded it takes those that nobody drives.
 */
static const struct pci_device_id ids[] = {
	{ PCI_DEVICE(PCI_VENDOR_ID_REDHAT_QUMRANET, PCI_DEVICE_ID_NET) },
	{ PCI_DEVICE(PCI_VENDOR_ID_REDHAT_QUMRANET, PCI_DEVICE_ID_NET_TRANS) },
	{}
};

static struct pci_driver vionic_driver = {
	.name		= KBUILD_MODNAME,
	.id_table	= ids,
	.probe		= probe,
	.remove		= remove,
	.shutdown	= shutdown,
	.sriov_configure = sriov_configure,
	.dev_groups	= groups,
	.driver.pm	= pm_sleep_ptr(&pm_ops),
	.err_handler	= &error_handlers,
};
module_pci_driver(vionic_driver);

MODULE_AUTHOR("The vionic maintainers");
MODULE_DESCRIPTION("PCI driver for virtio-net devices");
MODULE_LICENSE("GPL");
/* the one place for it: releases, packages and the manual follow */
MODULE_VERSION("0.1.0");
