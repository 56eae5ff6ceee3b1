#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: xdp resize channels host multiqueue
# timeout: 400
#
# Programs come, replace one another and go while numbered datagrams go each way, and
# not one is lost: rings and buffers stay. With a program there, ring sizes and the
# number of queues can be changed as without, and link down and up keeps it.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
# shellcheck source=../lib/flow.sh
. "$LIB/flow.sh"
# shellcheck source=../lib/xdp.sh
. "$LIB/xdp.sh"

changes=40

# to one with frags, to one without, to none
change()
{
	local i

	refused=0
	for ((i = 0; i < changes; i++)); do
		case $((i % 4)) in
		0) xdp_on x_pass ;;
		1) xdp_on f_pass ;;
		2) xdp_on x_drop ;;
		3) xdp_off ;;
		esac || refused=$((refused + 1))
	done
}

net_setup
need bpftool jq
ours || skip_all "$DRIVER resets its device for a program"
net_quiet
flow_need
on_exit xdp_off
flow_rate 4000
check_num "a flow each way passes when nothing changes" "$lost" -eq 0

count_start
before=$(thrown_away)
flows "$rate" change
thrown=$(($(thrown_away) - before))
count_stop
check_num "all of $changes changes were made" "$refused" -eq 0
check_num "nothing is lost, but by the cable" "$lost" -le "$thrown"
diag "$lost lost of $rate_got a second each way, $thrown by the cable," \
	"longest gap $gap us"
# with several queues the cable may move a flow to another, and its order with it
[ "$(channels)" -gt 1 ] || check_num "nor out of order" "$late" -eq 0
check_delta "by no reset" 'nic_(resets|pair_resets|resizes)' -eq 0
check_delta "programs saw them" 'nic_rx[0-9]+_xdp_packets' -gt 100

check "with a program there" xdp_on x_pass
if ! rings_fixed && has_feature $F_RING_RESET; then
	read -r rx tx <<< "$(rings)"
	on_exit ethtool -G "$NETIF" rx "$rx" tx "$tx"
	before=$(thrown_away)
	flows "$rate" resizes $changes
	thrown=$(($(thrown_away) - before))
	check_num "ring sizes can be changed" "$refused" -eq 0
	check_num "nothing is lost, but by the cable" "$lost" -le "$thrown"
fi
check "one that sends back" xdp_on x_tx
if [ "$(channels max)" -gt 1 ]; then
	for n in 1 $(channels max) 2; do
		check "$n queues" ethtool -L "$NETIF" combined "$n"
		wait_for 10 has_carrier "$NETIF"
		check "frames come back" echoed 100,1000 50
	done
fi
ip link set "$NETIF" down
net_addresses
wait_for 10 has_carrier "$NETIF"
static_neighbours
check "down and up keep it" echoed 100,1000 50
xdp_off
check "ping works" wait_for 5 can_ping
ksft_done
