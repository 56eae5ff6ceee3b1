# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# For tests that turn on much of the kernel's tracing: after net.sh.

# Is this machine emulated by QEMU? It may let a CPU run code as it was before another
# CPU changed it, and the kernel panics at an "int3" that is no more.
forgets_changes()
{
	grep -qsx QEMU /sys/class/dmi/id/sys_vendor &&
		! grep -q kvm /sys/devices/system/clocksource/clocksource0/available_clocksource
}

# Then there has to be but one CPU, until the test ends
trace_safely()
{
	local cpu

	forgets_changes || return 0
	for cpu in /sys/devices/system/cpu/cpu[1-9]*/online; do
		[ -e "$cpu" ] || continue
		diag "without $cpu, as the emulator needs it"
		set_knob 0 "$cpu"
	done
}
