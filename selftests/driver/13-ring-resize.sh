#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: resize
#
# Ring sizes change under traffic in both directions, a hundred times, and
# no byte of two TCP streams is lost or wrong; what was set is what is shown;
# sizes that cannot be are refused with a sentence and change nothing. Rings need no large
# allocations: a machine that runs for long has no free ones.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"

# powers of two up to a ring's maximum
sizes_up_to()
{
	local n

	for ((n = 32; n <= $1; n *= 2)); do
		echo $n
	done
}

# resized_to RX TX: and shown
resized_to()
{
	ethtool -G "$NETIF" rx "$1" tx "$2" > "$KSFT_TMP/out" 2>&1 &&
		[ "$(rings)" = "$1 $2" ]
}

# Order of the largest page allocation of ethtool in a trace. Those with __GFP_NOWARN or
# GFP_NOWAIT may fail: kvmalloc() and slabs then use smaller pages.
largest_order()
{
	sed -n '/ ethtool-.* mm_page_alloc: /{
		/__GFP_NOWARN\|GFP_NOWAIT/d
		s/.* order=\([0-9]*\) .*/\1/p
	}' "$1" | sort -n | tail -n 1
}

net_setup anyhow
rx_max=$(ring rx max)
tx_max=$(ring tx max)
check_num "the receive ring can grow" "$rx_max" -ge 256
check_num "the transmit ring can grow" "$tx_max" -ge 64
if ours && rings_fixed; then
	for size in 32 $((rx_max / 2)) $((rx_max * 2)); do
		rings_refused rx $size
		rings_refused tx $((size * 2))
	done
	check "ping works" can_ping
	ksft_done
fi
set_rings rx "$rx_max" tx "$tx_max"

streams_start

mapfile -t rx_sizes <<< "$(sizes_up_to "$rx_max")"
mapfile -t tx_sizes <<< "$(sizes_up_to "$tx_max")"
count_start
done=0
idle=0
for ((i = 0; i < 100; i++)); do
	rx=${rx_sizes[i % ${#rx_sizes[@]}]}
	tx=${tx_sizes[(i + i / ${#tx_sizes[@]}) % ${#tx_sizes[@]}]}
	if resized_to "$rx" "$tx"; then
		done=$((done + 1))
	else
		diag "rx $rx tx $tx: $(cat "$KSFT_TMP/out")"
		diag "shown: $(rings)"
	fi
	[ $((i % 20)) -eq 19 ] || continue
	wait_for 10 moved $(($(if_bytes) + 100000)) || idle=$((idle + 1))
done
count_stop
check_num "all changes were made and shown" $done -eq 100
check_num "times that no traffic flowed after 20 of them" $idle -eq 0
check_delta "the driver counted resizes" nic_resizes -ge 90
streams_end
check "UDP goes to and fro afterwards" traffic verify \
	--server ".,$LOCAL4" --client "$PEERNS,$PEER4" --udp 64 --repeat 100

if ours; then
	for size in 0 1 31 3000 65536; do
		rings_refused rx $size
		rings_refused tx $size
	done
	for kind in rx tx; do
		ethtool -G "$NETIF" $kind 16 2> "$KSFT_TMP/out"
		check "$kind 16: the answer names the smallest size" \
			file_has "$kind is less than 32" "$KSFT_TMP/out"
	done
	if has_feature "$F_RING_PACKED"; then
		check "a packed ring takes any size" resized_to 100 33
		check "ping works with it" wait_for 5 can_ping
		check "and back" resized_to 256 256
	else
		rings_refused rx 33
		rings_refused tx 100
	fi
else
	skip "sizes that the ring can not have are refused" \
		"$DRIVER does not promise that"
fi
rings_refused rx $((rx_max + 1))
rings_refused tx $((tx_max + 1))
rings_refused rx $((rx_max * 2))
rings_refused tx $((tx_max * 2))

if ours; then
	set_rings rx 64 tx 64
	trace_start kmem:mm_page_alloc
	set_rings rx "$rx_max" tx "$tx_max"
	trace_stop "$KSFT_TMP/trace"
	check_num "order of the largest allocation for the largest rings" \
		"$(largest_order "$KSFT_TMP/trace")" -le 3
fi

ip link set "$NETIF" down
check "a size can be set while down" resized_to 64 64
ip link set "$NETIF" up
net_addresses
wait_for 10 has_carrier "$NETIF"
check_eq "and is in force afterwards" "$(rings)" "64 64"
check "ping works" wait_for 5 can_ping
ksft_done
