// SPDX-License-Identifier: GPL-2.0
/*
 * A device that says anything of itself: which features it offers, what stands in
 * its configuration, how large its queues are. What the driver makes of that must
 * be possible, and within what was said; and it may not look at a field that
 * comes with a feature which it did not accept (virtio 1.3, 5.1.4.2).
 */
#include "fuzz.h"
#include <linux/cpumask.h>
#include "caps.h"

#define KINDS	8	/* different sizes of queues */

static struct {
	struct virtio_net_config config;
	u16 num[KINDS];
	u8 err_at;		/* how many reads succeed before one fails */
	unsigned int cpus;
	bool legacy;
	struct pci_dev pdev;
	struct vionic_features features;
	u32 queues_asked;	/* the highest number, and one */
	bool failed;		/* a read has */
} fz;

/* Fields of struct virtio_net_config, and features of which one has to be there */
static const struct {
	size_t offset;
	size_t len;
	int feature[3];
} fields[] = {
#define FIELD(name, ...) { VIONIC_CONFIG(name),				\
	sizeof_field(struct virtio_net_config, name), { __VA_ARGS__, -1 } }
	FIELD(mac, VIRTIO_NET_F_MAC),
	FIELD(max_virtqueue_pairs, VIRTIO_NET_F_MQ, VIRTIO_NET_F_RSS),
	FIELD(mtu, VIRTIO_NET_F_MTU),
	FIELD(rss_max_key_size, VIRTIO_NET_F_RSS, VIRTIO_NET_F_HASH_REPORT),
	FIELD(rss_max_indirection_table_length, VIRTIO_NET_F_RSS),
	FIELD(supported_hash_types, VIRTIO_NET_F_RSS,
	      VIRTIO_NET_F_HASH_REPORT),
};

static bool has(unsigned int bit)
{
	return vionic_has(&fz.features, bit);
}

static bool may_read(size_t offset, size_t len)
{
	const int *feature;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(fields); i++) {
		if (fields[i].offset != offset)
			continue;
		MUST(fields[i].len == len);
		for (feature = fields[i].feature; *feature >= 0; feature++)
			if (has(*feature))
				return true;
	}
	return false;
}

/* What caps.c is linked to in place of the kernel and a transport */

unsigned int num_possible_cpus(void)
{
	return fz.cpus;
}

int vionic_transport_config(struct vionic_transport *tp, u32 offset, void *buf,
			    size_t len)
{
	static const int errs[] = { -ENODEV, -EINVAL, -EAGAIN };

	(void)tp;
	MUST(may_read(offset, len));
	if (!fz.err_at--) {
		fz.failed = true;
		return errs[offset % ARRAY_SIZE(errs)];
	}
	memcpy(buf, (u8 *)&fz.config + offset, len);
	return 0;
}

static u16 queue_size(u16 index)
{
	return fz.num[index % KINDS];
}

u16 vionic_transport_queue_max(struct vionic_transport *tp, u16 index)
{
	(void)tp;
	if (fz.queues_asked <= index)
		fz.queues_asked = index + 1;
	return queue_size(index);
}

/* What came of it */

static u32 pairs_said(void)
{
	if (!has(VIRTIO_NET_F_MQ) && !has(VIRTIO_NET_F_RSS))
		return 1;
	return le16_to_cpu((__le16)fz.config.max_virtqueue_pairs);
}

/* 2.7, 2.8: sizes that a ring can have; the control queue needs 4 entries at least */
static bool size_possible(u32 num)
{
	if (num < 2 || num > 32768)
		return false;
	return has(VIRTIO_F_RING_PACKED) || !(num & (num - 1));
}

/* Do all queues of a kind have a size in common? Legacy devices take no other size than
 * their own.
 */
static bool rings_possible(u16 first, u32 pairs)
{
	u32 i;

	for (i = 0; i < pairs; i++) {
		u16 num = queue_size(first + 2 * i);

		if (num < 2 || (fz.legacy && (num != queue_size(first) ||
					      !size_possible(num))))
			return false;
	}
	return true;
}

/* Has the driver no reason to refuse the device? */
static bool sound(void)
{
	const struct virtio_net_config *c = &fz.config;
	bool rss = has(VIRTIO_NET_F_RSS);
	u32 said = pairs_said();
	u32 pairs = said;
	u16 ctrl;

	if (fz.failed || !said || said > 0x7fff)
		return false;
	if (has(VIRTIO_NET_F_MTU) && le16_to_cpu((__le16)c->mtu) < 68)
		return false;
	if ((rss || has(VIRTIO_NET_F_HASH_REPORT)) && c->rss_max_key_size < 40)
		return false;
	if (rss && !c->rss_max_indirection_table_length)
		return false;
	if (pairs > fz.cpus && pairs > 16)
		pairs = max_t(u32, fz.cpus, 16);
	if (!rings_possible(0, pairs) || !rings_possible(1, pairs))
		return false;
	ctrl = queue_size(2 * said);
	return !has(VIRTIO_NET_F_CTRL_VQ) || (ctrl >= 4 && size_possible(ctrl));
}

static void check_ring(const struct vionic_caps *caps, u16 num, u16 index)
{
	MUST(num >= 2 && vionic_vq_num_valid(caps->layout, num));
	if (caps->ring_fixed)
		MUST(num == queue_size(index));
	else
		MUST(num <= queue_size(index));
}

