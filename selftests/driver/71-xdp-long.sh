#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: xdp mtu
#
# Frames longer than a buffer, and frames as the device joins them or leaves
# without a checksum: programs with frags see and send all of them, others are
# refused where they could not, with a sentence. The device does not coalesce while a
# program is there, so that no frame leaves that is longer than the MTU, unless
# rx-gro-hw is turned on afterwards; then, too, VLANs are received. No frame comes
# without its checksum.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
# shellcheck source=../lib/xdp.sh
. "$LIB/xdp.sh"

ns=vionic-long
sizes=60,1000,3519-3521,3534-3536,7040,7041,8999,9000,9010

# mtu BYTES: of both
mtu()
{
	in_peer ip link set "$PEERIF" mtu "$1" &&
		ip link set "$NETIF" mtu "$1" 2> "$KSFT_TMP/mtu"
}

buf_len()
{
	ethtool -G "$NETIF" rx-buf-len "$1" > "$KSFT_TMP/buf_len" 2>&1
}

# refused TEXT COMMAND...: with a sentence
refused()
{
	local text="$1"

	shift
	check_refused "$text" "$@"
	check_num "with a sentence: $(grep -h -m 1 -iE 'vionic|error:' \
		"$KSFT_TMP/xdp")" "$(grep -c vionic "$KSFT_TMP/xdp")" -ge 1
}

through()
{
	traffic through --source "$PEERNS,$PEERIF" --mac "$NIC_MAC" \
		--sizes "$sizes" --count 10 "$@"
}

arrive()
{
	through --at ".,$NETIF" "$@"
}

return_()
{
	through --at "$PEERNS,$PEERIF" --turned "$@"
}

# turned TEXT: coalesced frames go to a program, which sends them back
turned()
{
	check "$1: TCP frames of 20,000 bytes come back" traffic_to turned \
		--source "$PEERNS,$PEERIF" --mac "$NIC_MAC" --ip "$PEER4,$LOCAL4"
}

# traffic_to VERB ARGUMENT...: its output into a file for said
traffic_to()
{
	traffic "$@" > "$KSFT_TMP/said" || { cat "$KSFT_TMP/said"; return 1; }
}

# said NAME: a number of that output
said()
{
	sed -n "s/^$1=//p" "$KSFT_TMP/said"
}

# VLAN 100 at both ends, and a namespace behind the NIC that the peer has a route to
vlan_setup()
{
	local knob

	for knob in net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 \
		"net.ipv4.conf.$NETIF.rp_filter=0"; do
		on_exit sysctl -qw "${knob%=*}=$(sysctl -n "${knob%=*}")"
		sysctl -qw "$knob"
	done
	on_exit vlan_remove
	ip netns add "$ns"
	ip link add vlong0 type veth peer name vlong1 netns "$ns"
	ip link set vlong0 up
	ip addr add 198.51.101.1/24 dev vlong0
	ip -n "$ns" link set vlong1 up
	ip -n "$ns" addr add 198.51.101.2/24 dev vlong1
	ip -n "$ns" route add default via 198.51.101.1
	ip link add link "$NETIF" name "$NETIF.100" type vlan id 100
	ip link set "$NETIF.100" up
	ip addr add 198.51.100.1/24 dev "$NETIF.100"
	ip neigh replace 198.51.100.2 lladdr "$PEER_MAC" dev "$NETIF.100"
	in_peer ip link add link "$PEERIF" name "$PEERIF.100" type vlan id 100
	in_peer ip link set "$PEERIF.100" up
	in_peer ip addr add 198.51.100.2/24 dev "$PEERIF.100"
	in_peer ip neigh replace 198.51.100.1 lladdr "$NIC_MAC" dev "$PEERIF.100"
	in_peer ip route add 198.51.101.0/24 via 198.51.100.1
}

vlan_remove()
{
	ip link del vlong0
	ip netns del "$ns"
	ip link del "$NETIF.100"
	in_peer ip link del "$PEERIF.100"
}

# from the peer's VLAN to that namespace, and back
routed()
{
	traffic verify --server "$ns,198.51.101.2" \
		--client "$PEERNS,198.51.100.2" --tcp 1000000
}

exchange()
{
	traffic verify --server ".,$LOCAL4" --client "$PEERNS,$PEER4" \
		--udp 0,1,1472,20000 --tcp 1,100,3000000
}

net_setup
need bpftool jq
ours || skip_all "$DRIVER counts otherwise"
on_exit ethtool -G "$NETIF" rx-buf-len 4096
on_exit mtu 1500
on_exit xdp_off
gro_hw=$(feature rx-gro-hw)

peer_offload tx on sg on tso on gso on gro off
# a peer of the same host leaves checksums out, and segments uncut
count_start
check "streams and datagrams" exchange
count_stop
partial=$(delta 'nic_rx[0-9]+_csum_partial')
joined=$(delta 'nic_rx[0-9]+_gso')
diag "$partial frames without a checksum, $joined joined"
check "a program without frags" xdp_on x_all_pass
check "has coalescing end" test "$(feature rx-gro-hw)" != on
count_start
check "streams and datagrams" exchange
count_stop
check_delta "none comes without a checksum" \
	'nic_rx[0-9]+_csum_partial' -eq 0
