#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: rx tx stack
#
# Netfilter with the NIC: a packet dropped in PREROUTING is counted there and
# goes no further; a router forwards through the NIC in both directions; DNAT
# on the NIC's address leads to a server behind it, SNAT out of it.
#
#   peer 192.0.2.2 ==== NIC 192.0.2.1 | router | 198.51.100.1 ---- .2 inner

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"

inner4=198.51.100.2
inner6=2001:db8:1::2

rules()
{
	nft -f -
	on_exit nft delete table inet vionic_test
}

# hits COUNTER
hits()
{
	nft list counter inet vionic_test "$1" |
		awk '$1 == "packets" { print $2 }'
}

need nft
net_setup

rules << 'END'
table inet vionic_test {
	counter dropped { }
	chain pre {
		type filter hook prerouting priority raw;
		udp dport 5008 counter name dropped drop
	}
}
END
count_start
traffic burst --source "$PEERNS,$PEERIF" --sink ".,$NETIF" \
	--mac "$NIC_MAC" --ip "$PEER4,$LOCAL4" --port 5008 --count 20 > /dev/null
count_stop
check_delta "20 datagrams came" rx_packets -ge 20
check_num "PREROUTING counted 20 datagrams" "$(hits dropped)" -eq 20
check_delta "none of them reached UDP" 'Udp(InDatagrams|NoPorts)' -eq 0
nft delete table inet vionic_test
check "without the rule they arrive" traffic verify \
	--server ".,$LOCAL4" --client "$PEERNS,$PEER4" --port 5008 \
	--udp 100-119 --window 20

# a third namespace behind this one
ip netns add vionic_inner
on_exit ip netns del vionic_inner
ip link add vionic_in0 type veth peer name eth0 netns vionic_inner
on_exit ip link del vionic_in0
ip addr add 198.51.100.1/24 dev vionic_in0
ip addr add 2001:db8:1::1/64 dev vionic_in0 nodad
ip link set vionic_in0 up
ip -n vionic_inner link set lo up
ip -n vionic_inner link set eth0 up
ip -n vionic_inner addr add $inner4/24 dev eth0
ip -n vionic_inner addr add $inner6/64 dev eth0 nodad
ip -n vionic_inner route add default via 198.51.100.1
ip -n vionic_inner route add default via 2001:db8:1::1
ip -n "$PEERNS" route add 198.51.100.0/24 via $LOCAL4
ip -n "$PEERNS" route add 2001:db8:1::/64 via $LOCAL6
set_knob 1 /proc/sys/net/ipv4/ip_forward
set_knob 1 /proc/sys/net/ipv6/conf/all/forwarding
wait_for 10 in_peer ping -q -c 1 -W 1 $inner6

count_start
check "forwarding in: IPv4 UDP and TCP" traffic verify \
	--server "vionic_inner,$inner4" --client "$PEERNS,$PEER4" \
	--udp 0,1,100,1472,1473,9000 --tcp 1,1000,300000
check "forwarding in: IPv6 UDP and TCP" traffic verify \
	--server "vionic_inner,$inner6" --client "$PEERNS,$PEER6" \
	--udp 0,1,100,1452,1453,9000 --tcp 1,1000,300000
check "forwarding out: IPv4 UDP and TCP" traffic verify \
	--server "$PEERNS,$PEER4" --client "vionic_inner,$inner4" \
	--udp 0,1,100,1472,1473,9000 --tcp 1,1000,300000
check "forwarding out: IPv6 TCP" traffic verify \
	--server "$PEERNS,$PEER6" --client "vionic_inner,$inner6" \
	--tcp 1,1000,300000
count_stop
check_delta "the stack forwarded them" IpForwDatagrams -ge 100
check_delta "no header or checksum error at the peer" \
	'peer_(IpInHdrErrors|UdpInCsumErrors|TcpInCsumErrors)' -eq 0

ip -n "$PEERNS" route del 198.51.100.0/24
rules << END
table inet vionic_test {
	counter to_inner { }
	counter from_inner { }
	chain nat_in {
		type nat hook prerouting priority dstnat;
		iifname "$NETIF" ip daddr $LOCAL4 tcp dport 8080 \
			counter name to_inner dnat ip to $inner4:5009
		iifname "$NETIF" ip daddr $LOCAL4 udp dport 8080 \
			counter name to_inner dnat ip to $inner4:5009
	}
	chain nat_out {
		type nat hook postrouting priority srcnat;
		oifname "$NETIF" ip saddr $inner4 \
			counter name from_inner snat ip to $LOCAL4
	}
}
END
check "DNAT through the NIC: UDP and TCP" traffic verify \
	--server "vionic_inner,$inner4" --port 5009 \
	--client "$PEERNS,$PEER4" --connect $LOCAL4,8080 \
	--udp 1,100,1472 --tcp 1,1000,300000
check_num "one UDP flow and three connections were redirected" \
	"$(hits to_inner)" -eq 4
check "SNAT out of the NIC" traffic verify \
	--server "$PEERNS,$PEER4" --client "vionic_inner,$inner4" \
	--udp 1,100,1472 --tcp 1,1000,300000
check_num "one UDP flow and three connections were masked" \
	"$(hits from_inner)" -eq 4
ksft_done
