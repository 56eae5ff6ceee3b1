#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: offload tx rx stack
#
# Tunnels over UDP (vxlan, or geneve): TCP and datagrams in them arrive as they
# were sent; a device that can cuts and joins what is inside. Evidence: kinds
# of GSO as the drivers get frames and hand them up; data compared byte by byte.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
# shellcheck source=../lib/offload.sh
. "$(dirname "$0")/../lib/offload.sh"
# shellcheck source=../lib/xdp.sh
. "$LIB/xdp.sh"

bytes=1000000
net4=198.51.100 net6=2001:db8:100

# tunnel 4|6 [ARGUMENT...]: over IPv4 or IPv6, on both ends
tunnel()
{
	local here=$LOCAL4 there=$PEER4 dev n=1 remote

	[ "$1" = 4 ] || here=$LOCAL6 there=$PEER6
	shift
	remote=$there
	for dev in "$NETIF" "$PEERIF"; do
		in_ns_of "$dev" ip link del tun0 2> /dev/null
		in_ns_of "$dev" ip link add tun0 mtu 1400 type "$kind" id 7 \
			remote "$remote" dstport 4800 "$@" ||
			bail "a tunnel of kind $kind can be made"
		on_exit in_ns_of "$dev" ip link del tun0
		in_ns_of "$dev" ip link set tun0 up
		in_ns_of "$dev" ip addr add $net4.$n/24 dev tun0
		in_ns_of "$dev" ip addr add $net6::$n/64 dev tun0 nodad
		n=2 remote=$here
	done
	wait_for 5 ping -q -c 1 -W 1 $net4.2 ||
		bail "the tunnel carries a ping"
}

# inside TEXT SERVER CLIENT
inside()
{
	count_start
	frames_start
	check "$1: TCP" traffic stream --bytes $bytes \
		--server "$2" --client "$3"
	check "$1: joined datagrams" traffic segments --size 1000 \
		--bytes 20500 --count 10 --server "$2" --client "$3"
	frames_stop
	count_stop
	diag "$1: sent $(frames tx "$NETIF" gso_type | sort | uniq -c |
		paste -s -d ,), received $(frames rx "$NETIF" gso_type |
		sort | uniq -c | paste -s -d ,)"
}

# tunnel_frames tx|rx: TCP and datagrams of the tunnel that are joined
tunnel_frames()
{
	echo $(($(gso_frames "$1" "$NETIF" $((GSO_TCPV4 | outer))) +
		$(gso_frames "$1" "$NETIF" $((GSO_UDP_L4 | outer)))))
}

# outward IP-VERSION-INSIDE OUTER-KIND
outward()
{
	local tcp=$GSO_TCPV4 to=$net4.2 from=$net4.1 text="to the peer, IPv$1"

	[ "$1" = 4 ] || tcp=$GSO_TCPV6 to=$net6::2 from=$net6::1
	inside "$text" "$PEERNS,$to" ".,$from"
	if ! has_feature "$2"; then
		skip "$text: cut by the device" \
			"it has no HOST_UDP_TUNNEL_GSO${3:+_CSUM}"
		return
	fi
	check_num "$text: TCP, left to the device" \
		"$(gso_frames tx "$NETIF" $((tcp | outer)))" -gt 5
	check_num "$text: datagrams, left to the device" \
		"$(gso_frames tx "$NETIF" $((GSO_UDP_L4 | outer)))" -eq 10
	check_num "$text: headers of the right length: nothing dropped" \
		"$(delta 'nic_tx[0-9]+_drops')" -eq 0
}

inward()
{
	local tcp=$GSO_TCPV4 to=$net4.1 from=$net4.2 text="from the peer, IPv$1"

	[ "$1" = 4 ] || tcp=$GSO_TCPV6 to=$net6::1 from=$net6::2
	inside "$text" ".,$to" "$PEERNS,$from"
	check_delta "$text: none was wrong" 'nic_rx[0-9]+_errors' -eq 0
	has_feature $F_GUEST_TUNNEL || return
	if [ "$(gso_frames tx "$PEERIF" $((tcp | outer)))" = 0 ]; then
		skip "$text: joined" "the peer's driver cuts frames itself"
		return
	fi
	check_num "$text: TCP is received joined" \
		"$(gso_frames rx "$NETIF" $((tcp | outer)))" -gt 5
	check_num "$text: datagrams are received joined" \
		"$(gso_frames rx "$NETIF" $((GSO_UDP_L4 | outer)))" -eq 10
}

net_setup
peer_offload tx on sg on tso on gso on
for kind in vxlan geneve ""; do
	[ -n "$kind" ] || skip_all "this kernel has neither vxlan nor geneve"
	ip link add tun0 type $kind id 7 remote $PEER4 dstport 4800 \
		2> /dev/null && break
done
ip link del tun0
diag "tunnels of kind $kind"

outer=$GSO_TUNNEL
tunnel 4 noudpcsum
outward 4 $F_HOST_TUNNEL
outward 6 $F_HOST_TUNNEL
inward 4
inward 6
if has_feature $F_HOST_TUNNEL; then
	switch tx-udp_tnl-segmentation off
	inside "switched off" "$PEERNS,$net4.2" ".,$net4.1"
	check_num "none is left to the device" \
		"$(tunnel_frames tx)" -eq 0
	ethtool -K "$NETIF" tx-udp_tnl-segmentation on
fi
if has_feature $F_GUEST_TUNNEL && has_feature $F_CTRL_GUEST_OFFLOADS; then
	switch rx-gro-hw off
	inside "not to be joined" ".,$net4.1" "$PEERNS,$net4.2"
	check_num "none is joined" \
		"$(tunnel_frames rx)" -eq 0
	ethtool -K "$NETIF" rx-gro-hw on
fi

# A program cannot be shown coalesced frames of tunnels: the device must not make them,
# even if rx-gro-hw is turned on beside the program
if ours && has_feature $F_GUEST_TUNNEL && has_feature $F_CTRL_GUEST_OFFLOADS &&
   ethtool -G "$NETIF" rx-buf-len 8192; then
	on_exit ethtool -G "$NETIF" rx-buf-len 4096
	on_exit xdp_off
	check "an XDP program with frags: attached" xdp_on f_all_pass
	check "an XDP program: rx-gro-hw can be turned on" \
		ethtool -K "$NETIF" rx-gro-hw on
	inside "an XDP program" ".,$net4.1" "$PEERNS,$net4.2"
	check_delta "an XDP program: no errors" \
		'nic_rx[0-9]+_(xdp_)?errors' -eq 0
	xdp_off
	ethtool -G "$NETIF" rx-buf-len 4096
fi

# with a checksum of the outer datagram, which is the device's, too
outer=$GSO_TUNNEL_CSUM
tunnel 4 udpcsum
outward 4 $F_HOST_TUNNEL_CSUM csum
inward 4
tunnel 6
outward 4 $F_HOST_TUNNEL_CSUM csum
outward 6 $F_HOST_TUNNEL_CSUM csum
inward 4
inward 6
ksft_done
