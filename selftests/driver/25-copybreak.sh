#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: rx ethtool
#
# Short frames are copied and leave their page in the ring, longer ones take it
# along; from what length on is ethtool's to say (--set-tunable rx-copybreak).
# Evidence: the driver's count of frames copied, next to frames of known length.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"

frames=200 headers=42

copybreak()
{
	ethtool --get-tunable "$NETIF" rx-copybreak | awk '{ print $2 }'
}

set_copybreak()
{
	ethtool --set-tunable "$NETIF" rx-copybreak "$1" &&
		[ "$(copybreak)" = "$1" ]
}

# copied TEXT LENGTH OPERATOR NUMBER: of that many frames, so long each
copied()
{
	count_start
	check "$1" traffic verify --server ".,$LOCAL4" \
		--client "$PEERNS,$PEER4" --udp $(($2 - headers)) \
		--repeat $frames
	count_stop
	check_delta "of $frames frames of $2 bytes are copied" \
		'nic_rx[0-9]+_copybreak' "$3" "$4"
}

net_setup
ours || skip_all "$DRIVER counts no copies"
net_quiet
default=$(copybreak)
check_num "frames up to this are copied" "$default" -gt 60
on_exit ethtool --set-tunable "$NETIF" rx-copybreak "$default"
copied "by default, short ones" "$default" -ge $frames
copied "by default, long ones" $((default + 1)) -eq 0
check "none" set_copybreak 0
copied "none" 60 -eq 0
check "up to 1000" set_copybreak 1000
copied "up to 1000" 1000 -ge $frames
copied "up to 1000" 1001 -eq 0
check_refused "more than a page holds is refused" \
	ethtool --set-tunable "$NETIF" rx-copybreak 65536
check_eq "and changes nothing" "$(copybreak)" 1000
ip link set "$NETIF" down
net_addresses
wait_for 10 has_carrier "$NETIF"
static_neighbours
check_eq "it outlives down and up" "$(copybreak)" 1000
copied "up to 1000 still" 1000 -ge $frames
ksft_done
