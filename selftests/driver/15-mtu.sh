#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: mtu
#
# Every MTU from the smallest to the largest that both ends can: a ping that
# fills it passes unfragmented both ways, one byte more does not, TCP and UDP
# arrive as sent; an MTU beyond the limits is refused; and a TCP stream
# outlives changes of the MTU.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"

# limit DEVICE: largest MTU it admits to
limit()
{
	in_ns_of "$1" ip -d -j link show "$1" |
		grep -o '"max_mtu":[0-9]*' | cut -d : -f 2
}

mtu()
{
	cat "/sys/class/net/$NETIF/mtu"
}

# both MTU; what was learned of the path at another one is forgotten
both()
{
	ip link set "$NETIF" mtu "$1" &&
		ip -n "$PEERNS" link set "$PEERIF" mtu "$1" &&
		ip route flush cache && ip -n "$PEERNS" route flush cache
}

net_setup
static_neighbours
max=$(limit "$NETIF")
check_num "the driver names a largest MTU" "$max" -ge 1500
largest=$max
[ "$(limit "$PEERIF")" -ge "$largest" ] || largest=$(limit "$PEERIF")
# longer than this no IPv4 packet is
[ "$largest" -le 65535 ] || largest=65535
diag "largest MTU here $max, of both $largest"

for size in 68 576 1280 1500 2000 3500 4000 9000 "$largest"; do
	[ "$size" -le "$largest" ] || continue
	check "MTU $size can be set" both "$size"
	check_num "MTU $size is shown" "$(mtu)" -eq "$size"
	fill=$((size - 28))
	check "MTU $size: a ping that fills it, from here" \
		ping -q -c 3 -i 0.05 -W 5 -M "do" -s $fill $PEER4
	check "MTU $size: a ping that fills it, from the peer" \
		in_peer ping -q -c 3 -i 0.05 -W 5 -M "do" -s $fill $LOCAL4
	[ "$size" = 65535 ] ||
		check_refused "MTU $size: a ping of one byte more" \
			ping -q -c 1 -W 1 -M "do" -s $((fill + 1)) $PEER4
	check "MTU $size: TCP and UDP" traffic verify \
		--server ".,$LOCAL4" --client "$PEERNS,$PEER4" \
		--udp 0,1,$fill,5000 --tcp 1,20000
done

both 1500
check_refused "an MTU of 67 is refused" ip link set "$NETIF" mtu 67
check_refused "an MTU of $max + 1 is refused" \
	ip link set "$NETIF" mtu $((max + 1))
check_num "and changes nothing" "$(mtu)" -eq 1500

# the peer stays at 1500, so that whatever it sends may pass
streams_start
high=9000
[ "$max" -ge $high ] || high=$max
changes=0
for ((i = 0; i < 10; i++)); do
	ip link set "$NETIF" mtu "$high" && changes=$((changes + 1))
	ip link set "$NETIF" mtu 1500 && changes=$((changes + 1))
done
check "traffic flows after the last change" \
	wait_for 10 moved $(($(if_bytes) + 100000))
check_num "the MTU changed under traffic" $changes -eq 20
streams_end
ksft_done
