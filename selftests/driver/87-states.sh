#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: recover reset power devlink
#
# The states of a device: a device that did not start (failed) or does not answer (gone)
# has no carrier, and devlink reports an error. Sleep, a reset of the PCI function, devlink
# reload, devlink recovery, setting the interface up and the driver's own recovery each
# start such a device again, and leave the state as it is if the device fails once more.
# An interface that is down stays down.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
# shellcheck source=../lib/hostile.sh
. "$(dirname "$0")/../lib/hostile.sh"

pci="pci/$NIC_PCI"

# state: of the device, by devlink
state()
{
	devlink -j health diagnose "$pci" reporter device |
		jq -r 'first(.. | .state? // empty)'
}

is_state()
{
	[ "$(state)" = "$1" ]
}

# is_reporter STATE: of devlink's reporter for the device
is_reporter()
{
	[ "$(devlink -j health show "$pci" reporter device |
		jq -r '.health[][].state')" = "$1" ]
}

no_carrier()
{
	! has_carrier "$NETIF"
}

# fault STATE: have the device fail in a way that leads to STATE
fault()
{
	case $1 in
	failed) vm-host lies lie no-features-ok all ;;
	gone) vm-host lies gone 0 ;;
	esac > /dev/null
}

# enter STATE: the device fails while it is reset. Down and up before it ends the back-off of
# recovery, which is what reports to devlink.
enter()
{
	down_and_up
	fault "$1"
	ethtool -t "$NETIF" offline > /dev/null
	check_eq "$1: state" "$(state)" "$1"
	check "$1: no carrier" no_carrier
	check "$1: devlink reports an error" wait_for 10 is_reporter error
}

works()
{
	check "$1: carrier" wait_for 10 has_carrier "$NETIF"
	check_eq "$1: state" "$(state)" up
	net_addresses
	static_neighbours
	check "$1: ping works" wait_for 10 can_ping
	check "$1: devlink reports no error" wait_for 10 is_reporter healthy
}

sleep_and_wake()
{
	put_knob devices /sys/power/pm_test && put_knob freeze /sys/power/state
}

reset_function()
{
	put_knob 1 "/sys/bus/pci/devices/$NIC_PCI/reset"
}

reload()
{
	devlink dev reload "$pci"
}

recover()
{
	devlink health recover "$pci" reporter device
}

down_and_up()
{
	ip link set "$NETIF" down && ip link set "$NETIF" up
}

# leave STATE COMMAND: once with a device that fails again, once with one that works
leave()
{
	fault "$1"
	case $2 in
	sleep_and_wake | reset_function)
		check "$1, $2, device fails: done" "$2" ;;
	*)
		check_refused "$1, $2, device fails: refused" "$2" ;;
	esac
	if [ "$2" = down_and_up ]; then
		check_eq "$1, $2, device fails: state" "$(state)" down
	else
		check_eq "$1, $2, device fails: state" "$(state)" "$1"
		check "$1, $2, device fails: no carrier" no_carrier
		check "$1, $2, device fails: devlink reports an error" \
			is_reporter error
	fi
	behave > /dev/null
	check "$1, $2: done" "$2"
	works "$1, $2"
}

auto_recover()
{
	devlink health set "$pci" reporter device auto_recover "$1"
}

need devlink jq
net_setup
need_liar
[ -w /sys/power/pm_test ] || skip_all "this kernel has no test of sleep (pm_test)"
ksft_expect 'device no longer answers'
ksft_expect 'device does not come back'
on_exit vm-host lies behave
on_exit auto_recover true
on_exit put_knob none /sys/power/pm_test
set_knob 0 /proc/sys/net/core/message_cost
delay=/sys/module/suspend/parameters/pm_test_delay
[ ! -w $delay ] || set_knob 0 $delay
suspends="sleep_and_wake"
if [ -w "/sys/bus/pci/devices/$NIC_PCI/reset" ]; then
	suspends+=" reset_function"
else
	skip "reset_function" "this function can not be reset by itself"
fi
check_eq "state after set up" "$(state)" up

for from in failed gone; do
	auto_recover false
	for command in $suspends reload recover down_and_up; do
		enter $from
		leave $from "$command"
	done
	auto_recover true
	enter $from
	behave > /dev/null
	works "$from, recovery by the driver"
done

ip link set "$NETIF" down
check_eq "down: state" "$(state)" down
for command in $suspends reload; do
	check "down, $command: done" "$command"
	check_eq "down, $command: state" "$(state)" down
done
for from in failed gone; do
	fault $from
	check_refused "down, device fails ($from): set up is refused" \
		ip link set "$NETIF" up
	check_eq "down, device fails ($from): state" "$(state)" down
	behave > /dev/null
done
check "down, set up: done" ip link set "$NETIF" up
works "down, set up"
ksft_done
