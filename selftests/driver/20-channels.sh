#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: channels smp multiqueue
#
# The number of queues changes under traffic in both directions, and no byte
# of two TCP streams is lost or wrong; what was set is what is shown, and what
# flows use. The CPUs are spread over the transmit queues, also after CPU hotplug, and
# what the administrator sets there outlives down and up.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"

# changed_to N: and shown, also where the stack keeps its queues
changed_to()
{
	local dir="/sys/class/net/$NETIF/queues"

	ethtool -L "$NETIF" combined "$1" > "$KSFT_TMP/out" 2>&1 &&
		[ "$(channels)" = "$1" ] &&
		[ "$(find "$dir" -name 'rx-*' | wc -l)" -eq "$1" ] &&
		[ "$(find "$dir" -name 'tx-*' | wc -l)" -eq "$1" ]
}

# CPUs that send to a queue, all queues in order
xps_masks()
{
	cat "/sys/class/net/$NETIF/queues/tx-"*/xps_cpus | paste -s -d ' '
}

# 64 flows from the peer, counted; sets $used to how many queues took part
flows_in()
{
	local q

	used=0
	count_start
	traffic burst --source "$PEERNS,$PEERIF" --sink ".,$NETIF" \
		--mac "$NIC_MAC" --ip "$PEER4,$LOCAL4" --flows 64 \
		--count 640 --window 100 > /dev/null
	count_stop
	for ((q = 0; q < max; q++)); do
		[ "$(delta "nic_rx${q}_packets")" = 0 ] || used=$((used + 1))
	done
}

net_setup
max=$(channels max)
[ "$max" -ge 2 ] || skip_all "the device has one queue pair"
start=$(channels)
cpus=$(getconf _NPROCESSORS_ONLN)
on_exit ethtool -L "$NETIF" combined "$start"
! ours || check_eq "one queue a CPU, if there are as many" "$start" \
	$((cpus < max ? cpus : max))
! ours || check_num "each queue has CPUs of its own" \
	"$(xps_masks | tr ' ' '\n' | grep -cv '^0*$')" -eq "$start"

streams_start
done=0
idle=0
for ((i = 0; i < 24; i++)); do
	if changed_to $((1 + (i * 3 + 1) % max)); then
		done=$((done + 1))
	else
		diag "$((1 + (i * 3 + 1) % max)): $(cat "$KSFT_TMP/out")"
		diag "shown: $(channels)"
	fi
	[ $((i % 6)) -eq 5 ] || continue
	wait_for 10 moved $(($(if_bytes) + 100000)) || idle=$((idle + 1))
done
check_num "changes made and shown, asking for what is set among them" \
	$done -ge 20
check_num "times that no traffic flowed after 6 of them" $idle -eq 0
streams_end
check "UDP goes to and fro afterwards" traffic verify \
	--server ".,$LOCAL4" --client "$PEERNS,$PEER4" --udp 64 --repeat 50

net_quiet
for n in 1 "$max"; do
	changed_to 2
	check "$n channels" changed_to "$n"
	flows_in
	check_delta "all frames came" rx_packets -eq 640
	if ours && [ "$n" = 1 ]; then
		check_num "by one queue" "$used" -eq 1
	elif ours; then
		check_num "by more than one queue" "$used" -ge 2
	fi
done

for n in 0 $((max + 1)); do
	check_refused "$n channels are refused" \
		ethtool -L "$NETIF" combined "$n"
	check_eq "and nothing changes" "$(channels)" "$max"
done
check_refused "so are receive queues by themselves" \
	ethtool -L "$NETIF" rx 1

changed_to 1
check "a size of rings can be set with fewer channels" \
	ethtool -G "$NETIF" rx 128
changed_to "$max"
check_eq "and holds for those that come later" "$(ring rx)" 128

ip link set "$NETIF" down
check "channels can be set while down" changed_to 2
ip link set "$NETIF" up
wait_for 10 has_carrier "$NETIF"
check_eq "and are in force afterwards" "$(channels)" 2
changed_to "$max"
! ours || check_num "each queue has CPUs of its own again" \
	"$(xps_masks | tr ' ' '\n' | grep -cv '^0*$')" -eq \
	$((cpus < max ? cpus : max))

cpu=/sys/devices/system/cpu/cpu1/online
if [ -w $cpu ]; then
	set_knob 0 $cpu
	changed_to $((max - 1))
	put_knob 1 $cpu
	changed_to "$max"
	! ours || check_num "each queue has CPUs after CPU 1 went off-line and on-line" \
		"$(xps_masks | tr ' ' '\n' | grep -cv '^0*$')" -eq \
		$((cpus < max ? cpus : max))
else
	skip "XPS after CPU hotplug" "CPU 1 cannot go off-line"
fi

set_knob 3 "/sys/class/net/$NETIF/queues/tx-0/xps_cpus"
masks=$(xps_masks)
ip link set "$NETIF" down
ip link set "$NETIF" up
wait_for 10 has_carrier "$NETIF"
check_eq "the CPUs' queues outlive down and up" "$(xps_masks)" "$masks"
changed_to 1
changed_to "$max"
check_eq "and other channels" "$(xps_masks | cut -d ' ' -f 1)" \
	"${masks%% *}"

# A directory that is removed and added again has another inode
if can_host && [ "$(backend)" = device ]; then
	queue=/sys/class/net/$NETIF/queues/tx-$((max - 1))
	inode=$(stat -c %i "$queue")
	vm-host lies lie refuse c
	on_exit vm-host lies behave
	check_refused "fewer channels fail if the device refuses commands" \
		ethtool -L "$NETIF" combined 1
	check_eq "the refused change removes no queue of the stack" \
		"$(stat -c %i "$queue")" "$inode"
	vm-host lies behave
	check "the NIC works after the refused change" wait_for 30 again
	check_eq "the refused change leaves all channels" "$(channels)" "$max"
else
	skip "the device refuses fewer channels" "no such device"
fi
check "UDP and TCP work" traffic verify --server ".,$LOCAL4" \
	--client "$PEERNS,$PEER4" --udp 1,1472 --tcp 1,300000
ksft_done
