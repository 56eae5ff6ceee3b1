# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# For tests of what becomes of a device that lies (selftests/device): after net.sh.

need_liar()
{
	[ "$(backend 2> /dev/null)" = device ] ||
		skip_all "the device does not lie (scripts/vm --backend device)"
	ours || skip_all "not for drivers of others"
	ksft_expect 'transmit queue .* timed out'
	vm-host lies seed "${SEED:-1}" > /dev/null
}

# Frames each way for a moment, whether or not they arrive
disturbed()
{
	in_peer ping -q -f -c 300 -w 1 "$LOCAL4" > /dev/null 2>&1 &
	local from_peer=$!

	ping -q -f -c 300 -w 1 "$PEER4" > /dev/null 2>&1
	wait $from_peer
}

let_go()
{
	local bound="/sys/bus/pci/drivers/${DRIVER:?}"

	[ ! -e "$bound/$NIC_PCI" ] || echo "$NIC_PCI" > "$bound/unbind"
}

# Bind the driver once more, and have its interface by its name. Not zero: it does not
# want the device
take()
{
	local dev

	echo "$NIC_PCI" > "/sys/bus/pci/drivers/$DRIVER/bind" || return
	dev=$(ls "/sys/bus/pci/devices/$NIC_PCI/net") || return
	[ "$dev" = "$NETIF" ] || ip link set "$dev" name "$NETIF"
} 2> /dev/null

# End fault injection; print how often the device has injected the fault
behave()
{
	local count

	count=$(vm-host lies behave)
	echo "${count#told }"
}
