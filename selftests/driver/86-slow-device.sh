#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: control reset resize fault-device host multiqueue
#
# A device that is in time, but only just, each time: what asks it for much has a lock
# that all who set up networks want (rtnl), so that is given up in the middle, nothing
# has changed, and the NIC works once the device is as fast as others.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
# shellcheck source=../lib/hostile.sh
. "$(dirname "$0")/../lib/hostile.sh"

vlans=12

# timed COMMAND...: its status into $status, its seconds into $took
timed()
{
	local start=$SECONDS

	"$@" > "$KSFT_TMP/out" 2>&1
	status=$?
	took=$((SECONDS - start))
	diag "$* took $took s: $status $(< "$KSFT_TMP/out")"
}

# As the user sees them
rings()
{
	ethtool -g "$NETIF" | sed '1,/Current/d'
}

net_setup
need_liar
# what a busy machine adds, by the time that ten changes of rings take
timed ethtool -G "$NETIF" rx 256
slack=$((3 * ${SLOWNESS:-1} + 10 * took))

# a queue after the other
pairs=$(ethtool -l "$NETIF" | awk '$1 == "Combined:" { print $2; exit }')
[ "$pairs" = 1 ] || ethtool -L "$NETIF" combined "$pairs"
again
before=$(rings)
vm-host lies lie slow-reset rx > /dev/null
timed ethtool -G "$NETIF" rx 128
told=$(behave)
check_num "queues are reset slowly: it was told" "$told" -gt 0
check_num "others waited for so many seconds" $took -le $((15 + slack))
if [ $((pairs * 3)) -gt 13 ]; then
	check_num "that was given up" $status -ne 0
	check_eq "rings are as before" "$(rings)" "$before"
fi
check "it comes back" wait_for 30 again
check "the same works with a device that is fast" ethtool -G "$NETIF" rx 64

# all that is set, once more
for ((i = 0; i < vlans; i++)); do
	ip link add link "$NETIF" name "$NETIF.$i" type vlan id $((80 + i))
done
ip link set "$NETIF" down
vm-host lies lie slow ctrl > /dev/null
timed ip link set "$NETIF" up
told=$(behave)
check_num "commands are answered slowly: it was told" "$told" -gt 0
check_num "others waited for so many seconds" $took -le $((12 + slack))
check_num "others waited for so many answers of 1.5 s" "$told" -le 8
check_num "that was given up" $status -ne 0
check "it comes back" wait_for 30 again
for ((i = 0; i < vlans; i++)); do
	ip link del "$NETIF.$i"
done
check "UDP and TCP work" traffic verify --server ".,$LOCAL4" \
	--client "$PEERNS,$PEER4" --udp 0,1,1472,9000 --tcp 1,300000
ksft_done
