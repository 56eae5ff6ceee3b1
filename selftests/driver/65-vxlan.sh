#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: stack offload
#
# VXLAN over the NIC: Ethernet frames in UDP. The ends find each other by a
# multicast group, which the NIC's filter must pass. Inside, every protocol at
# full size, so that checksums and segments of inner headers are made right,
# by whomever; the outer headers carry checksums, too, over IPv6 at least.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
# shellcheck source=../lib/stack.sh
. "$LIB/stack.sh"

tunnel=vionic_vx

# ends ID OPTION...: a tunnel at both ends, the inner network 198.51.100.0/24
# and 2001:db8:65::/64
ends()
{
	local dev host=1 ns=. id="$1"

	shift
	for dev in "$NETIF" "$PEERIF"; do
		new_link "$ns" $tunnel type vxlan id "$id" dev "$dev" \
			dstport 4789 "$@"
		in_ns "$ns" ip link set $tunnel up
		in_ns "$ns" ip addr add "198.51.100.$host/24" dev $tunnel
		in_ns "$ns" ip addr add "2001:db8:65::$host/64" dev $tunnel nodad
		host=2 ns=$PEERNS
	done
}

no_ends()
{
	ip link del $tunnel
	ip -n "$PEERNS" link del $tunnel
}

# inside WHEN
inside()
{
	check "$1: the ends find each other" \
		wait_for 10 ping -q -c 1 -W 1 198.51.100.2
	check "$1: UDP and TCP from the peer" traffic verify \
		--server ".,198.51.100.1" --client "$PEERNS,198.51.100.2" \
		--udp 0,1,1000,1422,1423,9000 --tcp 1,1000,300000
	check "$1: UDP and TCP from here, IPv6" traffic verify \
		--server "$PEERNS,2001:db8:65::2" --client ".,2001:db8:65::1" \
		--udp 0,1,1000,1382,1383,9000 --tcp 1,1000,300000
}

need ping nft
net_setup
count_port in_peer 4789
ends 5001 group 239.0.2.65
count_start
inside "IPv4"
count_stop
check_num "in UDP, sees the peer" "$(counted in_peer)" -gt 100
check_delta "over the NIC in" rx_bytes -gt 600000
check_delta "and out" tx_bytes -gt 600000
check_delta "no checksum error here" '(Ip|Udp|Tcp)InCsumErrors' -eq 0
check_delta "nor at the peer" 'peer_(Ip|Udp|Tcp)InCsumErrors' -eq 0
offload "$NETIF" tso off gso off tx off
inside "IPv4, without offloads"
no_ends
offload "$NETIF" tx on
offload "$NETIF" tso on gso on

ends 5002 group ff05::65
ip link set $tunnel mtu 1430
ip -n "$PEERNS" link set $tunnel mtu 1430
count_start
inside "IPv6, with outer checksums"
count_stop
check_delta "no checksum error here" '(Ip|Udp|Tcp|Udp6)InCsumErrors' -eq 0
check_delta "nor at the peer" 'peer_(Ip|Udp|Tcp|Udp6)InCsumErrors' -eq 0
no_ends
check "without a tunnel traffic goes on" traffic verify \
	--server ".,$LOCAL4" --client "$PEERNS,$PEER4" \
	--udp 0,1472,4000 --tcp 300000
ksft_done
