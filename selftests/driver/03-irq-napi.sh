#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: irq napi rx
#
# A frame raises an interrupt, the interrupt starts polling, and one poll
# takes many frames under load: far fewer interrupts than packets. Evidence:
# /proc/interrupts, and the kernel's napi_poll events, which tell each poll's
# work and budget.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"

polls=$KSFT_TMP/polls

polled()
{
	trace_polls "$KSFT_TMP/trace" > "$polls"
}

# work sum|max|over|count: a figure over all polls; count is of those that
# found something
work()
{
	awk -v what="$1" '
		{ sum += $3; if ($3 > max) max = $3; if ($3 > $4) over++; if ($3) busy++ }
		END {
			if (what == "sum") print sum + 0
			if (what == "max") print max + 0
			if (what == "over") print over + 0
			if (what == "count") print busy + 0
		}' "$polls"
}

burst()
{
	traffic burst --source "$PEERNS,$PEERIF" --sink ".,$NETIF" \
		--mac "$NIC_MAC" --ip "$PEER4,$LOCAL4" "$@" > /dev/null
}

net_setup
net_quiet
irqs=$(nic_irqs | wc -w)
check_num "the NIC has interrupts" "$irqs" -ge 1

# one frame at a time: nothing to gather
count_start
trace_start napi:napi_poll
burst --count 50 --window 1
trace_stop "$KSFT_TMP/trace"
count_stop
polled
check_delta "50 single frames came" rx_packets -eq 50
# one that comes while the last poll still ends needs no interrupt
check_delta "they raised interrupts" irqs -ge 25
check_num "and were polled one by one" "$(work count)" -ge 45
check_delta "the driver counted the interrupts" 'nic_rx[0-9]+_irqs' -ge 25
check_delta "and the polls" 'nic_rx[0-9]+_polls' -ge 45

# frames that come while a poll ends and arms the interrupt: the poll has to look once
# more, or the watchdog finds them two seconds later
count_start
check "bursts of three frames arrive, each after the one before" \
	burst --count 1500 --window 3
count_stop
check_delta "bursts of three frames: no interrupt was missed" \
	'nic_rx[0-9]+_rescues' -eq 0

# load: a stream whose receiver has more to do than its sender
count_start
trace_start napi:napi_poll
check "a stream arrives as sent" traffic verify --server ".,$LOCAL4" \
	--client "$PEERNS,$PEER4" --tcp 6000000 --oneway
# its last frames may come late
settle
trace_stop "$KSFT_TMP/trace"
count_stop
polled
frames=$(delta rx_packets)
check_num "in many frames" "$frames" -ge 3000
check_num "the polls' work adds up to all of them" "$(work sum)" -eq "$frames"
check_num "no poll went over its budget" "$(work over)" -eq 0
check_num "the largest poll took many frames" "$(work max)" -ge 16
# where they are made slowly, fewer have come when one is looked for
few=$((frames / (${SLOWNESS:-1} > 1 ? 2 : 3)))
check_num "polls are far fewer than packets" "$(work count)" -le $few
check_delta "interrupts are far fewer than packets" irqs -le $few
diag "$(work count) polls, $(delta irqs) interrupts for $frames frames"

# polled on a timer, with interrupts off in between, nothing is forgotten:
# a poll that finds more than its budget is called again
set_rings rx 256
napi_hold $((100 * ${SLOWNESS:-1}))
burst --count 1
count_start
trace_start napi:napi_poll
burst --count 200
trace_stop "$KSFT_TMP/trace"
count_stop
polled
check_delta "200 frames held back came" rx_packets -eq 200
check_num "they filled a poll's budget" "$(work max)" -eq 64
check_delta "without an interrupt each" irqs -le 20
napi_release

# the interrupt is back when the load is gone and the timer that polled has expired
raises_interrupt()
{
	count_start
	burst --count 1
	count_stop
	[ "$(delta irqs)" -ge 1 ]
}

check "afterwards a single frame raises an interrupt again" \
	wait_for 1 raises_interrupt
check "ping works" can_ping
ksft_done
