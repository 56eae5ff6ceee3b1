// SPDX-License-Identifier: GPL-2.0
/*
 * What is taken apart without a device at hand: headers of frames, answers with
 * statistics, owners of command buffers, places of doorbells. The first byte of
 * the input says which of them the rest is for. Whatever is accepted must be what
 * the headers promise; the numbers are those of virtio 1.3.
 */
#include <vionic/ctrl_slots.h>
#include <vionic/devstats.h>
#include <vionic/hdr.h>
#include <vionic/notify.h>
#include "fuzz.h"
#include "groups.h"

static u64 get(const u8 *p, u32 bytes)
{
	u64 val = 0;

	while (bytes--)
		val = val << 8 | p[bytes];
	return val;
}

/* 5.1.6: a header that passes lets nobody look outside of the frame */

#define NEEDS_CSUM	0x01
#define RSC_INFO	0x04
#define TUNNEL_CSUM	0x08
#define GSO_KINDS	0x1f
#define GSO_TUNNEL	0x60
#define GSO_ECN		0x80

static void check_csum(const u8 *h, u32 len, u8 have)
{
	if (!(h[0] & NEEDS_CSUM))
		return;
	if ((h[0] & RSC_INFO) && (have & VIONIC_HDR_RSC))
		return;
	MUST(get(h + 6, 2) + get(h + 8, 2) + 2 <= len);
}

static void check_gso(const u8 *h, u32 len)
{
	u8 kind = h[1] & GSO_KINDS;

	MUST(!kind || kind == 1 || kind == 3 || kind == 4 || kind == 5);
	if (h[1] & GSO_ECN)
		MUST(kind == 1 || kind == 4);
	if (kind)
		MUST(get(h + 4, 2) && get(h + 4, 2) <= len);
	if (kind == 5)
		MUST((h[0] & NEEDS_CSUM) && get(h + 8, 2) == 6);
}

/* Outer UDP header, inner IP header, inner transport header, checksum */
static void check_tunnel(const u8 *h, u32 len, u8 have)
{
	u32 outer_th = get(h + 20, 2), inner_nh = get(h + 22, 2);
	u32 inner_th = get(h + 6, 2);

	if (h[0] & TUNNEL_CSUM) {
		MUST(have & VIONIC_HDR_TUNNEL_CSUM);
		MUST(!(h[0] & NEEDS_CSUM) || (h[1] & GSO_TUNNEL));
	}
	if (!(h[1] & GSO_TUNNEL))
		return;
	MUST(have & VIONIC_HDR_TUNNEL);
	MUST((h[1] & GSO_TUNNEL) != GSO_TUNNEL);
	MUST((h[1] & GSO_KINDS) && (h[1] & GSO_KINDS) != 3);
	MUST(h[0] & NEEDS_CSUM);
	MUST(outer_th >= 14 + 20);
	MUST(inner_nh >= outer_th + 8);
	MUST(inner_th >= inner_nh + 20);
	MUST(inner_th + 2 <= len);
}

static void fuzz_hdr(void)
{
	struct vionic_hdr *hdr = calloc(1, sizeof(*hdr));
	u8 *h = (u8 *)hdr;
	u8 have = byte();
	u32 len = byte() & 0x80 ? dword() : word();
	u16 max = byte();
	u16 num, report;
	u32 i;

	for (i = 0; i < sizeof(*hdr); i++)
		h[i] = byte();
	if (vionic_hdr_valid(hdr, len, have)) {
		check_csum(h, len, have);
		check_gso(h, len);
		check_tunnel(h, len, have);
	}
	num = vionic_hdr_buffers(hdr, max);
	MUST(num <= max);
	MUST(num == (get(h + 10, 2) <= max ? get(h + 10, 2) : 0));
	report = get(h + 16, 2);
	MUST((vionic_hdr_hash_level(hdr) != VIONIC_HASH_NONE) ==
	     (report >= 1 && report <= 9));
	free(hdr);
}

/* 5.1.6.5.9: answers with statistics */

#define UNTOUCHED	0x5a5a5a5a5a5a5a5aull

/* One entry of the right length, to where its group is among @types */
static void expect(const u8 *entry, u64 types, u64 *want)
{
	u32 place = 0;
	size_t i;
	u32 n;

	for (i = 0; i < ARRAY_SIZE(groups); i++) {
		if (!(types >> groups[i].bit & 1))
			continue;
		if (groups[i].bit != entry[0]) {
			place += groups[i].num;
			continue;
		}
		if (get(entry + 6, 2) != 8 + 8u * groups[i].num)
			return;
		for (n = 0; n < groups[i].num; n++)
			want[place + n] = get(entry + 8 + 8 * n, 8);
		return;
	}
}

