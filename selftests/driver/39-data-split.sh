#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: hds rx
#
# Headers and data apart (ethtool -G tcp-data-split): frames of all lengths arrive with
# their data in pages, with and without a checksum left to nobody; it is switched
# under traffic in both directions, and no byte of two TCP streams is lost or wrong;
# what does not go with it is refused with a sentence, or goes and comes back.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
# shellcheck source=../lib/xdp.sh
. "$LIB/xdp.sh"
# shellcheck source=../lib/xsk.sh
. "$LIB/xsk.sh"

# split on|off
split()
{
	py "$LIB/netdev.py" "$NETIF" split "$1"
}

split_is()
{
	[ "$(ethtool -g "$NETIF" | awk '/^Current/ { now = 1 }
		now && /^TCP data split:/ { print $NF }')" = "$1" ]
}

switched()
{
	split "$1" && split_is "$1"
}

set_mtu()
{
	ip link set "$NETIF" mtu "$1"
}

gro_hw_is()
{
	[ "$(feature rx-gro-hw)" = "$1" ]
}

verified()
{
	count_start
	check "$1: bytes of frames of all lengths" traffic verify \
		--server ".,$LOCAL4" --client "$PEERNS,$PEER4" \
		--udp 0,1,85,86,87,200,1471,1472,1473,9000,65507 --tcp 1,500000
	count_stop
	check_delta "$1: none was wrong" 'nic_rx[0-9]+_errors' -eq 0
}

net_setup
need bpftool
ours || skip_all "$DRIVER has no tcp-data-split"
grep -qa netdev_queue_config /sys/kernel/btf/vmlinux ||
	skip_all "this kernel lends queues no memory"
if ! has_feature $F_MRG_RXBUF; then
	check_refused "one buffer must take the longest frame: it is refused" split on
	check "and is off" split_is off
	ksft_done
fi

gro_hw=$(feature rx-gro-hw)
check "off at first" split_is off
check "on" switched on
on_exit split off
check "the device does not coalesce" gro_hw_is off
verified "checksums checked"
peer_offload tx on sg on tso on gso on
verified "left to nobody"
net_quiet
count_start
check "frames of each length" traffic through --source "$PEERNS,$PEERIF" \
	--mac "$NIC_MAC" --sizes 60-66,126-130,511,512,1000,1509,1510 --count 20 \
	--at ".,$NETIF"
count_stop
check_delta "short ones leave their page" 'nic_rx[0-9]+_copybreak' -ge 200
check_refused "an MTU above a page is refused" set_mtu 9000
check "with larger pages" ethtool -G "$NETIF" rx-buf-len 16384
check "it is not" set_mtu 9000
check_refused "then pages can't be small again" \
	ethtool -G "$NETIF" rx-buf-len 4096
set_mtu 1500
ethtool -G "$NETIF" rx-buf-len 4096
check_refused "a program would not see data" xdp_on x_pass
check_refused "nor one that sees pieces" xdp_on f_pass

wait_for 5 xdp_forgotten
xsk_start "a socket of AF_XDP has memory of its own" count 0 -z -w
check "ping works" wait_for 5 can_ping
xsk_stop

streams_start
done=0
for ((i = 0; i < 20; i++)); do
	word=on
	[ $((i % 2)) -eq 1 ] || word=off
	! switched $word || done=$((done + 1))
	[ $((i % 5)) -eq 4 ] || continue
	check "traffic flows" wait_for 10 moved $(($(if_bytes) + 100000))
done
check_num "switched under traffic" $done -eq 20
streams_end

check "off" switched off
check "the device coalesces as before" gro_hw_is "$gro_hw"
if xdp_on x_pass; then
	check_refused "not with a program" split on
	xdp_off
fi
ip link set "$NETIF" down
check "it can be set while down" split on
ip link set "$NETIF" up
net_addresses
wait_for 10 has_carrier "$NETIF"
static_neighbours
check "and is in force afterwards" split_is on
check "ping works" wait_for 5 can_ping
ksft_done
