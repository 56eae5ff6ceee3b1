// SPDX-License-Identifier: GPL-2.0
#include "lies.h"

#include <linux/pci_regs.h>
#include <linux/virtio_net.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "lie.h"
#include "rng.h"

#define STORM		200	/* interrupts in place of one */
#define BEHIND_US	200	/* of writing into a buffer that was given back */
#define NAG_US		200	/* a jiffy is at least 1000 */
#define LATE_MS		2500	/* longer than any driver waits */
#define SLOW_MS		1500	/* not as long */
#define SLOW_US		(SLOW_MS * 1000)

static struct rng rng = { .s = 1 };

u32 lie_any(u32 below)
{
	return rng_below(&rng, below);
}

/* Used entries */

static void id_outside(struct queue *q, u16 at, u32 id, u32 len)
{
	(void)id;
	fakedev_forge(&q->ring, at, q->ring.num + lie_any(2), len);
}

static void id_huge(struct queue *q, u16 at, u32 id, u32 len)
{
	(void)id;
	fakedev_forge(&q->ring, at, 0xffffffff, len);
}

static void id_other(struct queue *q, u16 at, u32 id, u32 len)
{
	fakedev_forge(&q->ring, at, (id + 1) % q->ring.num, len);
}

static void id_again(struct queue *q, u16 at, u32 id, u32 len)
{
	static u32 last;

	fakedev_forge(&q->ring, at, last, len);
	last = id;
}

static void id_random(struct queue *q, u16 at, u32 id, u32 len)
{
	(void)id;
	fakedev_forge(&q->ring, at, lie_any(q->ring.num), len);
}

static void len_0(struct queue *q, u16 at, u32 id, u32 len)
{
	(void)len;
	fakedev_forge(&q->ring, at, id, 0);
}

static void len_1(struct queue *q, u16 at, u32 id, u32 len)
{
	(void)len;
	fakedev_forge(&q->ring, at, id, 1);
}

static void len_short(struct queue *q, u16 at, u32 id, u32 len)
{
	(void)len;
	fakedev_forge(&q->ring, at, id, 1 + lie_any(25));
}

static void len_long(struct queue *q, u16 at, u32 id, u32 len)
{
	fakedev_forge(&q->ring, at, id, len + 65536);
}

static void len_max(struct queue *q, u16 at, u32 id, u32 len)
{
	(void)len;
	fakedev_forge(&q->ring, at, id, 0xffffffff);
}

static void len_random(struct queue *q, u16 at, u32 id, u32 len)
{
	(void)len;
	fakedev_forge(&q->ring, at, id, lie_any(0x7fffffff));
}

/* The ring as a whole */

static void ahead_by(struct queue *q, u16 n)
{
	fakedev_forge_index(&q->ring, n);
}

static void index_ahead(struct queue *q)
{
	ahead_by(q, 1);
}

static void index_around(struct queue *q)
{
	ahead_by(q, q->ring.num);
}

static void index_far(struct queue *q)
{
	ahead_by(q, q->ring.num + 1 + lie_any(1000));
}

static void index_back(struct queue *q)
{
	ahead_by(q, -1);
}

static void scribble(u8 *area, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		area[i] = lie_any(256);
}

static void scribble_desc(struct queue *q)
{
	scribble(q->ring.desc, q->ring.desc_bytes);
}

static void scribble_avail(struct queue *q)
{
	scribble(q->ring.avail, q->ring.avail_bytes);
}

static void scribble_used(struct queue *q)
{
	scribble(q->ring.used, q->ring.used_bytes);
}

/* Headers: flags, type, length, size, start, offset, buffers */

static void header_random(u8 *hdr)
{
	scribble(hdr, 12);
}

static void buffers_0(u8 *hdr)
{
	memset(hdr + 10, 0, 2);
}

static void buffers_more(u8 *hdr)
{
	hdr[10]++;
}

static void buffers_max(u8 *hdr)
{
	memset(hdr + 10, 0xff, 2);
}

static void gso_unknown(u8 *hdr)
{
	hdr[1] = 6 + lie_any(250);
}

static void gso_size_0(u8 *hdr)
{
	hdr[0] = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	hdr[1] = VIRTIO_NET_HDR_GSO_TCPV4;
	memset(hdr + 4, 0, 2);
}

static void gso_for_short(u8 *hdr)
{
	hdr[0] = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	hdr[1] = VIRTIO_NET_HDR_GSO_TCPV4;
	memset(hdr + 2, 0xff, 4);
}

static void csum_outside(u8 *hdr)
{
	hdr[0] = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	memset(hdr + 6, 0xff, 4);
}

