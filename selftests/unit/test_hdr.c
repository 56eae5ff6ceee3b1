// SPDX-License-Identifier: GPL-2.0
/*
 * Checks of the header in front of a frame, on every combination of flags and
 * types and on both sides of every boundary. The numbers are those of virtio
 * 1.3, 5.1.6, not the constants that the code under test uses.
 */
#include <linux/kernel.h>
#include <vionic/hdr.h>
#include "tap.h"

#define NEEDS_CSUM	1
#define DATA_VALID	2
#define RSC_INFO	4
#define TUNNEL_CSUM	8
#define GSO_NONE	0
#define GSO_TCPV4	1
#define GSO_UDP		3
#define GSO_TCPV6	4
#define GSO_UDP_L4	5
#define GSO_TUNNEL4	0x20
#define GSO_TUNNEL6	0x40
#define GSO_ECN		0x80

static const u16 edges[] = {
	0, 1, 2, 13, 14, 15, 33, 34, 35, 1459, 1460, 1461, 1513, 1514, 1515,
	0x7fff, 0x8000, 0xfffd, 0xfffe, 0xffff,
};

static const u32 lens[] = {
	0, 1, 2, 13, 14, 15, 60, 1459, 1460, 1461, 1514, 0xfffe, 0xffff,
	0x10000, 0x10001, 0x1fffe, 0x1ffff, 0x20000, 0x20001, 0xffffffff,
};

static struct vionic_hdr gso_hdr(u8 type, u16 size)
{
	struct vionic_hdr hdr = {};

	hdr.gso_type = type;
	hdr.gso_size = cpu_to_le16(size);
	return hdr;
}

/* Without a checksum to come, which UDP_L4 has to have */
static bool gso_possible(u8 type, u16 size, u32 len)
{
	if (type == GSO_NONE)
		return true;
	if (!size || size > len)
		return false;
	if (type == GSO_UDP)
		return true;
	type &= ~GSO_ECN;
	return type == GSO_TCPV4 || type == GSO_TCPV6;
}

static void test_gso(void)
{
	u32 type;
	size_t s, l;

	for (type = 0; type < 256; type++)
		for (s = 0; s < ARRAY_SIZE(edges); s++)
			for (l = 0; l < ARRAY_SIZE(lens); l++) {
				struct vionic_hdr hdr = gso_hdr(type, edges[s]);
				bool want = gso_possible(type, edges[s],
							 lens[l]);

				T_EQ(vionic_hdr_valid(&hdr, lens[l], 0), want);
			}
	T_CASE("every GSO type by sizes and lengths");
}

static void test_gso_size(void)
{
	static const u8 types[] = {
		GSO_TCPV4, GSO_TCPV6, GSO_TCPV4 | GSO_ECN, GSO_TCPV6 | GSO_ECN,
		GSO_UDP,
	};
	size_t t, l;
	u32 size;

	for (t = 0; t < ARRAY_SIZE(types); t++)
		for (l = 0; l < ARRAY_SIZE(lens); l++)
			for (size = 0; size < 0x10000; size++) {
				struct vionic_hdr hdr = gso_hdr(types[t], size);

				T_EQ(vionic_hdr_gso_valid(&hdr, lens[l]),
				     size && size <= lens[l]);
			}
	T_CASE("every GSO size");
}

static void test_gso_named(void)
{
	static const u8 bad[] = {
		2, GSO_UDP_L4, 6, 7, 8, 0x10, GSO_ECN,
		GSO_UDP | GSO_ECN, GSO_UDP_L4 | GSO_ECN, GSO_TCPV4 | GSO_TCPV6, GSO_TUNNEL4,
		GSO_TCPV4 | GSO_TUNNEL4, GSO_TCPV6 | GSO_TUNNEL6, 0x7f, 0xff,
	};
	struct vionic_hdr hdr;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		hdr = gso_hdr(bad[i], 1000);
		T_FALSE(vionic_hdr_valid(&hdr, 65000, 0));
	}
	hdr = gso_hdr(GSO_TCPV4, 1460);
	T_TRUE(vionic_hdr_valid(&hdr, 1460, 0));
	T_FALSE(vionic_hdr_valid(&hdr, 1459, 0));
	T_CASE("types that were not negotiated");
}

