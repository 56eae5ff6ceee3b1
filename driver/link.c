// SPDX-License-Identifier: GPL-2.0
#include "link.h"

#include "control.h"
#include "window.h"

/* A device may have dropped what it found in a queue while there was no link,
 * and asked for no kicks meanwhile, or for one at an index that is long past:
 * QEMU's packed rings stay so. One kick too many is allowed, one too few lasts
 * for ever.
 */
static void kick_all(struct vionic_net *vn)
{
	u16 i;

	for (i = 0; i < vn->cfg.pairs; i++)
		vionic_tx_kick(&vn->pair[i]->tx);
}

void vionic_link_update(struct vionic_net *vn)
{
	struct net_device *dev = vn->dev;
	bool announce;
	bool up = vionic_dev_link_up(vn->vd, &announce);

	if (up != netif_carrier_ok(dev)) {
		if (up) {
			kick_all(vn);
			netif_carrier_on(dev);
		} else {
			netif_carrier_off(dev);
		}
		if (netif_msg_link(vn) && net_ratelimit())
			netdev_info(dev, "link %s\n", up ? "up" : "down");
	}
	if (announce) {
		/* the machine has moved, and older QEMUs forget VLANs then */
		vionic_control_replay(vn);
		__netdev_notify_peers(dev);
		vionic_control_announced(vn);
	}
}

void vionic_link_work(struct work_struct *work)
{
	struct vionic_net *vn = container_of(work, struct vionic_net,
					     link_work);

	vionic_window();
	vionic_lock(vn);
	if (vionic_is_up(vn) &&
	    (vionic_dev_needs_reset(vn->vd) || vn->vd->tp.gone))
		vionic_want_recovery(vn);
	else if (vionic_is_up(vn))
		vionic_link_update(vn);
	vionic_unlock(vn);
}
