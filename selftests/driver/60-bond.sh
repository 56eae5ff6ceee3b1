#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: stack control link host
#
# The NIC as a slave of a bond, beside a veth. Active backup: it takes the
# bond's MAC address, its filters follow the bond's wishes, traffic goes over
# it, over the other while its cable is pulled, and over it again. LACP: the
# NIC hears the peer's frames to the slow protocols' group, and both carry.
# Released, it is what it was.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
# shellcheck source=../lib/stack.sh
. "$LIB/stack.sh"

bond=vionic_bond
stranger=02:00:5e:00:53:60
changed=02:00:5e:00:53:61

# status KEY: from the bond's own report, first match
status()
{
	awk -F ': ' -v key="$1" '$1 ~ "^ *" key "$" { print $2; exit }' \
		"/proc/net/bonding/$bond"
}

active_is()
{
	[ "$(status 'Currently Active Slave')" = "$1" ]
}

need jq ping
net_setup
second_cable
peer_bridge
own=$NIC_MAC

new_link . $bond type bond mode active-backup miimon 50
hand_over "$NETIF"
ip link set $SECOND down
ip link set $SECOND master $bond
check "the NIC is enslaved" ip link set "$NETIF" master $bond
ip link set $bond type bond primary "$NETIF"
address . $bond 1
check "it becomes the active slave" wait_for 5 active_is "$NETIF"
first=$(mac $SECOND)
NIC_MAC=$first
check_eq "it has the other slave's address" "$(mac "$NETIF")" "$NIC_MAC"
check_arrive "frames to that arrive, to its own do not" "20 host;0" \
	"$NIC_MAC" "$own"

count_start
to_and_fro "UDP and TCP over the bond" \
	"UDP and TCP over the bond, IPv6, from here"
count_stop
check_delta "over the NIC in" rx_bytes -gt 600000
check_delta "and out" tx_bytes -gt 600000

ip link set $bond promisc on
check_arrive "a promiscuous bond's NIC receives all" "20 otherhost" $stranger
ip link set $bond promisc off
check_arrive "then no longer" 0 $stranger

NIC_MAC=$changed
check "the bond's address can be changed" ip link set $bond address $changed
check_eq "the NIC's follows" "$(mac "$NETIF")" $changed
check_arrive "frames to that arrive, to the one before do not" "20 host;0" \
	$changed "$first"

# nothing tells the peer
ip -n "$PEERNS" neigh flush dev vionic_sw

if can_host; then
	on_exit vm-host link on
	stream_start bond ".,$LOCAL4" "$PEERNS,$PEER4"
	vm-host link off > /dev/null
	check "a pulled cable: the other slave takes over" \
		wait_for 5 active_is $SECOND
	check "traffic goes on" wait_for 5 ping -q -c 1 -W 1 $PEER4
	vm-host link on > /dev/null
	check "plugged in again: the NIC is active" \
		wait_for 5 active_is "$NETIF"
	check "with traffic" wait_for 5 ping -q -c 1 -W 1 $PEER4
	stream_end bond "$child"
	check_num "the bond counted one failure" "$(cat \
		"/sys/class/net/$NETIF/bonding_slave/link_failure_count")" -eq 1
else
	skip "a pulled cable" "no vm-host to pull it"
fi

check "the NIC is released" ip link set "$NETIF" nomaster
NIC_MAC=$own
check_eq "with its own address" "$(mac "$NETIF")" "$own"
ip link set "$NETIF" up
wait_for 5 has_carrier "$NETIF"
check_arrive "which it listens to, and to no other" "20 host;0" "$own" $changed
ip link del $bond

# LACP bundles links whose speeds are known and the same
ip -n "$PEERNS" link del vionic_sw
ip link set $SECOND up
speed=$(cat /sys/class/net/$SECOND/speed)
for dev in "$NETIF" "$PEERIF"; do
	in_ns_of "$dev" ethtool -s "$dev" speed "$speed" duplex full
done 2> "$KSFT_TMP/ethtool"
if [ "$(cat "/sys/class/net/$NETIF/speed")" != "$speed" ]; then
	skip "LACP" "the device does not tell a speed of $speed"
	ksft_done
fi
for dev in "$NETIF" "$PEERIF"; do
	where=.
	[ "$dev" = "$NETIF" ] || where=$PEERNS
	new_link "$where" $bond type bond mode 802.3ad miimon 50 \
		lacp_rate fast xmit_hash_policy layer3+4
	for slave in "$dev" $SECOND; do
		in_ns "$where" ip link set "$slave" down
		in_ns "$where" ip link set "$slave" master $bond ||
			bail "$slave can be enslaved"
	done
done
address "$PEERNS" $bond 2
address . $bond 1

# nothing but the peer's LACP frames tells its bond's address
partnered()
{
	local dir=/sys/class/net/$bond/bonding

	[ "$(cat $dir/ad_num_ports)" = 2 ] &&
		[ "$(cat $dir/ad_partner_mac)" = "$PEER_MAC" ]
}
check "LACP bundles the NIC and the other slave" wait_for 15 partnered
wait_for 10 ping -q -c 1 -W 1 $PEER4
count_start
check "TCP over the bundle" traffic verify \
	--server ".,$LOCAL4" --client "$PEERNS,$PEER4" \
	--tcp 20000 --repeat 16
count_stop
check_delta "over the NIC in" rx_bytes -gt 20000
check_delta "and out" tx_bytes -gt 20000
check_delta "but not all of it" rx_bytes -lt 600000
ksft_done
