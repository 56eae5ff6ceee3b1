#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: rx napi smp
#
# Receive livelock: datagrams come faster than the CPU that receives them can handle, and
# the program that reads them runs on the same CPU. Softirqs run on top of the program,
# which hardly reads anything. Threaded NAPI leaves it to the scheduler to share the CPU.
# Evidence: what the kernel has counted as received and as read, with both drivers. The
# check is about vionic.
#
# Needs flow, a program that "make -C selftests" makes. VIONIC_BIND names the script if it
# is not beside the tests.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
# shellcheck source=../lib/bind.sh
. "$LIB/bind.sh"
# shellcheck source=../lib/flow.sh
. "$LIB/flow.sh"
# shellcheck source=../lib/overload.sh
. "$LIB/overload.sh"

# udp NAME: of the counters of UDP over IPv4
udp()
{
	awk -v name="$1" '
		$1 == "Udp:" && !n { n = split($0, names); next }
		$1 == "Udp:" { for (i = 2; i <= n; i++) if (names[i] == name) print $i }' \
		/proc/net/snmp
}

# reads NAME: one second of a flood that a program on CPU 0 reads; sets $share, the part
# of the received datagrams that it read, in percent
reads()
{
	local reader sender before_received before_read now_received now_read

	start flood.got taskset -c 0 "$flow" recv "$LOCAL4" $flow_port
	reader=$child
	overload_start
	sender=$child
	before_received=$(nic_received) before_read=$(udp InDatagrams)
	nap 1
	now_read=$(udp InDatagrams) now_received=$(nic_received)
	finish "$sender" "$reader"
	now_received=$((now_received - before_received))
	now_read=$((now_read - before_read))
	share=$((100 * now_read / (now_received + 1)))
	diag "$(printf '%-11s %-14s %8s received %8s read' "$DRIVER" "$1:" \
		$now_received $now_read)"
}

# measure: with the driver that the NIC has; sets $after, the share that is read with
# threaded NAPI
measure()
{
	local threads

	overload_place
	reads softirq
	put_knob 1 "/sys/class/net/$NETIF/threaded"
	for threads in $(pgrep "^napi/$NETIF-"); do
		taskset -pc 0 "$threads" > /dev/null
	done
	reads "threaded NAPI"
	after=$share
}

unthreaded()
{
	put_knob 0 "/sys/class/net/$NETIF/threaded"
}

restore()
{
	"$VIONIC_BIND" bind "$NIC_PCI" 2> /dev/null
	wait_for 10 nic_has_interface
	ip link set "$(nic_interface)" name "$NETIF" 2> /dev/null
	net_addresses
}

# in_tree: the in-tree driver takes over, with the same addresses
in_tree()
{
	"$VIONIC_BIND" unbind "$NIC_PCI" --force &&
		wait_for 10 nic_has_interface || return
	ip link set "$(nic_interface)" name "$NETIF"
	net_addresses
	wait_for 10 has_carrier "$NETIF" || return
	static_neighbours
	wait_for 10 can_ping && [ "$(driver)" != vionic ]
}

need nft taskset pgrep
# shellcheck disable=SC2119 # without
net_setup
net_quiet
ours || skip_all "$DRIVER is the one to compare with"
missing=$(overload_need)
[ -z "$missing" ] || skip_all "$missing"
overload_rules || bail "rules make reception slow"
on_exit unthreaded
measure
check_num "vionic, threaded NAPI: of the datagrams received the program reads, in percent" \
	"$after" -ge 50
unthreaded
check "vionic: ping passes after the flood" wait_for 5 can_ping

if [ ! -x "$VIONIC_BIND" ]; then
	skip "beside in-tree" "no scripts/vionic-bind"
else
	on_exit restore
	check "the in-tree driver takes over" in_tree
	DRIVER=virtio_net
	measure
fi
ksft_done