static void expect_all(const u8 *reply, size_t len, u16 vq, u64 types,
		       u64 *want)
{
	size_t at = 0;

	while (len - at >= 8) {
		u32 size = get(reply + at + 6, 2);

		if (size < 8 || size % 8 || size > len - at)
			break;
		if (get(reply + at + 2, 2) == vq)
			expect(reply + at, types, want);
		at += size;
	}
}

static void fuzz_stats(void)
{
	u64 types = (u64)dword() | (u64)byte() << 32;
	u16 vq = byte();
	size_t len = fuzz.left, i;
	u8 *reply = malloc(len);
	u32 num = vionic_devstats_num(types);
	u32 sum = 0, n;
	u64 *values, *want;

	for (i = 0; i < ARRAY_SIZE(groups); i++)
		if (types >> groups[i].bit & 1)
			sum += groups[i].num;
	MUST(num == sum);
	values = malloc(num * sizeof(*values));
	want = malloc(num * sizeof(*want));
	for (n = 0; n < num; n++)
		values[n] = want[n] = UNTOUCHED;
	for (i = 0; i < len; i++)
		reply[i] = byte();
	vionic_devstats_parse(reply, len, vq, types, values);
	expect_all(reply, len, vq, types, want);
	for (n = 0; n < num; n++)
		MUST(values[n] == want[n]);
	free(want);
	free(values);
	free(reply);
}

/* Who owns which buffer: a command is known by its descriptor */

static void fuzz_slots(void)
{
	struct vionic_ctrl_slots *s = calloc(1, sizeof(*s));
	int owner[64], slot, i, held = 0;
	u16 id;

	for (i = 0; i < 64; i++)
		owner[i] = -1;
	while (fuzz.left) {
		u8 what = byte();

		id = what & 0x3f;
		MUST(vionic_ctrl_overdue(s) == (held > 0));
		if ((what & 0x40) || owner[id] >= 0) {
			/* what the device makes up is nobody's */
			if (what & 0x80)
				id |= 0x8000;
			slot = vionic_ctrl_give_back(s, id);
			MUST(slot == (id < 64 ? owner[id] : -1));
			if (slot >= 0) {
				owner[id] = -1;
				held--;
			}
			continue;
		}
		slot = vionic_ctrl_take(s, id);
		MUST((slot < 0) == (held == 4));
		if (slot < 0)
			continue;
		MUST(slot < 4);
		for (i = 0; i < 64; i++)
			MUST(owner[i] != slot);
		owner[id] = slot;
		held++;
	}
	free(s);
}

/* 4.1.4.4: where doorbells are */

static void fuzz_notify(void)
{
	struct vionic_notify n = {
		.start = dword(),
		.len = dword(),
		.mult = dword(),
	};
	u16 off = word();
	u32 width = byte() & 1 ? 4 : 2;
	unsigned __int128 want = (unsigned __int128)off * n.mult;
	bool fits = want + width <= n.len, even = !((want + n.start) % width);
	u64 pos;

	if (vionic_notify_find(&n, off, width, &pos)) {
		MUST(pos == want);
		MUST(fits && even);
	} else {
		MUST(!fits || !even);
	}
	/* all that can be wrong then is that it lies behind the end */
	if (vionic_notify_has_wide(&n)) {
		MUST(n.len >= 4);
		MUST(vionic_notify_find(&n, off, 4, &pos) ==
		     (want + 4 <= n.len));
	}
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	fuzz_begin(data, size);
	switch (byte() % 4) {
	case 0:
		fuzz_hdr();
		break;
	case 1:
		fuzz_stats();
		break;
	case 2:
		fuzz_slots();
		break;
	case 3:
		fuzz_notify();
		break;
	}
	return 0;
}

#ifndef UNIT_LIBFUZZER
static void put_hdr(u8 have, u16 len, u8 flags, u8 gso, u16 gso_size, u16 start,
		    u16 offset)
{
	put(0, 1);
	put(have, 1);
	put(0, 1);
	put(len, 2);
	put(8, 1);	/* most buffers */
	put(flags, 1);
	put(gso, 1);
	put(54, 2);
	put(gso_size, 2);
	put(start, 2);
	put(offset, 2);
	put(1, 2);
}

static void hdr_tcp4(void)
{
	put_hdr(0, 4000, NEEDS_CSUM, 1, 1448, 34, 16);
}

