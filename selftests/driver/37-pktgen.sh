#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: tx
#
# pktgen, the kernel's own traffic generator, which hands the driver the same skb
# several times over: in bursts, and as clones. Evidence: each is on the wire, as
# long as it was meant to be, and counted once.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"

dir=/proc/net/pktgen count=4000
# no faster than what is behind the NIC takes them
delay=$((100000 * ${SLOWNESS:-1}))

set_pktgen()
{
	put_knob "$1" "$dir/$NETIF"
}

peer_counter()
{
	ip netns exec "$PEERNS" cat "/sys/class/net/$PEERIF/statistics/$1"
}

# arrived PACKETS BYTES: since the last time
arrived()
{
	[ $(($(peer_counter rx_packets) - packets)) -ge "$1" ] &&
		[ $(($(peer_counter rx_bytes) - bytes)) -ge "$2" ]
}

# generates WHAT SIZE SETTING...: the size without the checksum that nobody sends
generates()
{
	local what="$1" size="$2" packets bytes sent s

	shift 2
	check "$what: pktgen takes it" set_pktgen "pkt_size $size"
	for s in "clone_skb 0" "burst 1" "delay $delay" "$@"; do
		check "$what: $s" set_pktgen "$s"
	done
	packets=$(peer_counter rx_packets) bytes=$(peer_counter rx_bytes)
	sent=$(nic_counter "tx[0-9]*_bytes")
	check "$what: runs" put_knob start $dir/pgctrl
	check "$what: all of them arrive, whole" \
		wait_for 20 arrived $count $((count * size))
	sent=$(($(nic_counter "tx[0-9]*_bytes") - sent))
	check_num "$what: counted" $sent -ge $((count * size))
	check_num "$what: as long as they were" $sent -lt $((count * (size + 1)))
}

net_setup
modprobe pktgen 2> /dev/null || skip_all "this kernel has no pktgen"
on_exit rmmod pktgen
put_knob rem_device_all $dir/kpktgend_0
put_knob "add_device $NETIF" $dir/kpktgend_0
on_exit put_knob rem_device_all $dir/kpktgend_0
for s in "count $count" "dst $PEER4" "dst_mac $PEER_MAC"; do
	set_pktgen "$s"
done
generates "one by one" 60
generates "in bursts" 60 "burst 16" "delay $((16 * delay))"
generates "as clones" 200 "clone_skb 8"
generates "large, in bursts of clones" 1400 "burst 8" "clone_skb 8" \
	"delay $((8 * delay))"
ksft_done
