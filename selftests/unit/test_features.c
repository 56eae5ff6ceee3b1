// SPDX-License-Identifier: GPL-2.0
/*
 * Negotiation: what is accepted of what a device offers. The table of
 * prerequisites is that of virtio 1.3, 5.1.3.1, and of the drafts after it. It
 * has bits that this driver does not know: should it learn one, the rule waits.
 */
#include <linux/kernel.h>
#include "features.h"
#include "rng.h"
#include "tap.h"

#define NONE	0xff

/* Each bit needs one of the two; bits by number, 5.1.3 */
static const struct {
	u8 bit;
	u8 one;
	u8 other;
} spec[] = {
	{ 7, 1, NONE },		/* GUEST_TSO4: GUEST_CSUM */
	{ 8, 1, NONE },		/* GUEST_TSO6: GUEST_CSUM */
	{ 9, 7, 8 },		/* GUEST_ECN: GUEST_TSO4 or GUEST_TSO6 */
	{ 10, 1, NONE },	/* GUEST_UFO: GUEST_CSUM */
	{ 54, 1, NONE },	/* GUEST_USO4: GUEST_CSUM */
	{ 55, 1, NONE },	/* GUEST_USO6: GUEST_CSUM */
	{ 65, 7, NONE },	/* GUEST_UDP_TUNNEL_GSO: all of these */
	{ 65, 8, NONE },
	{ 65, 54, NONE },
	{ 65, 55, NONE },
	{ 66, 65, NONE },	/* GUEST_UDP_TUNNEL_GSO_CSUM: ..._GSO */
	{ 11, 0, NONE },	/* HOST_TSO4: CSUM */
	{ 12, 0, NONE },	/* HOST_TSO6: CSUM */
	{ 13, 11, 12 },		/* HOST_ECN: HOST_TSO4 or HOST_TSO6 */
	{ 14, 0, NONE },	/* HOST_UFO: CSUM */
	{ 56, 0, NONE },	/* HOST_USO: CSUM */
	{ 67, 11, NONE },	/* HOST_UDP_TUNNEL_GSO: all of these */
	{ 67, 12, NONE },
	{ 67, 56, NONE },
	{ 68, 67, NONE },	/* HOST_UDP_TUNNEL_GSO_CSUM: ..._GSO */
	{ 18, 17, NONE },	/* CTRL_RX: CTRL_VQ */
	{ 19, 17, NONE },	/* CTRL_VLAN: CTRL_VQ */
	{ 21, 17, NONE },	/* GUEST_ANNOUNCE: CTRL_VQ */
	{ 22, 17, NONE },	/* MQ: CTRL_VQ */
	{ 23, 17, NONE },	/* CTRL_MAC_ADDR: CTRL_VQ */
	{ 53, 17, NONE },	/* NOTF_COAL: CTRL_VQ */
	{ 61, 11, 12 },		/* RSC_EXT: HOST_TSO4 or HOST_TSO6 ... */
	{ 61, 7, 8 },		/* ... and, by what it is for, GUEST_TSO */
	{ 6, 0, NONE },		/* GSO, legacy: CSUM */
	{ 60, 17, NONE },	/* RSS: CTRL_VQ */
	{ 52, 17, NONE },	/* VQ_NOTF_COAL: CTRL_VQ */
	{ 50, 17, NONE },	/* DEVICE_STATS: CTRL_VQ */
	{ 51, 17, NONE },	/* HASH_TUNNEL: CTRL_VQ ... */
	{ 51, 60, 57 },		/* ... along with RSS or HASH_REPORT */
	{ 64, 17, NONE },	/* RSS_CONTEXT: CTRL_VQ and RSS */
	{ 64, 60, NONE },
	/* not in that list, but of no use without the status field and the
	 * commands
	 */
	{ 20, 18, NONE },	/* CTRL_RX_EXTRA: CTRL_RX, 5.1.6.5.1 */
	{ 21, 16, NONE },	/* GUEST_ANNOUNCE: STATUS, 5.1.6.5.4 */
	{ 2, 17, NONE },	/* CTRL_GUEST_OFFLOADS: CTRL_VQ, 5.1.6.5.6 */
	{ 57, 17, NONE },	/* HASH_REPORT: CTRL_VQ, 5.1.6.5.6.4 */
};

/* What no driver of this design may take: bits that are reserved or were only
 * for legacy devices
 */
static const u8 never[] = {
	14,	/* HOST_UFO: nobody makes such frames */
	24,	/* NOTIFY_ON_EMPTY, legacy */
	27,	/* ANY_LAYOUT, legacy */
	30,	/* UNUSED, legacy */
	41,	/* ADMIN_VQ, or GUEST_RSC4 of old */
	42, 43, 44, 45,
	127,
};

