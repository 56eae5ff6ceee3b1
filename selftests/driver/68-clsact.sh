#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: stack tx
#
# Traffic control with clsact on the NIC: what comes in and goes out is
# dropped, redirected, mirrored, tagged and untagged by software. A frame that
# is sent twice shares its data with its copy, so the driver must not write
# into it. Filters for hardware only are refused, there is none.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
# shellcheck source=../lib/stack.sh
. "$LIB/stack.sh"

port=vionic_in0
inner=vionic_inner

# on ingress|egress ARGUMENT...: the only filter there
on()
{
	local way="$1"

	shift
	tc filter replace dev "$NETIF" "$way" pref 1 handle 1 "$@"
}

off()
{
	tc filter del dev "$NETIF" "$1"
}

# hits ingress|egress: packets that the first action of the filter saw
hits()
{
	tc -j -s filter show dev "$NETIF" "$1" | jq '[.[] |
		.options.actions[0].stats.packets // empty][0]'
}

everything()
{
	check "$1: UDP and TCP from the peer" traffic verify \
		--server ".,$LOCAL4" --client "$PEERNS,$PEER4" \
		--udp 0,1,100,1471-1473,5000 --tcp 1,1000,300000
	check "$1: UDP and TCP from here, IPv6" traffic verify \
		--server "$PEERNS,$PEER6" --client ".,$LOCAL6" \
		--udp 0,1,100,1451-1453,5000 --tcp 1,1000,300000
}

burst()
{
	traffic burst --source "$PEERNS,$PEERIF" --sink ".,$NETIF" \
		--mac "$NIC_MAC" --ip "$PEER4,$LOCAL4" --port 5068 --count 50 \
		> /dev/null
}

need jq tc
net_setup
new_ns $inner
new_link . $port type veth peer name eth0 netns $inner
ip link set $port up
in_ns $inner ip link set eth0 up
check "clsact can be put on the NIC" tc qdisc add dev "$NETIF" clsact
on_exit tc qdisc del dev "$NETIF" clsact

check_refused "a filter for hardware only is refused" \
	on ingress matchall skip_sw action drop
check "and leaves nothing" test -z "$(tc filter show dev "$NETIF" ingress)"

on ingress protocol ip flower ip_proto udp dst_port 5068 action drop
count_start
burst
count_stop
check_delta "50 datagrams came" rx_packets -ge 50
check_num "dropped on ingress" "$(hits ingress)" -eq 50
check_delta "none of them reached UDP" 'Udp(InDatagrams|NoPorts)' -eq 0
everything "beside a drop"

on ingress protocol ip flower ip_proto udp dst_port 5068 \
	action mirred egress redirect dev $port
before=$(cat /sys/class/net/$port/statistics/tx_packets)
burst
check_num "redirected to another device" \
	$(($(cat /sys/class/net/$port/statistics/tx_packets) - before)) -ge 50
off ingress

# sent twice: first elsewhere, then by the NIC
on ingress matchall action mirred egress mirror dev $port
on egress matchall action mirred egress mirror dev $port
everything "mirrored both ways"
check_num "the mirror saw what came" "$(hits ingress)" -gt 50
check_num "and what went" "$(hits egress)" -gt 50
off ingress
off egress

# a loop of two: what comes in goes out again by the NIC itself
on ingress protocol ip flower ip_proto udp dst_port 5068 \
	action pedit ex munge eth dst set "$PEER_MAC" \
	munge eth src set "$NIC_MAC" pipe \
	action mirred egress redirect dev "$NETIF"
count_start
burst
sent()
{
	count_stop
	[ "$(delta peer_rx_packets)" -ge 50 ]
}
wait_for 5 sent
check_delta "rewritten and sent by the NIC" tx_packets -ge 50
check_delta "back to the peer" peer_rx_packets -ge 50
off ingress

# tags made by hand on this side, by a VLAN device on the other
new_link . vionic_tag link "$NETIF" type vlan id 368
ip link set vionic_tag up
new_link "$PEERNS" vionic_tag link "$PEERIF" type vlan id 368
hand_over "$PEERIF"
ip -n "$PEERNS" link set "$PEERIF" up
address "$PEERNS" vionic_tag 2
ip link set vionic_tag down
on ingress protocol 802.1Q flower vlan_id 368 action vlan pop
on egress matchall action vlan push id 368
ip neigh flush dev "$NETIF" nud all
check "tagged and untagged: the peer is reached" \
	wait_for 5 ping -q -c 1 -W 1 $PEER4
everything "tagged and untagged"
ksft_done
