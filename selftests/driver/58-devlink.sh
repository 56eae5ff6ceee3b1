#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: devlink recover reset debug-module
#
# What devlink tells of the device and does to it: its health, by reporters for
# receiving, sending, the control queue and the device, which the administrator
# may have recover, or not by themselves; and starting the driver anew. All that
# the NIC was asked for is in force afterwards.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
# shellcheck source=../lib/wanted.sh
. "$(dirname "$0")/../lib/wanted.sh"

# health REPORTER FIELD
health()
{
	devlink -j health show "pci/$NIC_PCI" reporter "$1" |
		jq -r ".health[][] | .$2"
}

# is REPORTER FIELD VALUE
is()
{
	[ "$(health "$1" "$2")" = "$3" ]
}

need devlink jq
net_setup
ours || skip_all "$DRIVER has nothing in devlink"
wanted_set
check_eq "it says which driver it is" "$(devlink -j dev info "pci/$NIC_PCI" |
	jq -r '.info[].driver')" vionic
check_eq "and which features were agreed on" "$(devlink -j dev info \
	"pci/$NIC_PCI" | jq -r '.info[].versions.running["virtio.features"]' |
	wc -c)" 33
for reporter in rx tx control device; do
	check_eq "$reporter is healthy" "$(health $reporter state)" healthy
	check "$reporter can be looked at" \
		devlink health diagnose "pci/$NIC_PCI" reporter $reporter
done
check_num "receive rings are of the size that ethtool shows" "$(
	devlink -j health diagnose "pci/$NIC_PCI" reporter rx |
	jq '.rings[0].entries')" -eq "$(ring rx)"

stream_start in ".,$LOCAL4" "$PEERNS,$PEER4"
in=$child
before=$(nic_counter resets)
check "there is nothing to recover" \
	devlink health recover "pci/$NIC_PCI" reporter device
check_num "so the device is not reset" "$(nic_counter resets)" -eq "$before"
check "the driver starts anew" devlink dev reload "pci/$NIC_PCI"
stream_end in "$in"
check_wanted "afterwards"

ip netns add vionic_other
on_exit ip netns del vionic_other
check_refused "reload into another network namespace is refused" \
	devlink dev reload "pci/$NIC_PCI" netns vionic_other
check "after the refusal devlink still shows the device here" \
	devlink dev show "pci/$NIC_PCI"

fault=/sys/kernel/debug/vionic-$NIC_PCI/fault
if [ ! -w "$fault" ]; then
	skip "faults are reported" "the driver is not a debug build"
	ksft_done
fi
errors=$(health rx error)
echo "rx 0" > "$fault"
check "a fault is counted" wait_for 20 is rx error $((errors + 1))
check "and recovered" wait_for 20 is rx state healthy
check "the administrator does not want that" devlink health set \
	"pci/$NIC_PCI" reporter rx auto_recover false
echo "rx 0" > "$fault"
check "a fault is counted" wait_for 20 is rx error $((errors + 2))
check_eq "and left alone" "$(health rx state)" error
check_refused "so nothing is received" ping -q -c 1 -W 2 $PEER4
check "until it is wanted" devlink health recover "pci/$NIC_PCI" reporter rx
check "which helps" wait_for 10 can_ping
echo "rx 0" > "$fault"
check "a fault before the interface goes down is reported" \
	wait_for 20 is rx state error
ip link set "$NETIF" down
check_refused "recovery is refused while the interface is down" \
	devlink health recover "pci/$NIC_PCI" reporter rx
check_eq "the refused recovery leaves the reporter in error" \
	"$(health rx state)" error
wanted_up
check_eq "the reporter is healthy after the interface was set up" \
	"$(health rx state)" healthy
check "frames pass after the interface was set up" wait_for 10 can_ping
devlink health set "pci/$NIC_PCI" reporter rx auto_recover true
check_wanted "at last"
ksft_done
