#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: offload tx
#
# Frames that are sent: with the checksum left to the device, and so long that
# the device has to cut them, TCP and UDP, or neither as ethtool -K says.
# Evidence: what the driver gets and what the peer's hands up, event by event;
# the peer gets frames whole, for it may take them so; data compared byte by byte.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
# shellcheck source=../lib/offload.sh
. "$(dirname "$0")/../lib/offload.sh"

bytes=1500000

# stream TEXT 4|6
stream()
{
	local here=$LOCAL4 there=$PEER4

	[ "$2" = 4 ] || here=$LOCAL6 there=$PEER6
	streamed "$1" "$PEERNS,$there" ".,$here"
	diag "$1: $(frames tx "$NETIF" len | wc -l) frames to the driver," \
		"longest $(longest tx "$NETIF"), at the peer" \
		"$(frames rx "$PEERIF" len | wc -l), $(longest rx "$PEERIF")"
}

tcp()
{
	local gso=$GSO_TCPV4 name=tx-tcp-segmentation

	[ "$1" = 4 ] || gso=$GSO_TCPV6 name=tx-tcp6-segmentation
	if ! has_feature "$2"; then
		skip "TSO, IPv$1" "the device has no HOST_TSO$1"
		return
	fi
	switch $name on
	stream "TSO, IPv$1" "$1"
	check_num "the driver is given frames to be cut" \
		"$(gso_frames tx "$NETIF" $gso)" -gt 10
	check_delta "and counts them" 'nic_tx[0-9]+_gso' -ge \
		"$(gso_frames tx "$NETIF" $gso)"
	check_num "the peer, which may, gets them uncut" \
		"$(gso_frames rx "$PEERIF" $gso)" -gt 10
	check_num "far longer than the MTU" "$(longest rx "$PEERIF")" -gt 10000
	check_num "of segments of the size that was asked for" "$(
		frames rx "$PEERIF" gso_size | sort -rn | head -n 1)" -eq \
		"$(frames tx "$NETIF" gso_size | sort -rn | head -n 1)"
	switch $name off
	# the kernel's own GSO would hide what TSO does
	stream "no TSO, IPv$1" "$1"
	check_num "no frame is to be cut" \
		"$(gso_frames tx "$NETIF" $gso)" -eq 0
	check_delta "says the driver, too" 'nic_tx[0-9]+_gso' -eq 0
	check_num "none is longer than the MTU" "$(longest tx "$NETIF")" \
		-le 1514
	ethtool -K "$NETIF" $name on > /dev/null
}

checksums()
{
	if ! has_feature $F_CSUM; then
		skip "checksums by the device" "the device has no CSUM"
		return
	fi
	switch tx-checksum-ip-generic on
	stream "checksums by the device" 4
	check_num "frames are given to the driver without" \
		"$(summed tx "$NETIF" 3)" -gt 10
	check_num "and reach the peer, which needs none, so" \
		"$(summed rx "$PEERIF" 3)" -gt 10
	check "datagrams of odd and even lengths" traffic verify \
		--server "$PEERNS,$PEER4" --client ".,$LOCAL4" \
		--udp 0-9,1471,1472,4001
	switch tx-checksum-ip-generic off
	stream "checksums by the stack" 4
	check_num "no frame is without" "$(summed tx "$NETIF" 3)" -eq 0
	check_num "at the peer neither" "$(summed rx "$PEERIF" 3)" -eq 0
	check_num "nor is one to be cut" "$(gso_frames tx "$NETIF" \
		$GSO_TCPV4)" -eq 0
	check "datagrams of odd and even lengths" traffic verify \
		--server "$PEERNS,$PEER4" --client ".,$LOCAL4" \
		--udp 0-9,1471,1472,4001
	ethtool -K "$NETIF" tx on tso on > /dev/null
}

