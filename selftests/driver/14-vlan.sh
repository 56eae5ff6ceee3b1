#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: vlan control
#
# VLANs: tagged traffic both ways up to the full MTU, next to untagged; a
# VLAN nobody registered is filtered by a device that can (rx-vlan-filter),
# one that was removed too. Evidence: what arrives, compared byte by byte, and
# raw tagged frames counted by a packet socket on the NIC.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
# shellcheck source=../lib/arrive.sh
. "$(dirname "$0")/../lib/arrive.sh"

# vlan ID: on both ends, with addresses in 198.51.ID.0/24
vlan()
{
	local dev

	for dev in "$NETIF" "$PEERIF"; do
		in_ns_of "$dev" ip link add link "$dev" name "$dev.$1" \
			type vlan id "$1" || bail "VLAN $1 can be made on $dev"
		on_exit in_ns_of "$dev" ip link del "$dev.$1"
		in_ns_of "$dev" ip link set "$dev.$1" up
	done
	ip addr add "198.51.$1.1/24" dev "$NETIF.$1"
	ip addr add "2001:db8:$1::1/64" dev "$NETIF.$1" nodad
	ip -n "$PEERNS" addr add "198.51.$1.2/24" dev "$PEERIF.$1"
	ip -n "$PEERNS" addr add "2001:db8:$1::2/64" dev "$PEERIF.$1" nodad
}

# no reports of groups, no questions for neighbours
vlan_quiet()
{
	local dev

	for dev in "$NETIF.$1" "$PEERIF.$1"; do
		in_ns_of "${dev%.*}" sysctl -qw "net/ipv6/conf/$dev/disable_ipv6=1"
		in_ns_of "${dev%.*}" ip neigh flush dev "$dev"
	done
}

# arrive_vlan VLAN: how many of 20 frames tagged so, and as what
arrive_vlan()
{
	arrive --vlan "$1" "$NIC_MAC"
}

net_setup
vlan 100
for id in 100 101; do
	[ $id = 100 ] || vlan $id
	check "VLAN $id: full-size ping from here" \
		ping -q -c 3 -i 0.1 -M "do" -s 1472 198.51.$id.2
	check "VLAN $id: full-size ping from the peer" \
		in_peer ping -q -c 3 -i 0.1 -M "do" -s 1472 198.51.$id.1
	check "VLAN $id: UDP and TCP from the peer" traffic verify \
		--server ".,198.51.$id.1" --client "$PEERNS,198.51.$id.2" \
		--udp 0,1,17,18,100,1471-1473,4000,65507 --tcp 1,1460,300000
	check "VLAN $id: UDP and TCP from here, IPv6" traffic verify \
		--server "$PEERNS,2001:db8:$id::2" \
		--client ".,2001:db8:$id::1" \
		--udp 0,1,17,18,100,1451-1453,4000 --tcp 1,1460,300000
done
check "untagged traffic goes on beside them" traffic verify \
	--server ".,$LOCAL4" --client "$PEERNS,$PEER4" \
	--udp 0,1472,4000 --tcp 300000

net_quiet
vlan_quiet 100
vlan_quiet 101
filter=$(feature rx-vlan-filter)
diag "rx-vlan-filter: $filter"
check_soon "frames of a registered VLAN arrive" "20 host" arrive_vlan 100
if ours || [ "$filter" = on ]; then
	check_eq "the NIC filters VLANs" "${filter/fixed/on}" on
	check_soon "those of an unknown VLAN do not" 0 arrive_vlan 200
	count_start
	arrive_vlan 200 > /dev/null
	count_stop
	check_delta "nor to the driver: only the marker is counted" \
		rx_packets -eq 1
	ip link set "$NETIF" promisc on
	check_soon "except when promiscuous" "20 host" arrive_vlan 200
	ip link set "$NETIF" promisc off
	ip link del "$NETIF.100"
	check_soon "those of a removed VLAN do not" 0 arrive_vlan 100
	check_soon "those of the other VLAN still do" "20 host" arrive_vlan 101

	# the device forgets at a reset, the driver must not
	ip link set "$NETIF" down
	ip link set "$NETIF" up
	wait_for 10 has_carrier "$NETIF"
	check_soon "the filter outlives down and up" "20 host" arrive_vlan 101
	check_soon "with what is not in it" 0 arrive_vlan 100
else
	skip "the device filters VLANs" "rx-vlan-filter is ${filter:-missing}"
fi
ksft_done
