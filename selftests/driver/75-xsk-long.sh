#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: xsk mtu
#
# AF_XDP sockets without copies and frames longer than a chunk of their memory: in
# several pieces each way, to those that asked for it; a program sends them back or to
# another interface whole; what can't be given to a socket whole is refused in time: by
# the socket that comes, by the MTU that would grow.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
# shellcheck source=../lib/xdp.sh
. "$LIB/xdp.sh"
# shellcheck source=../lib/xsk.sh
. "$LIB/xsk.sh"

sizes=60,1000,1509,1800,2000,3000,3839,3840,3841,4096,7000,8996
count=10
total=$((12 * count))
ns=vionic-xdp

set_mtu()
{
	ip link set "$NETIF" mtu "$1"
}

net_setup
need bpftool jq
net_quiet
ours || skip_all "$DRIVER has none without RING_RESET and ACCESS_PLATFORM"
xsk_one_queue
if [ "$(ip -j -d link show "$NETIF" | jq '.[].max_mtu')" -lt 9000 ]; then
	skip_all "the device's largest MTU is less than 9000"
fi
! xsk_chunk_too_short ||
	skip_all "the device may deliver frames longer than a chunk"
check "an MTU of 9000" set_mtu 9000
on_exit set_mtu 1500
ip -n "$PEERNS" link set "$PEERIF" mtu 9000
on_exit ip -n "$PEERNS" link set "$PEERIF" mtu 1500
on_exit xdp_off
ip netns add $ns
on_exit ip netns del $ns
ip link add vxdp0 mtu 9000 type veth peer name vxdp1 mtu 9000 netns $ns
on_exit ip link del vxdp0
ip -n $ns link set vxdp1 up
ip link set vxdp0 up
# veth takes frames of XDP only with a program at the other end
nsenter --net=/run/netns/$ns ip link set dev vxdp1 xdpdrv object \
	"$XDP_OBJECT" program f_all_pass > /dev/null 2>&1 ||
	skip_all "veth takes no program"
check "a program that redirects to sockets" xdp_on f_socket

check_refused "a socket for whole frames only is refused" \
	"$XSK" -z count "$NETIF" 0 0
set_mtu 1500
xsk_start "one with a short MTU is not" count 0 -z -w
check_refused "but an MTU above it" set_mtu 9000
check_refused "that of a little more" set_mtu 4000
check "one that fits is not" set_mtu 3000
xsk_stop
check "when it has gone, any" wait_for 10 set_mtu 9000

if ! has_feature $F_MRG_RXBUF; then
	check_refused "the device can't spread a frame" \
		"$XSK" -z -g count "$NETIF" 0 0
elif ! grep -qa xdp_zc_max_segs /sys/kernel/btf/vmlinux; then
	check_refused "this kernel has no frames in pieces" \
		"$XSK" -z -g count "$NETIF" 0 0
else
	for options in "-z -w -g" "-z -w -g -k 2048" "-z -g -u"; do
		# shellcheck disable=SC2086 # options
		xsk_start "$options: a socket" echo 0 $options || continue
		count_start
		check "frames come back" echoed "$sizes" $count
		count_stop
		check_delta "by the queue" 'nic_tx[0-9]+_xsk' -eq $total
		check_delta "in several pieces" 'nic_rx[0-9]+_merged' -gt 0
		check_delta "none was wrong" \
			'nic_rx[0-9]+(_xdp)?_(errors|drops)' -eq 0
		xsk_stop
		check_num "it had all" "$(xsk_said rx)" -eq $total
		check_num "knows that all are sent" "$(xsk_said tx)" -eq $total
		check_num "in their order" "$(xsk_said disorder)" -eq 0
	done

	check "a program that sends back" xdp_on f_tx
	xsk_start "a socket beside it" count 0 -z -w -g -k 2048
	count_start
	check "XDP_TX sends frames of several chunks whole" \
		echoed "$sizes" $count
	count_stop
	check_delta "each is counted as sent" 'nic_rx[0-9]+_xdp_tx' -eq $total
	check "a program that redirects" xdp_on f_redirect
	xdp_conf 0 "$(cat /sys/class/net/vxdp0/ifindex)"
	count_start
	check "XDP_REDIRECT sends frames of several chunks whole" \
		traffic through --source "$PEERNS,$PEERIF" --at "$ns,vxdp1" \
		--mac "$NIC_MAC" --sizes "$sizes" --count $count
	count_stop
	check_delta "each is counted as redirected" \
		'nic_rx[0-9]+_xdp_redirects' -eq $total
	xsk_stop

	check "a program that redirects to sockets" xdp_on f_socket
	check_refused "a program that can't see them whole" xdp_on x_socket
	xdp_off
	wait_for 5 xdp_forgotten
	xsk_start "a socket without one" count 0 -z -w -g
	check "long frames go to the stack" traffic through \
		--source "$PEERNS,$PEERIF" --mac "$NIC_MAC" --sizes "$sizes" \
		--count $count --at ".,$NETIF"
	xsk_stop
fi
check "ping works" wait_for 5 can_ping
ksft_done
