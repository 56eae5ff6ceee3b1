#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: tools trace smp
#
# scripts/rxpath tells a packet's way through the kernel: stages in their order with
# rising times, from the interrupt past RPS, a tap and netfilter to the process that
# reads; what GRO joined; sending up to completion; drops and their reasons. It
# leaves nothing behind. And what docs/packet-path.md tells to type works.
#
# timeout: 400

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
# shellcheck source=../lib/tracing.sh
. "$LIB/tracing.sh"

tracing=/sys/kernel/tracing
scripts=$(dirname "$0")/../../scripts
rxpath=$scripts/rxpath
out=$KSFT_TMP/rxpath
port=5041 closed=5042 forbidden=5043 full=5044

# rxpath_start ARGUMENT...: in the background; returns when it follows packets
rxpath_start()
{
	py_start "$rxpath" -i "$NETIF" "$@" > "$out" 2> "$out.err"
	wait_for 60 file_has '^rxpath: tracing' "$out.err" ||
		bail "rxpath starts" "$(cat "$out.err")"
}

rxpath_end()
{
	py_wait "$child"
	check_eq "$1" "$?: $(sed '/^rxpath: tracing/d' "$out.err")" "0: "
}

# told PROGRAM: what jq makes of it
told()
{
	jq -r --argjson want "${want:-[]}" '
		# is that a part of its stages, in this order?
		def passes($stages):
			reduce .stages[].stage as $s ($stages;
				if .[0] == $s then .[1:] else . end) == [];
		def ordered:
			all(.packets[]; [.stages[].ns] | . == sort);
		'"$1" "$out"
}

# stages NAME...: those of them that this kernel can show, into $want
stages()
{
	local lack

	want=$(printf '%s\n' "$@" | jq -R . | jq -sc .)
	lack=$(jq -rc --argjson want "$want" \
		'[.unseen | keys[] | select(IN($want[]))]' "$out")
	[ "$lack" = "[]" ] || diag "this kernel does not show $lack"
	want=$(jq -nc "$want - $lack")
}

