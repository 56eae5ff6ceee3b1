// SPDX-License-Identifier: GPL-2.0
#include "xps.h"

bool vionic_xps_changed(const struct vionic_net *vn)
{
	int node = dev_to_node(&vn->vd->pdev->dev);
	const struct xps_dev_maps *maps;
	const struct xps_map *map;
	unsigned int n, cpu, cpus;
	bool changed = true;

	rcu_read_lock();
	maps = rcu_dereference(vn->dev->xps_maps[XPS_CPUS]);
	if (!maps || maps->num_tc != 1)
		goto out;
	cpus = min(num_online_cpus(), maps->nr_ids);
	for (n = 0, changed = false; !changed && n < cpus; n++) {
		cpu = cpumask_local_spread(n, node);
		map = rcu_dereference(maps->attr_map[cpu]);
		changed = !map || map->len != 1 ||
			  map->queues[0] != n % vn->cfg.pairs;
	}
out:
	rcu_read_unlock();
	return changed;
}

void vionic_xps_set(struct vionic_net *vn)
{
	int node = dev_to_node(&vn->vd->pdev->dev);
	unsigned int cpus = num_online_cpus();
	u16 pairs = vn->cfg.pairs;
	unsigned int i, n;
	cpumask_var_t mask;

	if (!zalloc_cpumask_var(&mask, GFP_KERNEL))
		return;
	for (i = 0; i < pairs; i++) {
		cpumask_clear(mask);
		for (n = i; n < cpus; n += pairs)
			cpumask_set_cpu(cpumask_local_spread(n, node), mask);
		if (netif_set_xps_queue(vn->dev, mask, i))
			break;
	}
	free_cpumask_var(mask);
}
