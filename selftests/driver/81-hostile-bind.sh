#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: bind recover fault-device host slow
# timeout: 900
#
# A device that lies while the driver is bound to it: about sizes of rings, numbers of
# queues, doorbells, vectors, features, its network configuration, and where its
# structures are. The driver may do without it, or with less of it; it ends in time,
# leaves nothing behind, and takes the device once that tells the truth.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
# shellcheck source=../lib/hostile.sh
. "$(dirname "$0")/../lib/hostile.sh"

F_MTU=3 F_MQ=22 F_NOTIF_CONFIG_DATA=39

# fewer_vectors FAULT: the device refuses vectors, the driver does with fewer
fewer_vectors()
{
	check "$1: frames pass with fewer interrupt vectors" wait_for 10 again
	diag "$1: $(nic_interrupts | wc -l) vectors"
	[ "$1" != vectors-2 ] ||
		check_num "$1: queue pairs share the second vector" \
			"$(nic_interrupts | wc -l)" -eq 2
}

# bound_to LIE
bound_to()
{
	local told outcome=refused start=$SECONDS

	let_go
	vm-host lies lie "$1" all > /dev/null || bail "the device lies: $1"
	if take; then
		outcome=taken
		timeout 30 ip link set "$NETIF" up && outcome="taken and up"
		net_addresses
		static_neighbours
		disturbed
		# a queue is reset, and looked at before it is used
		timeout 30 ethtool -G "$NETIF" rx 128
	fi > /dev/null 2>&1
	check_num "$1: $outcome, in seconds" $((SECONDS - start)) -le 30
	[[ "$1" != *vector* ]] || fewer_vectors "$1"
	let_go
	told=$(behave)
	check_num "$1: it was told" "$told" -gt 0
	check "$1: the device is taken afterwards" take
	check "$1: and frames pass" wait_for 10 again
}

# waits_for_rtnl PID: the driver registers its netdev
waits_for_rtnl()
{
	grep -q register_netdev "/proc/$1/stack"
}

ended()
{
	grep -q '^State:.*Z' "/proc/$1/status"
}

# The probe fails while work that an interrupt queued waits for rtnl. With init_on_free=1
# the kernel panics if that work finds its netdev freed.
killed()
{
	let_go
	vm-host lies lie irq-unasked all > /dev/null || bail "the device interrupts"
	py_start "$LIB/hold_rtnl.py" "$KSFT_TMP/rtnl"
	wait_for 20 [ -e "$KSFT_TMP/rtnl" ] || bail "rtnl is held"
	echo "$NIC_PCI" > "/sys/bus/pci/drivers/$DRIVER/bind" &
	local probe=$!

	check "probe: it waits for rtnl" wait_for 20 waits_for_rtnl $probe
	kill -KILL $probe
	wait_for 2 ended $probe
	rm "$KSFT_TMP/rtnl"
	wait $probe
	behave > /dev/null
	check_refused "probe: it fails when it is killed" \
		test -e "/sys/bus/pci/drivers/$DRIVER/$NIC_PCI"
	check "probe: the device is taken afterwards" take
	check "probe: and frames pass" wait_for 10 again
}

net_setup
need_liar
for lie in $(vm-host lies lies bind); do
	case $lie in
	notify-any) needs=$F_NOTIF_CONFIG_DATA ;;
	always-enabled|always-resetting) needs=$F_RING_RESET ;;
	mtu-*) needs=$F_MTU ;;
	pairs-*) needs=$F_MQ ;;
	*) needs=$F_VERSION_1 ;;
	esac
	if has_feature "$needs"; then
		bound_to "$lie"
	else
		skip "$lie" "the device has no feature $needs (scripts/vm --nic)"
	fi
done
killed
check "bytes of frames of all lengths arrive" traffic verify \
	--server ".,$LOCAL4" --client "$PEERNS,$PEER4" \
	--udp 0,1,200,1472,9000 --tcp 1,500000
ksft_done