# check_way TEXT WAY STAGE...: a packet took it
check_way()
{
	local text="$1" way="$2"

	shift 2
	stages "$@"
	check_eq "$text" "$(told "any(.packets[]; .way == \"$way\" and
		passes(\$want))")" true
	diag "$(told "[.packets[] | select(.way == \"$way\") |
		[.stages[].stage] | join(\" \")] | max_by(length)")"
}

left_behind()
{
	ls $tracing/instances
	grep rxpath $tracing/dynamic_events
}

# serve PORT COMMAND: a socket, and what is done with it. By the CPU that the NIC
# interrupts: another's poll may be done with a frame before its sender has said
# where it is.
serve()
{
	local child

	py_start - "$LOCAL4" "$@" > "$KSFT_TMP/serve.$1" <<- 'END'
		import os, select, signal, socket, sys
		os.sched_setaffinity(0, {0})
		s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, int(sys.argv[3]))
		s.bind((sys.argv[1], int(sys.argv[2])))
		e = select.epoll()
		e.register(s, select.EPOLLIN)
		print("ready", flush=True)
		while sys.argv[4] == "answer":
		    e.poll()
		    data, sender = s.recvfrom(2000)
		    s.sendto(data, sender)
		signal.pause()
	END
	wait_for 20 file_has ready "$KSFT_TMP/serve.$1"
}

# datagrams PORT COUNT [answered]: from the peer
datagrams()
{
	py - "$PEERNS" "$LOCAL4" "$@" <<- 'END'
		import contextlib, socket, sys, traffic
		with traffic.netns(sys.argv[1]):
		    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		s.settimeout(60)
		s.connect((sys.argv[2], int(sys.argv[3])))
		for i in range(int(sys.argv[4])):
		    with contextlib.suppress(ConnectionRefusedError):
		        s.send(b"this is number %d" % i)
		    if sys.argv[5:]:
		        s.recv(2000)
	END
}

need jq nft tcpdump
net_setup
net_quiet
[ -e $tracing/kprobe_events ] || skip_all "this kernel has no kprobes"
[ -x "$rxpath" ] || skip_all "no scripts/rxpath here"
trace_safely
on_exit nft delete table inet vionic_test
nft -f - <<- END
	table inet vionic_test {
		chain pre {
			type filter hook prerouting priority 0;
			udp dport $forbidden drop
		}
		chain in {
			type filter hook input priority 0;
			udp dport $port counter
		}
		chain out {
			type filter hook output priority 0;
			udp sport $port counter
		}
		chain post {
			type filter hook postrouting priority 0;
			udp sport $port counter
		}
	}
END

for wrong in "-i nonsense" "--packets 0" "--rx --tx"; do
	# shellcheck disable=SC2086 # words
	text=$(py "$rxpath" -i "$NETIF" $wrong 2>&1)
	check_eq "$wrong is refused, with one line" \
		"$? $(wc -l <<< "$text")" "2 1"
done
text=$("$rxpath" -i "$NETIF" --filter "udp port seven" 2>&1)
check_eq "a filter that makes no sense, likewise" \
	"$? $(wc -l <<< "$text")" "2 1"

# ---- both ways, past all there is -------------------------------------------

tcpdump -n -i "$NETIF" -w /dev/null 2> "$KSFT_TMP/tcpdump" &
on_exit stop_child $!
wait_for 10 file_has 'listening on' "$KSFT_TMP/tcpdump"
other=$(($(nproc) > 1))
for irq in $(nic_irqs); do
	set_knob 0 "/proc/irq/$irq/smp_affinity_list"
done
set_knob $((1 << other)) "/sys/class/net/$NETIF/queues/rx-0/rps_cpus"
serve $port 100000 answer
rxpath_start --both --filter "udp port $port" --packets 24 --json \
	--timeout 60 --svg "$out.svg"
datagrams $port 12 answered
rxpath_end "datagrams and their answers were followed"
check_num "all" "$(told '.packets | length')" -eq 24
check_num "half of them received" \
	"$(told '[.packets[] | select(.way == "rx")] | length')" -eq 12
check_eq "times rise" "$(told ordered)" true
check_eq "ports and addresses are theirs" "$(told "all(.packets[].flow;
	.proto == \"udp\" and ([.sport, .dport] | any(. == $port)) and
	([.src, .dst] | sort) == [\"$LOCAL4\", \"$PEER4\"])")" true
check_way "from the interrupt to IP" rx irq schedule softirq poll gro rps \
	receive tap ip nf-prerouting route deliver
check_way "from IP to the process" rx ip nf-prerouting deliver nf-input udp \
	socket ready epoll wakeup recv
! ours || check_way "where the skb was built" rx poll skb gro
check_eq "RPS took them to another CPU" "$(told "all(.packets[].stages[] |
	select(.stage == \"receive\"); .cpu == $other)")" true
check_eq "all were received" "$(told 'all(.packets[] | select(.way == "rx");
	.end.how == "received")')" true
check_way "from the process to the ring, and back" tx send output nf-output \
	nf-postrouting neigh queue tap xmit ring tx-poll "done"
check_eq "each was completed" "$(told 'all(.packets[] | select(.way == "tx");
	.end.how == "sent" and .stages[-1].stage == "done")')" true
diag "$(told '.packets[] | select(.end.how | IN("sent", "received") | not)')"
if ours; then
	check_way "with a doorbell" tx xmit kick ring
	check_eq "polls tell how many used entries they found" "$(told '
		all(.packets[] | select(.way == "rx");
		.poll.used == .poll.work)')" true
fi
check_eq "a summary has all of them" "$(told '[.summary | .rx.total.n,
	.tx.total.n] | join(" ")')" "12 12"
