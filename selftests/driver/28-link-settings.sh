#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: link ethtool
#
# Speed and duplex: what the device says, or else what the administrator does,
# for those who need a number. What can't be is refused and changes nothing.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"

settings()
{
	ethtool "$NETIF" | awk '
		$1 == "Speed:" { speed = $2 }
		$1 == "Duplex:" { duplex = $2 }
		END { print speed, duplex }'
}

net_setup anyhow
before=$(settings)
if has_feature $F_SPEED_DUPLEX; then
	check_refused "a device that tells its speed keeps it" \
		ethtool -s "$NETIF" speed 1000 duplex full autoneg off
	check_eq "it is unchanged" "$(settings)" "$before"
	ksft_done
fi
check_eq "nobody knows" "${before%% *}" "Unknown!"
check "the administrator does" \
	ethtool -s "$NETIF" speed 25000 duplex full autoneg off
check_eq "as it was set" "$(settings)" "25000Mb/s Full"
check_eq "the kernel shows it" "$(cat "/sys/class/net/$NETIF/speed")" 25000
check_refused "no autonegotiation" ethtool -s "$NETIF" autoneg on
check_eq "which changes nothing" "$(settings)" "25000Mb/s Full"
ip link set "$NETIF" down
ip link set "$NETIF" up
wait_for 10 has_carrier "$NETIF"
check_eq "it outlives down and up" "$(settings)" "25000Mb/s Full"
ksft_done
