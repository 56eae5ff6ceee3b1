#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: rx stack
#
# A datagram that does not fit into the socket's buffer is counted, and
# only there: UdpRcvbufErrors in /proc/net/snmp, the drops column of
# /proc/net/udp; what was queued plus what was dropped is what was sent.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"

port=5010
sent=400

drops()
{
	awk -v port=":$(printf %04X $port)" \
		'index($2, port) { print $NF }' /proc/net/udp
}

need nft
net_setup
net_quiet
count_port here $port
traffic_start "$KSFT_TMP/hold" hold --server ".,$LOCAL4" --port $port \
	--rcvbuf 8192
holder=$child
wait_for 10 file_has ready "$KSFT_TMP/hold" || bail "a socket can be opened"

count_start
traffic burst --source "$PEERNS,$PEERIF" --sink ".,$NETIF" \
	--mac "$NIC_MAC" --ip "$PEER4,$LOCAL4" --port $port \
	--count $sent --window 50 > /dev/null
check "the stack saw $sent datagrams" wait_for 5 counted_is here $sent
count_stop
dropped=$(drops)
skmem=$(ss -H -u -l -n -m "sport = :$port" | grep -o ',d[0-9]*')
kill -TERM "$holder"
wait_for 10 file_has '^status' "$KSFT_TMP/hold"
queued=$(sed -n 's/^queued=//p' "$KSFT_TMP/hold")

check_num "some were queued" "$queued" -ge 1
check_delta "the others counted in UdpRcvbufErrors" UdpRcvbufErrors -eq \
	$((sent - queued))
check_num "the socket says the same" "$dropped" -eq $((sent - queued))
check_eq "ss too" "$skmem" ",d$dropped"
check_delta "the NIC dropped none" rx_dropped -eq 0
check_delta "the NIC passed all" rx_packets -eq $sent
ksft_done
