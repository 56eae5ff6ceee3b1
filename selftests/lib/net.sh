# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The test bed of every test: the NIC under test in the current network
# namespace, a second NIC at the other end of its cable in another one.
#
#   NETIF 192.0.2.1/24, 2001:db8::1/64 ==== PEERIF 192.0.2.2, 2001:db8::2
#   (current namespace)                     (namespace PEERNS)
#
# Taken from the environment: NETIF, PEERIF, PEERNS, and where they are not
# what the machine says: NIC_PCI, DRIVER.

LIB=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=ksft.sh
. "$LIB/ksft.sh"

: "${NETIF:=vio0}" "${PEERIF:=peer0}" "${PEERNS:=peer}"
# shellcheck disable=SC2034 # for the tests
LOCAL4=192.0.2.1 LOCAL6=2001:db8::1 PEER4=192.0.2.2 PEER6=2001:db8::2

# /proc and netlink show the peer's side, /sys still this one
in_peer()
{
	nsenter --net="/run/netns/$PEERNS" "$@"
}

# Feature bits that tests ask for
# shellcheck disable=SC2034
F_MRG_RXBUF=15 F_INDIRECT_DESC=28 F_EVENT_IDX=29 F_RING_PACKED=34 F_IN_ORDER=35
# shellcheck disable=SC2034
F_CSUM=0 F_VERSION_1=32 F_RING_RESET=40 F_SPEED_DUPLEX=63

# Was this bit of the device's features negotiated?
has_feature()
{
	local dir=/sys/bus/pci/devices/$NIC_PCI bits

	bits=$(cat "$dir/vionic/features" "$dir"/virtio*/features 2> /dev/null)
	[ "${bits:$1:1}" = 1 ]
}

# A legacy device has rings of its own choice of size
rings_fixed()
{
	! has_feature "$F_VERSION_1"
}

# ---- Python ------------------------------------------------------------
#
# To start an interpreter takes longer than most of what the tests do with one. One
# process forks a child for each program that a test runs: see Server in traffic.py.

# python_start: find the server of run-tests, in $PYTHON_SERVER; else start one. A child
# sees what its server sees, so that the server has to be in the test's namespaces.
python_start()
{
	local dir=${PYTHON_SERVER:-/run/vionic-python} pid

	pid=$(cat "$dir/pid" 2> /dev/null)
	if ! [ "/proc/$pid/ns/net" -ef /proc/self/ns/net ] ||
	   ! [ "/proc/$pid/ns/mnt" -ef /proc/self/ns/mnt ]; then
		dir=$KSFT_TMP/python
		python3 -I "$LIB/traffic.py" daemon "$dir" < /dev/null > /dev/null &
		pid=$!
		on_exit stop_child $pid
		wait_for 60 [ -e "$dir/pid" ] || bail "the server of Python starts"
	fi
	python_server=$pid python_requests=$dir/requests
}

# python_ask run|start PROGRAM ARGUMENT...: sets $python_child. The answers come by a
# pipe that each shell opens once.
python_pipe_of=
python_ask()
{
	if [ "$python_pipe_of" != "$BASHPID" ]; then
		exec {python_pipe}<> <(:)
		python_pipe_of=$BASHPID
	fi
	local out IFS=$'\x1f'

	# standard output is the FIFO for a moment, in which the server may look
	exec {out}>&1
	# in one piece, or that of another shell may come in between
	printf '%s\n' "$BASHPID$IFS$python_pipe$IFS$out$IFS$*$IFS" > "$python_requests"
	python_answer && python_child=$answer
	exec {out}>&-
	[ -n "$answer" ]
}

# python_answer: the next one, into $answer. The wait ends if the server does.
python_answer()
{
	until read -r -t 10 -u "$python_pipe" answer; do
		kill -0 "$python_server" || return
	done
}

# py FILE ARGUMENT...: python3 FILE ARGUMENT...; "-" is a program from standard input.
# "import traffic" costs it nothing.
py()
{
	local answer

	python_ask run "$@" && python_answer || return
	return "$answer"
}

# py_start FILE ARGUMENT...: in the background; sets $child
declare -A python_pipes
py_start()
{
	local python_pipe python_pipe_of='' answer

	python_ask run "$@" || bail "the server of Python answers"
	child=$python_child
	python_pipes[$child]=$python_pipe
	on_exit stop_child "$child"
}

# py_wait CHILD: returns its exit status
py_wait()
{
	local python_pipe=${python_pipes[$1]} answer

	python_answer || return
	exec {python_pipe}>&-
	return "$answer"
}

