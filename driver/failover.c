// SPDX-License-Identifier: GPL-2.0
#include "failover.h"

#include <linux/module.h>
#include <net/net_failover.h>

int vionic_failover_create(struct vionic_net *vn)
{
	struct vionic_dev *vd = vn->vd;
	typeof(net_failover_create) *create;
	struct failover *failover;

	if (!vionic_dev_has(vd, VIRTIO_NET_F_STANDBY))
		return 0;
	request_module("net_failover");
	/* holds the module until vionic_failover_destroy() */
	create = symbol_get(net_failover_create);
	if (!create) {
		pci_warn(vd->pdev, "no net_failover in this kernel: no standby\n");
		vionic_feature_clear(&vd->features, VIRTIO_NET_F_STANDBY);
		return 0;
	}
	failover = create(vn->dev);
	if (IS_ERR(failover)) {
		symbol_put(net_failover_create);
		return PTR_ERR(failover);
	}
	vn->failover = failover;
	return 0;
}

void vionic_failover_destroy(struct vionic_net *vn)
{
	typeof(net_failover_destroy) *destroy;

	if (!vn->failover)
		return;
	destroy = symbol_get(net_failover_destroy);
	if (!WARN_ON(!destroy)) {
		destroy(vn->failover);
		symbol_put(net_failover_destroy);
	}
	vn->failover = NULL;
	symbol_put(net_failover_create);
}
