#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: ethtool reset irq host
#
# ethtool -t: the driver's own test passes on a good NIC, on-line and off-line,
# the latter with all that was asked for in force afterwards; and fails where
# there is reason to.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
# shellcheck source=../lib/wanted.sh
. "$(dirname "$0")/../lib/wanted.sh"

# result NAME: of the last run
result()
{
	sed -n "s/^$1.*[[:space:]]\([0-9]*\)$/\1/p" "$KSFT_TMP/out"
}

self_test()
{
	ethtool -t "$NETIF" "$1" > "$KSFT_TMP/out" 2>&1
	local status=$?
	cat "$KSFT_TMP/out"
	return $status
}

net_setup
ours || skip_all "$DRIVER tests nothing"
wanted_set
check "passes on-line" self_test online
diag "$(< "$KSFT_TMP/out")"
check_num "with the rings found right" "$(result 'rings')" -eq 0
stream_start in ".,$LOCAL4" "$PEERNS,$PEER4"
in=$child
count_start
check "passes off-line" self_test offline
count_stop
diag "$(< "$KSFT_TMP/out")"
check_num "each queue's interrupt came" "$(result 'interrupts')" -eq 0
check_delta "the device was reset" nic_resets -eq 1
stream_end in "$in"
check_wanted "afterwards"
if command -v vm-host > /dev/null; then
	no_carrier()
	{
		! has_carrier "$NETIF"
	}

	on_exit vm-host link on
	vm-host link off > /dev/null
	wait_for 5 no_carrier
	check_refused "fails without a link" self_test online
	check_num "and says what is wrong" "$(result 'link')" -eq 1
	vm-host link on > /dev/null
	wait_for 5 has_carrier "$NETIF"
	check "passes with it" self_test online
fi
ksft_done