# Congestion as a router signals it makes TCP say CWR, once
ecn()
{
	if ! has_feature $F_HOST_ECN; then
		skip "TSO with CWR" "the device has no HOST_ECN"
		return
	fi
	on_exit sysctl -qw net.ipv4.tcp_ecn="$(sysctl -n net.ipv4.tcp_ecn)"
	sysctl -qw net.ipv4.tcp_ecn=1
	in_peer sysctl -qw net.ipv4.tcp_ecn=1
	in_peer nft -f - <<- END
		table inet vionic_ecn {
			chain pre {
				type filter hook prerouting priority -310;
				ip ecn ect0 numgen inc mod 24 0 ip ecn set ce
			}
		}
	END
	on_exit in_peer nft delete table inet vionic_ecn
	# a stream that is held back by marks may send what answers to one in pieces
	# too short to be cut
	for _ in {1..5}; do
		stream "congestion" 4
		[ "$(ecn_frames tx "$NETIF")" = 0 ] || break
	done
	in_peer nft delete table inet vionic_ecn
	check_num "some frames to be cut have CWR" \
		"$(ecn_frames tx "$NETIF")" -ge 1
	check_num "and arrive so" "$(ecn_frames rx "$PEERIF")" -ge 1
}

# Datagrams of 1000 bytes, 21 at a time, the last one shorter
udp()
{
	local args=(traffic segments --size 1000 --bytes 20500)

	count_start
	frames_start
	check "USO: joined datagrams arrive each by itself" "${args[@]}" \
		--server "$PEERNS,$PEER4" --client ".,$LOCAL4" --count 20
	check "USO: over IPv6" "${args[@]}" \
		--server "$PEERNS,$PEER6" --client ".,$LOCAL6" --count 20
	frames_stop
	count_stop
	if ! has_feature $F_HOST_USO; then
		skip "USO by the device" "the device has no HOST_USO"
		check_num "without it the stack cuts" \
			"$(gso_frames tx "$NETIF" $GSO_UDP_L4)" -eq 0
		return
	fi
	check_num "the driver is given them joined" \
		"$(gso_frames tx "$NETIF" $GSO_UDP_L4)" -eq 40
	check_num "with their size" "$(frames tx "$NETIF" gso_size |
		grep -cx 1000)" -eq 40
	switch tx-udp-segmentation off
	frames_start
	check "no USO: they arrive" "${args[@]}" \
		--server "$PEERNS,$PEER4" --client ".,$LOCAL4" --count 5
	frames_stop
	check_num "no frame is to be cut" \
		"$(gso_frames tx "$NETIF" $GSO_UDP_L4)" -eq 0
	ethtool -K "$NETIF" tx-udp-segmentation on
}

# A frame that somebody else holds, too, is not the driver's to write in: then
# the header lies by itself. A packet socket that nobody reads holds them.
headers()
{
	local sink child

	py_start - "$NETIF" > "$KSFT_TMP/sink" <<- 'END'
		import signal, socket, sys
		sink = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
		                     socket.htons(3))
		sink.bind((sys.argv[1], 0))
		print("bound", flush=True)
		signal.pause()
	END
	sink=$child
	wait_for 10 file_has bound "$KSFT_TMP/sink" ||
		bail "a packet socket can be bound"
	count_start
	check "held while sent: datagrams" traffic verify --oneway \
		--server "$PEERNS,$PEER4" --client ".,$LOCAL4" \
		--udp 1,100,1472 --repeat 10
	check "held while sent: a stream" traffic stream --bytes 300000 \
		--server "$PEERNS,$PEER4" --client ".,$LOCAL4"
	count_stop
	stop_child "$sink"
	check_delta "their headers lie apart" 'nic_tx[0-9]+_headers' -ge 30
}

net_setup
# the peer takes frames as they were sent
peer_offload gro on rx-gro-hw on
checksums
tcp 4 $F_HOST_TSO4
tcp 6 $F_HOST_TSO6
ecn
udp
headers
ksft_done
