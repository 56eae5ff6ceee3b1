// SPDX-License-Identifier: GPL-2.0
/*
 * Commands to the network device, virtio 1.3, 5.1.6.5.
 */
#include "device.h"

#include <linux/virtio_net.h>
#include <string.h>
#include "lies.h"


/* 5.1.6.5.9 */
#define NOTF_COAL_VQ_SET	2
#define NOTF_COAL_VQ_GET	3

/* virtio 1.4, 5.1.6.5.11 */
#define CTRL_STATS	8
#define STATS_QUERY	0
#define STATS_GET	1
#define STATS_RX	0	/* types: basic ones of each kind of queue */
#define STATS_TX	16
#define STATS_CTRL	32

/* What a command is answered with, behind whether it was done */
struct answer {
	u8 data[ANSWER_MAX];
	u32 len;
};

static const struct command {
	u8 class, command, feature, len;
	enum rule rule;
} commands[] = {
	{ VIRTIO_NET_CTRL_RX, VIRTIO_NET_CTRL_RX_PROMISC,
	  VIRTIO_NET_F_CTRL_RX, 1, CTRL_RX },
	{ VIRTIO_NET_CTRL_RX, VIRTIO_NET_CTRL_RX_ALLMULTI,
	  VIRTIO_NET_F_CTRL_RX, 1, CTRL_RX },
	{ VIRTIO_NET_CTRL_RX, VIRTIO_NET_CTRL_RX_ALLUNI,
	  VIRTIO_NET_F_CTRL_RX_EXTRA, 1, CTRL_RX_EXTRA },
	{ VIRTIO_NET_CTRL_RX, VIRTIO_NET_CTRL_RX_NOMULTI,
	  VIRTIO_NET_F_CTRL_RX_EXTRA, 1, CTRL_RX_EXTRA },
	{ VIRTIO_NET_CTRL_RX, VIRTIO_NET_CTRL_RX_NOUNI,
	  VIRTIO_NET_F_CTRL_RX_EXTRA, 1, CTRL_RX_EXTRA },
	{ VIRTIO_NET_CTRL_RX, VIRTIO_NET_CTRL_RX_NOBCAST,
	  VIRTIO_NET_F_CTRL_RX_EXTRA, 1, CTRL_RX_EXTRA },
	{ VIRTIO_NET_CTRL_MAC, VIRTIO_NET_CTRL_MAC_TABLE_SET,
	  VIRTIO_NET_F_CTRL_RX, 8, CTRL_MAC },
	{ VIRTIO_NET_CTRL_MAC, VIRTIO_NET_CTRL_MAC_ADDR_SET,
	  VIRTIO_NET_F_CTRL_MAC_ADDR, 6, CTRL_MAC },
	{ VIRTIO_NET_CTRL_VLAN, VIRTIO_NET_CTRL_VLAN_ADD,
	  VIRTIO_NET_F_CTRL_VLAN, 2, CTRL_VLAN },
	{ VIRTIO_NET_CTRL_VLAN, VIRTIO_NET_CTRL_VLAN_DEL,
	  VIRTIO_NET_F_CTRL_VLAN, 2, CTRL_VLAN },
	{ VIRTIO_NET_CTRL_ANNOUNCE, VIRTIO_NET_CTRL_ANNOUNCE_ACK,
	  VIRTIO_NET_F_GUEST_ANNOUNCE, 0, ANNOUNCE_ACK },
	{ VIRTIO_NET_CTRL_MQ, VIRTIO_NET_CTRL_MQ_VQ_PAIRS_SET,
	  VIRTIO_NET_F_MQ, 2, CTRL_MQ },
	{ VIRTIO_NET_CTRL_GUEST_OFFLOADS, VIRTIO_NET_CTRL_GUEST_OFFLOADS_SET,
	  VIRTIO_NET_F_CTRL_GUEST_OFFLOADS, 8, CTRL_OFFLOADS },
	{ VIRTIO_NET_CTRL_NOTF_COAL, VIRTIO_NET_CTRL_NOTF_COAL_TX_SET,
	  VIRTIO_NET_F_NOTF_COAL, 8, COAL_ALL },
	{ VIRTIO_NET_CTRL_NOTF_COAL, VIRTIO_NET_CTRL_NOTF_COAL_RX_SET,
	  VIRTIO_NET_F_NOTF_COAL, 8, COAL_ALL },
	{ VIRTIO_NET_CTRL_NOTF_COAL, NOTF_COAL_VQ_SET, VQ_NOTF_COAL, 12, COAL_ONE },
	{ VIRTIO_NET_CTRL_NOTF_COAL, NOTF_COAL_VQ_GET, VQ_NOTF_COAL, 4, COAL_ONE },
	{ CTRL_STATS, STATS_QUERY, DEVICE_STATS, 0, STATS_QUERIED },
	{ CTRL_STATS, STATS_GET, DEVICE_STATS, 16, STATS_QUERIED },
};

