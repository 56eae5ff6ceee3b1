#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Delays of interrupts: where the device has them, what was set is what is
# shown, also after down and up; frames without a time are
# refused. Where it has none, that is said in a sentence and changes nothing.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"

F_VQ_NOTF_COAL=52 F_NOTF_COAL=53

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

net_setup
ours || skip_all "$DRIVER has rules of its own"
if has_feature $F_NOTF_COAL || has_feature $F_VQ_NOTF_COAL; then
	check "delays are set and shown" can_set 64 16
	ip link set "$NETIF" down
	net_addresses
	wait_for 10 has_carrier "$NETIF"
	check_eq "they outlive down and up" \
		"$(coalescing | cut -d ' ' -f 1,2)" "64 16"
	refused "frames without a time are refused" rx-usecs 0 rx-frames 8
	check "and back" can_set 0 0
else
	refused "a device without delays refuses them" rx-usecs 64
	refused "for frames, too" tx-usecs 10 tx-frames 8
fi
static_neighbours
check "traffic goes on" wait_for 5 can_ping
ksft_done
