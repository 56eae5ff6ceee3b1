# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034 # results are for the test
#
# A steady flow of numbered datagrams each way. To be sourced after net.sh. Needs
# flow, a program that "make -C selftests" makes.

flow=$LIB/flow flow_port=5029

flow_need()
{
	[ -x "$flow" ] || skip_all "no flow, which make -C selftests makes"
}

# value NAME FILE...: of "NAME=value", summed up
value()
{
	local name="$1"

	shift
	cat "$@" | tr ' ' '\n' | awk -F = -v name="$name" '
		$1 == name { n += $2 }
		END { print n + 0 }'
}

# start FILE COMMAND...: a flow's end, when it is ready; sets $child
start()
{
	local file="$KSFT_TMP/$1"

	shift
	"$@" > "$file" 2>&1 &
	child=$!
	on_exit stop_child $child
	wait_for 10 file_has ready "$file"
}

# finish CHILD...
finish()
{
	kill -TERM "$@" 2> /dev/null
	wait "$@" 2> /dev/null
}

# lost_of FLOW
lost_of()
{
	echo $(($(value sent "$KSFT_TMP/$1.sent") - \
		$(value got "$KSFT_TMP/$1.got")))
}

# flows_arrived RECEIVER RECEIVER: did the receivers, in and out, read all that was sent?
flows_arrived()
{
	local name

	for name in in out; do
		kill -USR1 "$1" 2> /dev/null
		shift
		[ "$(sed -n 's/^now=//p' "$KSFT_TMP/$name.got" | tail -n 1)" = \
			"$(value sent "$KSFT_TMP/$name.sent")" ] || return
	done
}

# resizes N: ring sizes, back and forth, so often; sets $refused
resizes()
{
	local i

	refused=0
	for ((i = 0; i < $1; i++)); do
		ethtool -G "$NETIF" rx $((i % 2 ? 256 : 128)) > /dev/null ||
			refused=$((refused + 1))
	done
}

# flows RATE COMMAND...: while that runs, and until all have arrived. The one that comes
# in is sent from port $flow_from, the one that goes out by a process on CPU $flow_cpu,
# where these are set.
flow_from='' flow_cpu=''
flows()
{
	local rate="$1" senders=() receivers=()
	local peer=(nsenter --net="/run/netns/$PEERNS")

	shift
	rm -f "$KSFT_TMP"/{in,out}.{sent,got}
	start in.got "$flow" recv "$LOCAL4" $flow_port
	receivers+=("$child")
	start out.got "${peer[@]}" "$flow" recv "$PEER4" $flow_port
	receivers+=("$child")
	# shellcheck disable=SC2086 # it may be nothing
	start in.sent "${peer[@]}" "$flow" send "$LOCAL4" $flow_port "$rate" $flow_from
	senders+=("$child")
	start out.sent ${flow_cpu:+taskset -c "$flow_cpu"} \
		"$flow" send "$PEER4" $flow_port "$rate"
	senders+=("$child")
	"$@"
	finish "${senders[@]}"
	# UDP counts a datagram when the process reads it: a receiver that gets no CPU for less
	# than two seconds loses nothing
	settle 10 flows_arrived "${receivers[@]}"
	finish "${receivers[@]}"
	rate_got=$(($(value sent "$KSFT_TMP"/*.sent) * 500 / \
		($(value ms "$KSFT_TMP/in.sent") + 1)))
	lost_in=$(lost_of in) lost_out=$(lost_of out)
	lost=$((lost_in + lost_out))
	late=$(value late "$KSFT_TMP"/*.got)
	gap=$(cat "$KSFT_TMP"/*.got | tr ' ' '\n' |
		sed -n 's/^gap_us=//p' | sort -n | tail -n 1)
}

# thrown_away: by the cable, on its two ends
thrown_away()
{
	vm-host tapstats 2> /dev/null |
		jq '[.[].stats64.tx.dropped] | add // 0' 2> /dev/null || echo 0
}

# flow_rate MOST: the highest $rate up to that, in datagrams a second, that the
# machine can send and receive without a loss when nothing changes for two seconds of
# its own clock
flow_rate()
{
	for ((rate = $1; rate >= 1000; rate /= 2)); do
		flows $rate nap 2
		diag "at $rate a second: $rate_got were sent, $lost lost"
		[ "$lost" -ne 0 ] || break
	done
}
