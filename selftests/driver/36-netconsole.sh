#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: tx napi
#
# The kernel's log goes out by netconsole, which sends where nothing else can:
# with interrupts off, polling for room itself (NAPI with a budget of 0). Evidence:
# what a socket on the peer receives, line by line, also while the ring is full
# of other traffic.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"

port=6666 lines=300

# received: lines of this test's that came
received()
{
	grep -ac "netconsole line [0-9]* of" "$KSFT_TMP/log"
}

all_received()
{
	[ "$(received)" -ge $lines ]
}

send_lines()
{
	local i

	for ((i = 1; i <= lines; i++)); do
		echo "<2>netconsole line $i of $lines"
	done > /dev/kmsg
}

net_setup
modprobe -n netconsole 2> /dev/null || skip_all "this kernel has no netconsole"
py_start - "$PEERNS" $port > "$KSFT_TMP/log" <<- 'END'
	import socket, sys, traffic
	with traffic.netns(sys.argv[1]):
	    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
	s.setsockopt(socket.SOL_SOCKET, 33, 1 << 22)
	s.bind(("", int(sys.argv[2])))
	print("ready", flush=True)
	while True:
	    sys.stdout.buffer.write(s.recv(65536))
	    sys.stdout.buffer.flush()
END
wait_for 10 file_has ready "$KSFT_TMP/log"
set_knob on /proc/sys/kernel/printk_devkmsg
check "netconsole takes the NIC" modprobe netconsole \
	"netconsole=@$LOCAL4/$NETIF,$port@$PEER4/$PEER_MAC"
on_exit rmmod netconsole
check "a line goes out" send_lines
check "and all others" wait_for 20 all_received
check_num "each of them once" "$(received)" -eq $lines

: > "$KSFT_TMP/log"
set_rings tx 32
stream_start out "$PEERNS,$PEER4" ".,$LOCAL4"
out=$child
send_lines
check "likewise beside a stream, through a small ring" \
	wait_for 20 all_received
stream_end out "$out"
ksft_done
