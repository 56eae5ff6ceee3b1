#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: napi irq rx
#
# Packets are processed in the NET_RX softirq; ksoftirqd takes over when
# there is too much of it; and with threaded NAPI a thread of its own polls.
# Evidence: /proc/softirqs, softnet_stat's time_squeeze, and which task
# napi_poll ran in.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"

burst()
{
	traffic burst --source "$PEERNS,$PEERIF" --sink ".,$NETIF" \
		--mac "$NIC_MAC" --ip "$PEER4,$LOCAL4" "$@" > /dev/null
}

# polled_by REGEX: work done in polls of such tasks
polled_by()
{
	trace_polls "$KSFT_TMP/trace" |
		awk -v task="$1" '$1 ~ task { n += $3 } END { print n + 0 }'
}

# column COLUMN: of softnet_stat over all CPUs
column()
{
	local cpu sum=0

	for ((cpu = 0; cpu < $(wc -l < /proc/net/softnet_stat); cpu++)); do
		sum=$((sum + $(softnet $cpu "$1")))
	done
	echo $sum
}

net_setup
net_quiet
count_start
trace_start napi:napi_poll irq:softirq_entry
burst --count 1000 --window 100
trace_stop "$KSFT_TMP/trace"
count_stop
check_delta "1000 frames came" rx_packets -eq 1000
check_delta "NET_RX softirqs rose" softirq_rx -ge 20
check_num "the kernel entered NET_RX" \
	"$(grep -c 'softirq_entry: vec=3 ' "$KSFT_TMP/trace")" -ge 20
check_num "all frames were polled" "$(polled_by .)" -eq 1000

# Overload: a softirq that may poll once only and then has to start over,
# with a ring full of frames found by a timer.
set_knob 1 /proc/sys/net/core/netdev_budget
set_rings rx 1024
napi_hold 200
burst --count 1
squeezed=$(column 2)
count_start
trace_start napi:napi_poll
burst --count 1000
trace_stop "$KSFT_TMP/trace"
count_stop
napi_release
put_knob 300 /proc/sys/net/core/netdev_budget
check_delta "1000 frames held back came" rx_packets -eq 1000
check_num "the softirq ran out of budget" \
	$(($(column 2) - squeezed)) -ge 1
check_num "ksoftirqd took over" "$(polled_by '^ksoftirqd')" -ge 64

# Threads
set_knob 1 "/sys/class/net/$NETIF/threaded"
check_num "threaded NAPI has threads" \
	"$(pgrep -c "^napi/$NETIF-")" -ge 1
count_start
trace_start napi:napi_poll
burst --count 1000 --window 100
trace_stop "$KSFT_TMP/trace"
count_stop
check_delta "1000 frames came" rx_packets -eq 1000
check_num "threads polled them all" "$(polled_by "^napi/$NETIF-")" -eq 1000
check "a TCP stream is intact" traffic stream --server ".,$LOCAL4" \
	--client "$PEERNS,$PEER4" --bytes 4000000
put_knob 0 "/sys/class/net/$NETIF/threaded"
trace_start napi:napi_poll
burst --count 100 --window 10
trace_stop "$KSFT_TMP/trace"
check_num "no thread polls when that is off again" \
	"$(polled_by "^napi/$NETIF-")" -eq 0
ksft_done