static void test_csum(void)
{
	u32 flags;
	size_t a, b, l;

	for (flags = 0; flags < 256; flags++)
		for (a = 0; a < ARRAY_SIZE(edges); a++)
			for (b = 0; b < ARRAY_SIZE(edges); b++)
				for (l = 0; l < ARRAY_SIZE(lens); l++) {
					struct vionic_hdr hdr = {};
					u64 end = 2ull + edges[a] + edges[b];

					hdr.flags = flags & ~TUNNEL_CSUM;
					hdr.csum_start = cpu_to_le16(edges[a]);
					hdr.csum_offset = cpu_to_le16(edges[b]);
					T_EQ(vionic_hdr_valid(&hdr, lens[l], 0),
					     !(flags & NEEDS_CSUM) ||
					     (edges[a] >= 14 && end <= lens[l]));
				}
	T_CASE("every set of flags by checksum places and lengths");
}

/* Just fits, or one byte too short, for any sum of the two */
static void test_csum_boundary(void)
{
	u32 start, offset, end;

	for (start = 0; start < 0x10000; start += 3)
		for (offset = 0; offset < 0x10000; offset += 4369) {
			struct vionic_hdr hdr = { .flags = NEEDS_CSUM };

			end = start + offset + 2;
			hdr.csum_start = cpu_to_le16(start);
			hdr.csum_offset = cpu_to_le16(offset);
			T_EQ(vionic_hdr_valid(&hdr, end, 0), start >= 14);
			T_FALSE(vionic_hdr_valid(&hdr, end - 1, 0));
		}
	T_CASE("the checksum's last byte is the frame's");
}

/* Both parts must be right */
static void test_both(void)
{
	u32 bits;

	for (bits = 0; bits < 4; bits++) {
		struct vionic_hdr hdr = gso_hdr(GSO_TCPV4, 1000);

		hdr.flags = NEEDS_CSUM | DATA_VALID | RSC_INFO;
		hdr.csum_start = cpu_to_le16(bits & 1 ? 2000 : 34);
		hdr.csum_offset = cpu_to_le16(16);
		if (bits & 2)
			hdr.gso_size = 0;
		T_EQ(vionic_hdr_valid(&hdr, 1500, 0), !bits);
	}
	T_CASE("checksum and GSO are both checked");
}

/* Segments of datagrams have nothing but the checksum's place to be told by */
static void test_udp_l4(void)
{
	u32 flags, offset;
	size_t s, l;

	for (flags = 0; flags < 8; flags++)
		for (offset = 0; offset < 20; offset++)
			for (s = 0; s < ARRAY_SIZE(edges); s++)
				for (l = 0; l < ARRAY_SIZE(lens); l++) {
					struct vionic_hdr hdr =
						gso_hdr(GSO_UDP_L4, edges[s]);
					u32 len = lens[l];

					hdr.flags = flags;
					hdr.csum_start = cpu_to_le16(34);
					hdr.csum_offset = cpu_to_le16(offset);
					T_EQ(vionic_hdr_valid(&hdr, len, 0),
					     (flags & NEEDS_CSUM) &&
					     offset == 6 && len >= 42 &&
					     edges[s] && edges[s] <= len);
				}
	T_CASE("UDP_L4 only with the checksum where UDP has it");
}

/* 5.1.6.4: counts in place of the checksum's, and only if negotiated */
static void test_rsc(void)
{
	struct vionic_hdr hdr = gso_hdr(GSO_TCPV4, 1000);
	u32 flags, have;

	hdr.csum_start = cpu_to_le16(0xffff);
	hdr.csum_offset = cpu_to_le16(0xffff);
	for (flags = 0; flags < 8; flags++)
		for (have = 0; have < 16; have++) {
			bool rsc = (flags & RSC_INFO) &&
				   (have & VIONIC_HDR_RSC);

			hdr.flags = flags;
			T_EQ(vionic_hdr_rsc(&hdr, have), rsc);
			T_EQ(vionic_hdr_valid(&hdr, 1500, have),
			     rsc || !(flags & NEEDS_CSUM));
		}
	T_CASE("counts of segments are no place of a checksum");
}

static void test_kind(void)
{
	struct vionic_hdr hdr = {};
	u32 type;

	for (type = 0; type < 256; type++) {
		hdr.gso_type = type;
		T_EQ(vionic_hdr_gso_kind(&hdr), type & 0x1f);
		T_EQ(vionic_hdr_tunnel(&hdr), (type & 0x60) != 0);
	}
	T_CASE("every type with its kind and its tunnel");
}

