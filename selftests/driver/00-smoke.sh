#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: rx tx irq napi resize link
#
# In ten seconds, what every set-up of a NIC must give: the features that were
# promised (FEATURES), datagrams and streams of every kind of size that arrive
# as they were sent, both ways; ring sizes that change under a stream; an
# interface that goes down and comes back; and no frame lost on the way, by
# the counters of both ends.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"

declare -A bit=([ctrl_guest_offloads]=2 [mtu]=3 [mrg_rxbuf]=15 [mq]=22 [indirect_desc]=28
	[event_idx]=29 [version_1]=32 [access_platform]=33 [packed]=34
	[in_order]=35 [ring_reset]=40 [hash_report]=57 [rss]=60
	[rsc_ext]=61 [standby]=62)

agreed()
{
	has_feature "${bit[$1]}"
}

# FEATURES="+packed -event_idx": agreed on with the device, or not
check_features()
{
	local word

	for word in ${FEATURES:-}; do
		case $word in
		+*) check "${word:1} was agreed on" agreed "${word:1}" ;;
		-*) check_refused "${word:1} was not" agreed "${word:1}" ;;
		esac
	done
}

edges=0,18,59-61,127-129,1447,1448
pieces=,1473,9000,65000

# both_ways LABEL LOCAL PEER FULL: small, so many bytes as fill a frame, and
# larger than any frame
both_ways()
{
	check "$1: datagrams and streams, the peer calls" traffic verify \
		--server ".,$2" --client "$PEERNS,$3" \
		--udp "$edges,$4$pieces" --tcp 0,1,1460,4096,65536
	check "$1: a stream, the NIC calls" traffic verify \
		--server "$PEERNS,$3" --client ".,$2" --tcp 0,1,1460,65536
}

net_setup anyhow
! ours || check_features
is_cable || pieces=

both_ways IPv4 $LOCAL4 $PEER4 1472
both_ways IPv6 $LOCAL6 $PEER6 1452
# a datagram alone; the window is less than what the smallest ring holds
net_quiet
count_start
check "a thousand datagrams come and go" traffic verify \
	--server ".,$LOCAL4" --client "$PEERNS,$PEER4" --udp 1-1000 --window 16
count_stop
if is_cable; then
	check_delta "the peer's frames were all received" rx_packets -eq \
		"$(delta peer_tx_packets)"
	check_delta "the peer received all that were sent" peer_rx_packets -eq \
		"$(delta tx_packets)"
fi
check_num "so many there were" "$(delta rx_packets)" -ge 1000
check_delta "and no error or drop" \
	'(peer_)?[rt]x_(errors|dropped)|nic_[rt]x[0-9]+_(drops|errors)' -eq 0

if ours && ! rings_fixed; then
	read -r rx tx <<< "$(rings)"
	on_exit ethtool -G "$NETIF" rx "$rx" tx "$tx"
	stream_start in ".,$LOCAL4" "$PEERNS,$PEER4"
	for size in "64 32" "256 64" "$rx $tx"; do
		check "rings of $size under the stream" ethtool -G "$NETIF" \
			rx "${size% *}" tx "${size#* }"
		check "and it goes on" wait_for 10 moved $(($(if_bytes) + 100000))
	done
	stream_end in "$child"
fi

ip link set "$NETIF" down
check_refused "no ping while down" can_ping
ip link set "$NETIF" up
check "up again, with a carrier" wait_for 10 has_carrier "$NETIF"
check "and it pings" wait_for 5 can_ping
ksft_done
