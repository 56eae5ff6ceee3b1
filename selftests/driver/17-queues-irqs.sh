#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: irq channels smp multiqueue
#
# Each queue pair has an interrupt of its own, the device's configuration one
# more, if the device has so many; else they share. With several queues, many
# flows use more than one, each queue that carries packets raises its
# interrupt, frames sent to a transmit queue leave through it, and the
# interrupts are spread over the CPUs.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"

# vectors in the device's MSI-X table, from its capability list
msix_vectors()
{
	local bytes at

	mapfile -t bytes <<< "$(od -An -v -t u1 -w1 \
		"/sys/bus/pci/devices/$NIC_PCI/config" | tr -d ' ')"
	at=${bytes[0x34]}
	while [ "$at" -gt 0 ] && [ "${bytes[at]}" -ne 17 ]; do
		at=${bytes[at + 1]}
	done
	if [ "$at" -gt 0 ]; then
		echo $((((bytes[at + 3] << 8 | bytes[at + 2]) & 0x7ff) + 1))
	else
		echo 0
	fi
}

# irq_of NAME: its number
irq_of()
{
	nic_interrupts | awk -v name="$1" '$3 == name { print $1 }'
}

# fired IRQ...: the interrupts so far of these
fired()
{
	nic_interrupts | awk -v list=" $* " '
		index(list, " " $1 " ") { n += $2 } END { print n + 0 }'
}

# xps QUEUE: all CPUs send through this queue
xps()
{
	local file

	for file in "/sys/class/net/$NETIF/queues/tx-"*/xps_cpus; do
		put_knob 0 "$file"
	done
	put_knob "$(printf %x $(((1 << cpus) - 1)))" \
		"/sys/class/net/$NETIF/queues/tx-$1/xps_cpus"
}

# as it was: the queues of other tests go by it
restore_xps()
{
	local file

	for file in "${!xps_was[@]}"; do
		put_knob "${xps_was[$file]}" "$file"
	done
}

net_setup
declare -A xps_was
for file in "/sys/class/net/$NETIF/queues/tx-"*/xps_cpus; do
	xps_was[$file]=$(cat "$file" 2> /dev/null) || unset "xps_was[$file]"
done
on_exit restore_xps
cpus=$(getconf _NPROCESSORS_ONLN)
queues=$(ethtool -l "$NETIF" | awk '
	/^Current/ { now = 1 }
	now && $1 == "Combined:" { print $2 }')
vectors=$(msix_vectors)
lines=$(nic_interrupts | wc -l)
diag "$queues queues, $vectors vectors in the device"
nic_interrupts | while read -r line; do
	diag "$line"
done

check_num "there is a queue" "$queues" -ge 1
check_num "as many receive queues in sysfs" \
	"$(find "/sys/class/net/$NETIF/queues" -name 'rx-*' | wc -l)" \
	-ge "$queues"
if ! has_msix; then
	check_num "one interrupt line for all" "$lines" -eq 1
	check_num "because the device has no more vectors" "$vectors" -le 1
elif ours && [ "$vectors" -gt "$queues" ]; then
	names=$(nic_interrupts | awk '{ print $3 }' | sort | paste -s -d ' ')
	want=$(
		echo "vionic-cfg@pci:$NIC_PCI"
		for ((q = 0; q < queues; q++)); do
			echo "vionic-q$q@pci:$NIC_PCI"
		done | sort | paste -s -d ' ')
	check_num "one interrupt a queue and one for the configuration" \
		"$lines" -eq $((queues + 1))
	check_eq "named after them" "$names" "${want//$'\n'/ }"
elif ours; then
	check_num "queues share the vectors there are" "$lines" -eq "$vectors"
else
	check_num "interrupts as vectors allow" "$lines" -le "$vectors"
fi

# a backend that has no say in it leaves a frame on the queue it came from: the
# peer's goes by the flow, too, not by the CPU that its sender happens to be on
# shellcheck disable=SC2016 # in that shell
ip netns exec "$PEERNS" sh -c 'for file in "$1"*/xps_cpus; do
	echo 0 > "$file"
done' sh "/sys/class/net/$PEERIF/queues/tx-" 2> /dev/null

net_quiet
frames=2000
count_start
traffic burst --source "$PEERNS,$PEERIF" --sink ".,$NETIF" \
	--mac "$NIC_MAC" --ip "$PEER4,$LOCAL4" --flows 64 \
	--count $frames --window 100 > /dev/null
count_stop
check_delta "frames of 64 flows came" rx_packets -eq $frames
check_delta "the queues' packets add up" 'nic_rx[0-9]+_packets' -eq $frames
check_delta "they raised interrupts" irqs -ge 1

if [ "$queues" = 1 ]; then
	skip "flows are spread over queues" "one queue only"
	ksft_done
fi

used=0
for ((q = 0; q < queues; q++)); do
	[ "$(delta "nic_rx${q}_packets")" = 0 ] || used=$((used + 1))
done
! ours || check_num "more than one queue took part" $used -ge 2

for ((q = 0; q < queues; q++)); do
	xps $q
	irq=$(irq_of "vionic-q$q@pci:$NIC_PCI")
	before=$(fired "$irq")
	count_start
	traffic burst --source ".,$NETIF" --sink "$PEERNS,$PEERIF" \
		--mac "$PEER_MAC" --ip "$LOCAL4,$PEER4" \
		--count 400 --window 100 > /dev/null
	count_stop
	check_delta "queue $q: 400 frames left" tx_packets -eq 400
	check_delta "queue $q: through it alone" "nic_tx${q}_packets" -eq 400
	[ -z "$irq" ] || check_num "queue $q: its interrupt rose" \
		$(($(fired "$irq") - before)) -ge 1
done
restore_xps

if ours && [ "$vectors" -gt "$queues" ]; then
	spread=$(for ((q = 0; q < queues; q++)); do
		cat "/proc/irq/$(irq_of "vionic-q$q@pci:$NIC_PCI")/smp_affinity_list"
	done | sort -u | wc -l)
	want=$((queues < cpus ? queues : cpus))
	check_num "the interrupts are spread over the CPUs" "$spread" -eq $want
fi
check "UDP and TCP work" traffic verify --server ".,$LOCAL4" \
	--client "$PEERNS,$PEER4" --udp 1,1472 --tcp 1,300000
ksft_done
