#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: napi irq netlink multiqueue
#
# What the kernel and programs have to do with a NIC's NAPIs: which queue and which
# interrupt belongs to each, settings that outlive what happens to the rings, busy
# polling by those who wait for a packet, and the time at which a frame has left.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"

netdev()
{
	py "$LIB/netdev.py" "$NETIF" "$@"
}

# napi WHAT: of the first receive queue's
napi()
{
	netdev napis | awk -v id="$(netdev queues | awk '$1 == "rx0" { print $3 }')" \
		-v what="$1" '
		$1 == id {
			if (what == "all")
				print
			for (i = 2; i < NF; i += 2)
				if ($i == what)
					print $(i + 1)
		}'
}

# keeps WHAT COMMAND...: number and settings are as before
keeps()
{
	local what="$1"

	shift
	"$@" > /dev/null
	check_eq "$what: NAPI and its settings are the same" "$(napi all)" "$kept"
}

down_and_up()
{
	ip link set "$NETIF" down
	net_addresses
	wait_for 10 has_carrier "$NETIF"
}

net_setup
if netdev queues > "$KSFT_TMP/queues" 2>&1; then
	check_num "each queue has a NAPI" \
		"$(awk '$3 > 0' "$KSFT_TMP/queues" | wc -l)" -eq \
		"$(wc -l < "$KSFT_TMP/queues")"
	check_eq "the first one its interrupt" "$(napi irq)" \
		"$(nic_interrupts | awk '/vionic-q0@/ || !/vionic/ { print $1; exit }')"
else
	skip "queues, NAPIs and interrupts" \
		"this kernel tells nothing of them: $(< "$KSFT_TMP/queues")"
fi
id=$(netdev queues 2> /dev/null | awk '$1 == "rx0" { print $3 }')
if [ -n "$id" ] && netdev set "$id" 2 30000 2> /dev/null; then
	on_exit netdev set "$id" 0 0
	kept=$(napi all)
	check_eq "NAPI's settings are shown" "${kept#*defer}" \
		"-hard-irqs 2 gro-flush-timeout 30000"
	keeps "down and up" down_and_up
	rings_fixed || keeps "other rings" set_rings rx 128 tx 64
	check "traffic passes" traffic verify --server ".,$LOCAL4" \
		--client "$PEERNS,$PEER4" --udp 1,1472 --tcp 1,300000
	netdev set "$id" 0 0
else
	skip "settings of a NAPI" "this kernel has none"
fi

# Who waits for a thread of a NAPI to be given back can't be stopped
threaded()
{
	local child

	(echo "$1" > "/sys/class/net/$NETIF/threaded") 2> /dev/null &
	child=$!
	wait_for 10 ended $child
}

ended()
{
	! kill -0 "$1" 2> /dev/null
}

if ours && [ -e "/sys/class/net/$NETIF/threaded" ]; then
	on_exit threaded 0
	check "NAPIs get threads" threaded 1
	check_num "there are some" "$(pgrep -c "napi/$NETIF")" -ge 1
	check "traffic passes by them" traffic verify --server ".,$LOCAL4" \
		--client "$PEERNS,$PEER4" --udp 1,1472 --tcp 1,300000
	if [ "$(channels max)" -gt 1 ]; then
		n=$(channels)
		ethtool -L "$NETIF" combined 1
		check "queues that rest give theirs back" threaded 0
		check "and get them" threaded 1
		ethtool -L "$NETIF" combined "$n"
	fi
	ip link set "$NETIF" down
	check "so does a NIC that is down" threaded 0
	down_and_up
	check "and one that is up" threaded 0
else
	skip "threads of NAPIs" "$DRIVER waits for them forever, or there are none"
fi

static_neighbours
# an interrupt that comes late leaves packets to who polls
on_exit ethtool -C "$NETIF" rx-usecs 0
ethtool -C "$NETIF" rx-usecs 50000
set_knob 500 /proc/sys/net/core/busy_read
set_knob 500 /proc/sys/net/core/busy_poll
count_start
check "datagrams and streams for who polls" traffic verify \
	--server ".,$LOCAL4" --client "$PEERNS,$PEER4" \
	--udp 1-200 --tcp 1,300000
count_stop
check_delta "some were found that way" TcpExtBusyPollRxPackets -ge 1
put_knob 0 /proc/sys/net/core/busy_read
put_knob 0 /proc/sys/net/core/busy_poll
ethtool -C "$NETIF" rx-usecs 0

check_eq "time stamps when a frame leaves" \
	"$(ethtool -T "$NETIF" | grep -c software-transmit)" 1
tc qdisc replace dev "$NETIF" root fq &&
	on_exit tc qdisc del dev "$NETIF" root
check "frames leave at their time, and it is told" traffic timed \
	--server "$PEERNS,$PEER4" --client ".,$LOCAL4"
ksft_done
