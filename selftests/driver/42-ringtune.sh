#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: tools smp
# timeout: 600
#
# ringtune names the stage that holds the NIC back, and what to set: each is made
# the bottleneck in turn by real traffic, all others being wide enough. What it sets
# helps and can be taken back. On an idle NIC it finds nothing.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"

ringtune=$LIB/../../scripts/ringtune
# long enough for a burst to be made meanwhile
hold=$((200 * ${SLOWNESS:-1}))
report=$KSFT_TMP/report progress=$KSFT_TMP/progress
port=5042

burst()
{
	traffic burst --source "$PEERNS,$PEERIF" --sink ".,$NETIF" \
		--mac "$NIC_MAC" --ip "$PEER4,$LOCAL4" --port $port --count "$@"
}

# times N COMMAND...
times()
{
	local i

	for ((i = 0; i < $1; i++)); do
		"${@:2}"
	done
}

watching()
{
	[ "$(grep -c '^watching' "$progress")" -ge "$1" ]
}

# look [OPTION...] -- COMMAND...: a report of what ringtune sees while that runs;
# once more for --apply
look()
{
	local options=() looks=1 i child

	while [ "$1" != -- ]; do
		options+=("$1")
		[ "$1" != --apply ] || looks=2
		shift
	done
	shift
	: > "$progress"
	py_start "$ringtune" "$NETIF" --time 200 "${options[@]}" > "$report" \
		2> "$progress"
	tuner=$child
	for ((i = 1; i <= looks; i++)); do
		wait_for 20 watching $i || break
		"$@" > "$KSFT_TMP/traffic" 2>&1 || diag "$(< "$KSFT_TMP/traffic")"
		# ends the look, not the program
		kill -INT "$tuner"
	done
	py_wait "$tuner"
	status=$?
	[ $status = 0 ] || diag "status $status: $(< "$progress")"
}

# ask FILTER: of the report, if that is JSON
ask()
{
	jq -r "$1" "$report"
}

# finds NAME COMMAND...: is that the bottleneck in JSON, and these are what to do?
finds()
{
	local name="$1"

	shift
	check_eq "it is the $name" "$(ask .bottleneck)" "$name"
	diag "$(ask .says)" "$(ask ".figures.\"$name\" | tostring")"
	check_eq "and what to do: ${*:-nothing that could be set}" \
		"$(ask '.findings[0].commands[]?')" "$(printf '%s\n' "$@")"
}

# refused STATUS ARGUMENT...: with one line
refused()
{
	local want="$1" out status

	shift
	out=$(py "$ringtune" "$@" 2>&1)
	status=$?
	check_eq "refused: $*" "$status $(wc -l <<< "$out")" "$want 1"
	diag "$out"
}

# Thirty thousand rules for each frame or more: chains that call the next one ten times
slow_rules()
{
	local i n

	echo "table inet ringtune {"
	for i in 4 3 2 1; do
		echo "chain c$i {"
		for n in {1..10}; do
			if [ $i = 4 ]; then
				echo "udp sport $n drop"
			else
				echo "jump c$((i + 1))"
			fi
		done
		echo "}"
	done
	echo "chain pre {"
	echo "type filter hook prerouting priority -300"
	# more where it takes longer to make a frame, too
	for ((n = 0; n < 2 + ${SLOWNESS:-1}; n++)); do
		echo "udp dport $port jump c1"
	done
	echo "udp dport $port drop"
	echo "}"
	echo "}"
}

# ticks of all CPUs on softirqs
softirq_ticks()
{
	local column

	read -ra column < /proc/stat
	echo "${column[7]}"
}

# Until so many seconds were spent there, at most 200 tries. Tries are rare, as each
# costs an emulated CPU that is to be idle.
softirq_seconds()
{
	local enough tries=200

	enough=$(($(softirq_ticks) + $1 * $(getconf CLK_TCK)))
	until [ "$(softirq_ticks)" -ge $enough ] || [ $((tries--)) -eq 0 ]; do
		nap 0.5
	done
}

# overload: send 100 frames whenever all before them have been received; sets $child. A
# window keeps the receiving CPU busy for a second or more, so that the sender can sleep
# between two looks at the counters: the CPU that sends must be idle.
overload()
{
	traffic_start "$KSFT_TMP/overload" burst --source "$PEERNS,$PEERIF" \
		--sink ".,$NETIF" --mac "$NIC_MAC" --ip "$PEER4,$LOCAL4" \
		--port $port --count 1000000 --window 100 --pause 0.03
}

