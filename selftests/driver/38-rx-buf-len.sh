#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: rx resize ethtool
#
# The memory of a receive buffer (ethtool -G rx-buf-len) changes under traffic in
# both directions, and no byte of two TCP streams is lost or wrong; frames of all
# lengths arrive in buffers of each size; memory goes and comes with it; what can't
# be is refused with a sentence and changes nothing.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"

sizes=(2048 8192 16384 32768 4096)

buf_len()
{
	ethtool -g "$NETIF" | awk '/^Current/ { now = 1 }
		now && /^RX Buf Len:/ { print $NF }'
}

# sized SIZE [OPTION...]: and shown
sized()
{
	ethtool -G "$NETIF" rx-buf-len "$@" > "$KSFT_TMP/out" 2>&1 &&
		[ "$(buf_len)" = "$1" ]
}

# KiB that are free, the pages among them that CPUs keep at hand: of large ones that may
# be tens of megabytes, which MemFree does not have
free()
{
	local page=$(($(getconf PAGESIZE) / 1024))

	awk -v page="$page" '/^MemFree:/ { n += $2 }
		/^ +count:/ { n += $2 * page }
		END { print n }' /proc/meminfo /proc/zoneinfo
}

# freed KIB
freed()
{
	[ $(($(free) - before)) -ge "$1" ]
}

net_setup
ours || skip_all "$DRIVER has no rx-buf-len"
check_eq "the default" "$(buf_len)" 4096
on_exit ethtool -G "$NETIF" rx-buf-len 4096

for size in "${sizes[@]}"; do
	check "$size" sized "$size"
	count_start
	check "frames of all lengths" traffic verify --server ".,$LOCAL4" \
		--client "$PEERNS,$PEER4" \
		--udp 0,1,200,300,1472,1473,3000,9000,65507 --tcp 1,500000
	count_stop
	check_delta "none was wrong" 'nic_rx[0-9]+_errors' -eq 0
done

streams_start
done=0
for ((i = 0; i < 20; i++)); do
	if sized "${sizes[i % ${#sizes[@]}]}"; then
		done=$((done + 1))
	else
		diag "${sizes[i % ${#sizes[@]}]}: $(cat "$KSFT_TMP/out")"
	fi
	[ $((i % 5)) -eq 4 ] || continue
	check "traffic flows" wait_for 10 moved $(($(if_bytes) + 100000))
done
check_num "all changes were made and shown" $done -eq 20
streams_end

for size in 0 1024 3000 6144 65536; do
	rings_refused rx-buf-len "$size"
done
if ! rings_fixed; then
	check "together with sizes of the rings" sized 2048 rx 128 tx 64
	check_eq "these, too" "$(rings)" "128 64"
	if [ "$(feature rx-gro-hw)" = on ]; then
		# would not hold one frame
		rings_refused rx 32
	fi
	check "ping works" wait_for 5 can_ping
	sized 4096 rx "$(ring rx max)"
	before=$(free)
	check "the largest ring of the largest buffers" sized 32768
	taken=$((before - $(free)))
	before=$(free)
	check "and of the smallest" sized 2048
	if has_feature $F_MRG_RXBUF; then
		# half of what they take more: the rest may have been kept
		# for this
		need=$(($(ring rx) * 28 / 2))
		check_num "took memory" $taken -ge $need
		check "has given it back" wait_for 10 freed $need
		diag "$(($(free) - before)) KiB, of $need at least"
	else
		# of many pieces or few, to hold the largest frame
		diag "$taken KiB taken, $(($(free) - before)) given back"
	fi
	sized 4096 rx 256 tx 256
fi

ip link set "$NETIF" down
check "it can be set while down" sized 2048
ip link set "$NETIF" up
net_addresses
wait_for 10 has_carrier "$NETIF"
static_neighbours
check_eq "and is in force afterwards" "$(buf_len)" 2048
check "ping works" wait_for 5 can_ping
ksft_done