/* The checksum covers the MAC header from its third byte on, and would replace the source */
static void csum_in_mac(u8 *hdr)
{
	static const u8 place[] = { 2, 0, 6, 0 };

	hdr[0] = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	memcpy(hdr + 6, place, sizeof(place));
}

/* Written again and again while the driver reads it, and right in the end */
static void header_changing(u8 *hdr)
{
	u64 end = now_us() + BEHIND_US;
	u8 right[12];

	memcpy(right, hdr, sizeof(right));
	while (now_us() < end) {
		scribble(hdr, sizeof(right));
		memcpy(hdr, right, sizeof(right));
	}
}

/* Interrupts */

static bool silent(struct device *dev, struct queue *q)
{
	(void)dev;
	(void)q;
	return false;
}

static bool storm(struct device *dev, struct queue *q)
{
	int i;

	for (i = 0; i < STORM; i++)
		interrupt(dev, lie_any(2) ? q->vector : lie_any(8));
	return true;
}

/* Any but its own */
static bool wrong_vector(struct device *dev, struct queue *q)
{
	interrupt(dev, (q->vector + 1 + lie_any(7)) % 8);
	return false;
}

static void after_reset(struct device *dev)
{
	u16 vector;

	for (vector = 0; vector < 8; vector++)
		interrupt(dev, vector);
}

static void nag(struct device *dev)
{
	interrupt(dev, dev->queue[control_queue(dev)].vector);
}

/* Configuration */

static void flapping(struct virtio_net_config *config)
{
	config->status = lie_any(2) ? VIRTIO_NET_S_LINK_UP : 0;
}

static void announcing(struct virtio_net_config *config)
{
	config->status |= VIRTIO_NET_S_ANNOUNCE;
}

/* Commands */

static bool no_answer(u8 *answer)
{
	(void)answer;
	return false;
}

static bool refuse(u8 *answer)
{
	*answer = VIRTIO_NET_ERR;
	return true;
}

static bool garbage(u8 *answer)
{
	*answer = 2 + lie_any(254);
	return true;
}

/* What follows them: statistics, with a length of each entry */

static void size_0(u8 *data, u32 *len)
{
	if (*len > 8)
		memset(data + 6, 0, 2);
}

static void size_max(u8 *data, u32 *len)
{
	if (*len > 8)
		memset(data + 6, 0xff, 2);
}

static void data_any(u8 *data, u32 *len)
{
	scribble(data, *len);
}

static void data_none(u8 *data, u32 *len)
{
	(void)data;
	*len = 0;
}

/* Registers */

static u32 needs_reset(struct device *dev, u32 at, u32 val)
{
	(void)dev;
	return at == DEVICE_STATUS && val ? val | NEEDS_RESET : val;
}

static u32 no_features_ok(struct device *dev, u32 at, u32 val)
{
	(void)dev;
	return at == DEVICE_STATUS ? val & ~FEATURES_OK : val;
}

/* A queue is said to be reset only when the driver has nearly given up */
static u32 slow_reset(struct device *dev, u32 at, u32 val)
{
	static u64 since;

	(void)dev;
	if (at != QUEUE_RESET)
		return val;
	if (!since)
		since = now_us();
	if (now_us() - since < SLOW_US)
		return 1;
	since = 0;
	return val;
}

static u32 all_ones(struct device *dev, u32 at, u32 val)
{
	(void)dev;
	(void)at;
	(void)val;
	return 0xffffffff;
}

static u32 random_register(struct device *dev, u32 at, u32 val)
{
	(void)dev;
	return at == DEVICE_STATUS || lie_any(4) ? val : lie_any(0x7fffffff);
}

