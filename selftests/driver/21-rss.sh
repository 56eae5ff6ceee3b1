#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: rss channels multiqueue
#
# RSS: each frame comes by the queue that the table names for its hash, as
# ethtool shows table, key and fields. Evidence: frames of 64 flows, counted
# queue by queue, against a Toeplitz hash calculated here. What was set
# outlives down and up, other rings and other channels; what cannot be is
# refused and changes nothing. No flow is left lying where the device ran out of
# buffers.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"

flows=(--ip "$PEER4,$LOCAL4" --flows 64 --count 640)

# the table as 0,1,2,...
table()
{
	ethtool -x "$NETIF" | awk '
		$1 ~ /^[0-9]+:$/ {
			for (i = 2; i <= NF; i++)
				printf "%s%s", n++ ? "," : "", $i
		}'
}

key()
{
	ethtool -x "$NETIF" | awk 'hit { print; exit } /^RSS hash key/ { hit = 1 }'
}

# fields FLOW: "sdfn", "sd" or nothing
fields()
{
	ethtool -n "$NETIF" rx-flow-hash "$1" 2> /dev/null | awk '
		/^IP SA/ { printf "s" }
		/^IP DA/ { printf "d" }
		/^L4 bytes 0 & 1/ { printf "f" }
		/^L4 bytes 2 & 3/ { printf "n" }'
}

# datagrams SECONDS COUNT: of 32 flows to a port where nobody listens, from the peer, for
# so long or so many of each
datagrams()
{
	py - "$PEERNS" "$PEER4" "$LOCAL4" "$@" <<- 'END'
		import socket, sys, time, traffic
		flows = []
		for i in range(32):
		    with traffic.netns(sys.argv[1]):
		        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		    s.bind((sys.argv[2], 20000 + i))
		    flows.append(s)
		end, left = time.monotonic() + float(sys.argv[4]), int(sys.argv[5])
		while left > 0 or time.monotonic() < end:
		    left -= 1
		    for s in flows:
		        s.sendto(b"x" * 1000, (sys.argv[3], 9))
	END
}

# A device may have read a frame for a queue without buffers in the place of another one
flows_go_on()
{
	local before i

	nft add table inet vionic_test
	on_exit nft delete table inet vionic_test
	nft add chain inet vionic_test pre \
		'{ type filter hook prerouting priority 0; }'
	nft add rule inet vionic_test pre udp dport 9 counter drop
	on_exit ethtool -X "$NETIF" default
	ethtool -X "$NETIF" equal 1
	datagrams 2 0
	for ((i = 0; i < 10; i++)); do
		before=$(dropped)
		datagrams 0 1
		wait_for 1 all_since "$before" && return
	done
	echo "$(($(dropped) - before)) of 32"
	return 1
}

all_since()
{
	[ $(($(dropped) - $1)) -ge 32 ]
}

dropped()
{
	nft -j list table inet vionic_test |
		jq '[.nftables[].rule.expr[]?.counter.packets // empty] | add'
}

# all there is to RSS, to see whether anything changed
state()
{
	local flow

	table
	key
	for flow in tcp4 udp4 sctp4 tcp6 udp6 sctp6; do
		fields $flow
		echo
	done
}

# frames of 64 flows go where the hash says: steered DESCRIPTION [--addresses]
steered()
{
	local q got='' want text="$1"

	shift
	want=$(traffic spread "${flows[@]}" --key "$(key)" \
		--table "$(table)" "$@")
	count_start
	traffic burst --source "$PEERNS,$PEERIF" --sink ".,$NETIF" \
		--mac "$NIC_MAC" "${flows[@]}" --window 100 > /dev/null
	count_stop
	for ((q = 0; q < $(wc -w <<< "$want"); q++)); do
		got+="$(delta "nic_rx${q}_packets") "
	done
	check_delta "$text: all frames came" rx_packets -eq 640
	check_eq "by the queues that their hash says ($want)" \
		"${got% }" "$want"
}

# refused DESCRIPTION COMMAND...
refused()
{
	local before text="$1"

	before=$(state)
	check_refused "$@"
	check_eq "$text: nothing changes" "$(state)" "$before"
}

# not_taken FLOW FIELDS: ethtool tells in words, but exits as if all were well
not_taken()
{
	local out

	! out=$(ethtool -N "$NETIF" rx-flow-hash "$@" 2>&1) || [ -n "$out" ]
}

# refused_fields DESCRIPTION FLOW FIELDS
refused_fields()
{
	local before

	before=$(state)
	check "$1 is refused" not_taken "$2" "$3"
	check_eq "$1: nothing changes" "$(state)" "$before"
}

# commands_trace: of control commands that set a key while frames come, and of each time
# that the process sleeps
commands_trace()
{
	local i

	blast 64 "$LOCAL4" "$PEERNS"
	trace_start vionic:vionic_command sched:sched_switch
	put_knob 'prev_comm == "ethtool"' "$trace_dir/events/sched/sched_switch/filter"
	for ((i = 0; i < 15; i++)); do
		ethtool -X "$NETIF" hkey "$first_key"
	done
	trace_stop "$KSFT_TMP/trace"
	stop_child "$child"
}