static const struct command *find_command(const u8 *data)
{
	unsigned int i;

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (commands[i].class == data[0] &&
		    commands[i].command == data[1])
			return &commands[i];
	return NULL;
}

/* Two tables, each a number and so many addresses: unicast, multicast */
static bool set_tables(const u8 *data, u32 len)
{
	u32 at = 0, num, i;
	int table;

	for (table = 0; table < 2; table++) {
		if (!rule(CTRL_MAC_TABLE, len - at >= sizeof(num),
			  "%u bytes for table %d", len - at, table))
			return false;
		memcpy(&num, data + at, sizeof(num));
		at += sizeof(num);
		if (!rule(CTRL_MAC_TABLE, num <= (len - at) / 6,
			  "%u addresses in %u bytes", num, len - at))
			return false;
		for (i = 0; i < num; i++, at += 6)
			rule(CTRL_MAC_TABLE, (data[at] & 1) == table,
			     "%02x:... in table %d", data[at], table);
	}
	return rule(CTRL_MAC_TABLE, at == len, "%u bytes behind the tables",
		    len - at);
}

/* 5.1.6.5.8: the bits of GUEST_CSUM, TSO4, TSO6, ECN, UFO, USO4, USO6 and of UDP tunnels */
#define OFFLOADS	(1ull << 1 | 1ull << 7 | 1ull << 8 | 1ull << 9 | 1ull << 10 | \
			 1ull << 46 | 1ull << 47 | 1ull << 54 | 1ull << 55)

/* The bits are those of features. Others mean nothing: the command is refused */
static bool set_offloads(struct device *dev, const u8 *data)
{
	u64 on;

	memcpy(&on, data, sizeof(on));
	if (!rule(CTRL_OFFLOADS, !(on & ~dev->accepted), "%#llx of %#llx",
		  (unsigned long long)on, (unsigned long long)dev->accepted))
		return false;
	if (on & ~OFFLOADS)
		return false;
	net_offloads(dev, on);
	return true;
}

static bool set_pairs(struct device *dev, u16 pairs)
{
	u16 i;

	if (!rule(CTRL_MQ, pairs && pairs <= dev->pairs_max, "%u of %u", pairs,
		  dev->pairs_max))
		return false;
	for (i = 0; i < 2 * pairs; i++)
		rule(MQ_READY, dev->queue[i].enabled, "queue %u of %u pairs", i,
		     pairs);
	for (i = 0; i < 2 * pairs; i += 2)
		if (dev->queue[i].enabled && !dev->queue[i].dead)
			rule(RX_FILLED, dev->queue[i].ring.held ||
			     fakedev_pending(&dev->queue[i].ring),
			     "queue %u has no buffers", i);
	dev->pairs = pairs;
	dev->pairs_told = true;
	return true;
}

static void coalesce(struct queue *q, const u8 *data)
{
	u32 val[2];

	memcpy(val, data, sizeof(val));
	q->coal.packets = val[0];
	q->coal.usecs = val[1];
}

static bool coalesce_all(struct device *dev, u16 first, const u8 *data)
{
	u16 i;

	for (i = first; i < 2 * dev->pairs_max; i += 2)
		coalesce(&dev->queue[i], data);
	return true;
}

static bool coalesce_one(struct device *dev, bool set, const u8 *data,
			 struct answer *answer)
{
	struct queue *q;
	u16 index[2];

	memcpy(index, data, sizeof(index));
	rule(COAL_RESERVED, !index[1], "%#x", index[1]);
	if (!rule(COAL_QUEUE, index[0] < 2 * dev->pairs_max &&
		  dev->queue[index[0]].enabled, "queue %u", index[0]))
		return false;
	q = &dev->queue[index[0]];
	if (set) {
		coalesce(q, data + 4);
		return true;
	}
	memcpy(answer->data, data, 4);
	memcpy(answer->data + 4, &q->coal, 8);
	answer->len = 12;
	return true;
}

