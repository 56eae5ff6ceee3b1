#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: offload rx
#
# Frames that are received: without checksum and longer than the MTU if the
# device may hand them up so (rx, rx-gro-hw), else neither; switched under traffic, and
# kept when the NIC goes down and up. Without CTRL_GUEST_OFFLOADS both are fixed, and what
# cannot take coalesced frames stays refused: XDP, AF_XDP, tcp-data-split. Evidence: each
# frame as the driver hands it up, by events and by its counters; data compared byte by
# byte.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
# shellcheck source=../lib/offload.sh
. "$(dirname "$0")/../lib/offload.sh"
# shellcheck source=../lib/xdp.sh
. "$LIB/xdp.sh"
# shellcheck source=../lib/xsk.sh
. "$LIB/xsk.sh"

bytes=500000

# stream TEXT 4|6
stream()
{
	local here=$LOCAL4 there=$PEER4

	[ "$2" = 4 ] || here=$LOCAL6 there=$PEER6
	streamed "$1" ".,$here" "$PEERNS,$there"
	diag "$1: $(frames rx "$NETIF" len | wc -l) frames handed up," \
		"longest $(longest rx "$NETIF")," \
		"$(summed rx "$NETIF" 3) without checksum"
}

# TEXT 4|6: as frames on the wire
frame_by_frame()
{
	stream "$1" "$2"
	check_num "none is longer than the MTU" "$(longest rx "$NETIF")" \
		-le 1500
	check_delta "the driver counts none that is" 'nic_rx[0-9]+_gso' -eq 0
}

whole()
{
	local gso=$GSO_TCPV4

	[ "$2" = 4 ] || gso=$GSO_TCPV6
	stream "$1" "$2"
	# how many segments a slow sender has at a time is its affair
	check_num "longer than the MTU" "$(longest rx "$NETIF")" \
		-gt $((${SLOWNESS:-1} > 1 ? 1514 : 5000))
	check_num "and said to be TCP" "$(gso_frames rx "$NETIF" $gso)" -gt 5
	check_num "with the size of the sender's segments" "$(
		frames rx "$NETIF" gso_size | sort -rn | head -n 1)" -eq \
		"$(frames tx "$PEERIF" gso_size | sort -rn | head -n 1)"
	check_delta "counted as such" 'nic_rx[0-9]+_gso' -gt 5
	check_delta "none was wrong" 'nic_rx[0-9]+_errors' -eq 0
}

# Datagrams that the peer's stack leaves to its device to cut
datagrams()
{
	frames_start
	check "$1: datagrams arrive each by itself" traffic segments \
		--size 1000 --bytes 20500 --count 20 \
		--server ".,$LOCAL4" --client "$PEERNS,$PEER4"
	check "$1: over IPv6" traffic segments \
		--size 1000 --bytes 20500 --count 20 \
		--server ".,$LOCAL6" --client "$PEERNS,$PEER6"
	frames_stop
}

# states: of rx-checksumming and rx-gro-hw, as ethtool shows them
states()
{
	ethtool -k "$NETIF" | awk '
		/^rx-(checksumming|gro-hw):/ {
			sub("[^ ]*: ", "")
			printf "%s%s", sep, $0
			sep = ","
		}'
}

# coalesces OPTION: after the attempt to set it, the driver still refuses what cannot
# take coalesced frames
coalesces()
{
	xdp_on x_all_pass
	check_num "after $1: an XDP program without frags is refused, with the reason" \
		"$(grep -c "device coalesces frames" "$KSFT_TMP/xdp")" -ge 1
	xdp_off
	"$XSK" -z count "$NETIF" 0 0 > "$KSFT_TMP/xsk" 2>&1 &
	xsk_child=$!
	wait_for 20 xsk_settled
	check "after $1: a zero-copy AF_XDP socket is refused" \
		file_has "^xsk: .*not supported" "$KSFT_TMP/xsk"
	stop_child "$xsk_child"
	check_refused "after $1: tcp-data-split is refused" \
		py "$LIB/netdev.py" "$NETIF" split on
}

