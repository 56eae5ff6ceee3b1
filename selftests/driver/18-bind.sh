#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: bind tools
#
# vionic-bind moves the NIC to the in-tree driver and back, traffic working
# under either; it refuses what is no virtio-net NIC, what is done already and
# what would cut off an ssh session, each with a sentence and without effect.
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

need ping lspci
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
