# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# For tests that have the NIC change drivers: after net.sh. VIONIC_BIND names the script
# if it is not beside the tests.

: "${VIONIC_BIND:=$LIB/../../scripts/vionic-bind}"

driver()
{
	local link

	link=$(readlink "/sys/bus/pci/devices/$NIC_PCI/driver")
	echo "${link##*/}"
}

# says PATTERN COMMAND...: the command fails and says so
says()
{
	local pattern="$1" out

	shift
	out=$("$@" 2>&1) && return 1
	[[ "$out" = *"$pattern"* ]] || { echo "$out"; return 1; }
}
