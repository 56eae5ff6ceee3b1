// SPDX-License-Identifier: GPL-2.0
#include "link.h"

#include <linux/rtnetlink.h>
#include "control.h"

void vionic_link_update(struct vionic_net *vn)
{
	struct net_device *dev = vn->dev;
	bool announce;
	bool up = vionic_dev_link_up(vn->vd, &announce);

	if (up != netif_carrier_ok(dev)) {
		if (up)
			netif_carrier_on(dev);
		else
			netif_carrier_off(dev);
		if (netif_msg_link(vn))
			netdev_info(dev, "link %s\n", up ? "up" : "down");
	}
	if (announce) {
		__netdev_notify_peers(dev);
		vionic_control_announced(vn);
	}
}

void vionic_link_work(struct work_struct *work)
{
	struct vionic_net *vn = container_of(work, struct vionic_net,
					     link_work);

	rtnl_lock();
	if (vn->up)
		vionic_link_update(vn);
	rtnl_unlock();
}