static void hdr_tcp6_hash(void)
{
	put_hdr(VIONIC_HDR_HASH, 4000, NEEDS_CSUM, 4 | GSO_ECN, 1428, 54, 16);
	put(0x12345678, 4);
	put(5, 2);
}

static void hdr_udp_l4(void)
{
	put_hdr(0, 3000, NEEDS_CSUM, 5, 1400, 34, 6);
}

static void hdr_udp(void)
{
	put_hdr(0, 3000, 0, 3, 1480, 0, 0);
}

static void hdr_rsc(void)
{
	put_hdr(VIONIC_HDR_RSC, 4000, RSC_INFO, 1, 1448, 3, 1);
}

static void hdr_tunnel(void)
{
	put_hdr(0xf, 4000, NEEDS_CSUM | TUNNEL_CSUM, 0x21, 1400, 84, 16);
	put(0, 8);
	put(34, 2);
	put(64, 2);
}

/* The checksums of a tunnel are left out in a frame that is not GSO */
static void hdr_tunnel_csum(void)
{
	put_hdr(0xf, 100, NEEDS_CSUM | TUNNEL_CSUM, 0, 0, 34, 16);
	put(0, 12);
}

/* The checksum's second byte is behind the frame */
static void hdr_csum_behind(void)
{
	put_hdr(0, 51, NEEDS_CSUM, 0, 0, 34, 16);
}

/* In 16 bits the inner headers come out in order */
static void hdr_tunnel_wraps(void)
{
	put_hdr(0xf, 4000, NEEDS_CSUM, 0x41, 1400, 84, 16);
	put(0, 8);
	put(34, 2);
	put(0xfff0, 2);
}

static void put_entry(u8 type, u16 vq, u32 num)
{
	put(type, 2);
	put(vq, 2);
	put(0, 2);
	put(8 + 8 * num, 2);
	for (; num; num--)
		put(0x1122334455667700 + num, 8);
}

static void stats_rx(void)
{
	put(1, 1);
	put(0xf, 5);
	put(2, 1);
	put_entry(0, 2, 6);
	put_entry(1, 2, 4);
	put_entry(2, 2, 4);
	put_entry(3, 2, 2);
}

/* Of another queue, not asked for, unknown, too short, and then what was */
static void stats_tx_among_others(void)
{
	put(1, 1);
	put(0x100050000, 5);
	put(3, 1);
	put_entry(16, 1, 6);
	put_entry(17, 3, 2);
	put_entry(99, 3, 1);
	put_entry(18, 3, 5);
	put_entry(32, 3, 2);
	put_entry(16, 3, 6);
	put_entry(18, 3, 6);
}

static void slots(void)
{
	static const u8 ids[] = {
		1, 2, 3, 4, 5, 0x42, 0x42, 5, 0xc5, 0x41, 0x43, 0x44, 0x45, 0,
	};
	u32 i;

	put(2, 1);
	for (i = 0; i < sizeof(ids); i++)
		put(ids[i], 1);
}

static void put_notify(u32 start, u32 len, u32 mult, u16 off, bool wide)
{
	put(3, 1);
	put(start, 4);
	put(len, 4);
	put(mult, 4);
	put(off, 2);
	put(wide, 1);
}

static void notify(void)
{
	put_notify(0x3000, 0x1000, 4, 0x3ff, true);
}

static void notify_far(void)
{
	put_notify(0, 0xffffffff, 0xfffffffc, 0xffff, true);
}

static void notify_behind(void)
{
	put_notify(0x3000, 0x1000, 4, 0x400, false);
}

static const struct fuzz_seed seeds[] = {
	{ "hdr-tcp4", hdr_tcp4 },
	{ "hdr-tcp6-hash", hdr_tcp6_hash },
	{ "hdr-udp-l4", hdr_udp_l4 },
	{ "hdr-udp", hdr_udp },
	{ "hdr-rsc", hdr_rsc },
	{ "hdr-tunnel", hdr_tunnel },
	{ "hdr-tunnel-csum", hdr_tunnel_csum },
	{ "hdr-csum-behind", hdr_csum_behind },
	{ "hdr-tunnel-wraps", hdr_tunnel_wraps },
	{ "stats-rx", stats_rx },
	{ "stats-tx-among-others", stats_tx_among_others },
	{ "slots", slots },
	{ "notify", notify },
	{ "notify-far", notify_far },
	{ "notify-behind", notify_behind },
};

int main(int argc, char **argv)
{
	return fuzz_main(argc, argv, 100000, seeds, ARRAY_SIZE(seeds));
}
#endif
