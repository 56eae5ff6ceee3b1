#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: recover debug-module
#
# Faults that a debug build of the driver can cause: nonsense found in a ring,
# kicks that get lost, a control queue that does not answer. Each is mended by as
# little as it takes, the rest goes on meanwhile, and all that the NIC was asked
# for is in force afterwards. A device that goes on like that is not reset all
# the time.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
# shellcheck source=../lib/wanted.sh
. "$(dirname "$0")/../lib/wanted.sh"

fault()
{
	echo "$*" > "$fault"
}

# mended TEXT COUNTER FAULT...: by a reset that it counts, and by no more
mended()
{
	local text="$1" by="$2" before devices

	shift 2
	before=$(nic_counter "$by")
	devices=$(nic_counter resets)
	check "$text" fault "$@"
	check "$text: mended" wait_for 40 more "$by" "$before"
	[ "$by" = resets ] || check_num "$text: the device was not reset" \
		"$(nic_counter resets)" -eq "$devices"
	check "$text: traffic passes" wait_for 20 ping -q -c 1 -W 1 $PEER4
}

net_setup
fault=/sys/kernel/debug/vionic-$NIC_PCI/fault
[ -w "$fault" ] || skip_all "the driver is not a debug build"
wanted_set
by=resets
! has_feature $F_RING_RESET || by=pair_resets
mended "nonsense in a receive ring" $by rx 0
mended "nonsense in a transmit ring" $by tx 0
check_wanted "after nonsense"

ksft_expect 'transmit queue .* timed out'
blast 100 $PEER4
mended "kicks get lost" $by deaf 0
stop_child "$child"
check_wanted "after lost kicks"

before=$(nic_counter resets)
check "the control queue does not answer" fault mute
if [ "$(feature rx-vlan-filter)" = on ]; then
	check_refused "a VLAN that it can't be told is refused" \
		ip link add link "$NETIF" name "$NETIF.78" type vlan id 78
	check "and not there" test ! -e "/sys/class/net/$NETIF.78"
fi
ip link set "$NETIF" allmulticast on
ip link set "$NETIF" allmulticast off
check "the device is reset" wait_for 40 more resets "$before"
check "traffic passes" wait_for 20 ping -q -c 1 -W 1 $PEER4
check_wanted "after silence"

before=$(($(nic_counter resets) + $(nic_counter pair_resets)))
# a rate: ten faults a second for six seconds of the guest's clock
end=$((${EPOCHREALTIME%.*} + 6))
while [ "${EPOCHREALTIME%.*}" -lt $end ]; do
	fault rx 0
	nap 0.1
done
check_num "a device that goes on like that is reset now and then" \
	$(($(nic_counter resets) + $(nic_counter pair_resets) - before)) -le 4
check "and works when it is good again" \
	wait_for 60 ping -q -c 1 -W 1 $PEER4
check_wanted "at last"
ksft_done
