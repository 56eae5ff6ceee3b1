#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: resize channels coalesce offload rss xdp xsk recover bind reset debug-module slow
# timeout: 36000
#
# Everything at once, on all CPUs, for MINUTES (0): full transmit rings from the stack, from
# XDP_REDIRECT, from XDP_TX and from AF_XDP sockets, while rings, queues, interrupt delays,
# offloads, hash tables, programs and sockets change and the interface goes down and up. A
# debug build of the driver delays CPUs between steps that must not be interrupted, as SEED
# chooses. Four kinds of rounds follow each other: all of it; XDP alone fills the rings, and
# few frames of the stack go between; rings change while interrupts are delayed; all of it
# with injected faults. After each round the NIC works, and no frame is left in a ring;
# without faults there was no transmit timeout and no reset of a queue pair.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
# shellcheck source=../lib/xdp.sh
. "$(dirname "$0")/../lib/xdp.sh"

XSK=$LIB/xsk
ns=vionic_stress
round_seconds=5
kinds=(all xdp timers faults)

running()
{
	[ ! -e "$KSFT_TMP/stop" ]
}

# actor NUMBER NAME: do one thing again and again until the round ends
actor()
{
	RANDOM=$((SEED + 1000 * rounds + $1))
	while running; do
		"act_$2" > /dev/null 2>&1
		nap "0.0$((RANDOM % 10))"
	done
}

act_rings() { ethtool -G "$NETIF" rx $((64 << RANDOM % 3)) tx $((32 << RANDOM % 3)); }
act_queues() { ethtool -L "$NETIF" combined $((1 + RANDOM % most)); }
act_delays()
{
	ethtool -C "$NETIF" adaptive-rx off adaptive-tx off rx-usecs $((RANDOM % 20000)) \
		tx-usecs $((RANDOM % 20000))
	nap 0.1
	ethtool -C "$NETIF" adaptive-rx on adaptive-tx on
}
act_offloads() { ethtool -K "$NETIF" tso off rx off; ethtool -K "$NETIF" tso on rx on; }
act_table() { ethtool -X "$NETIF" equal 1; ethtool -X "$NETIF" default; }
act_timers() { ethtool -C "$NETIF" rx-usecs 20000 tx-usecs 20000; nap 1; }
act_exchange() { ethtool -G "$NETIF" rx 64; ethtool -G "$NETIF" rx 128; }
act_pings() { ping -q -c 10 -i 0.05 -W 1 "$PEER4"; }
act_flap() { nap 0.3; ip link set "$NETIF" down; ip link set "$NETIF" up; add_routes; }
act_programs()
{
	xdp_on x_all_pass
	nap 0.2
	xdp_on x_all_tx
	nap 0.1
	xdp_off
	nap 0.3
}
act_sockets()
{
	local socket

	"$XSK" -z -w -N 100000000 send "$NETIF" 0 0 < "$KSFT_TMP/frame" \
		> "$KSFT_TMP/socket" 2>&1 &
	socket=$!
	wait_for 5 file_has '^(ready|xsk:)' "$KSFT_TMP/socket"
	nap "0.$((RANDOM % 5))"
	kill -KILL $socket
	wait $socket
}
act_faults()
{
	local kinds=(rx tx "rx 1" "tx 1")

	nap 0.5
	echo "${kinds[RANDOM % 4]}" > "$fault"
}

# What "down" took away
add_routes()
{
	ip addr replace "$LOCAL4/24" dev "$NETIF"
	ip neigh replace "$PEER4" lladdr "$PEER_MAC" dev "$NETIF"
}

# sum NAME: of the driver's counters of all queues
sum()
{
	nic_counter "tx[0-9]+_$1"
}

rings_empty()
{
	! grep -E '^tx[0-9]' "/sys/kernel/debug/vionic-$NIC_PCI/rings" |
		grep -qv ' inflight=0 '
}

