#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: bind tools
#
# vionic-bind moves the NIC to the in-tree driver and back, traffic working
# under either; it refuses what is no virtio-net NIC, what is done already and
# what would cut off an ssh session, each with a sentence and without effect. The
# driver itself refuses PCI devices that are no virtio-net devices and leaves them as
# they are: their configuration space does not change, and their own driver takes
# them again.
#
# VIONIC_BIND names the script, if it is not beside the tests.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
# shellcheck source=../lib/bind.sh
. "$LIB/bind.sh"

# whichever driver it is, the NIC carries traffic under its old name
works()
{
	local name

	wait_for 10 nic_has_interface || return 1
	name=$(nic_interface)
	[ "$name" = "$NETIF" ] || ip link set "$name" name "$NETIF"
	net_addresses
	wait_for 10 ping -q -c 1 -W 1 $PEER4
}

restore()
{
	[ "$(driver)" = vionic ] || "$VIONIC_BIND" bind "$NIC_PCI"
	works
	echo "$override" > "/sys/bus/pci/devices/$NIC_PCI/driver_override"
}

OTHER=0000:00:13.0	# where "vm-host other" plugs in a device

other_is_there()
{
	[ -e "/sys/bus/pci/devices/$OTHER" ]
}

other_is_gone()
{
	! other_is_there
}

# other_driver: the name of the driver of that device, or nothing
other_driver()
{
	local link

	link=$(readlink "/sys/bus/pci/devices/$OTHER/driver")
	echo "${link##*/}"
}

# other_config: the header of its configuration space
other_config()
{
	od -An -v -tx1 -w64 -N64 "/sys/bus/pci/devices/$OTHER/config"
}

other_has_driver()
{
	[ -n "$(other_driver)" ]
}

# offer_other: name vionic as the driver of that device
offer_other()
{
	local dev="/sys/bus/pci/devices/$OTHER"

	echo vionic > "$dev/driver_override"
	echo "$OTHER" > /sys/bus/pci/drivers/vionic/bind
}

# release_other: as offer_other found it
release_other()
{
	local dev="/sys/bus/pci/devices/$OTHER"

	[ -z "$(other_driver)" ] || echo "$OTHER" > "$dev/driver/unbind"
	echo > "$dev/driver_override"
	echo "$OTHER" > /sys/bus/pci/drivers_probe
}

plug_other()
{
	vm-host other "$1" on
}

# refuse TYPE: vionic refuses a device of this type
refuse()
{
	local type="$1" dev="/sys/bus/pci/devices/$OTHER" was config id

	other_is_there || wait_for 10 plug_other "$type"
	on_exit vm-host other "$type" off
	wait_for 30 other_is_there || bail "$type: the device is plugged in"
	id=$(sed 's/^0x//' "$dev/vendor" "$dev/device" | paste -s -d :)
	[ "$type" = e1000 ] || wait_for 10 other_has_driver
	was=$(other_driver)
	[ -z "$was" ] || echo "$OTHER" > "$dev/driver/unbind"
	config=$(other_config)
	check "$type: bind fails with ENODEV" says "No such device" offer_other
	check_eq "$type: the device has no driver" "$(other_driver)" ""
	check_eq "$type: its configuration space is unchanged" \
		"$(other_config)" "$config"
	check_num "$type: the log has the reason" "$(ksft_log |
		grep -c "vionic $OTHER: not a virtio-net device: PCI ID $id")" -eq 1
	release_other
	check_eq "$type: its own driver takes it again" "$(other_driver)" "$was"
	vm-host other "$type" off > /dev/null
	wait_for 30 other_is_gone || bail "$type: the device is unplugged"
}

need ping lspci od
[ -x "$VIONIC_BIND" ] || skip_all "no vionic-bind (VIONIC_BIND)"
net_setup
ours || skip_all "$NETIF is not driven by vionic"
override=$(cat "/sys/bus/pci/devices/$NIC_PCI/driver_override")
other=$(lspci -D -n | awk '$3 !~ /^1af4:/ { print $1; exit }')
on_exit restore

check "status shows the NIC" eval \
	"'$VIONIC_BIND' status | grep -q '$NIC_PCI *vionic *$NETIF'"
check "no such device" says "no such device" "$VIONIC_BIND" bind 0000:7f:1f.7
check "not a virtio-net device" \
	says "not a virtio-net device" "$VIONIC_BIND" bind "$other"
check "bound already" says "drives $NIC_PCI already" "$VIONIC_BIND" bind "$NETIF"
check "the peer of an ssh session" eval \
	"SSH_CONNECTION='$PEER4 4000 $LOCAL4 22' says 'ssh session' \
	'$VIONIC_BIND' unbind '$NETIF'"
check_eq "none of this changed the driver" "$(driver)" vionic

if ! can_host || ! plug_other rng > "$KSFT_TMP/plug"; then
	skip "other devices are refused" "they can't be plugged in here"
else
	for type in rng rng-modern console console-modern blk blk-modern e1000; do
		refuse $type
	done
fi

check "unbind by name" "$VIONIC_BIND" unbind "$NETIF"
check_eq "the in-tree driver has it" "$(driver)" virtio-pci
check "and works" works
check "unbound already" says "does not drive" "$VIONIC_BIND" unbind "$NIC_PCI"
check "bind by address, without its domain" "$VIONIC_BIND" bind "${NIC_PCI#0000:}"
check_eq "vionic has it again" "$(driver)" vionic
check "and works" works

check "--force moves the interface of an ssh session" env \
	SSH_CONNECTION="$PEER4 4000 $LOCAL4 22" \
	"$VIONIC_BIND" unbind "$NETIF" --force
check_eq "so it did" "$(driver)" virtio-pci
wait_for 10 nic_has_interface
check "and back" "$VIONIC_BIND" bind "$NIC_PCI"
check "which works" works
ksft_done