# traffic VERB ARGUMENT...: prints the result, returns the verdict
traffic()
{
	py traffic "$@"
}

# traffic_start FILE ARGUMENT...: in the background, output to a file, which ends
# with a line "status N"; sets $child. SIGTERM makes it finish.
traffic_start()
{
	local file="$1" answer

	shift
	python_ask start traffic "$@" > "$file" 2>&1 ||
		bail "the server of Python answers"
	child=$python_child
	on_exit stop_child "$child"
}

# ---- traffic -----------------------------------------------------------

# blast SIZE ADDRESS [NAMESPACE] [REST]: datagrams to there, as fast as they go, with so
# many seconds of rest after a burst; sets $child
blast()
{
	traffic_start "$KSFT_TMP/blast" blast --size "$1" --to "$2" \
		--source "${3:-.}" --rest "${4:-0}"
}

# stream_start NAME SERVER CLIENT: a TCP stream until stream_end; sets $child.
# Running when this returns; it leaves time for what is done meanwhile.
stream_start()
{
	traffic_start "$KSFT_TMP/$1.stream" stream --server "$2" --client "$3" \
		--rate 3000000
	wait_for 20 file_has '^running' "$KSFT_TMP/$1.stream" ||
		bail "the stream $1 starts" "$(cat "$KSFT_TMP/$1.stream")"
}

# stream_end NAME CHILD
stream_end()
{
	kill -TERM "$2"
	wait_for 40 file_has '^status' "$KSFT_TMP/$1.stream"
	check_eq "the stream $1 ended intact" \
		"$(grep '^status' "$KSFT_TMP/$1.stream")" "status 0"
	diag "$1: $(grep -v '^status' "$KSFT_TMP/$1.stream" | paste -s -d ' ')"
}

# One each way, until streams_end
streams_start()
{
	stream_start in ".,$LOCAL4" "$PEERNS,$PEER4"
	stream_in=$child
	stream_start out "$PEERNS,$PEER4" ".,$LOCAL4"
	stream_out=$child
}

streams_end()
{
	stream_end in "$stream_in"
	stream_end out "$stream_out"
}

# nic_counter REGEX: sum of the driver's counters by such names
nic_counter()
{
	ethtool -S "$NETIF" | awk -v name="^ *$1:" '
		$0 ~ name { n += $2 }
		END { print n + 0 }'
}

# more REGEX NUMBER: have they counted more by now?
more()
{
	[ "$(nic_counter "$1")" -gt "$2" ]
}

# channels [max]: queue pairs in use, or the most
channels()
{
	ethtool -l "$NETIF" 2> /dev/null |
		awk -v want="${1:-now}" '
			/^Pre-set/ { part = "max" }
			/^Current/ { part = "now" }
			$1 == "Combined:" && part == want { n = $2 }
			END { print n ? n : 1 }'
}

# bytes through the NIC, both ways
if_bytes()
{
	local dir="/sys/class/net/$NETIF/statistics"

	echo $(($(< "$dir/rx_bytes") + $(< "$dir/tx_bytes")))
}

# moved N: as many bytes went through by now
moved()
{
	[ "$(if_bytes)" -ge "$1" ]
}

# Does the driver that this project is about serve the NIC? Some checks name
# what only this driver promises; another driver may be put under the tests
# to try them out.
ours()
{
	[ "$DRIVER" = vionic ]
}

# need COMMAND...: tools that a machine may lack
need()
{
	local tool

	for tool in "$@"; do
		command -v "$tool" > /dev/null || skip_all "no $tool here"
	done
}

# write VALUE FILE, remembering what was there
set_knob()
{
	local old

	old=$(cat "$2" 2> /dev/null) || { diag "no $2"; return 1; }
	on_exit put_knob "$old" "$2"
	put_knob "$1" "$2"
}

put_knob()
{
	echo "$1" > "$2"
}

# These append lines for "ip -batch" to $commands, for run_commands: one process for all
# of them.
add_reset()	# DEVICE
{
	commands+="addr flush dev $1 scope global
		neigh flush dev $1 nud all
		link set $1 mtu 1500 promisc off allmulticast off
	"
}

add_addresses()	# DEVICE IPV4 IPV6
{
	commands+="link set $1 up
		addr replace $2/24 dev $1
		addr replace $3/64 dev $1 nodad
	"
}

