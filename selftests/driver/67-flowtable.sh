#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: stack gro
#
# Netfilter's flowtable between the NIC and a veth: of a flow only the first
# packets take the way through the forward chain, the rest go from the NIC's
# ingress straight to the other device and back. What GRO joined is segmented
# again, addresses are translated on the way.
#
#   peer 192.0.2.2 ==== NIC 192.0.2.1 | router | 198.51.100.1 ---- .2 inner

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
# shellcheck source=../lib/stack.sh
. "$LIB/stack.sh"

inner=vionic_inner
port=vionic_in0
inner4=198.51.100.2
inner6=2001:db8:67::2

# slow COUNTER: packets through the forward chain since the last time
slow()
{
	nft reset counter inet vionic_test slow |
		awk '$1 == "packets" { print $2 }'
}

# carry WHEN SERVER CLIENT: two flows; TCP one way, as its end ends the flow
carry()
{
	slow > /dev/null
	count_start
	check "$1: UDP" traffic verify --server "$2" --client "$3" \
		--udp 0,1,17,1000,1452 --repeat 15
	check "$1: TCP" traffic stream --server "$2" --client "$3" \
		--bytes 1000000
	count_stop
	check_delta "$1: by the NIC" '(rx|tx)_packets' -gt 250
	check_num "$1: but by the forward chain" "$(slow)" -lt 100
}

need nft
net_setup
new_ns $inner
new_link . $port type veth peer name eth0 netns $inner
ip addr add 198.51.100.1/24 dev $port
ip addr add 2001:db8:67::1/64 dev $port nodad
ip link set $port up
in_ns $inner ip -batch - << END
link set eth0 up
addr add $inner4/24 dev eth0
addr add $inner6/64 dev eth0 nodad
route add default via 198.51.100.1
route add default via 2001:db8:67::1
END
ip -n "$PEERNS" route add 198.51.100.0/24 via $LOCAL4
ip -n "$PEERNS" route add 2001:db8:67::/64 via $LOCAL6
set_knob 1 /proc/sys/net/ipv4/ip_forward
set_knob 1 /proc/sys/net/ipv6/conf/all/forwarding
wait_for 10 in_peer ping -q -c 1 -W 1 $inner6

on_exit nft delete table inet vionic_test
check "the NIC can be in a flowtable" nft -f - << END
table inet vionic_test {
	counter slow { }
	flowtable fast {
		hook ingress priority filter
		devices = { $NETIF, $port }
	}
	chain forward {
		type filter hook forward priority filter;
		counter name slow
		meta l4proto { tcp, udp } flow add @fast
	}
}
END
carry "in, IPv4" "$inner,$inner4" "$PEERNS,$PEER4"
carry "out, IPv6" "$PEERNS,$PEER6" "$inner,$inner6"

ip -n "$PEERNS" route del 198.51.100.0/24
nft -f - << END
table inet vionic_test {
	chain out {
		type nat hook postrouting priority srcnat;
		oifname "$NETIF" ip saddr $inner4 snat ip to $LOCAL4
	}
}
END
carry "out, by SNAT" "$PEERNS,$PEER4" "$inner,$inner4"

offload "$NETIF" gro off
carry "out, by SNAT, without GRO" "$PEERNS,$PEER4" "$inner,$inner4"
ksft_done
