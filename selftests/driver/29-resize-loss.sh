#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: resize host
# timeout: 600
#
# What a change of ring sizes costs a steady flow of numbered datagrams each way,
# at the highest rate up to 20000 a second that the machine can send and receive
# without a loss when nothing changes; beside the same of the in-tree driver, as a
# table. With VIRTIO_F_RING_RESET nothing may be lost; without, nothing that had
# reached a ring: what the device's other side threw away meanwhile is counted
# there. How long a flow stands still is judged where time goes by instructions
# (STEADY, the binary logarithm of the nanoseconds of each): 5 million of them with
# VIRTIO_F_RING_RESET, 30 million without.
#
# Needs flow, a program that "make -C selftests" makes. VIONIC_BIND names the
# script if it is not beside the tests.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
# shellcheck source=../lib/flow.sh
. "$LIB/flow.sh"

: "${VIONIC_BIND:=$LIB/../../scripts/vionic-bind}"
resizes=200

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
net_quiet
flow_need
read -r rx tx <<< "$(rings)"
on_exit ethtool -G "$NETIF" rx "$rx" tx "$tx"
flow_rate 20000
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
if [ -n "${STEADY:-}" ]; then
	limit=$((30000 << STEADY))
	! has_feature $F_RING_RESET || limit=$((5000 << STEADY))
	check_num "no flow stands still for longer than $limit us" "$gap" -lt $limit
fi
ours_lost=$lost

# In-tree frees a ring that its interrupt's handler still looks at: a debug kernel
# complains of that (KASAN, 7.2.12: use after free in vring_interrupt), not of us
if grep -qw kasan_report /proc/kallsyms; then
	skip "beside in-tree" "a kernel with KASAN does not let it pass"
elif [ -x "$VIONIC_BIND" ]; then
	on_exit restore
	check "the in-tree driver takes over" eval \
		"'$VIONIC_BIND' unbind '$NIC_PCI' --force && wait_for 10 nic_has_interface"
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
