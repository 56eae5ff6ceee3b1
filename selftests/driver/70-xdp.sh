#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: xdp
#
# Each verdict of an XDP program on frames of many lengths: dropped, passed, sent
# back, aborted and nonsense, each with frames that came in front or behind longer or
# shorter out of the program. Evidence: what the peer sees, byte by byte, and the
# driver's counters; a buffer that nobody took stays in the ring. XDP_TX that fills the
# transmit ring leaves room for the stack's frames.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
# shellcheck source=../lib/xdp.sh
. "$LIB/xdp.sh"

sizes=60-70,127,128,256-258,511,1000,1509,1510
count=20

# through ARGUMENT...: from the peer, to us or back to it
through()
{
	traffic through --source "$PEERNS,$PEERIF" --mac "$NIC_MAC" \
		--sizes "$sizes" --count $count "$@"
}

arrive()
{
	through --at ".,$NETIF" "$@"
}

return_()
{
	through --at "$PEERNS,$PEERIF" --turned "$@"
}

# sent by "through", and counted by a program
total=$(($(sed 's/-\([0-9]*\)/ \1/g; s/,/\n/g' <<< "$sizes" |
	awk '{ n += NF > 1 ? $2 - $1 + 1 : 1 } END { print n }') * count))

net_setup
need bpftool jq
net_quiet
ours || skip_all "$DRIVER counts otherwise"
on_exit xdp_off

for kind in x f; do
	check "$kind: a program that passes all" xdp_on ${kind}_all_pass
	check_num "is on the interface" "$(ip -json link show "$NETIF" |
		jq '.[0].xdp.mode // 0')" -eq 1
	count_start
	check "frames arrive as they are" arrive
	count_stop
	check_delta "each was shown" 'nic_rx[0-9]+_xdp_packets' -ge "$total"
	check_delta "short ones are copied, too" 'nic_rx[0-9]+_copybreak' \
		-gt 0
	check "datagrams and streams, too" traffic verify \
		--server ".,$LOCAL4" --client "$PEERNS,$PEER4" \
		--udp 0,1,1472 --tcp 1,500000

	check "one that sends back replaces it" xdp_on ${kind}_tx
	count_start
	check "frames come back" return_
	count_stop
	check_delta "counted as sent" 'nic_rx[0-9]+_xdp_tx' -eq "$total"
	check_delta "by the queue, too" 'nic_tx[0-9]+_xdp' -eq "$total"
	check_delta "none lost" 'nic_(rx|tx)[0-9]+_xdp_(errors|drops)' -eq 0

	check "one that pushes a header" xdp_on ${kind}_push_tx
	check "frames come back longer in front" return_ --shim more
	check "one that pops one" xdp_on ${kind}_pop
	check "frames arrive shorter in front" arrive --shim less
	check "one that cuts tails" xdp_on ${kind}_tail_tx
	xdp_conf 1 -20
	check "frames come back shorter behind" return_ --grow -20
	xdp_conf 1 50
	check "or longer" return_ --grow 50

	for verdict in drop abort nonsense; do
		check "one of $verdict" xdp_on ${kind}_$verdict
		count_start
		check "frames are sent to it" arrive --gone
		count_stop
		case $verdict in
		drop) name=drops ;;
		*) name=aborted ;;
		esac
		check_delta "all are gone" "nic_rx[0-9]+_xdp_$name" -eq "$total"
		check_delta "without need for memory" \
			'nic_rx[0-9]+_refill_fail' -eq 0
	done
	check "ping works meanwhile" wait_for 5 can_ping

	check "one that leaves metadata" xdp_on ${kind}_meta
	tc qdisc replace dev "$NETIF" clsact
	check "and a classifier that looks" tc filter replace dev "$NETIF" \
		ingress prio 1 handle 1 bpf direct-action object-file \
		"$XDP_OBJECT" section tc
	check "frames arrive" arrive
	check_num "the classifier saw them" "$(xdp_seen 0)" -ge "$total"
	check_eq "with the metadata" "$(xdp_seen 1)" "$(xdp_seen 0)"
	tc qdisc del dev "$NETIF" clsact
done
rings_fixed || set_rings tx 32
check "a program that sends back" xdp_on x_tx
flood_start "$PEERNS,$PEERIF" "$NIC_MAC"
shares_ring XDP_TX 'nic_tx[0-9]+_xdp_drops' "$child"

check "off" xdp_off
check_eq "there is none" "$(ip -json link show "$NETIF" |
	jq '.[0].xdp.mode // 0')" 0
check "frames arrive" arrive
ksft_done
