#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: rx napi host host-traffic
#
# A flood of datagrams, more than a CPU can receive and read: receiving rests now and
# then, as the device drops frames anyhow, and so the program that they are for comes to
# read them, instead of all being lost in front of its socket. Evidence: the driver's
# counters against what the program read. The flood comes from the host.
#
# Needs flow, a program that "make -C selftests" makes.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
# shellcheck source=../lib/flow.sh
. "$LIB/flow.sh"

seconds=4

[ "$(backend 2> /dev/null)" = tap ] ||
	skip_all "no host at the other end of a tap (scripts/vm)"
flow_need
net_setup
! rings_fixed || skip_all "a legacy device's rings have a fixed size"
set_rings rx 128
# one CPU, or there would be another for the program
for cpu in /sys/devices/system/cpu/cpu[1-9]*/online; do
	[ ! -e "$cpu" ] || set_knob 0 "$cpu"
done
count_start
check "traffic, as much as is read" traffic verify --server ".,$LOCAL4" \
	--client "$PEERNS,$PEER4" --udp 64,1400 --tcp 65536 --repeat 20
count_stop
! ours || check_delta "nothing rests for that" 'nic_rx[0-9]+_rests' -eq 0

# vm-host's flood has that port
start flood.got "$flow" recv "$LOCAL4" 7002
count_start
offered=$(vm-host flood 450000 $seconds)
count_stop
finish "$child"
got=$(value got "$KSFT_TMP/flood.got")
diag "a second: $((offered / seconds)) offered, $((got / seconds)) read by the program"
check_num "some are read" "$got" -gt 0
[ "$offered" -gt "$got" ] || diag "the host has no time for a flood"
received=$(delta 'nic_rx[0-9]+_packets')
if ours; then
	diag "received: $received, rests: $(delta 'nic_rx[0-9]+_rests')"
	# a fiftieth to a fifteenth, if it never rests
	check_num "of what is received that much is read, in percent" \
		$((100 * got / (received + 1))) -ge 10
fi
check "ping works" can_ping
ksft_done
