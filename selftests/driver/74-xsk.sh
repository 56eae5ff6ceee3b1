#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: xsk xdp
#
# AF_XDP sockets, each way, without copies and with: frames of many lengths go by a
# socket and come back as they are, in memory laid out in different ways, asked for
# and not, with busy polling; a socket's own frames arrive, with checksums that the
# device makes if it is asked to. Sockets are told what was sent in the order in which
# they sent it. What is not for them goes to the stack meanwhile. A socket that fills the
# transmit ring leaves room for the stack's frames. A frame that is longer than the MTU
# allows is not sent. A device that may deliver frames longer than a chunk is refused. A
# device that uses frames out of order gets no more of them than the driver keeps in order.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
# shellcheck source=../lib/xdp.sh
. "$LIB/xdp.sh"
# shellcheck source=../lib/xsk.sh
. "$LIB/xsk.sh"

sizes=60-70,127,128,256-258,511,1000,1509,1510
count=20
total=$((20 * count))

# echo_with NAME OPTION...
echo_with()
{
	local name="$1" zero=1

	shift
	[[ " $* " != *" -c "* ]] || zero=0
	xsk_start "$name: a socket" echo 0 "$@" || return
	check_num "without copies: $zero" "$(xsk_said zerocopy)" -eq $zero
	count_start
	check "frames come back" echoed "$sizes" $count
	check "the stack has its own" wait_for 5 can_ping
	count_stop
	check_delta "the socket has them from the queue" \
		'nic_rx[0-9]+_xdp_redirects' -ge $total
	[ $zero = 0 ] ||
		check_delta "and gave them to it" 'nic_tx[0-9]+_xsk' -eq $total
	xsk_stop
	check_num "it had all" "$(xsk_said rx)" -eq $total
	check_num "knows that all are sent" "$(xsk_said completed)" -eq $total
	check_num "in their order" "$(xsk_said disorder)" -eq 0
	check_num "none was invalid" "$(xsk_said invalid)" -eq 0
}

# sent_with NAME COUNT "OPTIONS" ARGUMENT...: of its own; arguments of traffic
sent_with()
{
	local name="$1" n="$2" options="$3"

	shift 3
	count_start
	# shellcheck disable=SC2086 # options
	check "$name: arrives" traffic made --at "$PEERNS,$PEER4" \
		--source ".,$NETIF" --mac "$PEER_MAC" --ip "$LOCAL4,$PEER4" \
		--count "$n" "$@" "$XSK" $options -N "$n" send "$NETIF" 0 0
	count_stop
}

# sent_of BYTES SENT: a socket has ten frames of so many bytes, of which SENT are sent
sent_of()
{
	xsk_frame "$1"
	count_start
	check "$1 bytes: the socket has its frames back" \
		"$XSK" -z -w -N 10 send "$NETIF" 0 0 < "$KSFT_TMP/frame"
	count_stop
	check_delta "$1 bytes: frames that are sent" 'nic_tx[0-9]+_xsk' -eq "$2"
	check_delta "$1 bytes: the others are counted as dropped" \
		'nic_tx[0-9]+_xsk_drops' -eq $((10 - $2))
}

# sent_after N: frames of sockets since there were N
sent_after()
{
	echo $(($(nic_counter 'tx0_xsk') - $1))
}

sent_all()
{
	[ "$(sent_after "$1")" -ge "$2" ]
}

# out_of_order: the device keeps the first frame and uses those behind it
out_of_order()
{
	local before entries

	entries=$(ring tx)
	before=$(nic_counter 'tx0_xsk')
	vm-host lies keep 0 > /dev/null
	on_exit vm-host lies give-back 0
	xsk_frame 214
	"$XSK" -z -w -N $((8 * entries)) send "$NETIF" 0 0 \
		< "$KSFT_TMP/frame" > "$KSFT_TMP/xsk" 2>&1 &
	xsk_child=$!
	on_exit stop_child "$xsk_child"
	check "out of order: as many frames are sent as can be kept in order" \
		wait_for 20 sent_all "$before" "$entries"
	settle 5
	check_num "out of order: none behind them while the device keeps the first" \
		"$(sent_after "$before")" -eq "$entries"
	vm-host lies give-back 0 > /dev/null
	check "out of order: the socket gets all of its frames back" \
		wait_for 20 file_has '^completed=' "$KSFT_TMP/xsk"
	check_num "out of order: frames that it has back" \
		"$(xsk_said completed)" -eq $((8 * entries))
	check_num "out of order: in the order in which it sent them" \
		"$(xsk_said disorder)" -eq 0
}

# Has the kernel requests that go with frames, and the device checksums?
can_ask()
{
	has_feature $F_CSUM && grep -qa xsk_tx_metadata_ops /sys/kernel/btf/vmlinux
}

net_setup
need bpftool jq
net_quiet
ours || skip_all "$DRIVER has none without RING_RESET and ACCESS_PLATFORM"
xsk_one_queue
on_exit xdp_off
check "a program that redirects to sockets" xdp_on f_socket

if xsk_chunk_too_short; then
	check_refused "the device may deliver frames longer than a chunk: no zero copy" \
		"$XSK" -z count "$NETIF" 0 0
	echo_with "with copies" -c -w
	check "ping works" wait_for 5 can_ping
	ksft_done
fi
echo_with "zero copy" -z
echo_with "need_wakeup" -z -w
echo_with "small chunks" -z -w -k 2048
echo_with "headroom" -z -w -o 128
echo_with "chunks anywhere" -z -u
echo_with "few of them" -z -w -n 64
echo_with "busy polling" -z -b
echo_with "with copies" -c -w

sent_with "one frame" 1 "-z -w"
# as many as fit into the cable's queue
sent_with "many" 900 "-z -w"
check_delta "by the queue" 'nic_tx[0-9]+_xsk' -eq 900
check_delta "none was thrown away" 'nic_tx[0-9]+_xsk_drops' -eq 0
sent_with "not asked for" 900 "-z"
sent_with "with copies" 900 "-c -w"
if can_ask; then
	sent_with "a checksum is made" 100 "-z -w -m 34,6" --csum
	check_delta "by the device" 'nic_tx[0-9]+_csum' -eq 100
else
	skip "checksums" "this kernel or device has no requests for one"
fi

xdp_off
sent_with "without a program" 100 "-z -w"

# an Ethernet header, and a VLAN tag
longest=$(($(< "/sys/class/net/$NETIF/mtu") + 18))
sent_of $longest 10
sent_of $((longest + 1)) 0

if can_host && [ "$(backend)" = device ] && ! has_feature $F_IN_ORDER; then
	out_of_order
else
	skip "frames used out of order" "the device keeps to the order"
fi

xsk_send "a socket that sends without end"
shares_ring AF_XDP 'nic_tx[0-9]+_xsk' "$xsk_child"
check_refused "a queue that there is not is refused" \
	"$XSK" -z count "$NETIF" 15 0
check "ping works" wait_for 5 can_ping
ksft_done
