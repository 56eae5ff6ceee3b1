#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: coalesce irq
#
# Delays of interrupts, by the device where it has them, else by the driver: what
# was set is what is shown, also after down and up, and interrupts are fewer for
# it; a time, a number of frames, both, or as the traffic wants it; for a queue by
# itself. What would wait for ever is refused and changes nothing. A transmit ring that
# is full and a receive ring without buffers do not wait for the time. Evidence: the
# driver's counts of interrupts and polls beside frames at a steady rate, and rates.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"

F_VQ_NOTF_COAL=52 F_NOTF_COAL=53
pktgen=/proc/net/pktgen

# the four settings in a line
coalescing()
{
	ethtool -c "$NETIF" 2>&1 | awk '
		/^(rx|tx)-(usecs|frames):/ { printf "%s%s", sep, $2; sep = " " }'
}

# refused WHAT WANTED ARGUMENT...: nothing changes
refused()
{
	local what="$1" before out

	shift
	before=$(coalescing)
	if out=$(ethtool -C "$NETIF" "$@" 2>&1); then
		not_ok "$what" "$* was accepted"
		return
	fi
	ok "$what"
	out=$(grep -v -e 'Invalid argument' -e 'not supported$' <<< "$out")
	check_num "with a sentence: ${out#netlink error: }" \
		"$(wc -w <<< "$out")" -ge 4
	check_eq "and changes nothing" "$(coalescing)" "$before"
}

# can_set USECS FRAMES: for receive queues
can_set()
{
	ethtool -C "$NETIF" rx-usecs "$1" rx-frames "$2" &&
		[ "$(coalescing | cut -d ' ' -f 1,2)" = "$1 $2" ]
}

# steady TEXT: 300 frames in and out, one each two milliseconds; sets polls, irqs
steady()
{
	count_start
	check "$1: frames come and go" \
		ping -q -c 300 -i 0.002 -W 5 $PEER4
	count_stop
	polls=$(delta 'nic_rx[0-9]+_polls') irqs=$(delta 'nic_rx[0-9]+_irqs')
	diag "$1: $polls polls, $irqs interrupts"
}

# adaptive: "on on" or "off off"
adaptive()
{
	ethtool -c "$NETIF" | awk '/^Adaptive/ { print $3, $5 }'
}

# by_queue: rx-usecs of the first queue
by_queue()
{
	ethtool -Q "$NETIF" queue_mask 0x1 --show-coalesce |
		awk '/^rx-usecs:/ { print $2 }'
}

# each_its_own: a tenth of a second and some more, for queue after queue
each_its_own()
{
	local i n

	n=$(channels)
	for ((i = 0; i < n; i++)); do
		ethtool -Q "$NETIF" queue_mask "$(printf 0x%x $((1 << i)))" \
			--coalesce rx-usecs $((100000 + i)) tx-usecs 100000 rx-frames 0 ||
			return
	done
}

# each_queue: all settings of all queues, in a line
each_queue()
{
	ethtool -Q "$NETIF" queue_mask "$(printf 0x%x $(((1 << $(channels)) - 1)))" \
		--show-coalesce | awk '
		/^Queue:/ { printf "%s%s:", sep, $2; sep = " " }
		/^Adaptive/ { printf "%s,%s", $3, $5 }
		/^(rx|tx)-(usecs|frames):/ { printf ",%s", $2 }'
}

# apart: another setting of each kind for the first queue than for the others
apart()
{
	ethtool -C "$NETIF" adaptive-rx off adaptive-tx off rx-usecs 20 rx-frames 4 \
		tx-usecs 20 tx-frames 4 &&
		ethtool -Q "$NETIF" queue_mask 0x1 --coalesce adaptive-rx on \
			rx-usecs 30 rx-frames 8 tx-usecs 40
}

# refused_apart WHAT ARGUMENT...: no queue changes
refused_apart()
{
	local what="$1" before

	shift
	before=$(each_queue)
	check_refused "$what" ethtool -C "$NETIF" "$@"
	check_eq "$what: each queue has what it had" "$(each_queue)" "$before"
}

