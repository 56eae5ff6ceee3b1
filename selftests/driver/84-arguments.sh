#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: netlink ethtool devlink
#
# Whatever is asked of the NIC by ethtool's netlink and ioctls, devlink, netdev and
# rtnetlink, it is done or refused, and what is refused changes nothing. With all
# that was accepted in force frames still pass, and their bytes are right; a kernel
# that complains fails the run. SEEDS are those of the requests, ROUNDS how many.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"

# Frames pass, once they have a usual length, and go to the usual address
usable()
{
	ip link set "$NETIF" mtu 1500 address "$NIC_MAC" && wait_for 10 again
}

asked()
{
	local out

	out=$(py "$LIB/arguments.py" "$NETIF" "$NIC_PCI" "$1" \
		"$ROUNDS" 2>&1)
	diag "$out"
	check_eq "seed $1: each request has an answer, no refused one changed a thing" \
		"${out##*, }" "0 changed"
	check "frames pass" usable
	check "and their bytes are right" traffic verify \
		--server ".,$LOCAL4" --client "$PEERNS,$PEER4" \
		--udp 0,1,200,1472,9000 --tcp 1,500000
}

net_setup
: "${ROUNDS:=500}"
for seed in ${SEEDS:-1 2}; do
	asked "$seed"
done
ksft_done
