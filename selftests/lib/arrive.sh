# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Which frames of the peer's come up, by their destination. Source net.sh first.

# arrive [--join MAC,...] [--vlan ID] MAC...: how many of 20 frames to each, and
# as what
arrive()
{
	traffic frames --source "$PEERNS,$PEERIF" --at ".,$NETIF" \
		--marker "$NIC_MAC" "$@" 2>&1 | paste -s -d ';'
}

# check_arrive TEXT WANTED ARGUMENT...: in five seconds, for the kernel tells the
# device of modes and lists some time after it was told itself
check_arrive()
{
	local text="$1" wanted="$2" end=$((SECONDS + 6)) got

	shift 2
	until got=$(arrive "$@"); [ "$got" = "$wanted" ] ||
		[ "$SECONDS" -ge "$end" ]; do
		sleep 0.05
	done
	check_eq "$text" "$got" "$wanted"
}
