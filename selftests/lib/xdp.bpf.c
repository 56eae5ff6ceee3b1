// SPDX-License-Identifier: GPL-2.0
/*
 * XDP programs, one for each thing that a driver has to do for them. All but
 * "all_*" leave alone what is not a frame of the tests' own EtherType, so that
 * the addresses of the interface go on working.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define ETH_P_TEST	0x88B5	/* IEEE 802 local experimental */
#define ETH_P_SHIM	0x88B6	/* the second: four bytes before the first */
#define SHIM_LEN	4
#define META		0x5eed5eed

/* What a test writes: [0] interface that frames are redirected to, [1] bytes of the
 * tail that come or go
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __s32);
} vionic_conf SEC(".maps");

/* What it reads: [0] frames seen, [1] with what was asked for */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
} vionic_seen SEC(".maps");

/* AF_XDP sockets, by queue */
struct {
	__uint(type, BPF_MAP_TYPE_XSKMAP);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u32);
} vionic_sockets SEC(".maps");

static __always_inline int conf(__u32 key)
{
	__s32 *value = bpf_map_lookup_elem(&vionic_conf, &key);

	return value ? *value : 0;
}

static __always_inline void seen(__u32 key)
{
	__u64 *value = bpf_map_lookup_elem(&vionic_seen, &key);

	if (value)
		__sync_fetch_and_add(value, 1);
}

static __always_inline struct ethhdr *mine(struct xdp_md *ctx, __u16 proto)
{
	struct ethhdr *eth = (void *)(long)ctx->data;

	if ((void *)(eth + 1) > (void *)(long)ctx->data_end ||
	    eth->h_proto != bpf_htons(proto))
		return NULL;
	seen(0);
	return eth;
}

static __always_inline void turn_round(struct ethhdr *eth)
{
	__u8 to[ETH_ALEN];

	__builtin_memcpy(to, eth->h_dest, ETH_ALEN);
	__builtin_memcpy(eth->h_dest, eth->h_source, ETH_ALEN);
	__builtin_memcpy(eth->h_source, to, ETH_ALEN);
}

/* The same for programs with and without frags */
#define PROGRAM(name)							\
static __always_inline int name(struct xdp_md *ctx);			\
SEC("xdp") int x_##name(struct xdp_md *ctx) { return name(ctx); }	\
SEC("xdp.frags") int f_##name(struct xdp_md *ctx) { return name(ctx); }	\
static __always_inline int name(struct xdp_md *ctx)

PROGRAM(all_pass)
{
	seen(0);
	return XDP_PASS;
}

PROGRAM(all_drop)
{
	return XDP_DROP;
}

PROGRAM(all_tx)
{
	struct ethhdr *eth = (void *)(long)ctx->data;

	if ((void *)(eth + 1) > (void *)(long)ctx->data_end)
		return XDP_ABORTED;
	turn_round(eth);
	return XDP_TX;
}

/* As it is: to nobody */
PROGRAM(all_return)
{
	return XDP_TX;
}

PROGRAM(all_redirect)
{
	return bpf_redirect(conf(0), 0);
}

PROGRAM(all_socket)
{
	return bpf_redirect_map(&vionic_sockets, ctx->rx_queue_index, XDP_PASS);
}

PROGRAM(pass)
{
	mine(ctx, ETH_P_TEST);
	return XDP_PASS;
}

PROGRAM(drop)
{
	return mine(ctx, ETH_P_TEST) ? XDP_DROP : XDP_PASS;
}

PROGRAM(abort)
{
	return mine(ctx, ETH_P_TEST) ? XDP_ABORTED : XDP_PASS;
}

PROGRAM(nonsense)
{
	return mine(ctx, ETH_P_TEST) ? 77 : XDP_PASS;
}

PROGRAM(tx)
{
	struct ethhdr *eth = mine(ctx, ETH_P_TEST);

	if (!eth)
		return XDP_PASS;
	turn_round(eth);
	return XDP_TX;
}

