// SPDX-License-Identifier: GPL-2.0
#include "debugfs.h"

#include <linux/debugfs.h>
#include <linux/seq_file.h>

static const char *const layouts[] = {
	[VIONIC_SPLIT] = "split",
	[VIONIC_SPLIT_IN_ORDER] = "split-in-order",
	[VIONIC_PACKED] = "packed",
	[VIONIC_PACKED_IN_ORDER] = "packed-in-order",
};

static void show_ring(struct seq_file *m, const char *name,
		      const struct vionic_vq *vq)
{
	seq_printf(m, "%-6s vq=%u %s num=%u avail=%u used=%u inflight=%u free=%u%s\n",
		   name, vq->index, layouts[vq->layout], vionic_vq_num(vq),
		   vq->ring.avail_idx, vq->ring.used_idx,
		   vionic_vq_inflight(vq), vionic_vq_free_count(vq),
		   vionic_vq_broken(vq) ? " broken" : "");
}

/* A snapshot: the rings go on meanwhile, but stay where they are */
static int rings_show(struct seq_file *m, void *unused)
{
	struct vionic_net *vn = m->private;
	char name[8];
	u16 i;

	vionic_lock(vn);
	for (i = 0; vionic_is_up(vn) && i < vn->cfg.pairs; i++) {
		snprintf(name, sizeof(name), "rx%u", i);
		show_ring(m, name, &vn->pair[i]->rx.ring.vq);
		snprintf(name, sizeof(name), "tx%u", i);
		show_ring(m, name, &vn->pair[i]->tx.ring.vq);
	}
	if (vionic_is_up(vn) && vn->vd->caps.ctrl_num)
		show_ring(m, "ctrl", &vn->vd->ctrl.vq);
	vionic_unlock(vn);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(rings);

#ifdef VIONIC_DEBUG

/* Where kicks go that get lost */
static u32 nowhere;

static void deafen(struct vionic_vq *vq)
{
	vq->bell.addr = (void __iomem __force *)&nowhere;
}

static void mangle(struct vionic_pair *qp, struct vionic_vq *vq)
{
	WRITE_ONCE(vq->ring.broken, true);
	local_bh_disable();
	napi_schedule(&qp->napi);
	local_bh_enable();
}

static int cause(struct vionic_net *vn, const char *what, unsigned int n)
{
	struct vionic_pair *qp;

	if (!vionic_is_up(vn) || n >= vn->cfg.pairs)
		return -EINVAL;
	qp = vn->pair[n];
	if (!strcmp(what, "rx"))
		mangle(qp, &qp->rx.ring.vq);
	else if (!strcmp(what, "tx"))
		mangle(qp, &qp->tx.ring.vq);
	else if (!strcmp(what, "deaf"))
		deafen(&qp->tx.ring.vq);
	else if (!strcmp(what, "mute") && vn->vd->caps.ctrl_num)
		deafen(&vn->vd->ctrl.vq);
	else
		return -EINVAL;
	return 0;
}

static ssize_t fault_write(struct file *file, const char __user *from,
			   size_t len, loff_t *pos)
{
	struct vionic_net *vn = file_inode(file)->i_private;
	char line[16], what[8];
	unsigned int n = 0;
	int err;

	if (len >= sizeof(line))
		return -EINVAL;
	if (copy_from_user(line, from, len))
		return -EFAULT;
	line[len] = '\0';
	if (sscanf(line, "%7s %u", what, &n) < 1)
		return -EINVAL;
	vionic_lock(vn);
	err = cause(vn, what, n);
	vionic_unlock(vn);
	return err ?: len;
}

static const struct file_operations fault_fops = {
	.owner	= THIS_MODULE,
	.open	= simple_open,
	.write	= fault_write,
};

static void create_fault(struct vionic_net *vn)
{
	debugfs_create_file("fault", 0200, vn->debugfs, vn, &fault_fops);
}

#else

static void create_fault(struct vionic_net *vn)
{
}

#endif

void vionic_debugfs_create(struct vionic_net *vn)
{
	char name[32];

	snprintf(name, sizeof(name), KBUILD_MODNAME "-%s",
		 pci_name(vn->vd->pdev));
	vn->debugfs = debugfs_create_dir(name, NULL);
	debugfs_create_file("rings", 0400, vn->debugfs, vn, &rings_fops);
	create_fault(vn);
}

void vionic_debugfs_remove(struct vionic_net *vn)
{
	debugfs_remove(vn->debugfs);
}
