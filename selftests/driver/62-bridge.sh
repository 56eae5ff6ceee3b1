#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: stack control
#
# The NIC as a port of a bridge, with a namespace behind it. It is promiscuous,
# so frames to and from addresses that are not its own pass; or, where the
# bridge knows all there is behind it (VLAN filtering on, the other port
# neither learns nor is flooded), it is not, and the bridge puts the addresses
# behind it into the device's filter. Released, it is what it was.
#
#   peer 192.0.2.2 ==== NIC | bridge 192.0.2.1 | veth ---- 192.0.2.3 inner

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
# shellcheck source=../lib/stack.sh
. "$LIB/stack.sh"

bridge=vionic_br
port=vionic_in0
inner=vionic_inner
stranger=02:00:5e:00:53:62

# behind MAC...: as arrive, but behind the bridge
behind()
{
	traffic frames --source "$PEERNS,$PEERIF" --at "$inner,eth0" \
		--marker "$inner_mac" "$@" 2>&1 | paste -s -d ';'
}

# everyone WHEN: all three talk
everyone()
{
	check "$1: from the peer through the NIC to behind" traffic verify \
		--server "$inner,192.0.2.3" --client "$PEERNS,$PEER4" \
		--udp 0,1,100,1472,1473,9000 --tcp 1,1460,300000
	check "$1: from behind through the NIC to the peer" traffic verify \
		--server "$PEERNS,$PEER6" --client "$inner,2001:db8::3" \
		--udp 0,1,100,1452,1453,9000 --tcp 1,1460,300000
	check "$1: the bridge itself" traffic verify \
		--server ".,$LOCAL4" --client "$PEERNS,$PEER4" \
		--udp 0,1472,1473 --tcp 1,30000
}

# knows MAC: the bridge, behind the NIC
knows()
{
	bridge fdb show brport "$NETIF" | grep -q "^$1 .*master"
}

need jq bridge
net_setup
new_ns $inner
new_link . $port type veth peer name eth0 netns $inner
address $inner eth0 3
inner_mac=$(ip -n $inner -j link show eth0 | jq -r '.[0].address')
new_link . $bridge type bridge stp_state 0 forward_delay 0 mcast_snooping 0
ip link set $bridge address "$NIC_MAC"
hand_over "$NETIF"
ip link set $port up
ip link set $port master $bridge
check "the NIC becomes a port" ip link set "$NETIF" master $bridge
ip link set "$NETIF" up
address . $bridge 1
wait_for 5 has_carrier "$NETIF"

check_num "a port of a bridge is promiscuous" "$(promiscuity "$NETIF")" -eq 1
everyone "bridge"
check_arrive "frames to a stranger reach the NIC" "20 otherhost" $stranger
check_eq "and are flooded behind" "$(behind "$inner_mac" $stranger)" \
	"20 host;20 otherhost"
check "the bridge learned the peer" knows "$PEER_MAC"

check "learning can be turned off" bridge link set dev "$NETIF" learning off
bridge fdb del "$PEER_MAC" dev "$NETIF" master
behind "$inner_mac" > /dev/null
check_refused "then the peer is not learned" knows "$PEER_MAC"
check_refused "the device has no learning to turn off" \
	bridge link set dev "$NETIF" learning off self
bridge link set dev "$NETIF" learning on

# nothing unknown can be behind: the device's own filter will do
ip link set $bridge type bridge vlan_filtering 1
bridge link set dev $port learning off flood off
check_num "a bridge that knows its addresses needs no promiscuous NIC" \
	"$(promiscuity "$NETIF")" -eq 0
check_arrive "an address it was not told does not pass" 0 "$inner_mac"
bridge fdb replace "$inner_mac" dev $port master static
check_arrive "one it was told does, a stranger does not" "20 otherhost;0" \
	"$inner_mac" $stranger
everyone "filter"
bridge fdb del "$inner_mac" dev $port master
check_arrive "until it is removed" 0 "$inner_mac"

check "the NIC leaves the bridge" ip link set "$NETIF" nomaster
check_num "and is not promiscuous" "$(promiscuity "$NETIF")" -eq 0
check_arrive "its own address arrives, a stranger's does not" "20 host;0" \
	"$NIC_MAC" $stranger
ksft_done
