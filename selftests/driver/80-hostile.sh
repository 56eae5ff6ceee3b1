#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: recover rx tx control fault-device host slow
# timeout: 900
#
# A device that lies, one lie at a time: in used entries, in the ring's indices, in
# headers, by interrupts, in answers to commands, in its configuration and registers.
# Whatever it does, the kernel has nothing to complain about, user space goes on, the log
# is not flooded, and after the device behaves again, and has asked for a reset, frames
# go to and fro.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
# shellcheck source=../lib/hostile.sh
. "$(dirname "$0")/../lib/hostile.sh"

F_DEVICE_STATS=50

used="id-outside id-huge id-other id-again id-random len-0 len-short len-long len-max
	len-random"
shown="index-ahead index-around index-far index-back scribble-desc scribble-avail
	scribble-used"
headers="header-random buffers-0 buffers-more buffers-max gso-unknown gso-size-0
	gso-for-short csum-outside csum-in-mac header-changing"
irqs="silent storm wrong-vector"
changes="flaps announces"
answers="no-answer nags refuse garbage late"
data="size-0 size-max data-any data-none"
registers="irq-in-reset needs-reset never-reset no-features-ok features-fewer
	random-register"

commanded()
{
	ip link set "$NETIF" promisc on
	ip link set "$NETIF" promisc off
	ip maddr add 33:33:00:00:12:34 dev "$NETIF"
	ip maddr del 33:33:00:00:12:34 dev "$NETIF"
	disturbed
}

# Milliseconds that the driver waited for an answer, at most, by its log
waited()
{
	ksft_log | sed -n 's/.*control command .* answer after \([0-9]*\) ms$/\1/p' |
		sort -n | tail -n 1
}

asked()
{
	for _ in {1..10}; do
		ethtool -S "$NETIF" > /dev/null
	done
}

# Frames received, by the device's own statistics
device_rx()
{
	nic_counter 'device_rx0_packets'
}

restarted()
{
	timeout 30 ethtool -G "$NETIF" rx 128
	timeout 30 ip link set "$NETIF" down
	timeout 30 ip link set "$NETIF" up
	disturbed
} > /dev/null 2>&1

mixed()
{
	commanded
	restarted
	disturbed
}

vlan()
{
	ip link add link "$NETIF" name "$NETIF.77" type vlan id 77
}

bus_master()
{
	echo $((0x$(setpci -s "$NIC_PCI" COMMAND) & 4))
}

# What the driver counts of faults
faults()
{
	ethtool -S "$NETIF" 2> /dev/null | awk '
		/(errors|drops|resets|rescues):/ {
			sub(/^ *(rx|tx)[0-9]+_/, "")
			n[$1] += $2
		}
		END { for (name in n) printf "%s%.0f\n", name, n[name] }'
}

# more BEFORE AFTER: print the counters that increased between two such lists
more()
{
	local name count
	local -A before

	while IFS=: read -r name count; do
		before[${name:-none}]=$count
	done <<< "$1"
	while IFS=: read -r name count; do
		count=$((count - ${before[${name:-none}]:-0}))
		[ $count -le 0 ] || printf '%s:%d ' "$name" $count
	done <<< "$2"
}

errors_are()
{
	[ "$(nic_counter 'rx[0-9]+_errors')" -eq "$1" ]
}

no_longer_offered()
{
	dmesg | grep -c "$NIC_PCI.*no longer offers feature 0:"
}

log_lines()
{
	dmesg | grep -c "$NIC_PCI"
}

# survives FAULT QUEUE COMMAND. $counters are those after the fault before
survives()
{
	local counters_before=$counters lines told start=$SECONDS

	lines=$(log_lines)
	vm-host lies lie "$1" "$2" > /dev/null || bail "the device lies: $1"
	"$3"
	told=$(behave)
	check "$1, $2: it comes back" wait_for 30 again
	counters=$(faults)
	check_num "$1, $2: it was told" "$told" -gt 0
	# the longer it takes, the more of them: one a second is no flood
	check_num "$1, $2: lines in the log" \
		$(($(log_lines) - lines)) -le $((30 + SECONDS - start))
	diag "$1, $2: $told faults, $(more "$counters_before" "$counters")"
	# who takes it down wants no more of the waiting between recoveries
	ip link set "$NETIF" down
	wait_for 10 again
}

