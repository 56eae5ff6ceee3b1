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
