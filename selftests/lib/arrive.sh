# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Which frames of the peer's come up, by their destination. Source net.sh first.

# arrive [--join MAC,...] [--vlan ID] MAC...: how many of 20 frames from the peer
# to each came up to the NIC's driver, and as what. A last one to $NIC_MAC tells
# that all have passed.
arrive()
{
	traffic frames --source "$PEERNS,$PEERIF" --at ".,$NETIF" \
		--marker "$NIC_MAC" "$@" 2>&1 | paste -s -d ';'
}

# check_soon TEXT WANTED COMMAND...: the command prints that, at once or at one of 100
# more tries: the kernel sends modes and lists to the device some time after a user
# changed them
check_soon()
{
	local text="$1" wanted="$2" tries=100 got

	shift 2
	until got=$("$@"); [ "$got" = "$wanted" ] || [ $((tries--)) -eq 0 ]; do
		nap 0.05
	done
	check_eq "$text" "$got" "$wanted"
}

# check_arrive TEXT WANTED ARGUMENT...: likewise, of arrive
check_arrive()
{
	check_soon "$1" "$2" arrive "${@:3}"
}
