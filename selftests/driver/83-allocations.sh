#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: bind recover resize channels xdp debug-kernel slow
# timeout: 1800
#
# No memory, for each allocation in turn that is made when the driver is bound, opened,
# resized, given more queues or a program: it is done or fails as a whole, with nothing
# lost. The kernel has to have fault injection; what is lost is found as the module goes.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
# shellcheck source=../lib/hostile.sh
. "$(dirname "$0")/../lib/hostile.sh"
# shellcheck source=../lib/xdp.sh
. "$(dirname "$0")/../lib/xdp.sh"

faults=/sys/kernel/debug
dir=$(dirname "$0")/../lib

# walk NAME ARGUMENT...
walk()
{
	local said

	said=$(python3 "$dir/failnth.py" "$@" 2> "$KSFT_TMP/said")
	check "$1: done or not done, $said" test $? -eq 0
	diag "$1: $(sort "$KSFT_TMP/said" | sed 's/allocation [0-9]*/some/' | uniq -c |
		tail -n 12)"
}

# Not what DMA-API debugging keeps its records in: it would watch no more
spare_watchers()
{
	local cache n=0

	for cache in /sys/kernel/slab/*/failslab; do
		[[ $cache == */radix_tree_node/* ]] || ! echo 1 > "$cache" ||
			n=$((n + 1))
	done 2> /dev/null
	check_num "caches whose allocations can fail" $n -ge 20
	put_knob Y "$faults/failslab/cache-filter"
}

passes()
{
	check "$1: frames pass" wait_for 20 again
}

net_setup
ours || skip_all "not for drivers of others"
[ -e "/proc/self/fail-nth" ] ||
	skip_all "a kernel without fault injection (CONFIG_FAULT_INJECTION)"
for what in failslab fail_page_alloc; do
	put_knob 0 "$faults/$what/verbose"
	put_knob N "$faults/$what/ignore-gfp-wait"
done
spare_watchers
put_knob N "$faults/fail_page_alloc/ignore-gfp-highmem"
put_knob 0 "$faults/fail_page_alloc/min-order"
set_rings rx 64 tx 64

walk up "$NETIF"
passes up
walk rings "$NETIF" 64 128
passes rings
if [ "$(channels max)" -gt 1 ]; then
	walk channels "$NETIF" 1 2
	passes channels
else
	skip channels "there is one queue pair"
fi
check "a program is attached" xdp_on x_all_pass
bpftool prog pin id "$(ip -j link show "$NETIF" | jq '.[0].xdp.prog.id')" \
	/sys/fs/bpf/vionic_selftest
on_exit rm -f /sys/fs/bpf/vionic_selftest
xdp_off
walk program "$NETIF" /sys/fs/bpf/vionic_selftest
passes program
xdp_off
walk bind "$DRIVER" "$NIC_PCI"
let_go
take
passes bind
ksft_done
