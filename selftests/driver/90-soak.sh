#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: rx tx resize channels rss coalesce xdp mtu offload link reset bind host slow
# timeout: 36000
#
# Everything at any time, for MINUTES (1): frames both ways without a pause (in bursts,
# where they are made slowly), and in a random order rings and queues of other sizes, hash
# tables, delays of interrupts, programs, MTUs, offloads, the cable pulled, the function
# reset, the NIC unplugged, moved to another namespace and back. SEED chooses; it is
# printed. Now and then, and in the end, frames of all lengths have to arrive as they
# were sent.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
# shellcheck source=../lib/xdp.sh
. "$(dirname "$0")/../lib/xdp.sh"
# shellcheck source=../lib/plug.sh
. "$LIB/plug.sh"

elsewhere=vionic_ns
steps=0
declare -A done_of

# sets n, as a shell of its own would draw numbers of its own
any() { n=$((RANDOM % $1)); }

# What may be refused, for the kernel or the device has not got it, changes nothing
do_rings() { any 15 && ethtool -G "$NETIF" rx $((64 << n % 5)) tx $((64 << n % 3)); }
do_queues() { any "$most" && ethtool -L "$NETIF" combined $((1 + n)); }
do_table() { any "$(channels)" && ethtool -X "$NETIF" equal $((1 + n)); }
do_delays() { any 200 && ethtool -C "$NETIF" rx-usecs $n tx-usecs $((199 - n)); }
do_adaptive() { ethtool -C "$NETIF" adaptive-rx on adaptive-tx on; }
offloads() { ethtool -K "$NETIF" tso "$1" gro "$1" rx "$1" tx "$1"; }
do_offloads_off() { offloads off; }
do_offloads_on() { offloads on; }
do_program() { xdp_on x_all_pass; }
do_no_program() { xdp_off; }
do_mtu() { any 221 && ip link set "$NETIF" mtu $((1280 + n)); }
do_promisc()
{
	ip link set "$NETIF" promisc on
	ip link set "$NETIF" promisc off
}
do_address()
{
	ip link set "$NETIF" address 52:54:00:00:00:0a
	ip link set "$NETIF" address "$NIC_MAC"
}
do_flap()
{
	ip link set "$NETIF" down
	ip link set "$NETIF" up
}
do_cable() { vm-host link off && vm-host link on; }
do_function_reset() { echo 1 > "/sys/bus/pci/devices/$NIC_PCI/reset"; }
do_registers() { ethtool -d "$NETIF" && ethtool -S "$NETIF" && ethtool -t "$NETIF" online; }

do_unplug()
{
	vm-host nic off && wait_for 30 gone && plug_in
}

do_away()
{
	ip link set "$NETIF" netns $elsewhere || return
	ip -n $elsewhere link set "$NETIF" up
	ip -n $elsewhere link set "$NETIF" netns $$
}

as_sent()
{
	check "$1: it works" wait_for 30 again
	check "$1: bytes arrive as sent" traffic verify --server ".,$LOCAL4" \
		--client "$PEERNS,$PEER4" --udp 0,1,200,1200 --tcp 1,300000
}

net_setup
ours || skip_all "not for drivers of others"
RANDOM=${SEED:=$((RANDOM + 1))}
diag "SEED=$SEED MINUTES=${MINUTES:=1}"
most=$(channels max)
# a slow machine gets to little else, without
rest=$((${SLOWNESS:-1} / 3))
mapfile -t all < <(compgen -A function do_)
ip netns add $elsewhere
on_exit ip netns del $elsewhere
on_exit vm-host link on
end=$((SECONDS + 60 * MINUTES))
while [ $SECONDS -lt $end ]; do
	blast 2000 $PEER4 . $rest
	out=$child
	blast 2000 $LOCAL4 "$PEERNS" $rest
	in=$child
	for _ in {1..20}; do
		step=${all[RANDOM % ${#all[@]}]}
		if $step > /dev/null 2>&1; then
			done_of[$step]=$((${done_of[$step]:-0} + 1))
		fi
		steps=$((steps + 1))
		[ -e "/sys/class/net/$NETIF" ] || bail "${step#do_}: the interface is there"
		again
	done
	stop_child "$out"
	stop_child "$in"
	as_sent "$steps steps"
done
xdp_off 2> /dev/null
ip link set "$NETIF" mtu 1500
do_offloads_on > /dev/null 2>&1
as_sent "in the end"
for step in "${all[@]}"; do
	diag "${step#do_}: ${done_of[$step]:-0} times"
done
check_num "kinds of steps that were taken" ${#done_of[@]} -ge 8
ksft_done
