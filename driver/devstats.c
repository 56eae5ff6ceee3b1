// SPDX-License-Identifier: GPL-2.0
#include "devstats.h"

#include <linux/ethtool.h>
#include <vionic/devstats.h>

void vionic_devstats_find(struct vionic_net *vn)
{
	__le64 types;

	if (vionic_dev_has(vn->vd, VIRTIO_NET_F_DEVICE_STATS) &&
	    vionic_ctrlq_query(&vn->vd->ctrl, VIRTIO_NET_CTRL_STATS,
			       VIRTIO_NET_CTRL_STATS_QUERY, NULL, 0, &types,
			       sizeof(types)) == sizeof(types))
		vn->stat_types = le64_to_cpu(types);
}

/* A walk over queues in the order of the list */
struct queue {
	const char *kind;
	u16 pair;
	u16 vq;
	u64 types;
};

/* Receive and transmit queue of each pair, then the control queue */
static bool nth_queue(const struct vionic_net *vn, unsigned int n,
		      struct queue *q)
{
	unsigned int queues = 2 * vn->cfg.pairs;
	bool tx = n & 1;

	if (n > queues)
		return false;
	if (n == queues) {
		q->kind = "ctrl";
		q->pair = 0;
		q->vq = vn->vd->caps.ctrl_index;
		q->types = VIONIC_DEVSTATS_CTRL;
	} else {
		q->kind = tx ? "tx" : "rx";
		q->pair = n / 2;
		q->vq = n;
		q->types = tx ? VIONIC_DEVSTATS_TX : VIONIC_DEVSTATS_RX;
	}
	q->types &= vn->stat_types;
	return true;
}

int vionic_devstats_count(const struct vionic_net *vn)
{
	unsigned int n, num = 0;
	struct queue q;

	for (n = 0; nth_queue(vn, n, &q); n++)
		num += vionic_devstats_num(q.types);
	return num;
}

static void queue_strings(const struct queue *q, u8 **data)
{
	const struct vionic_devstats_type *t = vionic_devstats_types;
	unsigned int i, n;

	for (i = 0; i < ARRAY_SIZE(vionic_devstats_types); i++, t++)
		for (n = 0; q->types >> t->bit & 1 && n < t->num; n++)
			ethtool_sprintf(data, "device_%s%u_%s", q->kind,
					q->pair, t->name[n]);
}

void vionic_devstats_strings(const struct vionic_net *vn, u8 *data)
{
	struct queue q;
	unsigned int n;

	for (n = 0; nth_queue(vn, n, &q); n++)
		queue_strings(&q, &data);
}

static void queue_values(struct vionic_net *vn, const struct queue *q,
			 u64 *data)
{
	const struct vionic_ctrl_stats cmd = {
		.vq = cpu_to_le16(q->vq),
		.types = cpu_to_le64(q->types),
	};
	u8 reply[VIONIC_DEVSTATS_REPLY] __aligned(8);
	int len;

	BUILD_BUG_ON(sizeof(reply) > VIONIC_CTRL_REPLY_MAX);
	len = vionic_ctrlq_query(&vn->vd->ctrl, VIRTIO_NET_CTRL_STATS,
				 VIRTIO_NET_CTRL_STATS_GET, &cmd, sizeof(cmd),
				 reply, sizeof(reply));
	if (len > 0)
		vionic_devstats_parse(reply, len, q->vq, q->types, data);
}

void vionic_devstats_values(struct vionic_net *vn, u64 *data)
{
	struct queue q;
	unsigned int n;

	memset(data, 0, sizeof(*data) * vionic_devstats_count(vn));
	for (n = 0; vionic_is_up(vn) && nth_queue(vn, n, &q); n++) {
		if (q.types)
			queue_values(vn, &q, data);
		data += vionic_devstats_num(q.types);
	}
}