static struct vionic_features all(void)
{
	struct vionic_features f;

	memset(&f, 0xff, sizeof(f));
	return f;
}

static struct vionic_features without(struct vionic_features f,
				      unsigned int bit)
{
	vionic_feature_clear(&f, bit);
	return f;
}

static u32 count(const struct vionic_features *f)
{
	u32 bit, n = 0;

	for (bit = 0; bit < VIONIC_FEATURE_BITS; bit++)
		n += vionic_has(f, bit);
	return n;
}

/* All that must hold whatever was offered */
static void check(const struct vionic_features *offered)
{
	struct vionic_features got = vionic_features_accept(offered);
	struct vionic_features again = vionic_features_accept(&got);
	size_t i;

	for (i = 0; i < VIONIC_FEATURE_WORDS; i++) {
		T_EQ(got.word[i] & ~offered->word[i], 0);
		T_EQ(got.word[i], again.word[i]);
	}
	for (i = 0; i < ARRAY_SIZE(spec); i++)
		T_TRUE(!vionic_has(&got, spec[i].bit) ||
		       vionic_has(&got, spec[i].one) ||
		       (spec[i].other != NONE &&
			vionic_has(&got, spec[i].other)));
	for (i = 0; i < ARRAY_SIZE(never); i++)
		T_FALSE(vionic_has(&got, never[i]));
	/* 5.1.3.2: GSO is for legacy devices */
	T_FALSE(vionic_has(&got, 6) && vionic_has(&got, 32));
}

static void test_bits(void)
{
	struct vionic_features f = {};
	unsigned int bit, other;

	for (bit = 0; bit < VIONIC_FEATURE_BITS; bit++) {
		T_FALSE(vionic_has(&f, bit));
		vionic_feature_set(&f, bit);
		for (other = 0; other < VIONIC_FEATURE_BITS; other++)
			T_EQ(vionic_has(&f, other), other == bit);
		T_EQ(f.word[bit / 32], 1u << bit % 32);
		vionic_feature_clear(&f, bit);
		T_EQ(count(&f), 0);
		f = without(all(), bit);
		T_EQ(count(&f), VIONIC_FEATURE_BITS - 1);
		T_FALSE(vionic_has(&f, bit));
		memset(&f, 0, sizeof(f));
	}
	T_CASE("bits are set, cleared and found, each by itself");
}

static void test_nothing(void)
{
	struct vionic_features offered = {};
	struct vionic_features got = vionic_features_accept(&offered);

	T_EQ(count(&got), 0);
	T_CASE("nothing offered, nothing accepted");
}

/* With all on offer, these are accepted and no other */
static void test_everything(void)
{
	static const u8 wanted[] = {
		0, 1, 2, 3, 5, 7, 8, 9, 10, 11, 12, 13, 15, 16, 17, 18, 19, 20,
		21, 22, 23, 28, 29, 32, 33, 34, 35, 36, 37, 38, 39, 40, 50, 52,
		53, 54, 55, 56, 57, 59, 60, 61, 62, 63, 65, 66, 67, 68,
	};
	struct vionic_features offered = all();
	struct vionic_features got = vionic_features_accept(&offered);
	size_t i;

	check(&offered);
	for (i = 0; i < ARRAY_SIZE(wanted); i++)
		T_TRUE(vionic_has(&got, wanted[i]));
	T_EQ(count(&got), ARRAY_SIZE(wanted));
	T_CASE("everything offered: only what is known, and that whole");
}

/* Bits that need nothing are taken alone, all others are not */
static void test_alone(void)
{
	struct vionic_features everything = all();
	struct vionic_features most = vionic_features_accept(&everything);
	unsigned int bit;
	size_t i;

	for (bit = 0; bit < VIONIC_FEATURE_BITS; bit++) {
		struct vionic_features offered = {};
		struct vionic_features got;
		bool needs = false;

		vionic_feature_set(&offered, bit);
		check(&offered);
		got = vionic_features_accept(&offered);
		for (i = 0; i < ARRAY_SIZE(spec); i++)
			needs |= spec[i].bit == bit;
		T_EQ(vionic_has(&got, bit), vionic_has(&most, bit) && !needs);
	}
	T_CASE("each bit offered alone");
}

/* Does @bit need @gone, by itself or through others? With a choice of two, one
 * missing does no harm.
 */
static bool depends(unsigned int bit, unsigned int gone)
{
	size_t i;

	if (bit == gone)
		return true;
	for (i = 0; i < ARRAY_SIZE(spec); i++)
		if (spec[i].bit == bit && spec[i].other == NONE &&
		    depends(spec[i].one, gone))
			return true;
	/* the choices that hang on one bit: ECN, by way of both TSO bits */
	for (i = 0; i < ARRAY_SIZE(spec); i++)
		if (spec[i].bit == bit && spec[i].other != NONE &&
		    depends(spec[i].one, gone) && depends(spec[i].other, gone))
			return true;
	return false;
}

