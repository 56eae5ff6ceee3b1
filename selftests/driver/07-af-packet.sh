#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: rx tx stack
#
# tcpdump on the NIC sees the frames of both directions, each exactly once:
# pings from both ends and UDP datagrams are captured to a file and counted.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"

pcap=$KSFT_TMP/pcap

# seen FILTER...: frames in the capture
seen()
{
	tcpdump -n -r "$pcap" "$@" 2> /dev/null | wc -l
}

need tcpdump ping
net_setup
net_quiet
tcpdump -n -U --immediate-mode -B 16384 -i "$NETIF" -w "$pcap" \
	2> "$KSFT_TMP/tcpdump" &
dump=$!
on_exit stop_child $dump
wait_for 10 file_has 'listening on' "$KSFT_TMP/tcpdump" ||
	bail "tcpdump starts" "$(cat "$KSFT_TMP/tcpdump")"

check "ping from here" ping -q -c 20 -i 0.02 -s 300 $PEER4
check "ping from the peer" in_peer ping -q -c 15 -i 0.02 $LOCAL4
check "datagrams both ways" traffic verify --server ".,$LOCAL4" --port 5007 \
	--client "$PEERNS,$PEER4" --udp 100,200,300,400,500,600,700 --repeat 3
check_num "45 datagrams and 70 pings are all there in the end" "$(
	wait_for 5 eval "[ \$(seen icmp or udp) -ge 112 ]"
	seen icmp or udp)" -eq 112
kill -INT $dump
wait $dump
dropped=$(awk '/dropped by kernel/ { print $1 }' "$KSFT_TMP/tcpdump")
check_eq "the capture lost none" "$dropped" 0

in="ether dst $NIC_MAC and src $PEER4 and dst $LOCAL4 and"
out="ether src $NIC_MAC and src $LOCAL4 and dst $PEER4 and"
# shellcheck disable=SC2086 # words of a filter
{
check_num "requests out" "$(seen $out 'icmp[0] == 8')" -eq 20
check_num "their replies in" "$(seen $in 'icmp[0] == 0')" -eq 20
check_num "all at full length" "$(seen icmp and len == 342)" -eq 40
check_num "requests in" "$(seen $in 'icmp[0] == 8')" -eq 15
check_num "their replies out" "$(seen $out 'icmp[0] == 0')" -eq 15
check_num "datagrams in" "$(seen $in udp dst port 5007)" -eq 21
check_num "datagrams out" "$(seen $out udp src port 5007)" -eq 21
check_num "of one size, both ways" "$(seen udp and 'udp[4:2] == 408')" -eq 6
}
check_num "nothing else but noise of the link" "$(seen ip)" -eq 112
ksft_done
