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

static bool gso_possible(u8 type, u16 size, u32 len)
{
	if (type == GSO_NONE)
		return true;
	type &= ~GSO_ECN;
	return (type == GSO_TCPV4 || type == GSO_TCPV6) && size > 0 &&
	       size <= len;
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

				T_EQ(vionic_hdr_gso_valid(&hdr, lens[l]), want);
				T_EQ(vionic_hdr_valid(&hdr, lens[l]), want);
			}
	T_CASE("every GSO type by sizes and lengths");
}

static void test_gso_size(void)
{
	static const u8 types[] = {
		GSO_TCPV4, GSO_TCPV6, GSO_TCPV4 | GSO_ECN, GSO_TCPV6 | GSO_ECN,
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
		2, GSO_UDP, GSO_UDP_L4, 6, 7, 8, 0x10, GSO_ECN,
		GSO_UDP | GSO_ECN, GSO_TCPV4 | GSO_TCPV6, GSO_TUNNEL4,
		GSO_TCPV4 | GSO_TUNNEL4, GSO_TCPV6 | GSO_TUNNEL6, 0x7f, 0xff,
	};
	struct vionic_hdr hdr;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		hdr = gso_hdr(bad[i], 1000);
		T_FALSE(vionic_hdr_valid(&hdr, 65000));
	}
	hdr = gso_hdr(GSO_TCPV4, 1460);
	T_TRUE(vionic_hdr_valid(&hdr, 1460));
	T_FALSE(vionic_hdr_valid(&hdr, 1459));
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

					hdr.flags = flags;
					hdr.csum_start = cpu_to_le16(edges[a]);
					hdr.csum_offset = cpu_to_le16(edges[b]);
					T_EQ(vionic_hdr_valid(&hdr, lens[l]),
					     !(flags & NEEDS_CSUM) ||
					     end <= lens[l]);
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
			T_TRUE(vionic_hdr_valid(&hdr, end));
			T_FALSE(vionic_hdr_valid(&hdr, end - 1));
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
		T_EQ(vionic_hdr_valid(&hdr, 1500), !bits);
	}
	T_CASE("checksum and GSO are both checked");
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
	T_EQ(sizeof(struct vionic_hdr), 20);
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
	test_buffers();
	test_hash();
	test_layout();
	return tap_end();
}