net_setup
need_liar
counters=$(faults)
for lie in $used $shown $headers $irqs; do
	survives "$lie" rx disturbed
done
# a checksum in the MAC header is no frame's
errors=$(nic_counter 'rx[0-9]+_errors')
vm-host lies lie csum-in-mac rx > /dev/null
disturbed
told=$(behave)
check "csum-in-mac: each frame is counted as an error" \
	wait_for 5 errors_are $((errors + told))
for lie in $used $shown $irqs; do
	survives "$lie" tx disturbed
done
for lie in $used $shown $irqs $answers; do
	survives "$lie" ctrl commanded
done
for lie in $changes; do
	survives "$lie" ctrl disturbed
done
# two seconds, however many interrupts come meanwhile
check_num "ctrl: milliseconds that an answer was waited for" "$(waited)" \
	-le $((2000 + 500 * ${SLOWNESS:-1}))
# what the device refuses its user does not get, nor what it answers in no bytes
for lie in refuse len-0; do
	vm-host lies lie "$lie" ctrl > /dev/null
	vlan > "$KSFT_TMP/out" 2>&1
	status=$?
	behave > /dev/null
	check_eq "$lie, ctrl: a VLAN is refused" \
		"$status: $(ls -d "/sys/class/net/$NETIF.77" 2> /dev/null)" "2: "
	diag "$(< "$KSFT_TMP/out")"
	check "$lie, ctrl: it comes back" wait_for 30 again
done
check "a VLAN that is not refused can be had" wait_for 30 vlan
ip link del "$NETIF.77"
# statistics: an entry's length, and what there is in place of them
if has_feature "$F_DEVICE_STATS"; then
	for lie in $data len-1; do
		survives "$lie" ctrl asked
	done
	check_num "the device counts the frames that it receives" "$(device_rx)" -gt 0
	vm-host lies lie len-1 ctrl > /dev/null
	check_num "len-1, ctrl: statistics behind the answer's length are not read" \
		"$(device_rx)" -eq 0
	behave > /dev/null
	check "len-1, ctrl: it comes back" wait_for 30 again
fi
for lie in $registers; do
	survives "$lie" rx restarted
done
# a feature in use that it does not offer any more after a reset
lines=$(no_longer_offered)
vm-host lies lie features-fewer all > /dev/null
ip link set "$NETIF" down
check_refused "features-fewer: the device is not used without a feature" \
	ip link set "$NETIF" up
behave > /dev/null
check_num "features-fewer: the log names the feature" \
	$(($(no_longer_offered) - lines)) -ge 1
ip link set "$NETIF" up
check "features-fewer: it comes back with the feature" wait_for 30 again
# what it has while it does not let itself be reset is not its any more
vm-host lies lie never-reset rx > /dev/null
ip link set "$NETIF" down
check_eq "never-reset: it is no bus master" "$(bus_master)" 0
behave > /dev/null
check "never-reset: once it does, it comes back" wait_for 10 again
check_eq "and is one again" "$(bus_master)" 4
# All faults mixed, on all queues. SEEDS="17 18" tries other sequences.
for seed in ${SEEDS:-1 2 3 4}; do
	vm-host lies seed "$seed" > /dev/null
	diag "seed $seed"
	survives any all mixed
done
# it looks as if it were not there any more: what was bound to it lets it go
vm-host lies lie all-ones rx > /dev/null
size=128
[ "$(ring rx)" != 128 ] || size=256
ethtool -G "$NETIF" rx $size 2> "$KSFT_TMP/out"
check "all-ones: ethtool -G does not promise the old rings" \
	file_has "took neither the new rings nor the old ones" "$KSFT_TMP/out"
restarted
told=$(behave)
check_num "all-ones: it was told" "$told" -gt 0
let_go
take
check "all-ones: it comes back when it is found again" wait_for 30 again
ethtool -G "$NETIF" rx 256 > /dev/null 2>&1
check "bytes of frames of all lengths arrive" traffic verify \
	--server ".,$LOCAL4" --client "$PEERNS,$PEER4" \
	--udp 0,1,200,1472,9000 --tcp 1,500000
ksft_done