static void add_stats(struct answer *answer, u8 type, u16 index,
		      const u64 *val, u16 num)
{
	u16 head[4] = { type, index, 0, sizeof(head) + 8 * num };

	memcpy(answer->data, head, sizeof(head));
	memcpy(answer->data + sizeof(head), val, 8 * num);
	answer->len = sizeof(head) + 8 * num;
}

static bool get_stats(struct device *dev, const u8 *data, struct answer *answer)
{
	const struct queue *q;
	u16 index[4];
	u64 types;

	memcpy(index, data, sizeof(index));
	memcpy(&types, data + sizeof(index), sizeof(types));
	rule(STATS_QUERIED, dev->queried, "they are not known");
	if (!rule(STATS_TYPES, index[0] < queues(dev) &&
		  !index[1] && !index[2] && !index[3] &&
		  types == 1ull << (index[0] == control_queue(dev) ? STATS_CTRL :
				    index[0] % 2 ? STATS_TX : STATS_RX),
		  "types %#llx of queue %u", (unsigned long long)types, index[0]))
		return false;
	q = &dev->queue[index[0]];
	if (index[0] == control_queue(dev)) {
		u64 val[] = { q->stats.packets + 1, q->stats.packets + 1 -
			      q->stats.drops };

		add_stats(answer, STATS_CTRL, index[0], val, 2);
	} else {
		u64 val[] = { q->stats.notifications, q->stats.packets,
			      q->stats.bytes, q->stats.interrupts,
			      q->stats.drops, q->stats.special };

		add_stats(answer, index[0] % 2 ? STATS_TX : STATS_RX, index[0],
			  val, 6);
	}
	return true;
}

static bool query_stats(struct device *dev, struct answer *answer)
{
	u64 types = 1ull << STATS_RX | 1ull << STATS_TX | 1ull << STATS_CTRL;

	memcpy(answer->data, &types, sizeof(types));
	answer->len = sizeof(types);
	dev->queried = true;
	return true;
}

static bool announced(struct device *dev)
{
	bool asked = dev->announce;

	dev->announce = false;
	return rule(ANNOUNCE_ACK, asked, "nobody asked");
}

static bool set_vlan(struct device *dev, u8 command, u16 vlan)
{
	u8 *byte, bit = 1 << vlan % 8;

	if (!rule(CTRL_VLAN, vlan < 4096, "VLAN %u", vlan))
		return false;
	byte = &dev->vlans[vlan / 8];
	*byte = command == VIRTIO_NET_CTRL_VLAN_ADD ? *byte | bit : *byte & ~bit;
	return true;
}

static bool has_length(const struct command *c, u32 len)
{
	/* two lists, of any length */
	if (c->class == VIRTIO_NET_CTRL_MAC && c->len == 8)
		return len >= c->len;
	return len == c->len;
}

static bool execute(struct device *dev, const u8 *data, u32 len,
		    struct answer *answer)
{
	const struct command *c = find_command(data);
	u16 val = 0;

	if (!rule(CTRL_KNOWN, c && has_length(c, len - 2),
		  "class %u, command %u, %u bytes", data[0], data[1], len - 2) ||
	    !rule(c->rule, has(dev, c->feature), "command %u without feature %u",
		  data[1], c->feature))
		return false;
	if (c->len == 2)
		memcpy(&val, data + 2, 2);
	if (c->class == VIRTIO_NET_CTRL_MQ)
		return set_pairs(dev, val);
	if (c->class == VIRTIO_NET_CTRL_MAC && c->len == 8)
		return set_tables(data + 2, len - 2);
	if (c->class == VIRTIO_NET_CTRL_GUEST_OFFLOADS)
		return set_offloads(dev, data + 2);
	if (c->class == VIRTIO_NET_CTRL_VLAN)
		return set_vlan(dev, data[1], val);
	if (c->class == VIRTIO_NET_CTRL_RX &&
	    c->command == VIRTIO_NET_CTRL_RX_PROMISC)
		dev->promisc = data[2];
	if (c->class == VIRTIO_NET_CTRL_ANNOUNCE)
		return announced(dev);
	if (c->class == VIRTIO_NET_CTRL_MAC && c->len == 6)
		memcpy(dev->mac, data + 2, 6);
	if (c->class == VIRTIO_NET_CTRL_NOTF_COAL && c->len == 8)
		return coalesce_all(dev, c->command ==
				    VIRTIO_NET_CTRL_NOTF_COAL_TX_SET, data + 2);
	if (c->class == VIRTIO_NET_CTRL_NOTF_COAL)
		return coalesce_one(dev, c->command == NOTF_COAL_VQ_SET, data + 2,
				    answer);
	if (c->class == CTRL_STATS)
		return c->command == STATS_GET ?
		       get_stats(dev, data + 2, answer) : query_stats(dev, answer);
	return true;
}

