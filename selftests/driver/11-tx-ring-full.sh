#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: tx irq
#
# A full transmit ring stops the queue and freed descriptors wake it again,
# without a loss: a small ring, many frames, every one of them arrives. The
# kernel's byte queue limit, which would hold the frames back before the ring
# is full, is lifted.
#
# A stop that finds room again at once is taken back and not counted; NAPI may
# have woken the queue in between, so that there can be more wakes than stops.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"

need nft
net_setup
net_quiet
port=5011
frames=8000 window=200
if rings_fixed; then
	skip "the ring is small" "a legacy device's has a fixed size"
	# it fills an eighth as often
	window=$((3 * $(ring tx))) frames=32000
else
	set_rings tx 32
	check_num "the ring is small" "$(ring tx)" -eq 32
fi
for dir in "/sys/class/net/$NETIF/queues/tx-"*/byte_queue_limits; do
	set_knob 1000000 "$dir/limit_min"
done
count_port in_peer $port

# the window bounds what the cable's queues must hold, and is more than the ring
count_start
check "the device gave back all of $frames frames" traffic burst \
	--source ".,$NETIF" --sink "$PEERNS,$PEERIF" --mac "$PEER_MAC" \
	--ip "$LOCAL4,$PEER4" --port $port --count $frames --window $window
count_stop
check "the peer received them all" wait_for 5 counted_is in_peer $frames
check_num "and not one too many" "$(counted in_peer)" -eq $frames
check_delta "the interface counted them" tx_packets -eq $frames
check_delta "it dropped none" 'tx_(dropped|errors)' -eq 0
check_delta "the driver dropped none" 'nic_tx[0-9]+_drops' -eq 0
check_delta "the full ring stopped the queue" 'nic_tx[0-9]+_stops' -ge 10
check_delta "each stop was followed by a wake" 'nic_tx[0-9]+_wakes' -ge \
	"$(delta 'nic_tx[0-9]+_stops')"
check_delta "no transmit timeout" 'nic_tx[0-9]+_timeouts' -eq 0
check_delta "the queues' packets add up" 'nic_tx[0-9]+_packets' -eq $frames
check_delta "one doorbell served several frames" 'nic_tx[0-9]+_kicks' -lt \
	$frames

# packets of many fragments through the same small ring
count_start
check "TCP from the NIC is intact" traffic stream \
	--server "$PEERNS,$PEER4" --client ".,$LOCAL4" --bytes 8000000
check "UDP from the NIC is intact" traffic verify \
	--server ".,$LOCAL4" --client "$PEERNS,$PEER4" \
	--udp 1,1472,65507 --repeat 20
count_stop
check_delta "it dropped none" 'tx_(dropped|errors)' -eq 0
check_delta "each stop was followed by a wake" 'nic_tx[0-9]+_wakes' -ge \
	"$(delta 'nic_tx[0-9]+_stops')"

# streams that together have more fragments than the ring has descriptors
if ours && has_feature "$F_INDIRECT_DESC" && ! rings_fixed; then
	in_peer iperf3 -s -1 -D
	count_start
	check "eight streams at once" wait_for 5 iperf3 -c "$PEER4" -P 8 -n 32M
	count_stop
	check_delta "tables made room" 'nic_tx[0-9]+_indirect' -ge 1
	check_delta "no frame was put into one piece" \
		'nic_tx[0-9]+_linearized' -eq 0
	check_delta "it dropped none" 'tx_(dropped|errors)' -eq 0
fi
check "the queue is alive" can_ping
ksft_done
