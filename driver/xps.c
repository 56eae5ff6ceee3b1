// SPDX-License-Identifier: GPL-2.0
#include "xps.h"

#include <linux/jhash.h>

/* The queues that each CPU may choose. CPUs that go off-line or on-line do not change it. */
static u32 xps_hash(const struct vionic_net *vn)
{
	u32 hash = 0;
#ifdef CONFIG_XPS
	const struct xps_dev_maps *maps;
	const struct xps_map *map;
	unsigned int i;

	rcu_read_lock();
	maps = rcu_dereference(vn->dev->xps_maps[XPS_CPUS]);
	for (i = 0; maps && i < maps->nr_ids * maps->num_tc; i++) {
		map = rcu_dereference(maps->attr_map[i]);
		if (!map)
			continue;
		hash = jhash_1word(i, hash);
		hash = jhash(map->queues, map->len * sizeof(map->queues[0]),
			     hash);
	}
	rcu_read_unlock();
#endif
	return hash;
}

bool vionic_xps_changed(const struct vionic_net *vn)
{
	return xps_hash(vn) != vn->xps_hash;
}

static void xps_set_queues(struct vionic_net *vn, struct cpumask *mask)
{
	int node = dev_to_node(&vn->vd->pdev->dev);
	unsigned int cpus = num_online_cpus();
	u16 pairs = vn->cfg.pairs;
	unsigned int i, n;

	for (i = 0; i < pairs; i++) {
		cpumask_clear(mask);
		for (n = i; n < cpus; n += pairs)
			cpumask_set_cpu(cpumask_local_spread(n, node), mask);
		if (netif_set_xps_queue(vn->dev, mask, i))
			break;
	}
}

void vionic_xps_set(struct vionic_net *vn)
{
	cpumask_var_t mask;

	if (zalloc_cpumask_var(&mask, GFP_KERNEL)) {
		xps_set_queues(vn, mask);
		free_cpumask_var(mask);
	}
	vn->xps_hash = xps_hash(vn);
}
