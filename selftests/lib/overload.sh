# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # variables of net.sh and flow.sh
#
# A flood of datagrams that one CPU cannot receive. To be sourced after net.sh and
# flow.sh. CPU 0 receives the flood; CPU 1 sends the flood and runs the test.

overload_need()
{
	[ -x "$flow" ] || { echo "no flow, which make -C selftests makes"; return; }
	[ "$(getconf _NPROCESSORS_ONLN)" -ge 2 ] || { echo "one CPU only"; return; }
	[ -e "/sys/class/net/$NETIF/threaded" ] ||
		echo "this kernel has no threaded NAPI"
}

# overload_place: interrupts of the NIC on CPU 0, the others and this test on CPU 1
overload_place()
{
	local irq cpu nic

	nic=" $(nic_irqs | tr '\n' ' ')"
	while read -r irq; do
		cpu=1
		[[ "$nic" != *" $irq "* ]] || cpu=0
		set_knob $cpu "/proc/irq/$irq/smp_affinity_list" 2> /dev/null
	done < <(awk '/virtio|vionic/ { sub(":", "", $1); print $1 }' /proc/interrupts)
	overload_pin 1 $$
	overload_pin 1 "$python_server"
}

# overload_pin CPUS PROCESS
overload_pin()
{
	on_exit taskset -pc "$(taskset -pc "$2" | sed 's/.*: //')" "$2"
	taskset -pc "$1" "$2" > /dev/null
}

# overload_rules: each datagram passes 300 rules, so that reception costs several times
# as much as sending
overload_rules()
{
	local n

	on_exit nft delete table inet vionic_overload
	{
		echo "table inet vionic_overload {"
		echo "chain pre {"
		echo "type filter hook prerouting priority -300"
		echo "udp dport != $flow_port accept"
		for n in {1..300}; do
			echo "udp sport $n drop"
		done
		echo "}"
		echo "}"
	} | nft -f -
}

# overload_start: the flood, and wait until it arrives; sets $child
overload_start()
{
	# what waits behind a full transmit ring would go on after the sender ends
	in_peer tc qdisc replace dev "$PEERIF" root pfifo limit 100
	start flood.sent taskset -c 1 nsenter --net="/run/netns/$PEERNS" \
		"$flow" send "$LOCAL4" "$flow_port" 1000000
	wait_for 20 overload_received $(($(nic_received) + 500)) ||
		diag "the flood does not arrive"
}

nic_received()
{
	echo "$(< "/sys/class/net/$NETIF/statistics/rx_packets")"
}

overload_received()
{
	[ "$(nic_received)" -ge "$1" ]
}
