#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: xdp
#
# XDP_REDIRECT out of the NIC to another interface, and into it from there, in both
# directions at once; what came without a checksum arrives with one; to an interface
# that is down nothing is sent. Redirected frames that fill the transmit ring leave room
# for the stack's.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
# shellcheck source=../lib/xdp.sh
. "$LIB/xdp.sh"

sizes=60-64,128,257,1000,1500,1514
ns=vionic-xdp

index()
{
	cat "/sys/class/net/$1/ifindex"
}

# from SOURCE to SINK, to a MAC
through()
{
	traffic through --source "$1" --at "$2" --mac "$3" --sizes "$sizes" \
		--count 20 "${@:4}"
}

net_setup
need bpftool jq
ours || skip_all "$DRIVER counts otherwise"
net_quiet
ip netns add $ns
on_exit ip netns del $ns
ip link add vxdp0 type veth peer name vxdp1 netns $ns
on_exit ip link del vxdp0
ip -n $ns link set vxdp1 up
ip link set vxdp0 up
veth_mac=$(ip -n $ns -json link show vxdp1 | jq -r '.[0].address')
on_exit xdp_off
# veth takes frames of XDP only with a program at the other end
nsenter --net=/run/netns/$ns ip link set dev vxdp1 xdpdrv object \
	"$XDP_OBJECT" program x_all_pass > /dev/null 2>&1 ||
	skip_all "veth takes no program"

check "frames to another interface" xdp_on x_redirect
xdp_conf 0 "$(index vxdp0)"
count_start
check "arrive there" through "$PEERNS,$PEERIF" "$ns,vxdp1" "$NIC_MAC"
count_stop
check_delta "redirected" 'nic_rx[0-9]+_xdp_redirects' -ge 200
check_delta "without an error" 'nic_rx[0-9]+_xdp_errors' -eq 0

check "frames from there" xdp_on x_redirect vxdp0
xdp_conf 0 "$(index "$NETIF")"
count_start
check "arrive at the peer" through "$ns,vxdp1" "$PEERNS,$PEERIF" "$PEER_MAC"
count_stop
check_delta "sent" 'nic_tx[0-9]+_xdp' -ge 200
check_delta "none dropped" 'nic_tx[0-9]+_xdp_drops' -eq 0

rings_fixed || set_rings tx 32
flood_start "$ns,vxdp1" "$PEER_MAC"
shares_ring XDP_REDIRECT 'nic_tx[0-9]+_xdp_drops' "$child"

# what veth leaves out, nobody would complete
nsenter --net=/run/netns/$ns ethtool -K vxdp1 tx off > /dev/null 2>&1
# the peer's own traffic goes through the NIC to the veth, and the answers back
check "all to another interface" xdp_on x_all_redirect
xdp_conf 0 "$(index vxdp0)"
check "all from there" xdp_on x_all_redirect vxdp0
xdp_conf 0 "$(index "$NETIF")"
ip -n $ns address add 192.0.2.9/24 dev vxdp1
ip -n $ns neigh replace $PEER4 lladdr "$PEER_MAC" dev vxdp1
in_peer ip neigh replace 192.0.2.9 lladdr "$veth_mac" dev "$PEERIF"
on_exit in_peer ip neigh del 192.0.2.9 dev "$PEERIF"
# as a bridge would be: for any address
ip link set "$NETIF" promisc on
on_exit ip link set "$NETIF" promisc off
count_start
check "datagrams and a stream go to and fro" traffic verify \
	--server "$ns,192.0.2.9" --client "$PEERNS,$PEER4" \
	--udp 0,1,100,1472 --tcp 1,200000
count_stop
check_delta "in" 'nic_rx[0-9]+_xdp_redirects' -gt 100
check_delta "and out" 'nic_tx[0-9]+_xdp' -gt 100

# a peer that leaves segments to its device, and buffers for coalesced frames
peer_offload tx on sg on tso on gso on
if ethtool -G "$NETIF" rx-buf-len 16384; then
	on_exit ethtool -G "$NETIF" rx-buf-len 4096
	check "frags and large buffers: all to another interface" \
		xdp_on f_all_redirect
	xdp_conf 0 "$(index vxdp0)"
	count_start
	check "frags and large buffers: a stream goes to and fro" traffic verify \
		--server "$ns,192.0.2.9" --client "$PEERNS,$PEER4" --tcp 500000
	count_stop
	check_delta "frags and large buffers: no frame is too long for that" \
		'nic_rx[0-9]+_xdp_errors' -eq 0
	check_delta "frags and large buffers: hardly a segment is sent twice" \
		peer_TcpRetransSegs -lt 20
fi

xdp_off
# the stream's last frames may be on their way until then
ip link set "$NETIF" down
count_start
nsenter --net=/run/netns/$ns ping -q -c 5 -i 0.01 -W 0.1 $PEER4 > /dev/null 2>&1
count_stop
check_delta "while it is down, none is sent" 'nic_tx[0-9]+_xdp' -eq 0
net_addresses
wait_for 10 has_carrier "$NETIF"
static_neighbours
check "ping works" wait_for 5 can_ping
ksft_done
