#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 900
#
# A device that lies while the driver is bound to it: about sizes of rings, numbers of
# queues, doorbells, vectors, features, its network configuration, and where its
# structures are. The driver may do without it, or with less of it; it ends in time,
# leaves nothing behind, and takes the device once that tells the truth.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
# shellcheck source=../lib/hostile.sh
. "$(dirname "$0")/../lib/hostile.sh"

# bound_to LIE
bound_to()
{
	local told outcome=refused start=$SECONDS

	let_go
	vm-host lies lie "$1" all > /dev/null || bail "the device lies: $1"
	if take; then
		outcome=taken
		timeout 30 ip link set "$NETIF" up && outcome="taken and up"
		net_addresses
		static_neighbours
		disturbed
	fi > /dev/null 2>&1
	check_num "$1: $outcome, in seconds" $((SECONDS - start)) -le 30
	let_go
	told=$(behave)
	check_num "$1: it was told" "$told" -gt 0
	check "$1: the device is taken afterwards" take
	check "$1: and frames pass" wait_for 10 again
}

net_setup
need_liar
for lie in $(vm-host lies lies bind); do
	bound_to "$lie"
done
check "bytes of frames of all lengths arrive" traffic verify \
	--server ".,$LOCAL4" --client "$PEERNS,$PEER4" \
	--udp 0,1,200,1472,9000 --tcp 1,500000
ksft_done