/* Into the parts of a buffer that can be written, one behind the other */
static void answer_with(struct device *dev, const struct fakedev_desc *part,
			u16 parts, const u8 *from, u32 len)
{
	u32 at = 0, i;

	for (i = 0; i < parts && at < len; i++) {
		const struct fakedev_desc *d = &part[i];
		u8 *to = d->flags & IS_WRITE ? queue_part(dev, d) : NULL;
		u32 n = len - at < d->len ? len - at : d->len;

		if (!to)
			continue;
		memcpy(to, from + at, n);
		at += n;
	}
}

/* Return: false if there are too many that wait already */
static bool put_off(struct device *dev, struct queue *q,
		    const struct fakedev_buf *buf, const u8 *reply, u32 len, u32 ms)
{
	struct late_answer *late = &dev->late[dev->late_count];

	if (dev->late_count == LATE_MAX || buf->parts > 4)
		return false;
	*late = (struct late_answer) {
		.due = now_us() + 1000 * ms, .head = buf->head,
		.parts = buf->parts, .len = len,
	};
	memcpy(late->part, q->ring.chain, buf->parts * sizeof(late->part[0]));
	memcpy(late->reply, reply, len);
	dev->late_count++;
	return true;
}

u64 ctrl_due(struct device *dev, u64 now)
{
	struct queue *q = &dev->queue[control_queue(dev)];

	if (sigsetjmp(dev->served, 0) || q->dead)
		dev->late_count = 0;
	dev->serving = q;
	while (dev->late_count && dev->late[0].due <= now) {
		struct late_answer late = dev->late[0];

		dev->late_count--;
		memmove(dev->late, dev->late + 1,
			dev->late_count * sizeof(late));
		answer_with(dev, late.part, late.parts, late.reply, late.len);
		queue_use(dev, q, late.head, late.len);
		queue_show(dev, q);
	}
	return dev->late_count ? dev->late[0].due : 0;
}

/* Return: bytes of the answer; 0: there is none yet */
static u32 command(struct device *dev, struct queue *q,
		   const struct fakedev_buf *buf)
{
	static u8 data[1 << 16];
	struct answer answer = {};
	u8 reply[1 + ANSWER_MAX];
	u32 len = 0, room = 0, late;
	u16 i;

	for (i = 0; i < buf->parts; i++) {
		const struct fakedev_desc *d = &q->ring.chain[i];
		u8 *at = queue_part(dev, d);

		if (at && d->flags & IS_WRITE)
			room += d->len;
		else if (at && len + d->len <= sizeof(data))
			len += (memcpy(data + len, at, d->len), d->len);
	}
	if (!rule(CTRL_FORM, len >= 2 && room, "%u bytes, %u for the answer", len,
		  room))
		return 1;
	reply[0] = !lie_refuses(dev, q, data[0]) &&
		   execute(dev, data, len, &answer) ? VIRTIO_NET_OK :
						      VIRTIO_NET_ERR;
	if (data[0] == CTRL_STATS && answer.len)
		rule(STATS_ROOM, room > answer.len, "%u bytes for %u", room,
		     answer.len);
	q->stats.packets++;
	q->stats.drops += reply[0] != VIRTIO_NET_OK;
	if (!lie_answer(dev, q, reply, answer.data, &answer.len))
		return 0;
	memcpy(reply + 1, answer.data, answer.len);
	len = 1 + answer.len < room ? 1 + answer.len : room;
	late = lie_late(dev, q);
	if (late && put_off(dev, q, buf, reply, len, late))
		return 0;
	answer_with(dev, q->ring.chain, buf->parts, reply, len);
	return len;
}

void ctrl_kicked(struct device *dev, struct queue *q)
{
	struct fakedev_buf buf;
	u32 len;

	do {
		while (queue_fetch(q, &buf)) {
			len = command(dev, q, &buf);
			if (len)
				queue_use(dev, q, buf.head, len);
		}
	} while (fakedev_kicks_on(&q->ring));
	queue_show(dev, q);
}