# round KIND
round()
{
	local name children=() floods=() n=0 timeouts stops wakes resets what="round $rounds, $1"
	local actors=(rings queues delays offloads table programs sockets flap)

	case $1 in
	xdp)
		actors=(delays pings)
		ethtool -L "$NETIF" combined 1 2> /dev/null
		ethtool -G "$NETIF" tx 32
		;;
	timers) actors=(timers exchange exchange) ;;
	faults) actors+=(faults) ;;
	esac
	rm -f "$KSFT_TMP/stop"
	timeouts=$(sum timeouts) stops=$(sum stops) wakes=$(sum wakes)
	resets=$(nic_counter pair_resets)
	traffic_start "$KSFT_TMP/flood1" flood --source "$ns,vst1" --mac "$PEER_MAC" \
		--size 200 --rest 0.002
	floods+=("$child")
	if [ "$1" != xdp ]; then
		traffic_start "$KSFT_TMP/flood2" flood --source ".,$NETIF" \
			--mac "$PEER_MAC" --size 200 --rest 0.001
		floods+=("$child")
		blast 1000 $LOCAL4 "$PEERNS" 0.002
		floods+=("$child")
	fi
	for name in "${actors[@]}"; do
		actor $((n++)) "$name" &
		children+=($!)
	done
	nap $round_seconds
	touch "$KSFT_TMP/stop"
	for name in "${children[@]}"; do
		wait "$name"
	done
	for name in "${floods[@]}"; do
		stop_child "$name"
	done
	xdp_off 2> /dev/null
	ethtool -C "$NETIF" adaptive-rx off adaptive-tx off rx-usecs 0 tx-usecs 0 2> /dev/null
	check "$what: the NIC works" wait_for 30 again
	check "$what: the stack has all frames back" wait_for 10 all_sent
	check "$what: transmit rings are empty" wait_for 10 rings_empty
	[ "$1" != faults ] || return 0
	# where rings are exchanged, that wakes queues, too
	[ "$1" != xdp ] ||
		check_num "$what: each stop of a queue was followed by a wake" \
			$(($(sum wakes) - wakes)) -ge $(($(sum stops) - stops))
	check_num "$what: no transmit timeout" $(($(sum timeouts) - timeouts)) -eq 0
	check_num "$what: no reset of a queue pair" \
		$(($(nic_counter pair_resets) - resets)) -eq 0
}

# rebind: with interrupt delays and frames in flight
rebind()
{
	ethtool -C "$NETIF" rx-usecs 20000 tx-usecs 20000 2> /dev/null
	blast 100 $PEER4
	nap 0.3
	echo "$NIC_PCI" > "/sys/bus/pci/drivers/$DRIVER/unbind"
	stop_child "$child"
	echo "$NIC_PCI" > "/sys/bus/pci/drivers/$DRIVER/bind"
	name=$(ls "/sys/bus/pci/devices/$NIC_PCI/net")
	[ "$name" = "$NETIF" ] || ip link set "$name" name "$NETIF"
	wait_for 30 again
}

net_setup
ours || skip_all "not for drivers of others"
windows=/sys/module/vionic/parameters/window_seed
fault=/sys/kernel/debug/vionic-$NIC_PCI/fault
[ -w $windows ] || skip_all "the driver is not a debug build"
rings_fixed && skip_all "ring sizes are fixed"
net_quiet
SEED=${SEED:-$((1 + RANDOM))}
diag "SEED=$SEED MINUTES=${MINUTES:=0}"
most=$(channels max)
py - "$PEER_MAC" "$NIC_MAC" 214 > "$KSFT_TMP/frame" << END
import sys
addresses = [bytes.fromhex(mac.replace(":", "")) for mac in sys.argv[1:3]]
sys.stdout.buffer.write((b"".join(addresses) + b"\x88\xb5").ljust(int(sys.argv[3]), b"\0"))
END
ip netns add $ns
on_exit ip netns del $ns
ip link add vst0 type veth peer name vst1 netns $ns
on_exit ip link del vst0
ip -n $ns link set vst1 up
ip link set vst0 up
nsenter --net=/run/netns/$ns ip link set dev vst1 xdpdrv object "$XDP_OBJECT" \
	program x_all_pass > /dev/null 2>&1 || skip_all "veth takes no program"
check "a program sends frames of veth through the NIC" xdp_on x_all_redirect vst0
xdp_conf 0 "$(< "/sys/class/net/$NETIF/ifindex")"
on_exit put_knob 0 $windows
put_knob "$SEED" $windows
end=$((SECONDS + 60 * MINUTES))
for ((rounds = 1; rounds <= ${#kinds[@]} || SECONDS < end; rounds++)); do
	round "${kinds[(rounds - 1) % ${#kinds[@]}]}"
done
diag "SEED=$SEED rounds=$((rounds - 1)) stops=$(sum stops) wakes=$(sum wakes)" \
	"xdp=$(sum xdp) xsk=$(sum xsk) resizes=$(nic_counter resizes)" \
	"resets=$(nic_counter resets) pair_resets=$(nic_counter pair_resets)" \
	"last socket: $(paste -s -d ' ' "$KSFT_TMP/socket")"
check_num "transmit queues were full" "$(sum stops)" -ge 1
check_num "frames were sent by XDP" "$(sum xdp)" -ge 1
check_num "frames were sent by AF_XDP" "$(sum xsk)" -ge 1
for ((n = 0; n < 3; n++)); do
	check "the driver is bound again, time $((n + 1))" rebind
done
put_knob 0 $windows
ksft_done
