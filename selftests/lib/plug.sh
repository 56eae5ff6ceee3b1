# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# For tests that unplug the NIC: after net.sh.

# shellcheck source=bind.sh
. "$LIB/bind.sh"

gone()
{
	[ ! -e "/sys/bus/pci/devices/$NIC_PCI" ]
}

there()
{
	! gone
}

plugged()
{
	vm-host nic on > /dev/null
}

# plugged in, and the NIC is as it was found. The kernel is done with one that was
# unplugged before its slot is off and the next one can go there.
plug_in()
{
	wait_for 10 plugged && wait_for 30 there || return
	! ours || "$VIONIC_BIND" bind "$NIC_PCI" || return
	wait_for 10 nic_has_interface || return
	ip link set "$(nic_interface)" name "$NETIF"
}
