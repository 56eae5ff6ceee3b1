#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: recover pci host root-port
#
# An error on the bus that the device reports: the driver lets go of it, the
# kernel resets the link if need be, and the NIC comes back with all that it was
# asked for. Connections go on.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
# shellcheck source=../lib/wanted.sh
. "$(dirname "$0")/../lib/wanted.sh"

# reported KIND: errors of that kind so far. The counters in sysfs leave out those
# of a device that can't be asked any more.
reported()
{
	local name=Fatal

	[ "$1" = fatal ] || name=Non-Fatal
	ksft_log | grep -c "Bus Error: severity=Uncorrect[a-z]* ($name)"
}

# more_reported KIND NUMBER
more_reported()
{
	[ "$(reported "$1")" -gt "$2" ]
}

# struck KIND ERROR: and the kernel has seen it
struck()
{
	local before

	before=$(reported "$1")
	vm-host aer "$2" && wait_for 10 more_reported "$1" "$before"
}

# reload_until FILE: ask for a reload again and again until FILE exists. One that comes while
# the kernel recovers the device waits or is refused.
reload_until()
{
	until [ -e "$1" ]; do
		devlink dev reload "pci/$NIC_PCI"
		nap 0.05
	done > "$KSFT_TMP/reloads" 2>&1
}

# struck_and_reloaded KIND ERROR
struck_and_reloaded()
{
	local reloader err

	rm -f "$KSFT_TMP/stop"
	reload_until "$KSFT_TMP/stop" &
	reloader=$!
	struck "$@"
	err=$?
	touch "$KSFT_TMP/stop"
	wait "$reloader"
	return $err
}

net_setup
command -v vm-host > /dev/null || skip_all "no vm-host to inject an error"
[ -e "/sys/bus/pci/devices/$NIC_PCI/aer_dev_fatal" ] ||
	skip_all "this function does not report errors"
wanted_set
survives "a nonfatal error" struck nonfatal COMP_TIME
survives "a fatal error" struck fatal MALF_TLP
if ours && command -v devlink > /dev/null; then
	survives "devlink reload during a fatal error" \
		struck_and_reloaded fatal MALF_TLP
	diag "$(sort "$KSFT_TMP/reloads" | uniq -c)"
else
	skip "devlink reload during a fatal error" "no devlink, or no reload by it"
fi
ksft_done
