#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: control rx
#
# The device passes the frames that were asked for, and no others: own MAC,
# broadcast, joined groups, added unicast addresses; everything when
# promiscuous. The peer sends raw frames; a packet socket on the NIC, which
# sees what reached the driver whatever its address, counts them. A last
# frame to the NIC's own MAC tells that all have passed.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
# shellcheck source=../lib/arrive.sh
. "$(dirname "$0")/../lib/arrive.sh"

stranger=02:00:5e:00:53:01
second=02:00:5e:00:53:02
group=01:00:5e:00:53:03
all=ff:ff:ff:ff:ff:ff

net_setup
net_quiet

check_arrive "own address and broadcast arrive, others do not" \
	"20 host;20 broadcast;0;0" "$NIC_MAC" $all $stranger $group

count_start
arrive $stranger $group > /dev/null
count_stop
check_delta "the filter is in the device: only the marker is counted" \
	rx_packets -eq 1

ip link set "$NETIF" promisc on
check_arrive "promiscuous: everything arrives" \
	"20 host;20 otherhost;20 multicast" "$NIC_MAC" $stranger $group
ip link set "$NETIF" promisc off
check_arrive "no longer promiscuous" \
	"0;0" $stranger $group

ip link set "$NETIF" allmulticast on
check_arrive "all multicast: any group, no stranger" \
	"0;20 multicast" $stranger $group
ip link set "$NETIF" allmulticast off

ip maddr add $group dev "$NETIF"
check_arrive "a joined group arrives, its neighbour does not" \
	"20 multicast;0" $group "${group%3}4"
ip maddr del $group dev "$NETIF"
check_arrive "a left group does not" \
	"0" $group

bridge fdb add $second dev "$NETIF" self permanent
check_arrive "a second unicast address arrives" \
	"20 otherhost;0" $second $stranger
bridge fdb del $second dev "$NETIF" self permanent
check_arrive "a removed one does not" \
	"0" $second

# more than a device's table holds: it may pass too much, never too little
many=$(printf ',01:00:5e:01:00:%02x' {0..99})
check_arrive "of 100 groups the first, one between and the last arrive" \
	"20 multicast;20 multicast;20 multicast" --join "${many#,}" \
	01:00:5e:01:00:00 01:00:5e:01:00:32 01:00:5e:01:00:63
check_arrive "after leaving them all, none arrives" \
	"0;0" 01:00:5e:01:00:00 01:00:5e:01:00:63

old=$NIC_MAC
on_exit ip link set "$NETIF" address "$old"
check "the MAC address can be changed while up" \
	ip link set "$NETIF" address $second
NIC_MAC=$second
check_arrive "frames to the new address arrive, to the old do not" \
	"20 host;0" $second "$old"
ksft_done