PROGRAM(redirect)
{
	return mine(ctx, ETH_P_TEST) ? bpf_redirect(conf(0), 0) : XDP_PASS;
}

PROGRAM(socket)
{
	if (!mine(ctx, ETH_P_TEST))
		return XDP_PASS;
	return bpf_redirect_map(&vionic_sockets, ctx->rx_queue_index, XDP_PASS);
}

/* Takes away what another test would put in front */
PROGRAM(pop)
{
	struct ethhdr *eth = mine(ctx, ETH_P_SHIM);
	struct ethhdr old;

	if (!eth)
		return XDP_PASS;
	old = *eth;
	if (bpf_xdp_adjust_head(ctx, SHIM_LEN))
		return XDP_ABORTED;
	eth = (void *)(long)ctx->data;
	if ((void *)(eth + 1) > (void *)(long)ctx->data_end)
		return XDP_ABORTED;
	__builtin_memcpy(eth, &old, 2 * ETH_ALEN);
	return XDP_PASS;
}

/* Takes off a VLAN tag */
PROGRAM(vlan_pop)
{
	struct ethhdr *eth = mine(ctx, ETH_P_8021Q);
	struct ethhdr old;
	__be16 *tag;

	if (!eth)
		return XDP_PASS;
	tag = (void *)(eth + 1);
	if ((void *)(tag + 2) > (void *)(long)ctx->data_end)
		return XDP_PASS;
	old = *eth;
	old.h_proto = tag[1];
	if (bpf_xdp_adjust_head(ctx, 4))
		return XDP_ABORTED;
	eth = (void *)(long)ctx->data;
	if ((void *)(eth + 1) > (void *)(long)ctx->data_end)
		return XDP_ABORTED;
	*eth = old;
	return XDP_PASS;
}

/* Puts that in front and sends the frame back */
PROGRAM(push_tx)
{
	struct ethhdr *eth = mine(ctx, ETH_P_TEST);
	struct ethhdr old;
	__be16 *tag;

	if (!eth)
		return XDP_PASS;
	old = *eth;
	if (bpf_xdp_adjust_head(ctx, -SHIM_LEN))
		return XDP_ABORTED;
	eth = (void *)(long)ctx->data;
	tag = (void *)(eth + 1);
	if ((void *)(tag + 2) > (void *)(long)ctx->data_end)
		return XDP_ABORTED;
	*eth = old;
	turn_round(eth);
	eth->h_proto = bpf_htons(ETH_P_SHIM);
	tag[0] = bpf_htons(5);
	tag[1] = bpf_htons(ETH_P_TEST);
	return XDP_TX;
}

PROGRAM(tail_tx)
{
	struct ethhdr *eth = mine(ctx, ETH_P_TEST);

	if (!eth)
		return XDP_PASS;
	turn_round(eth);
	return bpf_xdp_adjust_tail(ctx, conf(1)) ? XDP_ABORTED : XDP_TX;
}

PROGRAM(meta)
{
	__u32 *meta;

	if (!mine(ctx, ETH_P_TEST))
		return XDP_PASS;
	if (bpf_xdp_adjust_meta(ctx, -(int)sizeof(*meta)))
		return XDP_ABORTED;
	meta = (void *)(long)ctx->data_meta;
	if ((void *)(meta + 1) > (void *)(long)ctx->data)
		return XDP_ABORTED;
	*meta = META;
	return XDP_PASS;
}

/* As a classifier: is it there? */
SEC("tc") int has_meta(struct __sk_buff *skb)
{
	__u32 *meta = (void *)(long)skb->data_meta;

	if (skb->protocol != bpf_htons(ETH_P_TEST))
		return TC_ACT_OK;
	seen(0);
	if ((void *)(meta + 1) <= (void *)(long)skb->data && *meta == META)
		seen(1);
	return TC_ACT_OK;
}

char _license[] SEC("license") = "GPL";
