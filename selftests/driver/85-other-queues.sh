#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: recover rx tx fault-device host multiqueue
# timeout: 900
#
# One queue that is lied about does not take the others along. While the device lies on a
# queue of pair 0, over and over as the driver mends it, a steady flow of numbered
# datagrams comes by pair 1, and one goes by it: none is lost; how long one takes is told. After
# each lie pair 0 works again, once the device behaves.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
# shellcheck source=../lib/flow.sh
. "$LIB/flow.sh"
# shellcheck source=../lib/hostile.sh
. "$(dirname "$0")/../lib/hostile.sh"

rate=200
lies="id-outside id-again len-max index-ahead index-around scribble-desc scribble-avail
	scribble-used silent storm wrong-vector"

by_pair_1()
{
	count_stop
	[ "$(delta "nic_$1_packets")" -gt 20 ]
}

# Which port of the peer has its flow come by pair 1?
find_port()
{
	for ((flow_from = 6000; flow_from < 6064; flow_from++)); do
		count_start
		flows $rate nap 0.3
		! by_pair_1 rx1 || return 0
	done
	return 1
}

# Frames on all queues, those of a CPU whose frames go by pair 0 among them. No flood: the
# other pair is to have buffers for all.
disturb_pair_0()
{
	(
		taskset -cp 0 $BASHPID
		in_peer ping -q -i 0.005 -c 60 -W 1 "$LOCAL4" &
		ping -q -i 0.005 -c 60 -W 1 "$PEER4"
		wait $!
	) > /dev/null 2>&1
}

was_told()
{
	disturb_pair_0
	[ "$(vm-host lies told)" != "told 0" ]
}

# lied LIE QUEUE: once at least, and as often as there is something to lie about
lied()
{
	vm-host lies lie "$1" "$2" > /dev/null || bail "the device lies: $1"
	wait_for 10 was_told
	disturb_pair_0
}

# spares LIE QUEUE
spares()
{
	local told

	flows $rate lied "$1" "$2"
	told=$(behave)
	check_num "$1, $2: it was told" "$told" -gt 0
	check_eq "$1, $2: the other pair loses nothing" \
		"$lost_in in, $lost_out out" "0 in, 0 out"
	diag "$1, $2: $told lies, stands still for $gap us at most"
	check "$1, $2: it comes back" wait_for 30 again
	# who takes it down wants no more of the waiting between recoveries
	ip link set "$NETIF" down
	wait_for 10 again
}

net_setup
need_liar
flow_need
has_feature "$F_RING_RESET" ||
	skip_all "without RING_RESET all queues are reset (scripts/vm --nic)"
[ "$(channels max)" -ge 2 ] || skip_all "the device has one queue pair"
ethtool -L "$NETIF" combined 2
again
find_port || bail "a flow comes by pair 1"
flow_cpu=1
count_start
flows $rate nap 1
check_eq "nothing is lost without a lie" "$lost_in in, $lost_out out" "0 in, 0 out"
check "what goes out goes by pair 1" by_pair_1 tx1
diag "port $flow_from comes by pair 1; stands still for $gap us at most"
for lie in $lies; do
	spares "$lie" rx0
done
for lie in $lies; do
	spares "$lie" tx0
done
ksft_done