static const struct lie lies[] = {
	{ "id-outside", .used = id_outside },
	{ "id-huge", .used = id_huge },
	{ "id-other", .used = id_other },
	{ "id-again", .used = id_again },
	{ "id-random", .used = id_random },
	{ "len-0", .used = len_0 },
	{ "len-1", .used = len_1 },
	{ "len-short", .used = len_short },
	{ "len-long", .used = len_long },
	{ "len-max", .used = len_max },
	{ "len-random", .used = len_random },
	{ "index-ahead", .shown = index_ahead },
	{ "index-around", .shown = index_around },
	{ "index-far", .shown = index_far },
	{ "index-back", .shown = index_back },
	{ "scribble-desc", .shown = scribble_desc },
	{ "scribble-avail", .shown = scribble_avail },
	{ "scribble-used", .shown = scribble_used },
	{ "header-random", .header = header_random },
	{ "buffers-0", .header = buffers_0 },
	{ "buffers-more", .header = buffers_more },
	{ "buffers-max", .header = buffers_max },
	{ "gso-unknown", .header = gso_unknown },
	{ "gso-size-0", .header = gso_size_0 },
	{ "gso-for-short", .header = gso_for_short },
	{ "csum-outside", .header = csum_outside },
	{ "csum-in-mac", .header = csum_in_mac },
	{ "header-changing", .behind = header_changing },
	{ "silent", .interrupt = silent },
	{ "storm", .interrupt = storm },
	{ "wrong-vector", .interrupt = wrong_vector },
	{ "late", .late = LATE_MS },
	{ "slow", .late = SLOW_MS },
	{ "no-answer", .answer = no_answer },
	{ "nags", .answer = no_answer, .nag = nag },
	{ "refuse", .answer = refuse },
	{ "garbage", .answer = garbage },
	{ "size-0", .data = size_0 },
	{ "size-max", .data = size_max },
	{ "data-any", .data = data_any },
	{ "data-none", .data = data_none },
	{ "flaps", .config = flapping, .nag = config_changed },
	{ "announces", .config = announcing, .answer = refuse,
	  .nag = config_changed },
	{ "irq-in-reset", .reset = after_reset },
	{ "needs-reset", .reg = needs_reset },
	{ "never-reset", .deaf = true },
	{ "no-features-ok", .reg = no_features_ok },
	{ "slow-reset", .reg = slow_reset },
	{ "random-register", .reg = random_register },
	{ "all-ones", .reg = all_ones },
	{}
};

/* Devices that do not let the driver change one of their settings */
static const struct lie refusals[] = {
	{ "refuse-mac", .refuses = VIRTIO_NET_CTRL_MAC },
	{ "refuse-vlan", .refuses = VIRTIO_NET_CTRL_VLAN },
	{ "refuse-offloads", .refuses = VIRTIO_NET_CTRL_GUEST_OFFLOADS },
	{ "refuse-delays", .refuses = VIRTIO_NET_CTRL_NOTF_COAL },
	{}
};

/* One time in eight any of the others, but for the last: who is told that goes away */
static const struct lie mixture = { .name = "any" };
#define MIXED	(sizeof(lies) / sizeof(lies[0]) - 2)

static const struct lie *now(const struct device *dev)
{
	if (dev->lie != &mixture)
		return dev->lie;
	return lie_any(8) ? NULL : &lies[lie_any(MIXED)];
}

/* Return: the lie that is told on this queue, if any */
static const struct lie *told_on(struct device *dev, struct queue *q)
{
	u16 i = q - dev->queue;
	char kind = i == control_queue(dev) ? 'c' : i % 2 ? 't' : 'r';

	if (dev->lie_queue == 'a')
		return now(dev);
	if (dev->lie_queue != kind ||
	    (dev->lie_pair != ALL_PAIRS && dev->lie_pair != i / 2))
		return NULL;
	return now(dev);
}

static void count(struct device *dev, struct queue *q)
{
	dev->lies_told++;
	if (q)
		q->lied = true;
}

void lie_used(struct device *dev, struct queue *q, u16 at, u32 id, u32 len)
{
	const struct lie *lie = told_on(dev, q);

	if (!lie || !lie->used)
		return;
	lie->used(q, at, id, len);
	count(dev, q);
}

void lie_shown(struct device *dev, struct queue *q)
{
	const struct lie *lie = told_on(dev, q);

	if (!lie || !lie->shown)
		return;
	lie->shown(q);
	count(dev, q);
}

void lie_header(struct device *dev, struct queue *q, void *hdr)
{
	const struct lie *lie = told_on(dev, q);

	if (!lie || !lie->header)
		return;
	lie->header(hdr);
	count(dev, q);
}

void lie_behind(struct device *dev, struct queue *q, u8 *hdr)
{
	const struct lie *lie = told_on(dev, q);

	if (!lie || !lie->behind)
		return;
	lie->behind(hdr);
	count(dev, q);
}

bool lie_interrupt(struct device *dev, struct queue *q)
{
	const struct lie *lie = told_on(dev, q);

	if (!lie || !lie->interrupt)
		return true;
	count(dev, q);
	return lie->interrupt(dev, q);
}

bool lie_answer(struct device *dev, struct queue *q, u8 *ack, u8 *data, u32 *len)
{
	const struct lie *lie = told_on(dev, q);

	if (lie && lie->data && *len) {
		lie->data(data, len);
		count(dev, q);
	}
	if (!lie || !lie->answer)
		return true;
	count(dev, q);
	return lie->answer(ack);
}

bool lie_refuses(struct device *dev, struct queue *q, u8 class)
{
	const struct lie *lie = told_on(dev, q);

	if (!lie || !lie->refuses || lie->refuses != class)
		return false;
	count(dev, q);
	return true;
}

bool lie_idle(struct device *dev)
{
	if (!dev->lie || !dev->lie->nag)
		return false;
	usleep(NAG_US);
	dev->lie->nag(dev);
	return true;
}

