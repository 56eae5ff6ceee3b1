#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: xdp tools
#
# What people use: xdp-filter, several programs by libxdp's dispatcher, xdpdump
# looking at frames in front of a program, bpftool's view of it; xdp-bench decides on
# frames, xdp-trafficgen sends some. Evidence: what gets through and what is counted.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
# shellcheck source=../lib/xdp.sh
. "$LIB/xdp.sh"

no_ping()
{
	! can_ping
}

# programs_attached OPERATOR NUMBER
programs_attached()
{
	bpftool -j net show dev "$NETIF" | jq -e ".[0].xdp | length $1 $2" > /dev/null
}

loaded()
{
	xdp-loader status "$NETIF" | grep -E "$1"
}

blocked()
{
	xdp-filter status | awk -v ip="$PEER4" '$1 == ip { print $NF }'
}

dump_settled()
{
	grep -q '^listening' "$KSFT_TMP/dump"
}

# bench VERB COUNTER: a program of xdp-bench
bench()
{
	local child

	xdp-bench "$1" -m native "$NETIF" > "$KSFT_TMP/bench" 2>&1 \
		< /dev/null &
	child=$!
	on_exit stop_child "$child"
	if ! check "xdp-bench $1" wait_for 20 programs_attached ">" 0; then
		diag "$(head -n 5 "$KSFT_TMP/bench")"
		return
	fi
	count_start
	ip netns exec "$PEERNS" ping -q -f -c 100 -w 3 "$LOCAL4" > /dev/null
	count_stop
	check_delta "counted by the queue" "$2" -ge 100
	kill -INT "$child"
	wait "$child"
	check "it goes" wait_for 10 detached
}

generator()
{
	timeout -s INT -k 5 600 xdp-trafficgen "$@" > "$KSFT_TMP/generator" 2>&1
}

detached()
{
	programs_attached "==" 0
}

net_setup
need bpftool jq xdp-filter xdp-loader xdpdump
net_quiet
mountpoint -q /sys/fs/bpf || mount -t bpf bpf /sys/fs/bpf
on_exit xdp-loader unload --all "$NETIF"

check "xdp-filter" xdp-filter load -m native -f ipv4,ipv6,udp,tcp,ethernet \
	"$NETIF"
check "bpftool sees it" programs_attached ">" 0
check "and xdp-loader, natively" loaded 'native'
check "frames pass" wait_for 5 can_ping
check "a peer that is not wanted" xdp-filter ip "$PEER4" -m src
check "does not get through" no_ping
check_num "and is counted" "$(blocked)" -gt 0
check "wanted again" xdp-filter ip -r "$PEER4" -m src
check "it does" wait_for 5 can_ping

xdpdump -i "$NETIF" -w "$KSFT_TMP/pcap" > "$KSFT_TMP/dump" 2>&1 &
dump=$!
on_exit stop_child "$dump"
check "xdpdump in front of it" wait_for 20 dump_settled
check "frames pass it" wait_for 5 can_ping
kill -INT "$dump"
wait "$dump"
check "and are seen" grep -qE '^[1-9][0-9]* packets captured' "$KSFT_TMP/dump"

check "a second program, by the dispatcher" \
	xdp-loader load -m native "$NETIF" "$LIB/xdp.bpf.o" -n x_pass
check "both are there" loaded 'x_pass'
check "frames pass both" wait_for 5 can_ping
check "all of it goes" xdp-loader unload --all "$NETIF"
check "nothing is left" detached
if grep -qa xdp_redirect_map_err /sys/kernel/btf/vmlinux; then
	bench drop 'nic_rx[0-9]+_xdp_drops'
	bench tx 'nic_rx[0-9]+_xdp_tx'
	if generator probe; then
		count_start
		check "xdp-trafficgen" generator udp -n 2000 -m "$PEER_MAC" "$NETIF"
		count_stop
		check_delta "sends by redirecting to the NIC" 'nic_tx[0-9]+_xdp' \
			-ge 2000
	else
		skip "xdp-trafficgen" "it says: $(tail -n 1 "$KSFT_TMP/generator")"
	fi
else
	skip "xdp-bench, xdp-trafficgen" \
		"a tracepoint that they look at is not in this kernel any more"
fi
check "ping works" wait_for 5 can_ping
ksft_done