add_neighbours()	# DEVICE MAC IPV4 IPV6
{
	commands+="neigh replace $3 lladdr $2 dev $1 nud permanent
		neigh replace $4 lladdr $2 dev $1 nud permanent
	"
}

# run_commands DEVICE [OPTION]: run $commands where the device is, and empty it
run_commands()
{
	ip_of "$1" "${@:2}" -batch - <<< "$commands"
	commands=''
}

# What a test leaves behind must not depend on where it stopped. The
# link-local addresses stay: the kernel makes them when a link comes up.
net_reset()
{
	local dev commands=''

	for dev in "$NETIF" "$PEERIF"; do
		add_reset "$dev"
		run_commands "$dev" -force
	done
}

# Reset both ends, then connect them
net_connect()
{
	local commands=''

	add_reset "$NETIF"
	add_addresses "$NETIF" $LOCAL4 $LOCAL6
	add_neighbours "$NETIF" "$PEER_MAC" $PEER4 $PEER6
	run_commands "$NETIF" -force
	add_reset "$PEERIF"
	add_addresses "$PEERIF" $PEER4 $PEER6
	add_neighbours "$PEERIF" "$NIC_MAC" $LOCAL4 $LOCAL6
	run_commands "$PEERIF" -force
}

# ip_of DEVICE ARGUMENT...: ip, where the device is
ip_of()
{
	if [ "$1" = "$PEERIF" ]; then
		ip -n "$PEERNS" "${@:2}"
	else
		ip "${@:2}"
	fi
}

# in_ns_of DEVICE COMMAND...
in_ns_of()
{
	if [ "$1" = "$PEERIF" ]; then
		shift
		in_peer "$@"
	else
		shift
		"$@"
	fi
}

net_addresses()
{
	local commands=''

	add_addresses "$NETIF" $LOCAL4 $LOCAL6
	run_commands "$NETIF"
	peer_addresses
}

peer_addresses()
{
	local commands=''

	add_addresses "$PEERIF" $PEER4 $PEER6
	run_commands "$PEERIF"
}

# has_carrier DEVICE. The kernel does not tell of one that is down.
has_carrier()
{
	local carrier

	if [ "$1" = "$PEERIF" ]; then
		[[ "$(ip_of "$1" link show "$1")" = *LOWER_UP* ]]
	else
		read -r carrier 2> /dev/null < "/sys/class/net/$1/carrier" &&
			[ "$carrier" = 1 ]
	fi
}

