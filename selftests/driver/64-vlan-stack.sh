#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: stack vlan offload
#
# Two VLAN tags, a provider's (802.1ad) with a customer's (802.1Q) in it: eight
# bytes above the MTU, and headers further in than most devices look for them.
# Traffic at full size both ways, with offloads and without.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
# shellcheck source=../lib/stack.sh
. "$LIB/stack.sh"

outer=vionic_s
inner=vionic_c

# tagged NAMESPACE DEVICE HOST
tagged()
{
	new_link "$1" $outer link "$2" type vlan proto 802.1ad id 300
	in_ns "$1" ip link set $outer up
	new_link "$1" $inner link $outer type vlan proto 802.1Q id 301
	in_ns "$1" ip link set $inner up
	in_ns "$1" ip addr add "198.51.100.$3/24" dev $inner
	in_ns "$1" ip addr add "2001:db8:64::$3/64" dev $inner nodad
}

# everything WHEN: by both protocols and from both ends
everything()
{
	check "$1: full-size ping" \
		ping -q -c 3 -i 0.1 -W 5 -M "do" -s 1472 198.51.100.2
	check "$1: full-size ping from the peer" \
		in_peer ping -q -c 3 -i 0.1 -W 5 -M "do" -s 1472 198.51.100.1
	check "$1: UDP and TCP from the peer" traffic verify \
		--server ".,198.51.100.1" --client "$PEERNS,198.51.100.2" \
		--udp 0,1,17,18,1471-1473,9000 --tcp 1,1460,300000
	check "$1: UDP and TCP from here, IPv6" traffic verify \
		--server "$PEERNS,2001:db8:64::2" --client ".,2001:db8:64::1" \
		--udp 0,1,17,18,1451-1453,9000 --tcp 1,1440,300000
}

need ping
net_setup
tagged . "$NETIF" 1
tagged "$PEERNS" "$PEERIF" 2
check_num "the NIC's MTU stays" "$(cat "/sys/class/net/$NETIF/mtu")" -eq 1500
count_start
everything "as the NIC is"
count_stop
check_delta "no checksum error here" '(Ip|Udp|Tcp)InCsumErrors' -eq 0
check_delta "nor at the peer" 'peer_(Ip|Udp|Tcp)InCsumErrors' -eq 0
check_delta "no frame is an error" '(rx|tx)_errors' -eq 0
offload "$NETIF" tso off gso off tx off
everything "without offloads"
check "what has no tag goes on beside" traffic verify \
	--server ".,$LOCAL4" --client "$PEERNS,$PEER4" \
	--udp 0,1472,4000 --tcp 300000
ksft_done
