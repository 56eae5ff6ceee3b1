#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: rx
#
# The device writes frames into the driver's memory and the driver gives
# every buffer back: many times the ring's size of frames of every length
# arrive as they were sent (compared byte by byte at the receiver), in the
# right number, with nothing dropped, and buffers never run short. A ring
# that leaked one buffer in twenty would run dry.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"

# rx_buf_len: bytes of a receive buffer
rx_buf_len()
{
	ethtool -g "$NETIF" | awk '/^RX Buf Len:/ { now = $NF } END { print now }'
}

# long_frames all|short: frames longer than a buffer in the trace; of these, those whose
# truesize, which sockets are charged for, is less than that of the buffers
long_frames()
{
	awk -v what="$1" -v buf="$(rx_buf_len)" -v dev="dev=$NETIF " '
		index($0, dev) {
			match($0, / len=[0-9]+/)
			len = 0 + substr($0, RSTART + 5, RLENGTH - 5)
			match($0, / truesize=[0-9]+/)
			truesize = 0 + substr($0, RSTART + 10, RLENGTH - 10)
			if (len > buf) {
				all++
				short += truesize < int((len + buf - 1) / buf) * buf
			}
		}
		END { print (what == "all" ? all : short) + 0 }' "$KSFT_TMP/trace"
}

net_setup
net_quiet
set_rings rx 128
size=$(ring rx)
rounds=$((size > 512 ? 3 : 2))
lengths=18-1472
sent=$((rounds * (1472 - 18 + 1)))

count_start
check "$sent datagrams through a ring of $size arrive as sent" \
	traffic verify --server ".,$LOCAL4" --client "$PEERNS,$PEER4" \
	--udp $lengths --repeat $rounds --window 64 --oneway
count_stop
check_num "that is many times the ring" $((sent / size)) -ge 4
check_delta "the peer sent as many frames" peer_tx_packets -eq $sent
check_delta "the interface counted them" rx_packets -eq $sent
check_delta "and their bytes" rx_bytes -eq "$(delta peer_tx_bytes)"
check_delta "UDP took them in" UdpInDatagrams -eq $sent
check_delta "nothing dropped" rx_dropped -eq 0
check_delta "nothing in error" rx_errors -eq 0
check_delta "the queues' packets add up" 'nic_rx[0-9]+_packets' -eq $sent
check_delta "the queues' bytes add up" 'nic_rx[0-9]+_bytes' -eq \
	"$(delta rx_bytes)"
check_delta "no buffer allocation failed" 'nic_rx[0-9]+_refill_fail' -eq 0
# where a buffer is a chain of what the largest frame needs, there are only few
if ours && { has_feature "$F_MRG_RXBUF" || has_feature "$F_INDIRECT_DESC"; }
then
	check_delta "the ring never ran dry" 'nic_rx[0-9]+_ring_exhausted' -eq 0
fi

# a frame longer than one buffer takes several, one shorter is copied
count_start
check "datagrams of 0 to 59 bytes" \
	traffic verify --server ".,$LOCAL4" --client "$PEERNS,$PEER4" \
	--udp 0-59 --window 20
ip link set "$NETIF" mtu 9000
ip -n "$PEERNS" link set "$PEERIF" mtu 9000
trace_start net:napi_gro_receive_entry
check "frames of up to 9000 bytes" \
	traffic verify --server ".,$LOCAL4" --client "$PEERNS,$PEER4" \
	--udp 1500,2000,2048,3000-3010,4050-4100,8000,8972 --repeat 4 \
	--window 16
trace_stop "$KSFT_TMP/trace"
count_stop
if [[ "$(rx_buf_len)" =~ ^[0-9]+$ ]]; then
	check_num "long frames were seen" "$(long_frames all)" -ge 20
	check_num "long frames whose truesize is less than their buffers" \
		"$(long_frames short)" -eq 0
fi
if has_feature "$F_MRG_RXBUF"; then
	check_delta "frames in several buffers are counted" 'nic_rx[0-9]+_merged' -ge 20
fi
check_delta "still nothing dropped" rx_dropped -eq 0
check_delta "no receive error" rx_errors -eq 0
ksft_done