# The NICs connected, up and addressed; the kernel log marked. To a test that
# says "anyhow", whatever connects them is good enough, see is_cable.
net_setup()
{
	local dev path

	[ "$EUID" -eq 0 ] || skip_all "must be root"
	[ "${1:-}" = anyhow ] || is_cable ||
		skip_all "no frames of the peer come through $(backend)"
	need ip ethtool python3 nsenter
	[ -e "/sys/class/net/$NETIF" ] || skip_all "no interface $NETIF (NETIF)"
	if [ -e "/sys/class/net/$PEERIF" ]; then
		[ -e "/run/netns/$PEERNS" ] || ip netns add "$PEERNS"
		ip link set "$PEERIF" netns "$PEERNS"
	fi
	[[ "$(ip -n "$PEERNS" link show "$PEERIF")" =~ link/ether\ ([^ ]*) ]] ||
		skip_all "no interface $PEERIF in namespace $PEERNS (PEERIF, PEERNS)"
	PEER_MAC=${BASH_REMATCH[1]}

	[[ "$(ethtool -i "$NETIF")" =~ driver:\ ([^[:space:]]*) ]]
	DRIVER=${BASH_REMATCH[1]}
	path=$(readlink -f "/sys/class/net/$NETIF/device")
	path=${path%/virtio*}
	NIC_PCI=${path##*/}
	NIC_MAC=$(< "/sys/class/net/$NETIF/address")
	ksft_mark_log
	python_start
	ip -n "$PEERNS" link set lo up
	on_exit net_reset
	# what waits for an address to be resolved can be overtaken
	net_connect
	for dev in "$NETIF" "$PEERIF"; do
		wait_for 10 has_carrier "$dev" || bail "$dev has a carrier"
	done
}

# For exact counts: no frames but the test's own, none lost in a queueing
# discipline, and the peer's frames on the wire as it counts them
net_quiet()
{
	local dev link

	# what it is a part of speaks through it, and it through its parts,
	# which may speak for themselves as well
	for link in "/sys/class/net/$NETIF/"{master,lower_*}; do
		[ -e "$link" ] || continue
		dev=$(basename "$(readlink "$link")")
		sysctl -qw "net.ipv6.conf.$dev.disable_ipv6=1"
		on_exit sysctl -qw "net.ipv6.conf.$dev.disable_ipv6=0"
	done
	for dev in "$NETIF" "$PEERIF"; do
		in_ns_of "$dev" sysctl -qw "net.ipv6.conf.$dev.disable_ipv6=1"
		on_exit in_ns_of "$dev" \
			sysctl -qw "net.ipv6.conf.$dev.disable_ipv6=0"
		in_ns_of "$dev" tc qdisc replace dev "$dev" root pfifo \
			limit 20000
		on_exit in_ns_of "$dev" tc qdisc del dev "$dev" root
	done
	static_neighbours
	wire_frames
}

static_neighbours()
{
	local commands=''

	add_neighbours "$NETIF" "$PEER_MAC" $PEER4 $PEER6
	run_commands "$NETIF" -force
	add_neighbours "$PEERIF" "$NIC_MAC" $LOCAL4 $LOCAL6
	run_commands "$PEERIF" -force
}

# The peer sends no frame above the MTU
wire_frames()
{
	peer_offload tso off gso off
}

peer_offload()
{
	offload "$PEERIF" "$@"
}

# offload DEVICE FEATURE on|off...: until the test ends
offload()
{
	local dev="$1" out was

	shift
	was=$(in_ns_of "$dev" ethtool -k "$dev" | awk '
		BEGIN {
			short["rx-checksumming:"] = "rx"
			short["tx-checksumming:"] = "tx"
			short["scatter-gather:"] = "sg"
			short["tcp-segmentation-offload:"] = "tso"
			short["generic-segmentation-offload:"] = "gso"
			short["generic-receive-offload:"] = "gro"
			short["rx-gro-hw:"] = "rx-gro-hw"
		}
		$1 in short { print short[$1], $2 }')
	# shellcheck disable=SC2086 # words
	on_exit in_ns_of "$dev" ethtool -K "$dev" $was
	out=$(in_ns_of "$dev" ethtool -K "$dev" "$@" 2>&1) ||
		diag "ethtool -K $dev $*: $out"
}

# feature NAME: "on" or "off", "fixed" if it cannot be changed
feature()
{
	ethtool -k "$NETIF" | awk -v name="$1:" '
		$1 == name { print $3 == "[fixed]" ? "fixed" : $2 }'
}

# ring rx|tx [max]: ring size in use, or the largest
ring()
{
	ethtool -g "$NETIF" | awk -v key="${1^^}:" -v want="${2:-now}" '
		/^Pre-set/ { part = "max" }
		/^Current/ { part = "now" }
		$1 == key && part == want { print $2 }'
}

# both sizes in use, receive first
rings()
{
	local form='Current.*RX:[[:space:]]+([0-9]+).*TX:[[:space:]]+([0-9]+)'

	[[ "$(ethtool -g "$NETIF")" =~ $form ]] &&
		echo "${BASH_REMATCH[1]} ${BASH_REMATCH[2]}"
}

# set_rings rx|tx N...: until the test ends. Asking for what is already set
# is an error to ethtool, but not to a test.
set_rings()
{
	local out rx tx

	read -r rx tx <<< "$(rings)"
	on_exit ethtool -G "$NETIF" rx "$rx" tx "$tx"
	out=$(ethtool -G "$NETIF" "$@" 2>&1) || diag "ethtool -G $*: $out"
}

# rings_refused OPTION...: by ethtool -G, with a sentence, and nothing changes
rings_refused()
{
	local before out

	before=$(ethtool -g "$NETIF")
	if out=$(ethtool -G "$NETIF" "$@" 2>&1); then
		not_ok "$* is refused" "it was accepted"
	else
		ok "$* is refused"
	fi
	out=$(grep -v 'Invalid argument' <<< "$out")
	check_num "with a sentence: ${out#netlink error: }" \
		"$(wc -w <<< "$out")" -ge 5
	check_eq "and changes nothing" "$(ethtool -g "$NETIF")" "$before"
}

# ---- counters ------------------------------------------------------------

# the interface that the NIC has now, whatever its name
nic_interface()
{
	local net

	for net in "/sys/bus/pci/devices/$NIC_PCI/"{net/*,virtio*/net/*}; do
		[ ! -e "$net" ] || echo "${net##*/}"
	done
}

nic_has_interface()
{
	[ -n "$(nic_interface)" ]
}

# Are vectors in use, or the one interrupt line?
has_msix()
{
	compgen -G "/sys/bus/pci/devices/$NIC_PCI/msi_irqs/*" > /dev/null
}

# Interrupts of the NIC, all vectors: numbers as in /proc/interrupts
nic_irqs()
{
	local dev="/sys/bus/pci/devices/$NIC_PCI" file

	if ! has_msix; then
		cat "$dev/irq" 2> /dev/null
		return
	fi
	for file in "$dev/msi_irqs/"*; do
		echo "${file##*/}"
	done
}

# Lines of /proc/interrupts of the NIC as "NUMBER COUNT NAME"
nic_interrupts()
{
	awk -v numbers="$(nic_irqs | tr '\n' ' ')" '
		BEGIN { n = split(numbers, a); for (i = 1; i <= n; i++) ours[a[i]] }
		NR == 1 { cpus = NF; next }
		{ irq = $1; sub(":", "", irq) }
		irq in ours {
			count = 0
			for (i = 2; i <= cpus + 1; i++)
				count += $i
			print irq, count, $NF
		}' /proc/interrupts
}

# counters [--array]: everything countable, one "name value" a line, or as the words of
# an array: see counters.py
counters()
{
	py "$LIB/counters.py" "$@" "$NETIF" "$NIC_PCI" "$PEERNS" "$PEERIF"
}

# What the stacks of both ends have counted
stacks_counted()
{
	echo "$(< /proc/net/snmp)$(< /proc/net/dev)"
	in_peer cat /proc/net/snmp /proc/net/dev
}

# settle [TIMES [COMMAND...]]: wait until nothing has come at either end for TIMES (1) times
# 0.2 seconds, or until the command succeeds; at most 100 times
settle()
{
	local times="${1:-1}" before='' now quiet=0 tries=100

	shift
	until "${@:-false}" || [ $((tries--)) -eq 0 ]; do
		now=$(stacks_counted)
		quiet=$((quiet + 1))
		[ "$now" = "$before" ] || quiet=0
		[ $quiet -lt "$times" ] || break
		before=$now
		nap 0.2
	done
}

declare -A count_before count_after

# A frame counts as sent once the NIC has given it back, which may be after
# the peer has received it: are all back, by the kernel's byte queue limits?
all_sent()
{
	local file bytes

	for file in /sys/class/net/*/queues/tx-*/byte_queue_limits/inflight; do
		read -r bytes 2> /dev/null < "$file" || continue
		[ "$bytes" = 0 ] || return
	done
}

# count_start; traffic; count_stop: then delta NAME has the differences
count_start()
{
	wait_for 5 all_sent || diag "frames are in flight still"
	read_counters count_before
}

count_stop()
{
	wait_for 5 all_sent || diag "frames are in flight still"
	read_counters count_after
}

# read_counters ARRAY: without them, nothing would seem to be lost
read_counters()
{
	local out

	out=$(counters --array) || out=
	[ -n "$out" ] || bail "counters can be read"
	eval "$1=($out)"
}

# delta REGEX: sum over all counters with such a name; nothing if none has.
# The protocols' are listed from their first event on only.
delta()
{
	local name all_names=("$1") sum='' prefix

	[[ "$1" = nic_* ]] || sum=0
	if [[ "$1" = *[!a-zA-Z0-9_]* ]]; then
		all_names=("${!count_after[@]}")
		# a regular expression is compiled for each name that begins so
		prefix=${1%%[!a-zA-Z0-9_]*}
		[[ "$1" != *'|'* && "$1" != *[?*]* ]] || prefix=''
	fi
	for name in "${all_names[@]}"; do
		[[ -n "${count_after[$name]:-}" && "$name" = "$prefix"* ]] || continue
		[[ "$name" =~ ^$1$ ]] || continue
		sum=$((${sum:-0} + count_after[$name] - ${count_before[$name]:-0}))
	done
	echo "$sum"
}

# check_delta DESCRIPTION REGEX OPERATOR VALUE: the driver's own counters
# (nic_...) must exist if it is ours
check_delta()
{
	local value

	value=$(delta "$2")
	if [[ -z "$value" && "$2" = nic_* ]] && ! ours; then
		skip "$1" "$DRIVER has no counter ${2#nic_}"
	else
		check_num "$1" "$value" "$3" "$4"
	fi
}

# Count UDP datagrams to a port as the stack of a namespace sees them:
# count_port in_peer|here PORT, then counted in_peer|here
here()
{
	"$@"
}

count_port()
{
	"$1" nft -f - <<- END
		table inet vionic_count
		delete table inet vionic_count
		table inet vionic_count {
			counter hits { }
			chain pre {
				type filter hook prerouting priority -310;
				udp dport $2 counter name hits
			}
		}
	END
	on_exit "$1" nft delete table inet vionic_count
}

counted()
{
	"$1" nft list counter inet vionic_count hits |
		awk '$1 == "packets" { print $2 }'
}

counted_is()
{
	[ "$(counted "$1")" -ge "$2" ]
}

# softnet CPU COLUMN: from 0, as in /proc/net/softnet_stat
softnet()
{
	local line

	line=$(sed -n "$(($1 + 1))p" /proc/net/softnet_stat)
	# shellcheck disable=SC2086 # columns
	set -- "$2" $line
	shift $(($1 + 1))
	echo $((16#$1))
}

# Up, and in touch with the peer by IPv4, whatever was done to it
again()
{
	local commands=''

	ip link set "$NETIF" up && has_carrier "$NETIF" || return
	add_addresses "$NETIF" $LOCAL4 $LOCAL6
	add_neighbours "$NETIF" "$PEER_MAC" $PEER4 $PEER6
	run_commands "$NETIF" -force
	can_ping && return
	# the peer's side seldom needs it
	net_addresses
	static_neighbours
	can_ping
} > /dev/null 2>&1

# ---- kernel knobs --------------------------------------------------------

# Hold polling off: after its next poll each queue is looked at by a timer
# only, every $1 ms, however many frames come meanwhile. Needs no driver's
# help but napi_complete_done().
napi_hold()
{
	local dir="/sys/class/net/$NETIF"

	on_exit napi_release
	put_knob 1000000 "$dir/napi_defer_hard_irqs"
	put_knob "$(($1 * 1000000))" "$dir/gro_flush_timeout"
}

napi_release()
{
	local dir="/sys/class/net/$NETIF"

	put_knob 0 "$dir/napi_defer_hard_irqs"
	put_knob 0 "$dir/gro_flush_timeout"
}

# trace_start EVENT...; traffic; trace_stop FILE
trace_start()
{
	local event root=/sys/kernel/tracing

	[ -e $root/trace ] || mount -t tracefs nodev $root
	trace_dir=$root/instances/vionic_selftest
	[ -d $trace_dir ] || mkdir $trace_dir ||
		bail "a trace instance can be made in $root"
	on_exit rmdir $trace_dir
	put_knob 16384 $trace_dir/buffer_size_kb
	for event in "$@"; do
		put_knob 1 "$trace_dir/events/${event/://}/enable"
	done
	put_knob 1 $trace_dir/tracing_on
}

trace_stop()
{
	local lost

	put_knob 0 "$trace_dir/tracing_on"
	put_knob 0 "$trace_dir/events/enable"
	cat "$trace_dir/trace" > "$1"
	lost=$(cat "$trace_dir"/per_cpu/cpu*/stats |
		awk '$1 == "overrun:" { n += $2 } END { print n + 0 }')
	[ "$lost" = 0 ] || diag "the trace lost $lost events"
	: > "$trace_dir/trace"
}

# The polls of the NIC in a trace file as "TASK CPU WORK BUDGET"
trace_polls()
{
	awk -v dev="$NETIF" '
		/ napi_poll: / && $0 ~ " for device " dev " " {
			task = $1
			sub("-[0-9]+$", "", task)
			match($0, "\\[[0-9]+\\]")
			cpu = substr($0, RSTART + 1, RLENGTH - 2) + 0
			print task, cpu, $(NF - 2), $NF
		}' "$1"
}

# Do frames of the one NIC come out at the other, as from a cable? A network
# stack between them passes on what is in them only.
is_cable()
{
	! can_host || [ "$(backend)" != passt ]
}

# backend: what is behind the NIC; who runs the tests may have asked already
backend()
{
	echo "${VM_BACKEND:=$(vm-host backend)}"
}

# can_host: is there a way to ask the machine that runs this VM?
can_host()
{
	command -v vm-host > /dev/null
}

# tap NAME COUNTER: host side of a cable, e.g. tap vut tx_dropped
tap()
{
	vm-host tapstats | jq -r --arg tap "$1" --arg what "$2" '
		.[] | select(.ifname == $tap) | .stats64 |
		if $what == "tx_dropped" then .tx.dropped
		elif $what == "tx_packets" then .tx.packets
		else .rx.packets end'
}

can_ping()
{
	ping -q -c 1 -W 2 "$PEER4"
}
