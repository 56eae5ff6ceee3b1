#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: recover vlan mac devlink
#
# A device that refuses to restore a setting after a reset, as the host may have it for an
# untrusted VF: the NIC comes up all the same. The log and devlink name the setting, and
# frames that a refused filter would have let pass arrive. Only a setting without which
# frames would be wrong keeps the NIC down, and the log names that, too.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
# shellcheck source=../lib/hostile.sh
. "$(dirname "$0")/../lib/hostile.sh"

vid=5

# refused: what the device refused, by devlink
refused()
{
	devlink -j health diagnose "pci/$NIC_PCI" reporter control |
		jq -r '.. | .refused? // empty | join(", ")'
}

# logged WORDS: since the last "dmesg -C"
logged()
{
	dmesg | grep -q "$1"
}

up_again()
{
	dmesg -C
	ip link set "$NETIF" down
	ip link set "$NETIF" up || return
	net_addresses
	wait_for 10 has_carrier "$NETIF"
	static_neighbours
}

can_ping_vlan()
{
	ping -q -c 1 -W 1 198.51.100.2
}

# refuses FAULT SETTING: up without it, and named
refuses()
{
	vm-host lies lie "$1" ctrl > /dev/null
	check "$1: the NIC comes up" up_again
	check_eq "$1: devlink names it" "$(refused)" "$2"
	check "$1: the log names it" logged "refused to restore the $2"
	check "$1: ping works" wait_for 10 can_ping
}

accepts()
{
	behave > /dev/null
	check "$1: the NIC comes up when the device refuses no more" up_again
	check_eq "$1: devlink names nothing" "$(refused)" ""
}

need devlink jq
net_setup
need_liar
# each message is logged
set_knob 0 /proc/sys/net/core/message_cost
ksft_expect 'refused to restore'
ksft_expect 'restoring the receive offloads failed'
on_exit vm-host lies behave

vm-host lies lie refuse-mac ctrl > /dev/null
check "the device's own address is not sent: the NIC comes up" up_again
check_eq "nothing was refused" "$(refused)" ""
accepts "own address"
old=$(cat "/sys/class/net/$NETIF/address")
check "another address is set" ip link set "$NETIF" address 02:00:00:00:47:01
on_exit ip link set "$NETIF" address "$old"
vm-host lies lie refuse-mac ctrl > /dev/null
check "another address: the NIC comes up" up_again
check_eq "another address: devlink names it" "$(refused)" "MAC address"
accepts "another address"
check "the old address is set" ip link set "$NETIF" address "$old"

ip link add link "$NETIF" name vlan$vid type vlan id $vid
on_exit ip link del vlan$vid
ip addr add 198.51.100.1/24 dev vlan$vid
ip link set vlan$vid up
in_peer ip link add link "$PEERIF" name vlan$vid type vlan id $vid
on_exit in_peer ip link del vlan$vid
in_peer ip addr add 198.51.100.2/24 dev vlan$vid
in_peer ip link set vlan$vid up
check "ping by VLAN works" wait_for 10 can_ping_vlan
refuses refuse-vlan "VLAN filter"
check "refuse-vlan: ping by VLAN works" wait_for 10 can_ping_vlan
accepts refuse-vlan
check "ping by VLAN works" wait_for 10 can_ping_vlan

check "interrupts are delayed" ethtool -C "$NETIF" rx-usecs 50
on_exit ethtool -C "$NETIF" rx-usecs 0
refuses refuse-delays "interrupt delay"
accepts refuse-delays

check "rx-checksum off" ethtool -K "$NETIF" rx-checksum off
on_exit ethtool -K "$NETIF" rx-checksum on rx-gro-hw on
vm-host lies lie refuse-offloads ctrl > /dev/null
check_refused "the NIC does not come up without the receive offloads" up_again
check "the log names them" logged "restoring the receive offloads failed"
behave > /dev/null
check "it comes up when the device refuses no more" wait_for 20 up_again
check "ping works" wait_for 10 can_ping
ksft_done
