#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 600
#
# What a change of ring sizes costs a steady flow of numbered datagrams each way,
# at the highest rate up to 20000 a second that the machine can send and receive
# without a loss when nothing changes; beside the same of the in-tree driver, as a
# table. With VIRTIO_F_RING_RESET nothing may be lost; without, nothing that had
# reached a ring: what the device's other side threw away meanwhile is counted
# there.
#
# Needs flow, a program that "make -C selftests" makes. VIONIC_BIND names the
# script if it is not beside the tests.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"

: "${VIONIC_BIND:=$LIB/../../scripts/vionic-bind}"
flow=$LIB/flow resizes=200 port=5029

# value NAME FILE...: of "NAME=value", summed up
value()
{
	local name="$1"

	shift
	cat "$@" | tr ' ' '\n' | awk -F = -v name="$name" '
		$1 == name { n += $2 }
		END { print n + 0 }'
}

# start FILE COMMAND...: a flow's end, when it is ready; sets $child
start()
{
	local file="$KSFT_TMP/$1"

	shift
	"$@" > "$file" 2>&1 &
	child=$!
	on_exit stop_child $child
	wait_for 10 grep -q ready "$file"
}

# finish CHILD...
finish()
{
	kill -TERM "$@" 2> /dev/null
	wait "$@" 2> /dev/null
}

# lost_of FLOW
lost_of()
{
	echo $(($(value sent "$KSFT_TMP/$1.sent") - \
		$(value got "$KSFT_TMP/$1.got")))
}

# flows RATE COMMAND...: while that runs, and until all have arrived
flows()
{
	local rate="$1" senders=() receivers=()
	local peer=(nsenter --net="/run/netns/$PEERNS")

	shift
	rm -f "$KSFT_TMP"/{in,out}.{sent,got}
	start in.got "$flow" recv $LOCAL4 $port
	receivers+=("$child")
	start out.got "${peer[@]}" "$flow" recv $PEER4 $port
	receivers+=("$child")
	start in.sent "${peer[@]}" "$flow" send $LOCAL4 $port "$rate"
	senders+=("$child")
	start out.sent "$flow" send $PEER4 $port "$rate"
	senders+=("$child")
	"$@"
	finish "${senders[@]}"
	settle
	finish "${receivers[@]}"
	rate_got=$(($(value sent "$KSFT_TMP"/*.sent) * 500 / \
		($(value ms "$KSFT_TMP/in.sent") + 1)))
	lost_in=$(lost_of in) lost_out=$(lost_of out)
	lost=$((lost_in + lost_out))
	late=$(value late "$KSFT_TMP"/*.got)
	gap=$(cat "$KSFT_TMP"/*.got | tr ' ' '\n' |
		sed -n 's/^gap_us=//p' | sort -n | tail -n 1)
}

# as long as something comes
settle()
{
	local before=-1 now

	while now=$(in_peer cat /proc/net/snmp /proc/net/dev | cksum) &&
		now+=$(cksum < /proc/net/snmp) && [ "$now" != "$before" ]; do
		before=$now
		sleep 0.2
	done
}

# resize: so often, between two sizes; counts those that were refused
resize()
{
	local i

	refused=0
	for ((i = 0; i < resizes; i++)); do
		ethtool -G "$NETIF" rx $((i % 2 ? 512 : 256)) \
			tx $((i % 2 ? 256 : 128)) > "$KSFT_TMP/out" 2>&1 ||
			refused=$((refused + 1))
	done
}

# thrown_away: by the cable, on its two ends
thrown_away()
{
	vm-host tapstats 2> /dev/null |
		jq '[.[].stats64.tx.dropped] | add // 0' || echo 0
}

# row NAME: of the table
row()
{
	diag "$(printf '%-12s %8s %8s %8s %8s %10s %10s' "$@")"
}

# measured DRIVER: a row of the table, and its numbers
measured()
{
	local before

	before=$(thrown_away)
	flows "$rate" resize
	thrown=$(($(thrown_away) - before))
	row "$1" $((resizes - refused)) "$rate_got" "$lost" "$thrown" "$late" \
		"$gap us"
}

restore()
{
	"$VIONIC_BIND" bind "$NIC_PCI" 2> /dev/null
	wait_for 10 nic_has_interface
	ip link set "$(nic_interface)" name "$NETIF" 2> /dev/null
	net_addresses
}

net_setup
ours || skip_all "$DRIVER is the one to compare with"
rings_fixed && skip_all "the rings of a legacy device have a fixed size"
[ -x "$flow" ] || skip_all "no flow, which make -C selftests makes"
net_quiet
read -r rx tx <<< "$(rings)"
on_exit ethtool -G "$NETIF" rx "$rx" tx "$tx"
for rate in 20000 10000 5000 2500 1000; do
	flows $rate sleep 2
	diag "at $rate a second: $rate_got were sent, $lost lost"
	[ "$lost" -ne 0 ] || break
done
check_num "a flow each way passes when nothing changes" "$lost" -eq 0

row driver resizes per-sec lost by-cable reordered longest-gap
measured vionic
# A cable holds a thousand frames: too few for a machine that stood still meanwhile,
# whoever made it. Slower, they are enough, or the fault is ours.
while has_feature $F_RING_RESET && [ "$lost" -gt 0 ] &&
	[ "$lost" -le "$thrown" ] && [ "$rate" -gt 500 ]
do
	rate=$((rate / 2))
	diag "that was the cable: again at $rate a second"
	measured vionic
done
check_num "vionic: all were made" "$refused" -eq 0
if has_feature $F_RING_RESET; then
	check_num "nothing is lost" "$lost" -eq 0
else
	# QEMU holds back a frame that comes during a reset, and hands it out
	# before it has taken note that the driver is ready: so it drops it
	diag "lost: $lost_in coming in, $lost_out going out"
	check_num "nothing is lost on its way out but by the cable" \
		"$lost_out" -le "$thrown"
	check_num "nor on its way in, but one for each reset by QEMU" \
		"$lost" -le $((thrown + resizes))
fi
check_num "nor out of order" "$late" -eq 0
ours_lost=$lost

if [ -x "$VIONIC_BIND" ] && "$VIONIC_BIND" unbind "$NIC_PCI" > /dev/null &&
	on_exit restore && wait_for 10 nic_has_interface
then
	ip link set "$(nic_interface)" name "$NETIF"
	net_addresses
	wait_for 10 has_carrier "$NETIF"
	net_quiet
	wait_for 10 ping -q -c 1 -W 1 $PEER4
	measured virtio_net
	[ "$refused" -eq $resizes ] ||
		check_num "no more is lost than under the in-tree driver" \
			"$ours_lost" -le "$lost"
fi
ksft_done
