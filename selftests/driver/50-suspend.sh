#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: power reset
#
# The machine sleeps and wakes up: the NIC stops before and comes back by itself,
# with all that it was asked for, and connections go on. By the kernel's test of
# the drivers' part and by sleep with memory kept, where the machine has them.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
# shellcheck source=../lib/wanted.sh
. "$(dirname "$0")/../lib/wanted.sh"

power=/sys/power

# can STATE: does the kernel sleep so here?
can()
{
	grep -qw "$1" $power/state
}

# almost HOW STATE: all of it, but that the machine itself does not sleep
almost()
{
	put_knob "$1" $power/pm_test && peer_rests put_knob "$2" $power/state
}

# in_earnest: what sleeps from here on does so
in_earnest()
{
	[ ! -w $power/pm_test ] || put_knob none $power/pm_test
}

net_setup
[ -w $power/pm_test ] || skip_all "this kernel has no test of sleep"
wanted_set
on_exit in_earnest
delay=/sys/module/suspend/parameters/pm_test_delay
[ ! -w $delay ] || set_knob 0 $delay
survives "drivers sleep" almost devices freeze
if can mem && grep -q deep $power/mem_sleep; then
	survives "CPUs and clocks, too" almost core mem
else
	skip "CPUs and clocks, too" "this machine sleeps no deeper"
fi
if [ "${IMAGE:-}" = vmlinux ]; then
	skip "sleep in memory" "QEMU would write this kernel's image anew"
elif [ ! -e /dev/rtc0 ]; then
	skip "sleep in memory" "no clock to wake up by (/dev/rtc0)"
elif can mem && grep -q deep $power/mem_sleep; then
	in_earnest
	survives "sleep in memory" peer_rests rtcwake -m mem -s 2
else
	skip "sleep in memory" "this machine sleeps no deeper"
fi

ip link set "$NETIF" down
check "down, drivers sleep" almost devices freeze
wanted_up
check_wanted "slept while down"
ksft_done