# pktgen_rate: frames a second of 7 descriptors each, as fast as they go
pktgen_rate()
{
	put_knob start $pktgen/pgctrl
	sed -n 's/^ *\([0-9]*\)pps .*/\1/p' "$pktgen/$NETIF"
}

# full_tx_ring: the rates with and without a delay
full_tx_ring()
{
	local s fast slow

	put_knob rem_device_all $pktgen/kpktgend_0
	put_knob "add_device $NETIF" $pktgen/kpktgend_0
	on_exit put_knob rem_device_all $pktgen/kpktgend_0
	for s in "count 2000" "dst $PEER4" "dst_mac $PEER_MAC" "delay 0" \
		"pkt_size 1000" "frags 5"; do
		put_knob "$s" "$pktgen/$NETIF"
	done
	fast=$(pktgen_rate)
	ethtool -C "$NETIF" tx-usecs 50000 tx-frames 0
	slow=$(pktgen_rate)
	ethtool -C "$NETIF" tx-usecs 0
	check_num "full transmit ring: frames a second, without delay: $fast" \
		"$slow" -ge $((${fast:-0} / 2))
}

# burst_ms: time that the NIC takes to receive bursts larger than its ring
burst_ms()
{
	local start end

	start=$(date +%s%N)
	traffic burst --source "$PEERNS,$PEERIF" --sink ".,$NETIF" \
		--mac "$NIC_MAC" --ip "$PEER4,$LOCAL4" --count 1000 \
		--window 100 > "$KSFT_TMP/burst" || diag "$(cat "$KSFT_TMP/burst")"
	end=$(date +%s%N)
	echo $(((end - start) / 1000000))
}

# empty_rx_ring: of buffers of several descriptors, with and without a delay
empty_rx_ring()
{
	local fast slow

	rings_fixed || set_rings rx 64
	ip link set "$NETIF" mtu 9000
	wait_for 10 has_carrier "$NETIF"
	fast=$(burst_ms)
	ethtool -C "$NETIF" rx-usecs 50000 rx-frames 0
	slow=$(burst_ms)
	ethtool -C "$NETIF" rx-usecs 0
	ip link set "$NETIF" mtu 1500
	# the last frames of each of 10 bursts wait for the delay, but not those that
	# find the ring empty
	check_num "empty receive ring: milliseconds, without delay: $fast" \
		"$slow" -le $((fast + 1000))
}

# adapted: how many decisions of the kernel's library the driver has carried out
adapted()
{
	awk '/workqueue_execute_end: .*[rt]x_adapted/ { n++ } END { print n + 0 }' "$1"
}

# adapts_without_rtnl: frames come and go while rtnl is held
adapts_without_rtnl()
{
	trace_start workqueue:workqueue_execute_end
	py_start "$LIB/hold_rtnl.py" "$KSFT_TMP/rtnl"
	check "rtnl is held" wait_for 20 [ -e "$KSFT_TMP/rtnl" ]
	check "rtnl is held: frames come and go" \
		in_peer ping -q -f -c 3000 -w 60 "$LOCAL4"
	trace_stop "$KSFT_TMP/trace"
	rm "$KSFT_TMP/rtnl"
	check_num "delays follow the traffic while rtnl is held" \
		"$(adapted "$KSFT_TMP/trace")" -gt 0
}

# device_reset: down and up, for which the driver resets the device
device_reset()
{
	ip link set "$NETIF" down
	net_addresses
	wait_for 10 has_carrier "$NETIF"
	static_neighbours
}

net_setup
ours || skip_all "$DRIVER has rules of its own"
on_exit ethtool -C "$NETIF" rx-usecs 0 rx-frames 0 tx-usecs 0 tx-frames 0
on_exit ethtool -C "$NETIF" adaptive-rx off adaptive-tx off
check "delays are set and shown" can_set 64 16
device_reset
check_eq "they outlive down and up" \
	"$(coalescing | cut -d ' ' -f 1,2)" "64 16"
