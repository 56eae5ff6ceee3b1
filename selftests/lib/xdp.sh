# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# XDP programs on the interface under test. To be sourced after net.sh.

XDP_OBJECT=$LIB/xdp.bpf.o

# xdp_on NAME [DEVICE]: the program x_NAME, or f_NAME with frags, natively
xdp_on()
{
	local name="$1" dev="${2:-$NETIF}"

	ip -force link set dev "$dev" xdpdrv object "$XDP_OBJECT" \
		program "$name" > "$KSFT_TMP/xdp" 2>&1 || {
		diag "$name: $(grep -vE '^$|libbpf: (elf|prog)' "$KSFT_TMP/xdp" | paste -s -d ' ')"
		return 1
	}
}

xdp_off()
{
	ip link set dev "${1:-$NETIF}" xdpdrv off
}

# echoed SIZES COUNT: frames of the tests' own, COUNT of each size, come back to the
# peer as they were sent but for their addresses
echoed()
{
	traffic through --source "$PEERNS,$PEERIF" --mac "$NIC_MAC" \
		--sizes "$1" --count "$2" --at "$PEERNS,$PEERIF" --turned
}

# The programs on the interface: xdp_has COUNT
xdp_has()
{
	[ "$(ip -details -json link show "$NETIF" |
		jq '[.[0].xdp.attached[]? , .[0].xdp.prog?] | map(select(. != null)) | length')" -ge 1 ]
}

# xdp_forgotten: the kernel has freed the maps of programs that are gone, which it does
# some time after they went
xdp_forgotten()
{
	[ "$(xdp_map vionic_sockets)" = null ]
}

# flood_start NAMESPACE,DEVICE MAC: bursts of frames of the tests' own EtherType, each
# larger than a ring of 32; sets $child
flood_start()
{
	traffic_start "$KSFT_TMP/flood" flood --source "$1" --mac "$2" \
		--size 200 --rest 0.002
	wait_for 20 file_has '^running' "$KSFT_TMP/flood"
}

# qdisc_sent: frames that the queueing discipline has given to the driver
qdisc_sent()
{
	tc -s -j qdisc show dev "$NETIF" root | jq '.[0].packets'
}

# shares_ring NAME COUNTER CHILD: the process CHILD has frames of NAME fill the transmit
# ring; skbs pass through the ring meanwhile and afterwards. COUNTER of "ethtool -S" has
# the frames that make that true. What the peer answers is no evidence: the cable drops
# most of a flood.
shares_ring()
{
	local before answers

	count_start
	before=$(qdisc_sent)
	answers=$(ping -q -c 20 -i 0.05 -W 0.2 "$PEER4" | grep received)
	check_num "$1: pings of 20 in the ring that $1 fills" \
		$(($(qdisc_sent) - before)) -ge 20
	check "$1: all are sent" wait_for 2 all_sent
	diag "$1: $answers"
	stop_child "$3"
	# the cable may be full of the flood still
	check "$1: ping passes afterwards" wait_for 5 can_ping
	count_stop
	check_delta "$1: frames that show that it filled the ring" "$2" -ge 1
	check_delta "$1: each stop of the queue was followed by a wake" \
		'nic_tx[0-9]+_wakes' -ge "$(delta 'nic_tx[0-9]+_stops')"
	check_delta "$1: no transmit timeout" 'nic_tx[0-9]+_timeouts' -eq 0
	check_delta "$1: no reset" 'nic_(pair_)?resets' -eq 0
}

# xdp_conf KEY VALUE: of the program that was loaded last
xdp_conf()
{
	local id

	id=$(xdp_map vionic_conf)
	# shellcheck disable=SC2046 # bytes
	bpftool map update id "$id" key "$1" 0 0 0 value $(le32 "$2")
}

# The newest map of a name
xdp_map()
{
	bpftool -j map | jq --arg name "$1" \
		'map(select(.name == $name) | .id) | max'
}

# xdp_seen KEY: how many frames, says the program loaded last
xdp_seen()
{
	bpftool -j map lookup id "$(xdp_map vionic_seen)" key "$1" 0 0 0 |
		jq .formatted.value
}

# four bytes of a number as this machine has them
le32()
{
	local n=$(($1 & 0xffffffff)) bytes

	bytes="$((n & 255)) $((n >> 8 & 255)) $((n >> 16 & 255)) $((n >> 24))"
	[ "$(printf '\1\0' | od -An -td2 | tr -d ' ')" = 1 ] ||
		bytes=$(tr ' ' '\n' <<< "$bytes" | tac | paste -s -d ' ')
	echo "$bytes"
}
