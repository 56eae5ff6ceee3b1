#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: trace irq napi
#
# What the driver does can be watched: tracepoints of interrupts, polls, refills,
# kicks and commands, and a view of the rings in debugfs. Evidence: their fields,
# against the driver's counters.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"

tracing=/sys/kernel/tracing

# events NAME [REGEX]: how many were traced
events()
{
	grep -c "vionic_$1:.*${2:-}" "$tracing/trace"
}

net_setup
ours || skip_all "$DRIVER has no tracepoints of its own"
[ -d $tracing/events ] || skip_all "this kernel traces nothing"
[ -d $tracing/events/vionic ] || bail "the tracepoints are there"
net_quiet
index=$(cat "/sys/class/net/$NETIF/ifindex")
on_exit put_knob 0 $tracing/events/vionic/enable
on_exit put_knob "" $tracing/trace
: > $tracing/trace
echo 1 > $tracing/events/vionic/enable
count_start
check "traffic" traffic verify --server ".,$LOCAL4" --client "$PEERNS,$PEER4" \
	--udp 64 --repeat 50
ip link set "$NETIF" allmulticast on
check_num "a command was traced" "$(wait_for 5 events command;
	events command 'class=0 cmd=1 err=0')" -ge 1
ip link set "$NETIF" allmulticast off
count_stop
echo 0 > $tracing/events/vionic/enable
check_num "interrupts" "$(events irq "ifindex=$index pair=")" -ge \
	"$(delta 'nic_rx[0-9]+_irqs')"
check_num "polls" "$(events poll "ifindex=$index ")" -ge \
	"$(delta 'nic_rx[0-9]+_polls')"
check_num "kicks" "$(events kick "ifindex=$index ")" -ge \
	"$(delta 'nic_[rt]x[0-9]+_kicks')"
check_num "refills" "$(events refill "missing=0")" -ge 1
check_num "frames that polls received" "$(awk '
	sub(".*vionic_poll:.* done=", "") { n += $1 }
	END { print n + 0 }' $tracing/trace)" -ge "$(delta 'nic_rx[0-9]+_packets')"

rings=/sys/kernel/debug/vionic-$NIC_PCI/rings
if [ -d /sys/kernel/debug ] && [ -e "$rings" ]; then
	diag "$(< "$rings")"
	check_num "the rings can be seen" "$(grep -c '^[rt]x[0-9]' "$rings")" \
		-ge 2
	check_eq "with the size that ethtool shows" \
		"$(sed -n 's/^rx0 .*num=\([0-9]*\).*/\1/p' "$rings")" \
		"$(ring rx)"
else
	skip "the rings can be seen" "no debugfs here"
fi
ksft_done