static struct vionic_hdr tunnel_hdr(void)
{
	struct vionic_hdr hdr = gso_hdr(GSO_TCPV4 | GSO_TUNNEL4, 1400);

	hdr.flags = NEEDS_CSUM;
	hdr.outer_th_offset = cpu_to_le16(34);
	hdr.inner_nh_offset = cpu_to_le16(34 + 8 + 8 + 14);
	hdr.csum_start = cpu_to_le16(64 + 20);
	hdr.csum_offset = cpu_to_le16(16);
	return hdr;
}

/* The draft after 1.3, 5.1.6.4: what a frame of a tunnel must and must not have */
static void test_tunnel_flags(void)
{
	u32 type, flags, have;

	for (type = 0; type < 256; type++)
		for (flags = 0; flags < 16; flags++)
			for (have = 0; have < 16; have++) {
				struct vionic_hdr hdr = tunnel_hdr();
				u8 kind = type & 0x1f;
				u8 tunnel = type & 0x60;
				bool want = flags & NEEDS_CSUM;

				if (!tunnel)
					continue;
				hdr.gso_type = type;
				hdr.flags = flags;
				if (kind == GSO_UDP_L4)
					hdr.csum_offset = cpu_to_le16(6);
				want &= tunnel != 0x60;
				want &= kind == GSO_TCPV4 ||
					kind == GSO_TCPV6 ||
					(kind == GSO_UDP_L4 &&
					 !(type & GSO_ECN));
				want &= !(flags & DATA_VALID);
				want &= !!(have & VIONIC_HDR_TUNNEL);
				want &= !(flags & TUNNEL_CSUM) ||
					(have & VIONIC_HDR_TUNNEL_CSUM);
				want &= !(flags & RSC_INFO) ||
					!(have & VIONIC_HDR_RSC);
				T_EQ(vionic_hdr_valid(&hdr, 9000, have), want);
			}
	T_CASE("every type and flag of frames of tunnels");
}

static void test_tunnel_offsets(void)
{
	u32 outer, nh, th;

	for (outer = 0; outer < 120; outer++)
		for (nh = 0; nh < 160; nh++)
			for (th = 0; th < 200; th++) {
				struct vionic_hdr hdr = tunnel_hdr();

				hdr.outer_th_offset = cpu_to_le16(outer);
				hdr.inner_nh_offset = cpu_to_le16(nh);
				hdr.csum_start = cpu_to_le16(th);
				T_EQ(vionic_hdr_valid(&hdr, 9000,
						      VIONIC_HDR_TUNNEL),
				     outer >= 34 && nh >= outer + 8 &&
				     th >= nh + 20);
			}
	T_CASE("headers of a tunnel in order, with room for each");
}

/* Offsets that would wrap around in 16 bits */
static void test_tunnel_wrap(void)
{
	struct vionic_hdr hdr = tunnel_hdr();

	hdr.outer_th_offset = cpu_to_le16(0xfffe);
	T_FALSE(vionic_hdr_valid(&hdr, 0x20000, VIONIC_HDR_TUNNEL));
	hdr = tunnel_hdr();
	hdr.inner_nh_offset = cpu_to_le16(0xfff0);
	T_FALSE(vionic_hdr_valid(&hdr, 0x20000, VIONIC_HDR_TUNNEL));
	hdr = tunnel_hdr();
	hdr.csum_start = cpu_to_le16(0xffff);
	T_TRUE(vionic_hdr_valid(&hdr, 0xffff + 18, VIONIC_HDR_TUNNEL));
	T_FALSE(vionic_hdr_valid(&hdr, 0xffff + 17, VIONIC_HDR_TUNNEL));
	T_CASE("offsets do not wrap around");
}

/* The flag alone says that both checksums are good, if it was negotiated */
static void test_tunnel_csum(void)
{
	struct vionic_hdr hdr = { .flags = DATA_VALID | TUNNEL_CSUM };

	T_FALSE(vionic_hdr_valid(&hdr, 100, 0));
	T_FALSE(vionic_hdr_valid(&hdr, 100, VIONIC_HDR_TUNNEL));
	T_TRUE(vionic_hdr_valid(&hdr, 100, VIONIC_HDR_TUNNEL |
					   VIONIC_HDR_TUNNEL_CSUM));
	T_CASE("a checked outer checksum only if negotiated");
}

