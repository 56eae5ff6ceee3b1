#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: stack
#
# The NIC moves to another network namespace and back, frames for it coming
# all the while: the driver's settings, counters and interrupts move along,
# and it carries traffic there. When a namespace ends, its NIC comes back.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
# shellcheck source=../lib/stack.sh
. "$LIB/stack.sh"

there=vionic_ns

# state NAMESPACE: what the move must not change, in words
state()
{
	in_ns "$1" ethtool -i "$NETIF"
	in_ns "$1" ethtool -g "$NETIF"
	in_ns "$1" ethtool -l "$NETIF"
	# may a device leave its namespace? this one did not
	in_ns "$1" ethtool -k "$NETIF" | grep -v netns-local
	in_ns "$1" ip -d -j link show "$NETIF" |
		jq '.[0] | .address, .mtu, .promiscuity, .num_rx_queues'
	nic_interrupts | awk '{ print $1, $3 }'
}

# interrupts and received packets so far
irqs()
{
	nic_interrupts | awk '{ n += $2 } END { print n }'
}

rx_packets()
{
	in_ns "$1" ip -s -j link show "$NETIF" | jq '.[0].stats64.rx.packets'
}

received()
{
	[ "$(rx_packets "$1")" -gt "$2" ]
}

# works NAMESPACE
works()
{
	address "$1" "$NETIF" 1
	wait_for 10 in_ns "$1" ping -q -c 1 -W 1 $PEER4 &&
		traffic verify --server "$1,$LOCAL4" \
			--client "$PEERNS,$PEER4" \
			--udp 0,1,1472,1473,9000 --tcp 1,300000 &&
		traffic verify --server "$PEERNS,$PEER6" \
			--client "$1,$LOCAL6" \
			--udp 0,1,1452,1453,9000 --tcp 1,300000
}

come_back()
{
	[ -e "/sys/class/net/$NETIF" ] ||
		ip -n $there link set "$NETIF" netns $$ || ip netns del $there
}

need jq ping
net_setup
new_ns $there
on_exit come_back
# not what a driver starts with
set_rings rx 128 tx 64
offload "$NETIF" tso off
ip link set "$NETIF" mtu 1400
before=$(state .)
check_eq "rings were set" "$(rings)" "128 64"

in_peer ping -q -i 0.02 -s 1000 $LOCAL4 > /dev/null 2>&1 &
on_exit stop_child $!
for ((i = 1; i <= 2; i++)); do
	packets=$(rx_packets .)
	irqs=$(irqs)
	check "round $i: the NIC moves with frames coming" \
		ip link set "$NETIF" netns $there
	check "it is gone from here" test ! -e "/sys/class/net/$NETIF"
	check "it works there" works $there
	check "counters go on" received $there "$((packets + 50))"
	check_num "so do interrupts" "$(irqs)" -gt "$irqs"
	check_eq "state moved along" "$(state $there)" "$before"
	[ $i != 2 ] || break
	check "it moves back" ip -n $there link set "$NETIF" netns $$
	check "it works here" works .
	check_eq "state moved along" "$(state .)" "$before"
done
check "rings can be changed there" \
	in_ns $there ethtool -G "$NETIF" rx 256 tx 128
check "with traffic after it" works $there

ip netns del $there
back()
{
	[ "$(nic_interface)" = "$NETIF" ]
}
check "the namespace ends, the NIC comes back" wait_for 10 back
check_eq "with the rings set there" "$(rings)" "256 128"
check "it works" works .
ksft_done
