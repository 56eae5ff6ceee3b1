#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: recover irq tx reset
#
# A NIC that falls silent comes back by itself. Interrupts that get lost: traffic
# creeps on, by polls now and then. A device that stops sending, since somebody
# reset it behind the driver's back: the stack notices, and up the ladder goes
# kick, queue reset, device reset; with all that the NIC was asked for in force
# afterwards.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
# shellcheck source=../lib/wanted.sh
. "$(dirname "$0")/../lib/wanted.sh"

interrupts()
{
	py "$LIB/msix.py" "$NIC_PCI" "$1"
}

net_setup
ours || skip_all "$DRIVER does not promise to come back"
wanted_set
if has_msix; then
	check "ping works" wait_for 10 ping -q -c 1 -W 1 $PEER4
	on_exit interrupts on
	before=$(nic_counter 'rx[0-9]+_rescues')
	check "its interrupts get lost" interrupts off
	check "traffic creeps on" ping -q -c 3 -i 0.2 -W 10 $PEER4
	check "frames were found without an interrupt" \
		wait_for 10 more 'rx[0-9]+_rescues' "$before"
	interrupts on
	check "they are back, and ping is quick" \
		wait_for 10 ping -q -c 5 -i 0.1 -W 1 -w 1 $PEER4
	check_wanted "after lost interrupts"
else
	skip "its interrupts get lost" "it has one interrupt line"
fi

# a device that may not reach memory stops, and forgets that it ran
ksft_expect 'transmit queue .* timed out'
before=$(nic_counter resets)
stuck=$(nic_counter 'tx[0-9]+_timeouts')
blast 100 $PEER4
check "the device is stopped by somebody else" \
	setpci -s "$NIC_PCI" COMMAND=0:4
check "the stack finds a queue stuck" \
	wait_for 30 more 'tx[0-9]+_timeouts' "$stuck"
check "the device is reset" wait_for 30 more resets "$before"
stop_child "$child"
check "traffic passes again" wait_for 10 ping -q -c 1 -W 1 $PEER4
check_wanted "after it stood still"
ksft_done