/* Virtio 1.4, 5.1.9.4.2: the checksums of a tunnel are left out in its GSO frames only */
static void test_tunnel_csum_type(void)
{
	static const u8 types[] = {
		GSO_NONE, GSO_TCPV4, GSO_TCPV6, GSO_TCPV4 | GSO_ECN, GSO_UDP,
	};
	u32 flags, have;
	size_t t;

	for (t = 0; t < ARRAY_SIZE(types); t++)
		for (flags = 0; flags < 8; flags++)
			for (have = 0; have < 16; have++) {
				struct vionic_hdr hdr = gso_hdr(types[t], 1000);
				bool want = have & VIONIC_HDR_TUNNEL_CSUM;

				hdr.flags = flags | TUNNEL_CSUM;
				hdr.csum_start = cpu_to_le16(34);
				hdr.csum_offset = cpu_to_le16(16);
				want &= !(flags & NEEDS_CSUM);
				T_EQ(vionic_hdr_valid(&hdr, 9000, have), want);
				hdr.flags = flags;
				T_TRUE(vionic_hdr_valid(&hdr, 9000, have));
			}
	T_CASE("UDP_TUNNEL_CSUM with NEEDS_CSUM only in GSO frames of tunnels");
}

static void test_buffers(void)
{
	static const u16 maxs[] = { 0, 1, 2, 17, 256, 32767, 32768, 65534,
				    65535 };
	struct vionic_hdr hdr = {};
	size_t i;
	u32 n;

	for (i = 0; i < ARRAY_SIZE(maxs); i++)
		for (n = 0; n < 0x10000; n++) {
			hdr.num_buffers = cpu_to_le16(n);
			T_EQ(vionic_hdr_buffers(&hdr, maxs[i]),
			     n <= maxs[i] ? n : 0);
		}
	T_CASE("every num_buffers: 1 to the most, or none");
}

static void test_hash(void)
{
	struct vionic_hdr hdr = {};
	u32 type;

	for (type = 0; type < 0x10000; type++) {
		enum vionic_hash_level want = VIONIC_HASH_NONE;

		/* 5.1.6.4.4: IPv4 1, TCPv4 2, UDPv4 3, then 4 to 6 for IPv6,
		 * then 7 to 9 with extension headers
		 */
		if (type >= 1 && type <= 9)
			want = type % 3 == 1 ? VIONIC_HASH_L3 : VIONIC_HASH_L4;
		hdr.hash_report = cpu_to_le16(type);
		T_EQ(vionic_hdr_hash_level(&hdr), want);
	}
	T_CASE("every hash type");
}

/* 5.1.6: where the fields lie, and that a byte of each is what it should be */
static void test_layout(void)
{
	T_EQ(offsetof(struct vionic_hdr, flags), 0);
	T_EQ(offsetof(struct vionic_hdr, gso_type), 1);
	T_EQ(offsetof(struct vionic_hdr, hdr_len), 2);
	T_EQ(offsetof(struct vionic_hdr, gso_size), 4);
	T_EQ(offsetof(struct vionic_hdr, csum_start), 6);
	T_EQ(offsetof(struct vionic_hdr, csum_offset), 8);
	T_EQ(offsetof(struct vionic_hdr, num_buffers), 10);
	T_EQ(offsetof(struct vionic_hdr, hash_value), 12);
	T_EQ(offsetof(struct vionic_hdr, hash_report), 16);
	T_EQ(offsetof(struct vionic_hdr, outer_th_offset), 20);
	T_EQ(offsetof(struct vionic_hdr, inner_nh_offset), 22);
	T_EQ(sizeof(struct vionic_hdr), 24);
	T_EQ(VIONIC_HDR_LEN_TUNNEL, 24);
	T_EQ(VIONIC_HDR_LEN, 12);
	T_EQ(VIONIC_HDR_LEN_HASH, 20);
	T_EQ(sizeof(struct virtio_net_hdr), 10);
	T_EQ(offsetof(struct virtio_net_hdr, csum_offset), 8);
	T_CASE("fields lie where 5.1.6 puts them");
}

int main(void)
{
	tap_begin();
	test_gso();
	test_gso_size();
	test_gso_named();
	test_csum();
	test_csum_boundary();
	test_both();
	test_udp_l4();
	test_rsc();
	test_kind();
	test_tunnel_flags();
	test_tunnel_offsets();
	test_tunnel_wrap();
	test_tunnel_csum();
	test_tunnel_csum_type();
	test_buffers();
	test_hash();
	test_layout();
	return tap_end();
}
