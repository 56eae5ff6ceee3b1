#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: rx xdp
#
# DMA through bounce buffers (swiotlb=force, as in a confidential guest): received frames
# are copied out of them, and nothing is copied back into them without an XDP program.
# Evidence: a kprobe on the kernel's function that syncs bounce buffers for the device.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
# shellcheck source=../lib/xdp.sh
. "$(dirname "$0")/../lib/xdp.sh"

frames=200 headers=42
tracing=/sys/kernel/tracing
F_ACCESS_PLATFORM=33
# shellcheck disable=SC2016 # for the kernel
probe='size=$arg3:u64 dir=$arg4:u32'

# copied_back TEXT LENGTH OPERATOR BYTES: bytes per received frame of that length
copied_back()
{
	local bytes

	trace_start kprobes:vionic_sync
	check "$1" traffic verify --server ".,$LOCAL4" \
		--client "$PEERNS,$PEER4" --udp $(($2 - headers)) --repeat $frames
	trace_stop "$KSFT_TMP/trace"
	# 0: DMA_BIDIRECTIONAL, 1: DMA_TO_DEVICE, 2: DMA_FROM_DEVICE
	bytes=$(sed -n 's/.* size=\([0-9]*\) dir=[01]$/\1/p' "$KSFT_TMP/trace" |
		awk '{ n += $1 } END { print n + 0 }')
	diag "$1: $(grep -c vionic_sync: "$KSFT_TMP/trace") syncs, $bytes bytes copied"
	check_num "$1: bytes copied back per frame" $((bytes / frames)) "$3" "$4"
}

net_setup
ours || skip_all "$DRIVER maps receive memory as it likes"
has_feature $F_ACCESS_PLATFORM || skip_all "a NIC without VIRTIO_F_ACCESS_PLATFORM"
grep -q swiotlb=force /proc/cmdline || skip_all "bounce buffers are not forced"
function=$(grep -oE ' (__)?swiotlb_sync_single_for_device$' /proc/kallsyms | tail -n 1)
[ -n "$function" ] || skip_all "this kernel syncs bounce buffers by another function"
[ -e $tracing/kprobe_events ] || mount -t tracefs nodev $tracing
on_exit put_knob -:kprobes/vionic_sync $tracing/kprobe_events
put_knob "p:kprobes/vionic_sync ${function# } $probe" $tracing/kprobe_events
net_quiet
copied_back "short frames" 60 -eq 0
copied_back "long frames" 1400 -eq 0

check "a program that passes frames is attached" xdp_on x_pass
on_exit xdp_off
# a program may have written anywhere in the buffer, and the device send it from there
copied_back "short frames with a program" 60 -gt 0
check "the program is detached" xdp_off
copied_back "short frames, program detached" 60 -eq 0
ksft_done