[ -x "$ringtune" ] || skip_all "no scripts/ringtune beside the selftests"
need jq ping nft
# shellcheck disable=SC2119 # without
net_setup
net_quiet
ours || skip_all "$DRIVER does not count what this needs"

# a slow CPU that shares its time does not poll a frame in these 8 milliseconds
set_knob 100000 /proc/sys/net/core/netdev_budget_usecs

refused 2
refused 2 nosuch0
refused 2 ../net
refused 2 "$NETIF" --time soon
refused 2 "$NETIF" --count 3
refused 2 "$NETIF" --watch --json

check "it judges figures right that come to no guest by themselves" \
	py "$LIB/ringtune.py" "$ringtune"

# ---- nothing to do

look --json -- true
check_eq "an idle NIC has no bottleneck" "$(ask .bottleneck)" null
check_num "ringtune says so" "$(ask .says | grep -c 'hardly any traffic')" -eq 1
look -- ping -q -c 300 -i 0.005 $PEER4
check_num "neither has one with an easy life" \
	"$(grep -c '^Nothing to do: no stage' "$report")" -eq 1
check_num "the figures are there" "$(grep -c '^receive ring: ' "$report")" -eq 1
diag "$(< "$report")"

# ---- receive ring

if rings_fixed; then
	skip "rings" "a legacy device's have a fixed size"
else
	set_rings rx 64
	napi_hold $hold
	burst 1 > /dev/null
	look --apply -- times 3 burst 200
	diag "$(< "$report")"
	check_num "the receive ring is the bottleneck" \
		"$(grep -c '^The bottleneck is the receive ring: ' "$report")" -eq 1
	check_num "a larger one is what to do" \
		"$(grep -cx "    ethtool -G $NETIF rx 256" "$report")" -eq 1
	check_num "it is larger now" "$(ring rx)" -eq 256
	check_num "that helped" "$(grep -c '^That helped: the receive ring' \
		"$report")" -eq 1
	count_start
	burst 200 > /dev/null
	count_stop
	check_delta "the counter stands still" 'nic_rx[0-9]+_ring_exhausted' -eq 0
	check "it can be taken back" \
		bash -c "$(grep -A 1 '^To take it back' "$report" | tail -n 1)"
	check_num "and was" "$(ring rx)" -eq 64

	set_rings rx "$(ring rx max)"
	napi_release
	napi_hold $((5 * hold))
	burst 1 > /dev/null
	look --json -- times 2 burst $(($(ring rx max) + 300))
	finds "receive ring"
	check_num "but the property of QEMU is told" \
		"$(ask '.findings[0].advice' | grep -c rx_queue_size=)" -eq 1
	napi_release
fi

# ---- softirq's budget

# with sanitizers a frame takes longer to send than to receive, wherever it comes by:
# the sender's own softirqs outnumber those that are squeezed, no backlog grows
if [ "${SLOWNESS:-1}" -gt 3 ]; then
	slow="this kernel does not send fast enough"
	skip "budget" "$slow"
else
	set_knob 1 /proc/sys/net/core/netdev_budget
	set_rings rx 1024
	napi_hold $hold
	burst 1 > /dev/null
	look --json --apply -- times 3 burst 900
	finds budget "sysctl -w net.core.netdev_budget=300"
	check_num "it is set" "$(< /proc/sys/net/core/netdev_budget)" -eq 300
	check_eq "that helped" "$(ask .helped)" true
	check_eq "how to take it back" "$(ask '.undo[]')" \
		"sysctl -w net.core.netdev_budget=1"
	put_knob 300 /proc/sys/net/core/netdev_budget
fi

# ---- backlog of a CPU

if [ -n "${slow:-}" ]; then
	skip "backlog" "$slow"
elif [ "$(getconf _NPROCESSORS_ONLN)" -ge 2 ]; then
	for irq in $(nic_irqs); do
		set_knob 0 "/proc/irq/$irq/smp_affinity_list"
	done
	set_knob 2 "/sys/class/net/$NETIF/queues/rx-0/rps_cpus"
	set_knob 10 /proc/sys/net/core/netdev_max_backlog
	look --json --apply -- times 2 burst 400
	finds backlog "sysctl -w net.core.netdev_max_backlog=1000"
	check_eq "that helped" "$(ask .helped)" true
	put_knob 0 "/sys/class/net/$NETIF/queues/rx-0/rps_cpus"
else
	skip "backlog" "one CPU only"
fi
napi_release

# ---- a socket's buffer

traffic_start "$KSFT_TMP/hold" hold --server ".,$LOCAL4" --port $port \
	--rcvbuf 8192
