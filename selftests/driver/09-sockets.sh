#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: rx tx offload stack
#
# Bytes sent are bytes received: UDP datagrams to recvfrom() and TCP streams
# to epoll, both directions, IPv4 and IPv6, of every size where something
# begins or ends (empty, minimum frame, copy threshold, MTU, fragments, page,
# maximum), with the offloads on and off. Compared byte by byte at the
# receiver; the stack's checksum error counters must stand still.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"

edges=0,1,17,18,59-61,63-65,127-129,213-216,255-257,511-513,1023-1025
whole=1447,1448,1451,1452,1471,1472
pieces=1473,1500,2047-2049,3500-3600,4095-4097,9000,32768
tcp=0,1,17,59,60,255-257,1447-1449,1460,1461,2896,4095-4097,14480,65535,65536

# both_ways LABEL UDP_SIZES TCP_SIZES UDP_MAX4 UDP_MAX6
both_ways()
{
	check "$1: IPv4, the peer calls" traffic verify \
		--server ".,$LOCAL4" --client "$PEERNS,$PEER4" \
		--udp "$2,$4" --tcp "$3"
	check "$1: IPv4, the NIC calls" traffic verify \
		--server "$PEERNS,$PEER4" --client ".,$LOCAL4" --tcp "$3"
	check "$1: IPv6, the peer calls" traffic verify \
		--server ".,$LOCAL6" --client "$PEERNS,$PEER6" \
		--udp "$2,$5" --tcp "$3"
	check "$1: IPv6, the NIC calls" traffic verify \
		--server "$PEERNS,$PEER6" --client ".,$LOCAL6" --tcp "$3"
}

net_setup
count_start
both_ways "offloads on" $edges,$whole,$pieces $tcp 65507 65527
count_stop
check_delta "datagrams were cut into fragments here" IpFragCreates -gt 100
check_delta "and put together" IpReasmOKs -gt 100

# no fragments if they fit
count_start
check "whole datagrams" traffic verify --server ".,$LOCAL4" \
	--client "$PEERNS,$PEER4" --udp $edges,$whole
count_stop
check_delta "went in one frame each" 'Ip(FragCreates|ReasmReqds)' -eq 0

few=0,1,60,61,256,257,1472,1473,4097
count_start
offload "$NETIF" tso off
offload "$PEERIF" tso off
both_ways "no segmentation offload" $few 1449,65536 65507 65527
offload "$NETIF" tx off
both_ways "no transmit checksum offload" $few 1449,65536 65507 65527
offload "$PEERIF" tx off
offload "$NETIF" rx off
both_ways "no checksum offload at all" $few 1449,65536 65507 65527
count_stop
check_delta "no checksum error here or at the peer" \
	'(peer_)?(UdpInCsumErrors|TcpInCsumErrors|IpInHdrErrors|UdpInErrors|TcpInErrs)' \
	-eq 0
check_delta "no receive error" rx_errors -eq 0
check_delta "no transmit error" 'tx_(errors|dropped)' -eq 0
ksft_done
