#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# The device passes the frames that were asked for, and no others: own MAC,
# broadcast, joined groups, added unicast addresses; everything when
# promiscuous. The peer sends raw frames; a packet socket on the NIC, which
# sees what reached the driver whatever its address, counts them. A last
# frame to the NIC's own MAC tells that all have passed.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"

stranger=02:00:5e:00:53:01
second=02:00:5e:00:53:02
group=01:00:5e:00:53:03
all=ff:ff:ff:ff:ff:ff

# arrive [--join MAC,...] MAC...: how many of 20 frames to each came up, and as what
arrive()
{
	traffic frames --source "$PEERNS,$PEERIF" --at ".,$NETIF" \
		--marker "$NIC_MAC" "$@" 2>&1 | paste -s -d ';'
}

net_setup
net_quiet

check_eq "own address and broadcast arrive, others do not" \
	"$(arrive "$NIC_MAC" $all $stranger $group)" \
	"20 host;20 broadcast;0;0"

count_start
arrive $stranger $group > /dev/null
count_stop
check_delta "the filter is in the device: only the marker is counted" \
	rx_packets -eq 1

ip link set "$NETIF" promisc on
check_eq "promiscuous: everything arrives" \
	"$(arrive "$NIC_MAC" $stranger $group)" \
	"20 host;20 otherhost;20 multicast"
ip link set "$NETIF" promisc off
check_eq "no longer promiscuous" "$(arrive $stranger $group)" "0;0"

ip link set "$NETIF" allmulticast on
check_eq "all multicast: any group, no stranger" \
	"$(arrive $stranger $group)" "0;20 multicast"
ip link set "$NETIF" allmulticast off

ip maddr add $group dev "$NETIF"
check_eq "a joined group arrives, its neighbour does not" \
	"$(arrive $group "${group%3}4")" "20 multicast;0"
ip maddr del $group dev "$NETIF"
check_eq "a left group does not" "$(arrive $group)" "0"

bridge fdb add $second dev "$NETIF" self permanent
check_eq "a second unicast address arrives" \
	"$(arrive $second $stranger)" "20 otherhost;0"
bridge fdb del $second dev "$NETIF" self permanent
check_eq "a removed one does not" "$(arrive $second)" "0"

# more than a device's table holds: it may pass too much, never too little
many=$(printf ',01:00:5e:01:00:%02x' {0..99})
check_eq "of 100 groups the first, one between and the last arrive" \
	"$(arrive --join "${many#,}" \
		01:00:5e:01:00:00 01:00:5e:01:00:32 01:00:5e:01:00:63)" \
	"20 multicast;20 multicast;20 multicast"
check_eq "after leaving them all, none arrives" \
	"$(arrive 01:00:5e:01:00:00 01:00:5e:01:00:63)" "0;0"

old=$NIC_MAC
on_exit ip link set "$NETIF" address "$old"
check "the MAC address can be changed while up" \
	ip link set "$NETIF" address $second
NIC_MAC=$second
check_eq "frames to the new address arrive, to the old do not" \
	"$(arrive $second "$old")" "20 host;0"
ksft_done