static void check_queues(const struct vionic_caps *caps)
{
	u32 said = pairs_said();
	u32 i;

	MUST(caps->pairs && caps->pairs <= said &&
	     caps->pairs <= max_t(u32, fz.cpus, 16));
	MUST(vionic_is_packed(caps->layout) == has(VIRTIO_F_RING_PACKED));
	for (i = 0; i < caps->pairs; i++) {
		check_ring(caps, caps->rx_max, 2 * i);
		check_ring(caps, caps->tx_max, 2 * i + 1);
	}
	MUST(fz.queues_asked <= 2 * said + 1);
	if (has(VIRTIO_NET_F_CTRL_VQ)) {
		MUST(caps->ctrl_index == 2 * said);
		MUST(caps->ctrl_num >= 4);
		check_ring(caps, caps->ctrl_num, caps->ctrl_index);
	} else {
		MUST(!caps->ctrl_num);
	}
}

static void check_caps(const struct vionic_caps *caps)
{
	static const u8 none[ETH_ALEN];

	MUST(!memcmp(caps->mac, none, ETH_ALEN) || !(caps->mac[0] & 1));
	MUST(caps->mtu_max >= ETH_MIN_MTU);
	MUST(caps->mtu_fixed == has(VIRTIO_NET_F_MTU));
	if (has(VIRTIO_NET_F_RSS) || has(VIRTIO_NET_F_HASH_REPORT))
		MUST(caps->hash_key == VIONIC_HASH_KEY_MAX);
	else
		MUST(!caps->hash_key && !caps->hash_types);
	MUST(!!caps->rss_table == has(VIRTIO_NET_F_RSS));
	MUST(!(caps->rss_table & (caps->rss_table - 1)));
	MUST(caps->rss_table <= VIONIC_RSS_TABLE_MAX);
	if (caps->rss_table)
		MUST(caps->rss_table <= le16_to_cpu((__le16)
				fz.config.rss_max_indirection_table_length));
	MUST(caps->hdr_len >= VIONIC_HDR_LEN_LEGACY &&
	     caps->hdr_len <= VIONIC_HDR_LEN_TUNNEL);
	if (has(VIRTIO_NET_F_HASH_REPORT))
		MUST(caps->hdr_len >= VIONIC_HDR_LEN_HASH);
	check_queues(caps);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct vionic_transport tp = { .pdev = &fz.pdev };
	struct vionic_features offered;
	struct vionic_caps caps;
	u32 i;
	int err;

	memset(&fz, 0, sizeof(fz));
	fuzz_begin(data, size);
	fz.legacy = byte() & 1;
	fz.err_at = ~byte();
	fz.cpus = byte() + 1;
	for (i = 0; i < KINDS; i++)
		fz.num[i] = word();
	for (i = 0; i < sizeof(fz.config); i++)
		((u8 *)&fz.config)[i] = byte();
	for (i = 0; i < ARRAY_SIZE(offered.word); i++)
		offered.word[i] = dword();
	fz.features = fz.legacy ? vionic_features_accept_legacy(&offered) :
				  vionic_features_accept(&offered);
	tp.legacy = fz.legacy;
	memset(&caps, 0xa5, sizeof(caps));
	err = vionic_caps_read(&caps, &tp, &fz.features);
	MUST(!err == sound());
	if (!err)
		check_caps(&caps);
	else
		MUST(err == -EINVAL || err == -ENODEV || err == -EAGAIN);
	return 0;
}

#ifndef UNIT_LIBFUZZER
static void put_device(bool legacy, u16 pairs, u64 features)
{
	u32 i;

	put(legacy, 1);
	put(0, 1);		/* no read fails */
	put(3, 1);
	for (i = 0; i < KINDS; i++)
		put(256, 2);
	put(0x010000005452, 6);	/* mac */
	put(1, 2);		/* status */
	put(pairs, 2);
	put(1500, 2);
	put(10000, 4);		/* speed */
	put(1, 1);		/* duplex */
	put(40, 1);		/* hash key */
	put(128, 2);		/* RSS table */
	put(0x3f, 4);		/* hash types */
	put(features, 8);
	put(0, 8);
}

#define PLAIN	(1ull << VIRTIO_F_VERSION_1 | 1ull << VIRTIO_NET_F_MAC |	\
		 1ull << VIRTIO_NET_F_MTU | 1ull << VIRTIO_NET_F_CTRL_VQ |	\
		 1ull << VIRTIO_NET_F_MRG_RXBUF)
#define MANY	(PLAIN | 1ull << VIRTIO_NET_F_MQ | 1ull << VIRTIO_NET_F_RSS |	\
		 1ull << VIRTIO_NET_F_HASH_REPORT)

static void seed_plain(void)
{
	put_device(false, 1, PLAIN);
}

static void seed_legacy(void)
{
	put_device(true, 1, PLAIN);
}

static void seed_rss(void)
{
	put_device(false, 4, MANY);
}

static void seed_packed(void)
{
	put_device(false, 2, MANY | 1ull << VIRTIO_F_RING_PACKED |
			     1ull << VIRTIO_F_IN_ORDER);
}

/* Larger than a ring can be, and a legacy device takes no other, 2.7, 4.1.4.8 */
static void seed_fixed_size(void)
{
	u32 i;

	put_device(true, 1, PLAIN);
	for (i = 3; i < 3 + 2 * KINDS; i++)
		fuzz_input[i] = 0xd7;
}

/* The last pair's number leaves none for the control queue, 5.1.4 */
static void seed_all_pairs(void)
{
	put_device(false, 0x8000, MANY);
}

static const struct fuzz_seed seeds[] = {
	{ "plain", seed_plain },
	{ "legacy", seed_legacy },
	{ "rss", seed_rss },
	{ "packed", seed_packed },
	{ "fixed_size", seed_fixed_size },
	{ "all_pairs", seed_all_pairs },
};

int main(int argc, char **argv)
{
	return fuzz_main(argc, argv, 50000, seeds, ARRAY_SIZE(seeds));
}
#endif
