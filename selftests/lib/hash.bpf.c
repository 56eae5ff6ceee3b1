// SPDX-License-Identifier: GPL-2.0
/*
 * An XDP program that asks the driver for the hash of each frame: one that only a
 * program loaded for the device may call.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

enum xdp_rss_hash_type {
	XDP_RSS_TYPE_NONE,
};

extern int bpf_xdp_metadata_rx_hash(const struct xdp_md *ctx, __u32 *hash,
				    enum xdp_rss_hash_type *type) __ksym;

/* Types of hash, by hash; frames without, by the error */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__type(key, __u32);
	__type(value, __u32);
} vionic_hashes SEC(".maps");

SEC("xdp") int ask(struct xdp_md *ctx)
{
	enum xdp_rss_hash_type type = XDP_RSS_TYPE_NONE;
	__u32 hash = 0, value;
	int err;

	err = bpf_xdp_metadata_rx_hash(ctx, &hash, &type);
	if (err)
		hash = err;
	value = type;
	bpf_map_update_elem(&vionic_hashes, &hash, &value, BPF_ANY);
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