# commands_asleep: how many commands were traced, and how many of them slept during the first
# 40 microseconds of the wait for an answer
commands_asleep()
{
	awk '
		match($0, / [0-9]+\.[0-9]+: /) { t = substr($0, RSTART + 1) * 1e6 }
		/ sched_switch: .* prev_state=[SD]/ { slept[++n] = t }
		/ vionic_command: / {
			sub(/.* usecs=/, "")
			start = t - $0
			early = 0
			for (; n; n--)
				if (slept[n] > start && slept[n] < start + 40)
					early = 1
			asleep += early
			commands++
		}
		END { print commands + 0, asleep + 0 }' "$KSFT_TMP/trace"
}

# an answer for want of a neighbour would be one frame too many
up_again()
{
	ip link set "$NETIF" up
	wait_for 10 has_carrier "$NETIF"
	static_neighbours 2> /dev/null
}

# "default" is of the table only, the key would stay
cleanup()
{
	ethtool -X "$NETIF" default
	ethtool -X "$NETIF" hkey "$first_key"
	ethtool -L "$NETIF" combined "$queues"
	ethtool -N "$NETIF" rx-flow-hash udp4 sdfn
}

net_setup
[ -n "$(table)" ] || skip_all "the device has no RSS"
ours || skip_all "$DRIVER does not say which queue a frame came by"
queues=$(ethtool -x "$NETIF" | sed -n '1s/.*with \([0-9]*\) RX.*/\1/p')
[ "$queues" -ge 2 ] || skip_all "one queue only"
first_key=$(key)
on_exit cleanup
net_quiet

entries=$(table | awk -F , '{ print NF }')
check_num "the table is a power of two long ($entries)" \
	$((entries & (entries - 1))) -eq 0
check_eq "it begins with all queues in turn" \
	"$(table | cut -d , -f 1-"$queues")" "$(seq -s , 0 $((queues - 1)))"
check_eq "UDP is hashed by ports" "$(fields udp4)" sdfn
check_eq "SCTP by addresses" "$(fields sctp4)" sd
steered "by default"

weights=(0 3 1 1 1 1 1 1 1 1 1 1 1 1 1 1)
check "a table can be set" \
	ethtool -X "$NETIF" weight "${weights[@]:0:queues}"
steered "other weights"
set=$(table)
check "a key can be set" ethtool -X "$NETIF" hkey \
	"$(printf ':%02x' {17..56} | cut -c 2-)"
check_eq "it is shown" "$(key)" "$(printf ':%02x' {17..56} | cut -c 2-)"
check_eq "the table stays" "$(table)" "$set"
steered "another key"

check "UDP can be hashed by addresses alone" \
	ethtool -N "$NETIF" rx-flow-hash udp4 sd
check_eq "it is shown" "$(fields udp4) $(fields tcp4)" "sd sdfn"
steered "addresses alone" --addresses

before=$(state)
ip link set "$NETIF" down
up_again
check_eq "all outlives down and up" "$(state)" "$before"
steered "after down and up" --addresses
ip link set "$NETIF" down
check "fields can be set while down" \
	ethtool -N "$NETIF" rx-flow-hash udp4 sdfn
up_again
before=$(state)
set_rings rx 128
check_eq "all outlives other rings" "$(state)" "$before"
steered "after other rings"

refused "a queue that there is not" ethtool -X "$NETIF" equal $((queues + 1))
refused "another hash function" ethtool -X "$NETIF" hfunc xor
refused "a short key" ethtool -X "$NETIF" hkey 00:01
refused_fields "one address alone" udp4 s
refused_fields "ports of SCTP" sctp4 sdfn
refused_fields "fields of others at the same time" sctp4 r
refused_fields "a VLAN" tcp4 v

check "queues can be left out" ethtool -X "$NETIF" equal 2
refused "fewer channels than a table needs" ethtool -L "$NETIF" combined 1
set=$(table)
if [ "$queues" -gt 2 ]; then
	check "as many as it needs are enough" \
		ethtool -L "$NETIF" combined 2
	check_eq "the table stays" "$(table)" "$set"
	steered "two channels"
	check "channels can come back" ethtool -L "$NETIF" combined "$queues"
	check_eq "the table stays" "$(table)" "$set"
fi
commands_trace
read -r commands asleep < <(commands_asleep)
diag "$(grep -o 'usecs=[0-9]*' "$KSFT_TMP/trace" | paste -s -d ' ')"
check_num "control commands were traced while frames come" "$commands" -ge 15
# how soon the device answers depends on its host; a sleep costs hundreds of microseconds
check_num "control commands that sleep without a short busy wait first" "$asleep" -eq 0
set_rings rx 64
check "all flows go on after a flood of one queue" flows_go_on
check "the table can be given up" ethtool -X "$NETIF" default
check "it follows the channels then" ethtool -L "$NETIF" combined 1
check_eq "down to one" "$(table | tr -d '0,')" ""
steered "one channel"
check "and back" ethtool -L "$NETIF" combined "$queues"
check_eq "all queues in turn" "$(table | cut -d , -f 1-"$queues")" \
	"$(seq -s , 0 $((queues - 1)))"
steered "all channels"
check "UDP and TCP work" traffic verify --server ".,$LOCAL4" \
	--client "$PEERNS,$PEER4" --udp 1,1472 --tcp 1,300000
ksft_done
