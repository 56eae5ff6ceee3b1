#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: link irq host
#
# The device's link state reaches the stack by a configuration interrupt:
# pulling the cable takes the carrier, plugging it gives it back, and traffic
# follows. Settings that the stack made while the link was down hold after it.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"

no_carrier()
{
	! has_carrier "$NETIF"
}

carrier_changes()
{
	cat "/sys/class/net/$NETIF/carrier_changes"
}

need ping
command -v vm-host > /dev/null || skip_all "no vm-host to pull the cable"
net_setup
on_exit vm-host link on

check "traffic passes" wait_for 10 ping -q -c 1 -W 1 $PEER4
before=$(carrier_changes)
check "the cable is pulled" vm-host link off
check "the carrier goes" wait_for 5 no_carrier
check "ethtool says so" eval "ethtool '$NETIF' | grep -q 'Link detected: no'"
check_refused "no traffic" ping -q -c 1 -W 1 $PEER4
check "the cable is plugged in" vm-host link on
check "the carrier comes" wait_for 5 has_carrier "$NETIF"
check "ethtool says so" eval "ethtool '$NETIF' | grep -q 'Link detected: yes'"
check_num "it went and came, nothing else" \
	$(($(carrier_changes) - before)) -eq 2
check "traffic passes again" wait_for 10 ping -q -c 1 -W 1 $PEER4

vm-host link off > /dev/null
wait_for 5 no_carrier
check "down and up without a link" eval \
	"ip link set '$NETIF' down && ip link set '$NETIF' up"
check "stays without a carrier" no_carrier
vm-host link on > /dev/null
check "until there is one" wait_for 5 has_carrier "$NETIF"
net_addresses
check "and traffic passes" wait_for 10 ping -q -c 1 -W 1 $PEER4

# Frames that are on their way when the cable is pulled. QEMU drops those of a
# packed ring in a way that breaks the device, which then asks for a reset. Those
# of a ring in order it never gives back, which shows after ten seconds.
if has_feature "$F_IN_ORDER"; then
	skip "the cable may be pulled while frames are sent" \
		"QEMU never gives back frames that it drops from a ring in order"
	ksft_done
fi
blast 1 $PEER4
for ((i = 0; i < 3; i++)); do
	vm-host link off > /dev/null
	wait_for 5 no_carrier
	vm-host link on > /dev/null
	wait_for 5 has_carrier "$NETIF"
done
stop_child "$child"
net_addresses
check "the cable may be pulled while frames are sent" \
	wait_for 10 ping -q -c 1 -W 1 $PEER4
ksft_done
