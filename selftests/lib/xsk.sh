# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# AF_XDP sockets on the interface under test. To be sourced after xdp.sh.

XSK=$LIB/xsk

# xsk_start DESCRIPTION VERB QUEUE OPTION...: a check that there is a socket of a queue,
# which the program that was loaded last redirects to; bound when this returns
xsk_start()
{
	local text="$1" verb="$2" queue="$3"

	shift 3
	rm -f "$KSFT_TMP/xsk"
	"$XSK" "$@" "$verb" "$NETIF" "$queue" "$(xdp_map vionic_sockets)" \
		> "$KSFT_TMP/xsk" 2>&1 &
	xsk_child=$!
	on_exit stop_child "$xsk_child"
	wait_for 20 xsk_settled
	if grep -q ^ready "$KSFT_TMP/xsk"; then
		ok "$text"
	else
		not_ok "$text" "$(cat "$KSFT_TMP/xsk")"
		return 1
	fi
}

# xsk_frame BYTES: a frame to the peer, of the tests' own EtherType, into $KSFT_TMP/frame
xsk_frame()
{
	py - "$PEER_MAC" "$NIC_MAC" "$1" > "$KSFT_TMP/frame" <<- END
		import sys
		addresses = [bytes.fromhex(mac.replace(":", "")) for mac in sys.argv[1:3]]
		header = b"".join(addresses) + b"\x88\xb5"
		sys.stdout.buffer.write(header.ljust(int(sys.argv[3]), b"\0"))
	END
}

# xsk_send DESCRIPTION OPTION...: a check that a socket of queue 0 sends frames of the
# tests' own EtherType to the peer, more than there is time for
xsk_send()
{
	local text="$1"

	shift
	xsk_frame 214
	rm -f "$KSFT_TMP/xsk"
	"$XSK" -z -w "$@" -N 100000000 send "$NETIF" 0 0 \
		< "$KSFT_TMP/frame" > "$KSFT_TMP/xsk" 2>&1 &
	xsk_child=$!
	on_exit stop_child "$xsk_child"
	check "$text" wait_for 20 file_has '^ready' "$KSFT_TMP/xsk"
}

xsk_settled()
{
	grep -qE '^(ready|xsk:)' "$KSFT_TMP/xsk"
}

# What it has to say at last: then xsk_said NAME
xsk_stop()
{
	stop_child "$xsk_child"
}

xsk_said()
{
	sed -n "s/^$1=//p; s/^ready $1=//p" "$KSFT_TMP/xsk"
}

# Without MRG_RXBUF a chunk must hold the longest frame that the device may deliver: that of
# 64 KiB of a device that can coalesce, else that of the device's own MTU. Status: 0 if a
# chunk of a page is too short.
xsk_chunk_too_short()
{
	local bit

	! has_feature "$F_MRG_RXBUF" || return 1
	# GUEST_TSO4, GUEST_TSO6, GUEST_UFO, GUEST_USO4, GUEST_USO6, GUEST_UDP_TUNNEL_GSO
	for bit in 7 8 10 54 55 65; do
		! has_feature $bit || return 0
	done
	# MTU
	has_feature 3 &&
		[ "$(ip -j -d link show "$NETIF" | jq '.[].max_mtu')" -gt 3800 ]
}

# All frames by the queue that the socket has: others go where the cable steers them
xsk_one_queue()
{
	local n

	n=$(channels)
	[ "$n" -gt 1 ] || return 0
	ethtool -L "$NETIF" combined 1
	on_exit ethtool -L "$NETIF" combined "$n"
	wait_for 10 has_carrier "$NETIF"
}
