#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: zerocopy hds xsk resize reset
#
# A receive queue with a memory provider: a process (zero-copy receive of io_uring) or a
# device (a dma-buf). The driver restarts only this queue to attach the memory; TCP data is
# read where the device wrote it; other queues and transmission go on; rings are resized,
# stopped and reset meanwhile. When the provider's process dies, the queue uses the stack's
# memory again.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
# shellcheck source=../lib/xsk.sh
. "$LIB/xsk.sh"
# shellcheck source=../lib/hostile.sh
. "$LIB/hostile.sh"

pages=2048
bytes=$((4 << 20))

netdev()
{
	py "$LIB/netdev.py" "$NETIF" "$@"
}

# Who lends the first queue memory
lent_by()
{
	[ "$(netdev queues | awk '$1 == "rx0" { print $4 }')" = "$1" ]
}

said()
{
	grep -qE "^$1" "$KSFT_TMP/server"
}

# serve LENDER: what a client sends is kept
serve()
{
	local server=("$LIB/zcrx")

	[ "$1" = io-uring ] || server=(python3 -I "$LIB/devmem.py")
	port=$((port + 1))
	rm -f "$KSFT_TMP/server"
	"${server[@]}" "$NETIF" 0 $port $pages 2> "$KSFT_TMP/server" \
		> "$KSFT_TMP/received" &
	server_child=$!
	on_exit stop_child $server_child
	wait_for 20 said '(ready|zcrx:|Trace|the kernel)'
	check "a server that lends memory" said ready
	check "$1 lends it" lent_by "$1"
}

# send PORT FILE
send()
{
	ip netns exec "$PEERNS" timeout 600 nc -N "$LOCAL4" "$1" < "$2"
}

value_of()
{
	sed -n "s/^$1=//p" "$KSFT_TMP/server"
}

# complete NAME: all came as it was sent, and without a copy but for what is in the
# beginnings of frames
complete()
{
	check "$1: all was sent" send "$port" "$KSFT_TMP/data"
	check "$1: the server has ended" wait_for 20 said leads
	check "$1: it has what was sent" \
		cmp "$KSFT_TMP/received" "$KSFT_TMP/data"
	! said copied ||
		check_num "$1: no page was copied" "$(value_of copied)" -eq 0
	check_num "$1: of $bytes bytes, in beginnings" "$(value_of leads)" \
		-le $((bytes / 10))
}

resets()
{
	nic_counter resets
}

# lend_by LENDER
lend_by()
{
	local was

	was=$(resets)
	check "nobody lends memory" lent_by ""
	serve "$1"
	check_refused "data can't be together meanwhile" netdev split off
	complete "once"
	check "its memory went with it" wait_for 10 lent_by ""

	serve "$1"
	check "ring sizes change" ethtool -G "$NETIF" rx 128
	check "and back" ethtool -G "$NETIF" rx 256
	complete "after that"

	serve "$1"
	ip link set "$NETIF" down
	ip link set "$NETIF" up
	net_addresses
	wait_for 10 has_carrier "$NETIF"
	static_neighbours
	complete "after down and up"
	check_num "the device was not reset for any of it" "$(resets)" -eq "$was"

	if [ -e "/sys/bus/pci/devices/$NIC_PCI/reset" ]; then
		serve "$1"
		echo 1 > "/sys/bus/pci/devices/$NIC_PCI/reset"
		wait_for 10 has_carrier "$NETIF"
		complete "after a reset of the device"
	fi
}

# kill_lenders LENDER
kill_lenders()
{
	local i

	for ((i = 0; i < 3; i++)); do
		serve "$1"
		kill -KILL "$server_child"
		wait "$server_child" 2> /dev/null
		check "killed: given back" wait_for 10 lent_by ""
	done
}

no_buffer_left()
{
	grep -q '^rx0 .* inflight=0 ' "/sys/kernel/debug/vionic-$NIC_PCI/rings"
}

# reset_without_memory LENDER: the device is reset while a server that does not read has
# all memory. The first resets have pages posted that the ring had left.
reset_without_memory()
{
	local pages=16 n was

	serve "$1"
	kill -STOP "$server_child"
	send "$port" "$KSFT_TMP/data" &
	on_exit stop_child $!
	was=$(resets)
	for n in 1 2 3; do
		check "$1: a server that does not read has all memory, time $n" \
			wait_for 20 no_buffer_left
		ethtool -t "$NETIF" offline > "$KSFT_TMP/out"
		check "$1: the device is reset, time $n" \
			grep -qx 'reset (offline).*0' "$KSFT_TMP/out"
	done
	check_num "$1: each time it came back at the first try" \
		"$(resets)" -eq $((was + 3))
	kill -KILL "$server_child"
	wait "$server_child" 2> /dev/null
	check "$1: given back" wait_for 10 lent_by ""
}

# kill_lender_stuck LENDER: the kernel warns if a queue cannot be stopped while the device
# is up
kill_lender_stuck()
{
	serve "$1"
	vm-host lies lie always-resetting all > /dev/null
	kill -KILL "$server_child"
	wait "$server_child" 2> /dev/null
	check "$1: memory is given back if the queue does not stop" \
		wait_for 20 lent_by ""
	check_num "$1: the device did not finish a queue reset" \
		"$(behave)" -gt 0
	check "$1: the NIC works afterwards" wait_for 60 again
}

net_setup
ours || skip_all "$DRIVER lets nobody lend memory"
[ -e "$LIB/zcrx" ] || skip_all "this kernel has no zero-copy receive"
has_feature $F_RING_RESET || skip_all "the device can't reset a queue"
has_feature $F_MRG_RXBUF || skip_all "no data split without VIRTIO_NET_F_MRG_RXBUF"
xsk_one_queue
peer_offload tx on
head -c $bytes /dev/urandom > "$KSFT_TMP/data"
port=5000
check_refused "not where data is not apart" "$LIB/zcrx" "$NETIF" 0 $port $pages
check "data apart" netdev split on
on_exit netdev split off
lend_by io-uring
lend_by dma-buf
peer_offload tx off
serve dma-buf
count_start
check_refused "what nobody has checked does not arrive" \
	ip netns exec "$PEERNS" timeout 5 nc -N "$LOCAL4" $port \
	< "$KSFT_TMP/data"
count_stop
check_delta "it is dropped" 'nic_rx[0-9]+_drops' -gt 0
kill -KILL "$server_child"
wait "$server_child" 2> /dev/null
check "given back" wait_for 10 lent_by ""
peer_offload tx on
stream_start out "$PEERNS,$PEER4" ".,$LOCAL4"
out=$child
kill_lenders io-uring
kill_lenders dma-buf
stream_end out "$out"
reset_without_memory io-uring
reset_without_memory dma-buf
check "ping works" wait_for 5 can_ping

if can_host && [ "$(backend)" = device ]; then
	kill_lender_stuck io-uring
	kill_lender_stuck dma-buf
else
	skip "a queue that does not stop" "no such device"
fi
ksft_done