refused "frames without a time are refused" rx-usecs 0 rx-frames 8
if ! has_feature $F_VQ_NOTF_COAL; then
	refused "more than a second is refused" rx-usecs 1000001
fi
check "and back" can_set 0 0

check "traffic passes" wait_for 10 ping -q -c 1 -W 1 $PEER4
steady "no delay"
none=$polls
check_num "each frame has a poll, or nearly" "$none" -ge 150
# long enough for a machine on which a frame takes 20 ms
check "100 ms, however many frames" ethtool -C "$NETIF" rx-usecs 100000 \
	tx-usecs 100000
steady "100 ms"
check_num "polls are fewer by far" $((polls * 2)) -le "$none"
check_num "and interrupts" $((irqs * 3)) -le "$none"
device_reset
steady "100 ms, after a reset of the device"
check_num "100 ms, after a reset of the device: polls are fewer by far" \
	$((polls * 2)) -le "$none"
if has_feature "$F_EVENT_IDX"; then
	check "100 ms, or four frames" ethtool -C "$NETIF" rx-usecs 100000 \
		rx-frames 4 tx-usecs 100000 tx-frames 64
	steady "four frames"
	check_num "polls are fewer" $((polls * 3)) -le $((none * 2))
	check_num "but do not wait for the time" "$polls" -ge 30
fi
check "a time for a queue by itself" ethtool -Q "$NETIF" queue_mask 0x1 \
	--coalesce rx-usecs 30 rx-frames 0
check_eq "is shown" "$(by_queue)" 30
# which one device can do, and the driver has to for another
check "each its own" each_its_own
steady "each its own"
check_num "polls are fewer by far" $((polls * 2)) -le "$none"
check "and all the same" ethtool -C "$NETIF" rx-usecs 30 tx-usecs 30
steady "all the same"
check_num "each frame has a poll again" $((polls * 2)) -ge "$none"
check "settings that differ between queues" apart
refused_apart "frames without a time, queues differ" rx-usecs 0 rx-frames 8
refused_apart "the same with adaptive-rx off" adaptive-rx off rx-usecs 0 rx-frames 8
refused_apart "the same with adaptive-tx on" adaptive-tx on tx-usecs 0 tx-frames 8
# 53: VIRTIO_NET_F_NOTF_COAL
if ! can_host || [ "$(backend)" != device ] ||
   ! has_feature $F_VQ_NOTF_COAL && ! has_feature 53; then
	skip "a device that refuses" "none that can be had to refuse"
else
	vm-host lies lie refuse c
	on_exit vm-host lies behave
	refused_apart "the device refuses, queues differ" adaptive-rx off rx-usecs 70
	vm-host lies behave
	check "the device does not refuse any more" ethtool -C "$NETIF" \
		adaptive-rx off rx-usecs 70
fi
ethtool -C "$NETIF" adaptive-rx off adaptive-tx off rx-usecs 0 rx-frames 0 \
	tx-usecs 0 tx-frames 0
check "as the traffic wants it" \
	ethtool -C "$NETIF" adaptive-rx on adaptive-tx on
check_eq "is shown" "$(adaptive)" "on on"
steady "as the traffic wants it"
adapts_without_rtnl
check "a stream in" traffic verify --server ".,$LOCAL4" \
	--client "$PEERNS,$PEER4" --tcp 1000000
check "not any more" ethtool -C "$NETIF" adaptive-rx off adaptive-tx off \
	rx-usecs 0 rx-frames 0 tx-usecs 0 tx-frames 0
check_eq "is shown" "$(adaptive) $(coalescing)" "off off 0 0 0 0"
steady "no delay any more"
check_num "each frame has a poll again" $((polls * 2)) -ge "$none"

if has_feature $F_VQ_NOTF_COAL || has_feature $F_NOTF_COAL; then
	skip "full transmit ring" "the driver does not time the interrupts"
elif ! modprobe pktgen 2> /dev/null; then
	skip "full transmit ring" "this kernel has no pktgen"
else
	on_exit rmmod pktgen
	full_tx_ring
	empty_rx_ring
fi
ksft_done
