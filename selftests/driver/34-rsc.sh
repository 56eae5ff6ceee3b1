#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: gro offload rx
#
# A device that joins TCP frames itself and says how many (RSC_EXT): they go
# upwards as one, and no segment is missing from the counts of IP. Evidence:
# frames as the driver hands them up, by events; the stack's counts by ECN, of
# segments, not of packets, next to what the peer's TCP sent; data compared byte by
# byte. rx-gro-hw stays off beside an XDP program, since the header of such a frame does not
# say where its checksum is.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
# shellcheck source=../lib/xdp.sh
. "$LIB/xdp.sh"
# shellcheck source=../lib/offload.sh
. "$(dirname "$0")/../lib/offload.sh"

bytes=500000

# segments 4|6: received so far
segments()
{
	if [ "$1" = 4 ]; then
		counters | awk '$1 ~ /^IpExtIn(NoECT|ECT0|ECT1|CE)Pkts$/ {
			n += $2 } END { print n }'
	else
		awk '$1 ~ /^Ip6In(NoECT|ECT0|ECT1|CE)Pkts$/ {
			n += $2 } END { print n }' /proc/net/snmp6
	fi
}

# joined 4|6: frame by frame on the wire, and fewer here
joined()
{
	local here=$LOCAL4 there=$PEER4 kind=$GSO_TCPV4 before

	[ "$1" = 4 ] || here=$LOCAL6 there=$PEER6 kind=$GSO_TCPV6
	before=$(segments "$1")
	streamed "IPv$1" ".,$here" "$PEERNS,$there"
	diag "$(delta peer_TcpOutSegs) segments sent, $(delta rx_packets)" \
		"frames handed up, longest $(longest rx "$NETIF")"
	check_num "some are longer than the MTU" \
		"$(gso_frames rx "$NETIF" $kind)" -gt 5
	check_num "but no longer on the wire" "$(longest tx "$PEERIF")" -le 1514
	check_num "no segment is missing" $(($(segments "$1") - before)) -ge \
		"$(delta peer_TcpOutSegs)"
	check_num "and none was invented" $(($(segments "$1") - before)) -le \
		$(($(delta peer_TcpOutSegs) + 10))
	check_delta "none was wrong" 'nic_rx[0-9]+_errors' -eq 0
}

net_setup
has_feature $F_RSC_EXT || skip_all "the device has no RSC_EXT"
# what QEMU joins has no TCP options
set_knob 0 /proc/sys/net/ipv4/tcp_timestamps
in_peer sysctl -qw net.ipv4.tcp_timestamps=0
on_exit in_peer sysctl -qw net.ipv4.tcp_timestamps=1
peer_offload tx off tso off gso off
joined 4
joined 6
switch rx-gro-hw off
streamed "rx-gro-hw off" ".,$LOCAL4" "$PEERNS,$PEER4"
check_num "none is joined" "$(gso_frames rx "$NETIF" $GSO_TCPV4)" -eq 0
switch rx-gro-hw on
joined 4
if ours && ethtool -G "$NETIF" rx-buf-len 16384; then
	on_exit ethtool -G "$NETIF" rx-buf-len 4096
	on_exit xdp_off
	check "XDP: a program with frags is attached" xdp_on f_all_pass
	ethtool -K "$NETIF" rx-gro-hw on > /dev/null 2>&1
	check_eq "XDP: rx-gro-hw cannot be turned on" "$(feature rx-gro-hw)" off
	streamed "XDP" ".,$LOCAL4" "$PEERNS,$PEER4"
	check_delta "XDP: no frame is an error" 'nic_rx[0-9]+_(xdp_)?errors' -eq 0
	check "XDP: the program is detached" xdp_off
	check_eq "XDP: rx-gro-hw is on afterwards" "$(feature rx-gro-hw)" on
fi
ksft_done
