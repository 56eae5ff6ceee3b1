#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: rx napi stack smp
#
# Receive packet steering moves a queue's packets to another CPU, and what
# its backlog cannot take is counted. Evidence: per-CPU columns of
# /proc/net/softnet_stat (processed, dropped, received_rps).

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"

port=5006

burst()
{
	traffic burst --source "$PEERNS,$PEERIF" --mac "$NIC_MAC" \
		--ip "$PEER4,$LOCAL4" --port $port --count "$@" > /dev/null
}

rps()
{
	local file

	for file in "/sys/class/net/$NETIF/queues/rx-"*/rps_cpus; do
		put_knob "$1" "$file"
	done
}

# all frames were either delivered or counted as dropped
accounted()
{
	[ $(($(counted here) + $(softnet "$to" 1) - dropped)) -ge "$1" ]
}

need nft
cpus=$(getconf _NPROCESSORS_ONLN)
[ "$cpus" -ge 2 ] || skip_all "one CPU only"
net_setup
net_quiet
count_port here $port

# every vector to CPU 0, every packet to CPU 1
to=1
for irq in $(nic_irqs); do
	set_knob 0 "/proc/irq/$irq/smp_affinity_list"
done
on_exit rps 0
rps 2

processed=$(softnet $to 0)
here=$(softnet 0 0)
steered=$(softnet $to 9)
burst 400 --sink ".,$NETIF" --window 50
check "400 frames came" wait_for 5 counted_is here 400
check_num "CPU $to processed them" $(($(softnet $to 0) - processed)) -ge 400
check_num "because it was asked to" $(($(softnet $to 9) - steered)) -ge 1
diag "CPU 0 processed $(($(softnet 0 0) - here))"

# no steering: none of that
rps 0
steered=$(softnet $to 9)
burst 400 --sink ".,$NETIF" --window 50
check "400 more came without steering" wait_for 5 counted_is here 800
check_num "and CPU $to was not asked" $(($(softnet $to 9) - steered)) -eq 0

# a backlog of 10, and a ring full of frames for it all at once
rps 2
set_knob 10 /proc/sys/net/core/netdev_max_backlog
set_rings rx 512
napi_hold 200
burst 1 --sink ".,$NETIF"
wait_for 5 counted_is here 801
dropped=$(softnet $to 1)
before=$(counted here)
burst 400
check "each of 400 frames was delivered or counted as dropped" \
	wait_for 5 accounted $((before + 400))
lost=$(($(softnet $to 1) - dropped))
check_num "the backlog dropped some" $lost -ge 100
check_num "delivered and dropped make 400" \
	$(($(counted here) - before + lost)) -eq 400
ksft_done
