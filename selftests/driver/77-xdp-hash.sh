#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: xdp xsk rss
#
# A program asks the driver for the hash that the device reports with a frame, and for
# its type, by the kernel's functions for that; a socket's program, too. Evidence: what
# it was told, against a Toeplitz hash that is calculated here.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
# shellcheck source=../lib/offload.sh
. "$LIB/offload.sh"
# shellcheck source=../lib/xdp.sh
. "$LIB/xdp.sh"
# shellcheck source=../lib/xsk.sh
. "$LIB/xsk.sh"

L4_IPV4_UDP=$((1 << 0 | 1 << 3 | 1 << 5))
# errors, as they are in the map
NO_DATA=$((2**32 - 61)) NOT_KNOWN=$((2**32 - 95))
flows=8

# told: "HASH TYPE" of each, in decimal
told()
{
	bpftool -j map dump id "$(xdp_map vionic_hashes)" |
		jq -r '.[].formatted | "\(.key) \(.value)"' | sort
}

# what it should be
expected()
{
	local hash

	for hash in $(hashes_expected "$key" {20000..20007}); do
		echo "$((hash)) $L4_IPV4_UDP"
	done | sort
}

asking_settled()
{
	[ -s "$KSFT_TMP/asking" ]
}

# Then $asking has it attached
ask()
{
	rm -f "$KSFT_TMP/asking"
	py_start "$LIB/xdp_bound.py" "$LIB/hash.bpf.o" ask "$NETIF" \
		> "$KSFT_TMP/asking" 2>&1
	asking=$child
	wait_for 20 asking_settled
	if grep -q '^ready' "$KSFT_TMP/asking"; then
		ok "a program that asks for hashes"
	else
		not_ok "a program that asks for hashes" \
			"$(cat "$KSFT_TMP/asking")"
	fi
}

burst()
{
	check "datagrams of $flows flows" traffic burst \
		--source "$PEERNS,$PEERIF" --mac "$NIC_MAC" \
		--ip "$PEER4,$LOCAL4" --flows $flows --count 80 \
		--sink ".,$NETIF"
}

net_setup
need bpftool jq
grep -qa bpf_xdp_metadata_rx_hash /sys/kernel/btf/vmlinux ||
	skip_all "this kernel has no such functions"
ours || skip_all "$DRIVER is another"
net_quiet
ask
burst
if has_feature $F_HASH_REPORT; then
	key=$(ethtool -x "$NETIF" | grep -A1 "hash key" | tail -n 1)
	check_eq "it was told hash and type of each" "$(told)" "$(expected)"
	xsk_one_queue
	xsk_start "a socket without copies" count 0 -z -w
	burst
	check_eq "likewise" "$(told)" "$(expected)"
	xsk_stop
	ethtool -K "$NETIF" receive-hashing off
	burst
	check_num "without hashes it is told so" \
		"$(told | grep -c "^$NO_DATA ")" -eq 1
	ethtool -K "$NETIF" receive-hashing on
else
	check_eq "it was told that there are none" "$(told)" "$NOT_KNOWN 0"
fi
stop_child "$asking"
check "ping works" wait_for 5 can_ping
ksft_done