offloads_are()
{
	check_eq "$1" "$(feature rx-checksumming),$(feature rx-gro-hw)" "$2"
}

net_setup
peer_offload tx on sg on tso on gso on
has_feature $F_GUEST_CSUM || skip_all "the device has no GUEST_CSUM"
stream "as it comes" 4
check_num "frames without checksum" "$(summed rx "$NETIF" 3)" -gt 5
check_delta "counted as such" 'nic_rx[0-9]+_csum_partial' -gt 5

if ! has_feature $F_GUEST_TSO4; then
	skip "frames longer than the MTU" "the device has no GUEST_TSO4"
else
	whole "TCP, IPv4" 4
	whole "TCP, IPv6" 6
fi
datagrams "as they come"
if ! has_feature $F_GUEST_USO4; then
	skip "joined datagrams" "the device has no GUEST_USO4"
elif [ "$(in_peer ethtool -k "$PEERIF" |
	awk '$1 == "tx-udp-segmentation:" { print $2 }')" != on ]; then
	skip "joined datagrams" "the peer's driver cuts them itself"
else
	check_num "received joined" \
		"$(gso_frames rx "$NETIF" $GSO_UDP_L4)" -eq 40
fi

if ! has_feature $F_CTRL_GUEST_OFFLOADS; then
	# "on" or "on [fixed]" is what the device goes on doing
	fixed="on [fixed],on [fixed]"
	has_feature $F_GUEST_TSO4 || fixed="on [fixed],off [fixed]"
	check_eq "no CTRL_GUEST_OFFLOADS: offloads are fixed" "$(states)" "$fixed"
	for option in "rx off" "rx-gro-hw off"; do
		# shellcheck disable=SC2086 # words
		check_refused "ethtool -K $option is refused" \
			ethtool -K "$NETIF" $option
		check_eq "after $option: the offloads are as before" \
			"$(states)" "$fixed"
		! ours || ! has_feature $F_GUEST_TSO4 || coalesces "$option"
	done
	! has_feature $F_GUEST_TSO4 || whole "after both, TCP, IPv4" 4
	ksft_done
fi
switch rx-gro-hw off
frame_by_frame "rx-gro-hw off, IPv4" 4
check_num "checksums are still nobody's" "$(summed rx "$NETIF" 3)" -gt 5
frame_by_frame "rx-gro-hw off, IPv6" 6
datagrams "rx-gro-hw off"
check_num "none is joined" "$(gso_frames rx "$NETIF" $GSO_UDP_L4)" -eq 0

# a reset makes the device forget, the driver must not
ip link set "$NETIF" down
ip link set "$NETIF" up
wait_for 10 has_carrier "$NETIF"
net_addresses
static_neighbours
offloads_are "it is off after down and up" on,off
frame_by_frame "rx-gro-hw off, down and up" 4

check "rx can be turned off, too" ethtool -K "$NETIF" rx off
frame_by_frame "rx off" 4
check_num "each frame with its checksum" "$(summed rx "$NETIF" 3)" -eq 0
check_delta "says the driver, too" \
	'nic_rx[0-9]+_csum_(partial|unnecessary)' -eq 0
ethtool -K "$NETIF" rx-gro-hw on > /dev/null 2>&1
offloads_are "nothing is joined while checksums are not wanted" off,off
check "rx can be turned on" ethtool -K "$NETIF" rx on rx-gro-hw on
offloads_are "both are on" on,on
whole "on again" 4

stream_start switched ".,$LOCAL4" "$PEERNS,$PEER4"
for round in 1 2 3; do
	for state in off on; do
		ethtool -K "$NETIF" rx-gro-hw $state
		ethtool -K "$NETIF" rx $state
	done
done > /dev/null 2>&1
stream_end switched "$child"
check "all back" ethtool -K "$NETIF" rx on rx-gro-hw on
offloads_are "both are on after $((round * 4)) changes under traffic" on,on
ksft_done
