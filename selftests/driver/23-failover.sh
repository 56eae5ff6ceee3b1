#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: bind link stack host
#
# A standby and its primary: below one interface of the kernel's net_failover,
# streams go on while the primary NIC comes and goes, by the primary whenever
# it is there. Evidence: two TCP streams, compared byte by byte, and the
# counters of both NICs.
#
# Needs a NIC that is a standby, and vm-host to plug in a primary; that is a
# second virtio-net NIC under the same driver. VIONIC_BIND names the script if
# it is not beside the tests.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"

: "${VIONIC_BIND:=$LIB/../../scripts/vionic-bind}"
# below NAME: is it an interface of ours, under the failover one?
below()
{
	[ "$(basename "$(readlink "/sys/class/net/$1/master")")" = "$NETIF" ]
}

# and some driver has it
primary_is_there()
{
	[ -e "/sys/bus/pci/devices/$PRIMARY_PCI/driver" ]
}

primary_is_gone()
{
	[ ! -e "/sys/bus/pci/devices/$PRIMARY_PCI" ]
}

# the primary's interface, once it is below the failover one
primary()
{
	local dir

	for dir in "/sys/bus/pci/devices/$PRIMARY_PCI/net/"*; do
		! below "${dir##*/}" || echo "${dir##*/}"
	done
}

primary_is_below()
{
	[ -n "$(primary)" ]
}

# frames NAME rx|tx
frames()
{
	echo $(($(cat "/sys/class/net/$1/statistics/$2_packets")))
}

plug_in()
{
	vm-host primary on > /dev/null &&
		wait_for 20 primary_is_there &&
		"$VIONIC_BIND" bind "$PRIMARY_PCI" &&
		wait_for 10 primary_is_below
}

pull_out()
{
	vm-host primary off > /dev/null
	wait_for 20 primary_is_gone
}

clean_up()
{
	primary_is_gone || pull_out
}

# goes_by NAME OTHER: in a stretch of traffic, frames both ways took that NIC.
# A few of the other's may be on their way still.
goes_by()
{
	local rx tx other

	wait_for 10 moved $(($(if_bytes) + 50000))
	rx=$(frames "$1" rx)
	tx=$(frames "$1" tx)
	other=$([ -z "$2" ] || frames "$2" tx)
	wait_for 10 moved $(($(if_bytes) + 1000000)) || return 1
	diag "$1: $(($(frames "$1" rx) - rx)) in, $(($(frames "$1" tx) - tx)) out"
	[ "$(frames "$1" rx)" -gt $((rx + 20)) ] &&
		[ "$(frames "$1" tx)" -gt $((tx + 20)) ] || return 1
	[ -z "$2" ] || [ "$(frames "$2" tx)" -le $((other + 5)) ]
}

net_setup
PRIMARY_PCI=${NIC_PCI%:*}:12.0
[ "$DRIVER" = net_failover ] || skip_all "$NETIF is no standby's"
standby=$(nic_interface | grep -vx "$NETIF")
[ "$(ethtool -i "$standby" | sed -n 's/^driver: //p')" = vionic ] ||
	skip_all "the standby is not driven by vionic"
check "the standby is below the failover interface" below "$standby"
check_eq "its name's part says what it is" \
	"$(cat "/sys/class/net/$standby/phys_port_name")" sby
check_refused "its address cannot be changed" \
	ip link set "$standby" address 02:00:5e:00:53:01
check "UDP and TCP work" traffic verify --server ".,$LOCAL4" \
	--client "$PEERNS,$PEER4" --udp 1,1472 --tcp 1,300000
check_eq "it is up with the interface above" \
	"$(cat "/sys/class/net/$standby/operstate")" up

if ! can_host || ! vm-host primary on > /dev/null; then
	skip "a primary comes and goes" "nothing here can plug one in"
	ksft_done
	exit
fi
on_exit clean_up
wait_for 20 primary_is_there
pull_out

streams_start
check "streams go by the standby" goes_by "$standby" ""
check "its rings get another size" ethtool -G "$standby" rx 128 tx 64
check "it is reset" ethtool -t "$standby" offline
check "streams go by it still" goes_by "$standby" ""
for round in 1 2; do
	check "a primary is plugged in ($round)" plug_in
	primary=$(primary)
	check "streams go by the primary" goes_by "$primary" "$standby"
	check "the primary is pulled" pull_out
	check "streams go by the standby" goes_by "$standby" ""
done
streams_end
ksft_done
