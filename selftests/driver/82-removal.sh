#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: bind recover pci fault-device host slow
# timeout: 900
#
# A device that goes away while something is done with it: at each access to its
# registers in turn, from when it is bound to when it is let go. Whatever was begun
# ends in time, and with the device back it is done from the beginning.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
# shellcheck source=../lib/hostile.sh
. "$(dirname "$0")/../lib/hostile.sh"
# shellcheck source=../lib/xdp.sh
. "$(dirname "$0")/../lib/xdp.sh"

in_use()
{
	[ -e "/sys/class/net/$NETIF" ] || take
	ip link set "$NETIF" up
} > /dev/null 2>&1

down()
{
	in_use
	ip link set "$NETIF" down
} > /dev/null 2>&1

up() { ip link set "$NETIF" up; }
stop() { ip link set "$NETIF" down; }
resize() { ethtool -G "$NETIF" rx $((128 + 128 * (n % 2))) tx 128; }
attach()
{
	xdp_on x_all_pass
	xdp_off
}
address()
{
	ip link set "$NETIF" address 52:54:00:00:00:0a
	ip link set "$NETIF" address "$NIC_MAC"
}

# gone_during WHAT BEFORE: WHAT is done, starting from BEFORE, until the device stays
gone_during()
{
	local n=0 told=1 late=0 steps=0 start

	while [ "$told" -gt 0 ]; do
		"$2"
		vm-host lies gone $n > /dev/null
		start=$SECONDS
		"$1" > /dev/null 2>&1
		[ $((SECONDS - start)) -le 20 ] || late=$((late + 1))
		told=$(vm-host lies told)
		told=${told#told }
		let_go
		behave > /dev/null
		take || bail "$1: the device is taken again after $n accesses"
		steps=$((steps + 1))
		n=$((n + 1 + n / ${STRIDE:-12}))
	done
	check_num "$1: gone at $steps of $n accesses, hung" $late -eq 0
	check "$1: frames pass" wait_for 20 again
}

net_setup
need_liar
gone_during take let_go
gone_during up down
gone_during resize in_use
gone_during attach in_use
gone_during address in_use
gone_during stop in_use
gone_during let_go in_use
check "bytes of frames of all lengths arrive" traffic verify \
	--server ".,$LOCAL4" --client "$PEERNS,$PEER4" \
	--udp 0,1,200,1472,9000 --tcp 1,500000
ksft_done