wait_for 10 file_has ready "$KSFT_TMP/hold" || bail "a socket can be opened"
look --json -- burst 400 --window 50
finds "socket buffer"
check_eq "the port is told" "$(ask '.findings[0].figures.udp_port')" $port
check_num "and who has to ask for how much" "$(ask '.findings[0].advice' |
	grep -c "(python3\|python3.* has asked for 8192 bytes")" -eq 1
stop_child "$child"
wait_for 10 file_has '^status' "$KSFT_TMP/hold"

# one that takes what it is given
set_knob 4608 /proc/sys/net/core/rmem_default
py_start - "$LOCAL4" $port > "$KSFT_TMP/default" <<- 'END'
	import signal, socket, sys
	s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
	s.bind((sys.argv[1], int(sys.argv[2])))
	print("ready", flush=True)
	signal.pause()
END
wait_for 10 file_has ready "$KSFT_TMP/default" || bail "a socket can be opened"
look --json -- burst 400 --window 50
finds "socket buffer" "sysctl -w net.core.rmem_default=18432"
stop_child "$child"

# ---- transmit ring

if ! rings_fixed; then
	set_rings tx 32
	for dir in "/sys/class/net/$NETIF/queues/tx-"*/byte_queue_limits; do
		set_knob 1000000 "$dir/limit_min"
	done
	look --json --apply -- traffic burst --source ".,$NETIF" \
		--sink "$PEERNS,$PEERIF" --mac "$PEER_MAC" \
		--ip "$LOCAL4,$PEER4" --port $port --count 3000 --window 200
	finds "transmit ring" "ethtool -G $NETIF tx 128"
	check_num "it is set" "$(ring tx)" -eq 128
	diag "helped: $(ask .helped)"
	set_rings tx 256
fi

# ---- interrupts that come late for nothing

on_exit ethtool -C "$NETIF" rx-usecs 0
ethtool -C "$NETIF" rx-usecs 200
look --json --apply -- ping -q -c 200 -i 0.01 $PEER4
finds coalescing "ethtool -C $NETIF rx-usecs 0"
check_eq "that helped" "$(ask .helped)" true

# ---- one CPU that has too much to do, another that has nothing

if [ "$(getconf _NPROCESSORS_ONLN)" -eq 2 ] && [ "$(channels max)" -eq 1 ]; then
	on_exit nft delete table inet ringtune
	nft -f - <<< "$(slow_rules)"
	set_rings rx 1024
	# two, as frames ought to be there while the next ones are made
	overload
	first=$child
	overload
	second=$child
	softirq_seconds 1
	look --json -- softirq_seconds 4
	stop_child "$first"
	stop_child "$second"
	finds "queue count" "echo $((2 - $(ask '.findings[0].figures.busiest_cpu // 0'))) > /sys/class/net/$NETIF/queues/rx-0/rps_cpus"
	nft delete table inet ringtune
else
	skip "one CPU" "not two CPUs and one pair of queues"
fi

# ---- the live view

py "$ringtune" "$NETIF" --watch --time 0.2 --count 2 > "$report" 2>&1
check_eq "the live view, without a terminal: plain blocks" \
	"$? $(grep -c '^frames a second' "$report") $(grep -c $'\x1b' "$report")" \
	"0 2 0"
check_num "with bars" "$(grep -c '^rx0 *\[##*\.*\]' "$report")" -eq 2
py - "$ringtune" "$NETIF" > "$report" 2>&1 <<- 'END'
	import fcntl, os, pty, signal, struct, sys, termios, time
	pid, fd = pty.fork()
	if not pid:
	    os.execv(sys.argv[1], [*sys.argv[1:], "--watch", "--time", "0.2"])
	fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 12, 50, 0, 0))
	out, asked = b"", False
	while True:
	    try:
	        out += os.read(fd, 4096)
	    except OSError:
	        break
	    if out.count(b"\x1b[H") >= 3 and not asked:
	        asked = os.write(fd, b"\x03")	# ctrl-c
	last = out.rpartition(b"\x1b[H")[2].replace(b"\x1b[K", b"")
	lines = last.partition(b"\x1b[J")[0].split(b"\r\n")
	print("status", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
	print("width", max(map(len, lines)), "height", len(lines))
	print("cursor", b"\x1b[?25h" in last)
END
diag "$(< "$report")"
check_num "on a terminal ctrl-c ends it" "$(grep -cx 'status 0' "$report")" -eq 1
check_num "no line is longer than that is wide" \
	"$(awk '$1 == "width" && $2 < 50 && $4 <= 12' "$report" | wc -l)" -eq 1
check_num "the cursor is back" "$(grep -cx 'cursor True' "$report")" -eq 1
check "ping works" can_ping
ksft_done
