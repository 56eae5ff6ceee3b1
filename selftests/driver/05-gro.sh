#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: gro offload rx
#
# GRO joins the frames of a TCP stream into few large packets, and does not
# when it is off; a device that may join them itself (rx-gro-hw) does so or
# does not as told. Evidence: IpInReceives counts packets as the stack sees
# them, IpExt...Pkts the segments in them, the interfaces the frames; and the
# sizes in netif_receive_skb events.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"

ecn='IpExtIn(NoECT|ECT0|ECT1|CE)Pkts'
bytes=2000000

# a stream from the peer, counted; sets $largest to the largest packet seen
stream_in()
{
	count_start
	trace_start net:netif_receive_skb
	check "$1: the stream is intact" traffic stream \
		--server ".,$LOCAL4" --client "$PEERNS,$PEER4" --bytes $bytes
	trace_stop "$KSFT_TMP/trace"
	count_stop
	largest=$(awk -v dev="dev=$NETIF" '
		index($0, dev " ") && match($0, / len=[0-9]+/) {
			len = substr($0, RSTART + 5, RLENGTH - 5) + 0
			if (len > max) max = len
		}
		END { print max + 0 }' "$KSFT_TMP/trace")
	diag "$(delta IpInReceives) packets of $(delta "$ecn") segments," \
		"$(delta rx_packets) from the driver," \
		"$(delta peer_tx_packets) frames sent, largest $largest"
}

net_setup
net_quiet
on_exit ethtool -K "$NETIF" gro on
ethtool -K "$NETIF" gro on
stream_in "GRO on"
check_num "no segment is missing" "$(delta "$ecn")" -eq \
	"$(delta peer_tx_packets)"
check_delta "the driver hands up each frame" rx_packets -eq \
	"$(delta peer_tx_packets)"
check_num "the stack sees less than half as many packets" \
	"$(delta IpInReceives)" -lt $(($(delta "$ecn") / 2))
check_num "a packet holds several frames" "$largest" -gt 4000

check "GRO can be turned off" ethtool -K "$NETIF" gro off
stream_in "GRO off"
check_num "no segment is missing" "$(delta "$ecn")" -eq \
	"$(delta peer_tx_packets)"
check_num "every frame is a packet of its own" "$(delta IpInReceives)" -eq \
	"$(delta "$ecn")"
check_num "the largest is a frame" "$largest" -eq 1500
ethtool -K "$NETIF" gro on

# the peer leaves cutting to the wire: a device told to may pass whole packets
hw=$(feature rx-gro-hw)
if [ "$hw" = fixed ] || [ -z "$hw" ]; then
	skip "receive merging by the device" "rx-gro-hw cannot be changed"
	ksft_done
fi
peer_offload tx on sg on tso on gso on
on_exit ethtool -K "$NETIF" rx-gro-hw "$hw"
check "rx-gro-hw can be turned on" ethtool -K "$NETIF" rx-gro-hw on
stream_in "rx-gro-hw on"
# our driver counts what they were on the wire
check_num "the driver gets more than a frame at a time" \
	$(($(delta rx_packets) - $(delta 'nic_rx[0-9]+_gso_frames') + \
	   $(delta 'nic_rx[0-9]+_gso'))) -lt $((bytes / 1500))
check "rx-gro-hw can be turned off" ethtool -K "$NETIF" rx-gro-hw off gro off
stream_in "rx-gro-hw off"
check_num "the driver gets frame by frame" "$(delta rx_packets)" -ge \
	$((bytes / 1500))
check_num "the largest is a frame" "$largest" -eq 1500
ksft_done