[ "$partial" -eq 0 ] || check_delta "they were completed" \
	'nic_rx[0-9]+_xdp_csum' -gt 0
check_delta "none was joined" 'nic_rx[0-9]+_gso' -eq 0
check_delta "none was lost" 'nic_rx[0-9]+_(xdp_)?errors' -eq 0
check "without it" xdp_off
check_eq "coalescing is as before" "$(feature rx-gro-hw)" "$gro_hw"

if [ "$gro_hw" = on ] && buf_len 16384; then
	check "a program with frags, buffers for the longest frame: attached" \
		xdp_on f_all_tx
	check_eq "frags: the program turns rx-gro-hw off" "$(feature rx-gro-hw)" off
	turned "XDP_TX"
	check_num "XDP_TX: no frame is longer than the MTU" "$(said longest)" -le 1514
	check_num "XDP_TX: as many frames as segments" "$(said frames)" -eq 140
	vlan_setup
	check "VLAN pop: attached" xdp_on f_vlan_pop
	count_start
	check "VLAN pop: a stream is routed to another interface" routed
	count_stop
	check_delta "VLAN pop: no packet is too long for that" IpFragFails -eq 0
	# a busy guest repeats some
	diag "VLAN pop: segments sent twice: $(delta peer_TcpRetransSegs)"

	check "a program that passes all" xdp_on f_all_pass
	check "rx-gro-hw can be turned on again" \
		ethtool -K "$NETIF" rx-gro-hw on
	check_eq "rx-gro-hw is on beside a program" "$(feature rx-gro-hw)" on
	count_start
	check "rx-gro-hw on: streams and datagrams" exchange
	count_stop
	[ "$joined" -eq 0 ] || check_delta "rx-gro-hw on: frames are coalesced" \
		'nic_rx[0-9]+_gso' -gt 0
	check_delta "rx-gro-hw on: none comes without a checksum" \
		'nic_rx[0-9]+_csum_partial' -eq 0
	check_delta "rx-gro-hw on: no errors" 'nic_rx[0-9]+_(xdp_)?errors' -eq 0
	count_start
	check "rx-gro-hw on: a stream in a VLAN" traffic verify \
		--server ".,198.51.100.1" --client "$PEERNS,198.51.100.2" --tcp 1000000
	count_stop
	[ "$joined" -eq 0 ] || check_delta "VLAN: frames are coalesced" \
		'nic_rx[0-9]+_gso' -gt 0
	check_delta "VLAN: no errors" 'nic_rx[0-9]+_(xdp_)?errors' -eq 0
	check_refused "rx-gro-hw on: smaller buffers are refused" buf_len 4096
	check "another program" xdp_on f_pass
	check_eq "rx-gro-hw stays on with another program" "$(feature rx-gro-hw)" on
	check "program off" xdp_off
	check_eq "rx-gro-hw is on without a program" "$(feature rx-gro-hw)" on

	check "program on again" xdp_on f_pass
	check_eq "rx-gro-hw is off again" "$(feature rx-gro-hw)" off
	ethtool -K "$NETIF" rx-gro-hw on
	ethtool -K "$NETIF" rx-gro-hw off
	check "program off" xdp_off
	check_eq "rx-gro-hw stays off if the user turned it off" \
		"$(feature rx-gro-hw)" off
	ethtool -K "$NETIF" rx-gro-hw on
	vlan_remove
	check "smaller buffers" buf_len 4096
fi

net_quiet
if [ "$(ip -j -d link show "$NETIF" | jq '.[].max_mtu')" -lt 9000 ]; then
	skip_all "the device's largest MTU is less than 9000"
fi
check "an MTU of 9000" mtu 9000
refused "with jumbo frames one without frags is refused" xdp_on x_pass
check "one with them is not" xdp_on f_pass
count_start
check "frames arrive as they are" arrive
count_stop
check_delta "all were shown" 'nic_rx[0-9]+_xdp_errors' -eq 0
check "one that sends back" xdp_on f_tx
count_start
check "frames come back" return_
count_stop
check_delta "all of them" 'nic_(rx|tx)[0-9]+_xdp_(errors|drops)' -eq 0
check "one that pushes a header" xdp_on f_push_tx
sizes=${sizes%,*},8990
check "frames come back longer in front" return_ --shim more
check "one that pops one" xdp_on f_pop
check "frames arrive shorter in front" arrive --shim less
check "one that cuts tails" xdp_on f_tail_tx
xdp_conf 1 -30
check "frames come back shorter behind" return_ --grow -30
check "one that drops" xdp_on f_drop
count_start
check "frames are gone" arrive --gone
count_stop
check_delta "counted" 'nic_rx[0-9]+_xdp_drops' -gt 50
if buf_len 16384; then
	check "in larger buffers, one without frags fits" xdp_on x_tx
	check "frames come back" return_
	check_refused "buffers can't become smaller" buf_len 4096
	check "without it" xdp_off
	buf_len 4096
fi
xdp_off
mtu 1500
check "with small frames it fits" xdp_on x_pass
check_refused "and the MTU can't become larger" mtu 9000
check "ping works" wait_for 5 can_ping
ksft_done
