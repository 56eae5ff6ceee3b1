#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: reset pci root-port
#
# Somebody resets the function behind the driver's back, as sysfs lets the
# administrator do, while traffic flows: the NIC comes back by itself, with all
# that it was asked for, and connections go on.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
# shellcheck source=../lib/wanted.sh
. "$(dirname "$0")/../lib/wanted.sh"

reset_function()
{
	put_knob 1 "/sys/bus/pci/devices/$NIC_PCI/reset"
}

resets()
{
	local i

	for ((i = 0; i < $1; i++)); do
		reset_function || return 1
	done
}

net_setup
[ -w "/sys/bus/pci/devices/$NIC_PCI/reset" ] ||
	skip_all "this function can not be reset by itself"
wanted_set
survives "a reset of the function" reset_function
survives "ten of them" resets 10

if can_host && [ "$(backend)" = device ]; then
	vm-host lies lie never-reset all
	on_exit vm-host lies behave
	before=$(nic_counter resets)
	survives "a reset of a function that ignores device resets" reset_function
	check_num "the function reset suffices: no device reset by recovery" \
		"$(nic_counter resets)" -eq "$before"
	vm-host lies behave
	check "it works when it is good again" wait_for 30 can_ping
else
	skip "a function that ignores device resets" "no such device"
fi

ip link set "$NETIF" down
check "it may be reset while down" reset_function
wanted_up
check_wanted "reset while down"
ksft_done