check_eq "its figures are in order" "$(told '[.summary[][] |
	.p50_ns <= .p99_ns and .p99_ns <= .max_ns and .p50_ns >= 0] | all')" true
check_eq "no event was lost" "$(told .lost_events)" 0
check "the picture is well-formed" py - "$out.svg" <<- 'END'
	import sys
	import xml.etree.ElementTree as tree
	root = tree.parse(sys.argv[1]).getroot()
	bars = root.findall("{http://www.w3.org/2000/svg}rect")
	assert root.tag.endswith("svg") and len(bars) > 20, len(bars)
END
check_eq "nothing is left behind" "$(left_behind)" ""
put_knob 0 "/sys/class/net/$NETIF/queues/rx-0/rps_cpus"

# ---- GRO ----------------------------------------------------------------------

ethtool -K "$NETIF" gro on
rxpath_start --both --filter "tcp port $port" --packets 100 --json --timeout 60
check "a stream arrives" traffic verify --server ".,$LOCAL4" --port $port \
	--client "$PEERNS,$PEER4" --tcp 400000 --oneway
rxpath_end "a stream was followed"
check_eq "times rise" "$(told ordered)" true
merged=$(told '[.packets[] | select(.end.how == "merged")] | length')
check_num "frames were joined to others" "$merged" -ge 1
# that is known by probes, and one is not heard while another is at work
# shellcheck disable=SC2016 # jq's own
check_eq "each tells to which" "$(told '.unheard_probes as $unheard |
	[.packets[] | {n: .number, e: .end, g: .gro, j: .joined}] as $p |
	[$p[] | select(.e.how == "merged") | select((.g == "merged" and
		if .e.into then .e.into < .n and $p[.e.into - 1].j >= 1
		else $unheard > 0 end) | not)]')" "[]"
diag "probes unheard: $(told .unheard_probes)"
check_way "the others went on to the socket" rx gro receive ip deliver tcp \
	socket recv
check_way "and were answered" tx output nf-postrouting queue xmit ring "done"

# ---- drops --------------------------------------------------------------------

serve $full 1 sleep
rxpath_start --filter udp --packets 14 --json --timeout 60
datagrams $closed 1
datagrams $forbidden 3
datagrams $full 10
rxpath_end "datagrams that are not wanted were followed"
diag "$(told '.drops | tojson')"
for text in "$closed NO_SOCKET" "$forbidden NETFILTER_DROP" \
	"$full SOCKET_RCVBUFF"; do
	check_eq "dropped: $text" "$(told "any(.packets[];
		.flow.dport == ${text% *} and .end.how == \"dropped\" and
		.end.reason == \"${text#* }\" and
		.stages[-1].stage == \"drop\")")" true
done
check_num "the summary of drops has the rule's" "$(told '.drops.packets[] |
	select(.reason == "NETFILTER_DROP") | .count')" -eq 3
check_eq "and where it was" "$(told '.drops.packets[] |
	select(.reason == "NETFILTER_DROP") | .after')" nf-prerouting
check_num "and the protocol's counters" "$(told '.drops.counters |
	.["Udp NoPorts"] + .["Udp RcvbufErrors"]')" -ge 2

# ---- for people ------------------------------------------------------------------

rxpath_start --tx --filter icmp --timeout 60 --packets 3
ping -q -c 3 -i 0.2 $PEER4 > /dev/null
rxpath_end "pings were followed"
check_num "a timeline, and a summary" "$(grep -cE \
	-e "^tx #1 icmp $LOCAL4 > $PEER4, 98 bytes" -e '^tx: 3 packets' \
	-e ' done  .*given back' "$out")" -eq 3
diag "$(< "$out")"
rxpath_start --timeout 100
kill -TERM "$child"
rxpath_status=0
py_wait "$child" || rxpath_status=$?
check_num "it ends when told to" $rxpath_status -le 1
check_eq "and leaves nothing" "$(left_behind)" ""

ksft_done
