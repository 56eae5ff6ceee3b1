#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: stack link host
#
# The NIC as a port of a team, beside a veth. Round robin: it takes the team's
# MAC address and carries its share. Active backup: the team hears of a pulled
# cable from it, and traffic goes where the active port is. Released, it is
# what it was.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
# shellcheck source=../lib/stack.sh
. "$LIB/stack.sh"

team=vionic_team
own_mac=02:00:5e:00:53:64

# new_team NAMESPACE MODE PORT...
new_team()
{
	local ns="$1" mode="$2" port

	shift 2
	new_link "$ns" $team address $own_mac type team
	in_ns "$ns" teamnl $team setoption mode "$mode" ||
		bail "the team's mode can be $mode"
	for port; do
		in_ns "$ns" ip link set "$port" down
		in_ns "$ns" ip link set "$port" master $team ||
			bail "$port can be a port of a team"
	done
}

port_is()
{
	teamnl $team ports | grep -q " $1: $2 "
}

# use PORT
use()
{
	teamnl $team setoption activeport "$(cat "/sys/class/net/$1/ifindex")"
}

need jq ping teamnl
net_setup
second_cable
own=$NIC_MAC
own_peer=$PEER_MAC

hand_over "$NETIF"
hand_over "$PEERIF"
new_team . roundrobin "$NETIF" $SECOND
in_peer ip link set $SECOND down
new_team "$PEERNS" roundrobin "$PEERIF" $SECOND
in_ns "$PEERNS" ip link set $team address "$own_peer"
NIC_MAC=$own_mac
address . $team 1
address "$PEERNS" $team 2
check "round robin: both ports are up" wait_for 5 port_is "$NETIF" up
check_eq "the NIC has the team's address" "$(mac "$NETIF")" $own_mac
check "the ends reach each other" wait_for 5 ping -q -c 1 -W 1 $PEER4
count_start
to_and_fro "UDP and TCP over both" \
	"IPv6, from here"
count_stop
check_delta "the NIC has its share of what came in" rx_bytes -gt 200000
check_delta "but not all" rx_bytes -lt 900000
check_delta "and of what went out" tx_bytes -gt 200000
ip link del $team
ip -n "$PEERNS" link del $team
NIC_MAC=$own
check_eq "released, the NIC has its own address" "$(mac "$NETIF")" "$own"

ip link set $SECOND up
ip -n "$PEERNS" link set $SECOND up
peer_bridge
new_team . activebackup "$NETIF" $SECOND
ip link set $team address "$own"
ip link set $SECOND address "$own"
address . $team 1
wait_for 5 port_is "$NETIF" up
check "the NIC becomes the active port" use "$NETIF"
check "the peer is reached" wait_for 5 ping -q -c 1 -W 1 $PEER4
count_start
check "active backup: UDP and TCP" traffic verify \
	--server ".,$LOCAL4" --client "$PEERNS,$PEER4" \
	--udp 0,1,1472,1473,9000 --tcp 1,300000
count_stop
check_delta "all of it over the NIC" rx_bytes -gt 300000

if can_host; then
	on_exit vm-host link on
	stream_start team ".,$LOCAL4" "$PEERNS,$PEER4"
	vm-host link off > /dev/null
	check "the team hears of a pulled cable" wait_for 5 port_is "$NETIF" down
	use $SECOND
	check "traffic goes on over the other port" \
		wait_for 5 ping -q -c 1 -W 1 $PEER4
	vm-host link on > /dev/null
	check "and that it is plugged in" wait_for 5 port_is "$NETIF" up
	use "$NETIF"
	check "traffic comes back" wait_for 5 ping -q -c 1 -W 1 $PEER4
	stream_end team "$child"
else
	skip "a pulled cable" "no vm-host to pull it"
fi

ip link del $team
ip link set "$NETIF" up
wait_for 5 has_carrier "$NETIF"
check_arrive "released, its own address arrives, a stranger's does not" \
	"20 host;0" \
	"$own" $own_mac
ksft_done