u32 lie_late(struct device *dev, struct queue *q)
{
	const struct lie *lie = told_on(dev, q);

	if (!lie || !lie->late)
		return 0;
	count(dev, q);
	return lie->late;
}

bool lie_deaf(struct device *dev)
{
	const struct lie *lie = now(dev);

	if (!lie || !lie->deaf)
		return false;
	count(dev, NULL);
	return true;
}

void lie_reset(struct device *dev)
{
	const struct lie *lie = now(dev);

	/* from here on it goes by nothing that was a lie */
	if (!dev->lie && dev->gone_after == NEVER)
		rules_pause(false);
	if (!lie || !lie->reset)
		return;
	lie->reset(dev);
	count(dev, NULL);
}

u32 lie_register(struct device *dev, u32 at, u32 val)
{
	const struct lie *lie = now(dev);
	u32 said;

	if (!lie || !lie->reg)
		return val;
	said = lie->reg(dev, at, val);
	if (said != val)
		count(dev, NULL);
	return said;
}

bool lie_gone(struct device *dev)
{
	if (dev->gone_after == NEVER)
		return false;
	if (dev->gone_after) {
		dev->gone_after--;
		return false;
	}
	/* it takes its memory of rings along */
	if (!dev->lies_told)
		device_reset(dev);
	count(dev, NULL);
	return true;
}

void lie_config(struct device *dev, struct virtio_net_config *config)
{
	const struct lie *lie = now(dev);

	if (!lie || !lie->config)
		return;
	count(dev, NULL);
	lie->config(config);
}

void lie_caps(struct device *dev, u8 *config)
{
	u8 at = config[PCI_CAPABILITY_LIST];

	if (!dev->lie || !dev->lie->cap)
		return;
	count(dev, NULL);
	for (; at; at = config[at + 1])
		if (config[at] == PCI_CAP_ID_VNDR)
			dev->lie->cap(config[at + 3], config + at);
}

static const struct lie *find(const char *name)
{
	const struct lie *lie;

	if (!strcmp(name, mixture.name))
		return &mixture;
	for (lie = lies; lie->name; lie++)
		if (!strcmp(lie->name, name))
			return lie;
	for (lie = lies_bind; lie->name; lie++)
		if (!strcmp(lie->name, name))
			return lie;
	for (lie = refusals; lie->name; lie++)
		if (!strcmp(lie->name, name))
			return lie;
	return NULL;
}

/* What the driver does to a device that lies is not held against it */
static void start(struct device *dev, const struct lie *lie, const char *queue,
		  u32 gone_after)
{
	const char *pair = strpbrk(queue, "0123456789");

	dev->lie = lie;
	dev->lie_queue = *queue;
	dev->lie_pair = pair ? atoi(pair) : ALL_PAIRS;
	dev->lies_told = 0;
	dev->gone_after = gone_after;
	rules_pause(true);
}

static const char *list(const struct lie *lie)
{
	static char names[2000];

	names[0] = '\0';
	for (; lie->name; lie++) {
		strcat(names, " ");
		strcat(names, lie->name);
	}
	return names + 1;
}

const char *lies_command(struct device *dev, char *line)
{
	static char answer[40];
	const struct lie *lie;
	char name[40], queue[10];
	unsigned int n;

	if (!strcmp(line, "lies"))
		return list(lies);
	if (!strcmp(line, "lies bind"))
		return list(lies_bind);
	if (sscanf(line, "lie %39s %9s", name, queue) == 2) {
		lie = find(name);
		if (!lie)
			return "error no such lie";
		start(dev, lie, queue, NEVER);
		return "ok";
	}
	if (sscanf(line, "gone %u", &n) == 1) {
		start(dev, NULL, "", n);
		return "ok";
	}
	if (sscanf(line, "keep %u", &n) == 1 && n < dev->pairs_max) {
		dev->queue[2 * n + 1].keep = true;
		return "ok";
	}
	if (sscanf(line, "give-back %u", &n) == 1 && n < dev->pairs_max) {
		net_give_back(dev, 2 * n + 1);
		return "ok";
	}
	if (!strcmp(line, "anew")) {
		rules_anew();
		return "ok";
	}
	if (!strncmp(line, "seed ", 5)) {
		rng.s = 2 * strtoull(line + 5, NULL, 0) + 1;
		return "ok";
	}
	if (!strcmp(line, "behave")) {
		dev->lie = NULL;
		dev->gone_after = NEVER;
		if (!dev->lies_told || !ask_for_reset(dev))
			rules_pause(false);
	} else if (strcmp(line, "told")) {
		return "error unknown command";
	}
	snprintf(answer, sizeof(answer), "told %lu", dev->lies_told);
	return answer;
}
