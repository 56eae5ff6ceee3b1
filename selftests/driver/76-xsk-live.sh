#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: xsk xdp resize reset host multiqueue
# timeout: 400
#
# AF_XDP sockets without copies come and go while numbered datagrams go each way
# through the stack: where the device can reset queues, none is lost. With a socket
# there, ring sizes can be changed, link down and up keeps it, and so does a reset of
# the device; a socket that is killed leaves nothing behind. Transmit rings that are full
# are exchanged without a loss, too.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
# shellcheck source=../lib/flow.sh
. "$LIB/flow.sh"
# shellcheck source=../lib/xdp.sh
. "$LIB/xdp.sh"
# shellcheck source=../lib/xsk.sh
. "$LIB/xsk.sh"

changes=10

come_and_go()
{
	local i

	refused=0
	for ((i = 0; i < changes; i++)); do
		rm -f "$KSFT_TMP/come"
		# counts what comes for it, which is nothing: until killed
		"$XSK" -z -w count "$NETIF" 0 0 > "$KSFT_TMP/come" 2>&1 &
		wait_for 10 file_has 'ready zerocopy=1' "$KSFT_TMP/come" ||
			refused=$((refused + 1))
		kill -KILL $!
		wait $! 2> /dev/null
	done
}

# lost_by NAME COMMAND...
lost_by()
{
	local before thrown

	before=$(thrown_away)
	count_start
	flows "$rate" "${@:2}"
	count_stop
	thrown=$(($(thrown_away) - before))
	check_num "$1: all of $changes changes were made" "$refused" -eq 0
	diag "$lost lost of $rate_got a second each way, $thrown by the cable," \
		"longest gap $gap us"
	if has_feature $F_RING_RESET; then
		check_num "nothing is lost, but by the cable" \
			"$lost" -le "$thrown"
		check_delta "by no reset of the device" 'nic_resets' -eq 0
		check_num "nor out of order" "$late" -eq 0
	fi
}

# exchange_rings: by sizes, by numbers of queues and by sockets; sets $refused
exchange_rings()
{
	local i all=0

	for ((i = 0; i < changes; i++)); do
		rings_fixed ||
			ethtool -G "$NETIF" tx $((i % 2 ? 32 : 64)) ||
			all=$((all + 1))
		[ "$(channels max)" -gt 1 ] || continue
		ethtool -L "$NETIF" combined 2 || all=$((all + 1))
		ethtool -L "$NETIF" combined 1 || all=$((all + 1))
	done
	come_and_go
	refused=$((refused + all))
}

# A frame that is sent while a queue is closed would be lost with the old ring, or go into
# one that the device does not have yet
never_empty()
{
	local file floods=()

	for file in /sys/class/net/"$NETIF"/queues/tx-*/byte_queue_limits; do
		set_knob 10000000 "$file/limit_min"
	done
	count_start
	for file in 1 2; do
		traffic_start "$KSFT_TMP/flood$file" flood \
			--source ".,$NETIF" --mac "$PEER_MAC" --size 200
		floods+=("$child")
	done
	exchange_rings
	for child in "${floods[@]}"; do
		stop_child "$child"
	done
	count_stop
	check_num "rings that are never empty: all changes were made" \
		"$refused" -eq 0
	check_delta "the transmit ring was full" 'nic_tx[0-9]+_stops' -ge 1
	# the driver waits for QEMU, which a busy machine may stop for as long
	[ "${CLOCK:-host}" = instructions ] || return 0
	check_delta "no frame was in a ring that was taken from the device" \
		nic_tx_lost -eq 0
	check_delta "no transmit timeout" 'nic_tx[0-9]+_timeouts' -eq 0
}

net_setup
need bpftool jq
ours || skip_all "$DRIVER has none without RING_RESET and ACCESS_PLATFORM"
xsk_one_queue
net_quiet
flow_need
on_exit xdp_off
flow_rate 4000
check_num "a flow each way passes when nothing changes" "$lost" -eq 0
lost_by "sockets" come_and_go
rings_fixed || set_rings tx 32
never_empty
if ! rings_fixed; then
	xsk_send "a socket that asks once for each batch" -1
	resizes 30
	xsk_stop
	check_num "all of 30 changes were made" "$refused" -eq 0
	check_num "batches were sent" "$(xsk_said completed)" -ge 64
	if [ "${CLOCK:-host}" = instructions ]; then
		check_num "milliseconds for the slowest batch" \
			"$(xsk_said slowest)" -lt $((200 * ${SLOWNESS:-1}))
	else
		diag "slowest batch: $(xsk_said slowest) ms"
	fi
fi

check "a program that redirects to sockets" xdp_on x_socket
xsk_start "one that stays" echo 0 -z -w
if ! rings_fixed; then
	read -r rx tx <<< "$(rings)"
	on_exit ethtool -G "$NETIF" rx "$rx" tx "$tx"
	lost_by "ring sizes" resizes $changes
	check "frames come back" echoed 100,1000 50
fi
ip link set "$NETIF" down
net_addresses
wait_for 10 has_carrier "$NETIF"
static_neighbours
check "after down and up" echoed 100,1000 50
if [ -e "/sys/bus/pci/devices/$NIC_PCI/reset" ]; then
	echo 1 > "/sys/bus/pci/devices/$NIC_PCI/reset"
	wait_for 10 has_carrier "$NETIF"
	check "after a reset of the device" echoed 100,1000 50
fi
if [ "$(channels max)" -gt 1 ]; then
	check "with all queues" ethtool -L "$NETIF" combined "$(channels max)"
	wait_for 10 has_carrier "$NETIF"
	check "and with one again" ethtool -L "$NETIF" combined 1
	wait_for 10 has_carrier "$NETIF"
	check "frames come back" echoed 100,1000 50
fi
xsk_stop
check_num "in their order" "$(xsk_said disorder)" -eq 0
if [ "$(channels max)" -gt 1 ]; then
	ethtool -L "$NETIF" combined 2
	wait_for 10 has_carrier "$NETIF"
	xsk_start "of another queue" count 1 -z -w
	check_refused "which can't be taken away" \
		ethtool -L "$NETIF" combined 1
	xsk_stop
fi
xdp_off
check "ping works" wait_for 5 can_ping
ksft_done
