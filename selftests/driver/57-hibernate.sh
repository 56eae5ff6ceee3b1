#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: power reset swap host
#
# The machine hibernates to its disk, ends, and is started again: the NIC is in reset
# when the machine ends (as at any shutdown, and before another kernel is started by
# kexec), comes back by itself, with all that it was asked for, and connections go on.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
# shellcheck source=../lib/wanted.sh
. "$(dirname "$0")/../lib/wanted.sh"

hibernates()
{
	vm-host again > /dev/null && peer_rests put_knob disk /sys/power/state
}

net_setup
[ -b /dev/vda ] || skip_all "no disk to hibernate to"
# kexec passes another memory map than the firmware, and the kernel refuses the image
[ -z "$tests_after_kexec" ] || skip_all "the kernel was started by kexec"
wanted_set
swapon /dev/vda && on_exit swapoff /dev/vda
put_knob shutdown /sys/power/disk
check_eq "the device runs, as seen from outside" "$(vm-host status)" 0x0f
survives "the machine hibernates" hibernates
check_eq "the device was left in reset" "$(vm-host atend)" 0x00
ksft_done
