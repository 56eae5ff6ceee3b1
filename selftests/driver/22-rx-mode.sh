#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: control vlan
#
# What the device lets through, where its tables end and where modes meet: more
# addresses than fit, modes on top of each other, groups without IFF_MULTICAST, VLANs by
# the hundred; all of it after the device was reset, too. Evidence: raw frames
# from the peer, counted by a packet socket on the NIC.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
# shellcheck source=../lib/arrive.sh
. "$(dirname "$0")/../lib/arrive.sh"

stranger=02:00:5e:00:53:01
group=01:00:5e:00:53:03

# arrive_vlan ID...: likewise, for one MAC in many VLANs
arrive_vlan()
{
	local id all=''

	for id; do
		all+="$(arrive --vlan "$id" "$NIC_MAC");"
	done
	echo "${all%;}"
}

# unicast add|del: 80 addresses, more than QEMU's table has room for
unicast()
{
	printf "fdb $1 02:00:5e:02:00:%02x dev $NETIF self permanent\n" \
		{0..79} | bridge -batch -
}

# the device goes through a reset
replay()
{
	ip link set "$NETIF" down
	ip link set "$NETIF" up
	wait_for 10 has_carrier "$NETIF"
	static_neighbours 2> /dev/null
}

net_setup
net_quiet

on_exit unicast del 2> /dev/null
check "80 unicast addresses can be added" unicast add
for when in "at once" "after a reset"; do
	check_arrive "$when: first, last and own arrive" \
		"20 otherhost;20 otherhost;20 host" \
		02:00:5e:02:00:00 02:00:5e:02:00:4f "$NIC_MAC"
	[ "$when" = "after a reset" ] || replay
done
check_arrive "all unicast is not all multicast" \
	0 $group
unicast del
check_arrive "without them, strangers stay out again" \
	"0;0" 02:00:5e:02:00:00 $stranger

ip link set "$NETIF" promisc on allmulticast on
check_arrive "both modes: all arrives" \
	"20 otherhost;20 multicast" $stranger $group
ip link set "$NETIF" promisc off
check_arrive "one of them goes: groups still arrive" \
	"0;20 multicast" $stranger $group
replay
check_arrive "the mode outlives a reset" \
	"0;20 multicast" $stranger $group
ip link set "$NETIF" allmulticast off
check_arrive "both gone" \
	"0;0" $stranger $group

on_exit ip maddr del $group dev "$NETIF"
ip maddr add $group dev "$NETIF"
check_arrive "a joined group arrives" \
	"20 multicast" $group
ip maddr add 33:33:00:00:53:03 dev "$NETIF"
replay
check_arrive "groups outlive a reset" \
	"20 multicast;20 multicast" $group 33:33:00:00:53:03
ip maddr del 33:33:00:00:53:03 dev "$NETIF"

# The flag is about routing: neighbour discovery and packet sockets have groups without it
on_exit ip link set "$NETIF" multicast on
ip link set "$NETIF" multicast off
for when in "multicast off" "multicast off, after a reset"; do
	check_arrive "$when: joined groups, unicast and broadcast arrive" \
		"20 multicast;20 host;20 broadcast" \
		$group "$NIC_MAC" ff:ff:ff:ff:ff:ff
	check_arrive "$when: other groups do not arrive" \
		"0" 01:00:5e:00:53:04
	check_arrive "$when: a group that a packet socket joins arrives (LLDP)" \
		"20 multicast" --join 01:80:c2:00:00:0e 01:80:c2:00:00:0e
	[ "$when" != "multicast off" ] || replay
done
sysctl -qw "net.ipv6.conf.$NETIF.disable_ipv6=0"
in_peer sysctl -qw "net.ipv6.conf.$PEERIF.disable_ipv6=0"
net_addresses
in_peer ip -6 neigh flush dev "$PEERIF" nud all
check "multicast off: the peer discovers the NIC by IPv6" \
	wait_for 10 in_peer ping -6 -q -c 1 -W 1 $LOCAL6
net_quiet
ip link set "$NETIF" multicast on
check_arrive "multicast on: joined groups arrive" "20 multicast" $group

if [ "$(feature rx-vlan-filter)" = off ] || [ -z "$(feature rx-vlan-filter)" ]
then
	skip "many VLANs" "the device does not filter them"
	ksft_done
	exit
fi
vlans=(1 2 31 32 33 1000 4093 4094)
for id in "${vlans[@]}"; do
	ip link add link "$NETIF" name "$NETIF.$id" type vlan id "$id" &&
		on_exit ip link del "$NETIF.$id"
done
all=$(printf '20 host;%.0s' "${vlans[@]}")
check_soon "VLANs at the edges of the table's words arrive" "${all%;}" \
	arrive_vlan "${vlans[@]}"
check_soon "their neighbours do not" "0;0;0;0" arrive_vlan 3 30 34 4092
ip link set "$NETIF" down
ip link add link "$NETIF" name "$NETIF.500" type vlan id 500 &&
	on_exit ip link del "$NETIF.500"
ip link del "$NETIF.1000"
ip link set "$NETIF" up
wait_for 10 has_carrier "$NETIF"
check_soon "what changes while down holds afterwards" "20 host;0;20 host" \
	arrive_vlan 500 1000 4094
ksft_done
