#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: reset power kexec host
#
# Another kernel is started in the middle of traffic each way, without a reset of the
# machine: the NIC is in reset by then, writes nothing into memory that isn't its
# driver's any more, and works under the new kernel.
#
# The second half runs there: a guest's init finds that it comes from here.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"

# What the NIC was like before anybody touched it
left=/run/left-behind

# next_kernel: start the next kernel, which continues with the rest of this guest's tests,
# this one included. kexec computes no checksums: they take minutes on an emulated CPU.
# It puts the next kernel below the memory's end, where the kernel finds free pages first:
# a page that is free and has to hold another one later costs a search of all pages.
next_kernel()
{
	kexec --kexec-syscall --no-checks --mem-max=0x30000000 --load /vionic/bzImage \
		--initrd /vionic/initrd.zst --reuse-cmdline \
		--append "rdinit=/vionic/scripts/guest/boot tests_after_kexec=${REST// /,}" ||
		return
	kexec --no-sync --no-ifdown --exec
}

net_setup
if [ -n "$tests_after_kexec" ]; then
	ok "another kernel runs"
	if [ "$(< $left)" = none ]; then
		skip "the NIC was left in reset" \
			"this kernel's own driver, built in, already had it"
	else
		check_eq "the NIC was left in reset" "$(< $left)" 0x00
	fi
	check "ping works" can_ping
	streams_start
	check "streams each way run" wait_for 30 moved $(($(if_bytes) + 1000000))
	streams_end
	ksft_done
	exit
fi

ours || skip_all "for vionic, not $DRIVER"
[ -r /vionic/initrd.zst ] || skip_all "no kernel to start in /vionic"
need kexec
[ -n "${REST:-}" ] || skip_all "no guest's init that goes on there"
check_eq "the device runs, as seen from outside" "$(vm-host status)" 0x0f
streams_start
check "streams each way run" wait_for 30 moved $(($(if_bytes) + 100000))
check "the next kernel" next_kernel
ksft_done
