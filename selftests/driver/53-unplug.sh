#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: pci bind host root-port
#
# The NIC is unplugged while it sends and receives, and plugged in again: nothing
# is left waiting for it, and it works as before.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
# shellcheck source=../lib/plug.sh
. "$LIB/plug.sh"

leave_plugged()
{
	there || plug_in
}

net_setup
command -v vm-host > /dev/null || skip_all "no vm-host to unplug the NIC"
on_exit leave_plugged
for i in 1 2 3; do
	blast 1000 $PEER4
	out=$child
	blast 1000 $LOCAL4 "$PEERNS"
	in=$child
	check "traffic passes" wait_for 10 moved $(($(if_bytes) + 100000))
	check "$i: unplugged" vm-host nic off
	check "$i: gone, with nothing that waits" wait_for 30 gone
	check "$i: plugged in" plug_in
	stop_child "$out"
	stop_child "$in"
	net_addresses
	wait_for 10 has_carrier "$NETIF"
	static_neighbours
	check "$i: traffic passes again" wait_for 10 ping -q -c 1 -W 1 $PEER4
	check "$i: UDP goes to and fro" traffic verify --server ".,$LOCAL4" \
		--client "$PEERNS,$PEER4" --udp 64 --repeat 100
done
ksft_done