/* Each bit missing in turn: all go that need it, and no other */
static void test_missing(void)
{
	struct vionic_features everything = all();
	struct vionic_features most = vionic_features_accept(&everything);
	unsigned int gone, bit;

	for (gone = 0; gone < VIONIC_FEATURE_BITS; gone++) {
		struct vionic_features offered = without(all(), gone);
		struct vionic_features got = vionic_features_accept(&offered);

		check(&offered);
		for (bit = 0; bit < VIONIC_FEATURE_BITS; bit++)
			if (bit == 6)	/* no longer in the way */
				T_EQ(vionic_has(&got, bit), gone == 32);
			else
				T_EQ(vionic_has(&got, bit),
				     vionic_has(&most, bit) &&
				     !depends(bit, gone));
	}
	T_CASE("each bit missing takes along what needs it, nothing else");
}

static void test_missing_pairs(void)
{
	unsigned int a, b;

	for (a = 0; a < VIONIC_FEATURE_BITS; a++)
		for (b = a + 1; b < VIONIC_FEATURE_BITS; b++) {
			struct vionic_features offered;

			offered = without(without(all(), a), b);
			check(&offered);
		}
	T_CASE("each two bits missing");
}

static void test_ecn(unsigned int ecn, unsigned int tso4, unsigned int tso6)
{
	struct vionic_features offered, got;
	unsigned int have;

	for (have = 0; have < 4; have++) {
		offered = all();
		if (!(have & 1))
			vionic_feature_clear(&offered, tso4);
		if (!(have & 2))
			vionic_feature_clear(&offered, tso6);
		check(&offered);
		got = vionic_features_accept(&offered);
		T_EQ(vionic_has(&got, ecn), have != 0);
	}
	T_CASE("ECN (%u) with either TSO bit, not with neither", ecn);
}

/* 6.4: ANY_LAYOUT is for legacy devices, which have no other word */
static void test_legacy(void)
{
	struct vionic_features offered = {};
	struct vionic_features got;

	offered.word[0] = ~0u;
	got = vionic_features_accept_legacy(&offered);
	T_TRUE(vionic_has(&got, 27));
	T_TRUE(vionic_has(&got, 18));
	T_EQ(got.word[1] | got.word[2] | got.word[3], 0);
	offered = without(offered, 27);
	got = vionic_features_accept_legacy(&offered);
	T_FALSE(vionic_has(&got, 27));
	T_TRUE(vionic_has(&got, 18));
	T_TRUE(vionic_has(&got, 15));
	T_EQ(got.word[1] | got.word[2] | got.word[3], 0);
	T_CASE("legacy devices: layouts, and one word");
}

/* 2.2.1: after a reset all features in use must be offered */
static void test_lacking(void)
{
	struct vionic_features everything = all();
	struct vionic_features used = vionic_features_accept(&everything);
	struct vionic_features none = {};
	unsigned int bit, other;

	T_EQ(vionic_features_lacking(&used, &everything), -1);
	T_EQ(vionic_features_lacking(&used, &used), -1);
	T_EQ(vionic_features_lacking(&none, &none), -1);
	T_EQ(vionic_features_lacking(&none, &used), -1);
	for (bit = 0; bit < VIONIC_FEATURE_BITS; bit++) {
		struct vionic_features offered = without(used, bit);
		int want = vionic_has(&used, bit) ? (int)bit : -1;

		T_EQ(vionic_features_lacking(&used, &offered), want);
		for (other = 0; other < VIONIC_FEATURE_BITS; other++)
			if (!vionic_has(&used, other))
				vionic_feature_set(&offered, other);
		T_EQ(vionic_features_lacking(&used, &offered), want);
	}
	T_EQ(vionic_features_lacking(&used, &none), 0);
	T_CASE("a feature in use that is no longer offered is found");
}

static void test_random(void)
{
	struct vionic_features offered;
	struct rng rng;
	u32 i, w;

	rng_seed(&rng, 6);
	for (i = 0; i < 200000; i++) {
		for (w = 0; w < VIONIC_FEATURE_WORDS; w++) {
			offered.word[w] = rng_next(&rng);
			if (i & 1)
				offered.word[w] |= rng_next(&rng);
		}
		check(&offered);
	}
	T_CASE("%u random offers", i);
}

int main(void)
{
	tap_begin();
	test_bits();
	test_nothing();
	test_everything();
	test_alone();
	test_missing();
	test_missing_pairs();
	test_ecn(9, 7, 8);
	test_ecn(13, 11, 12);
	test_legacy();
	test_lacking();
	test_random();
	return tap_end();
}
