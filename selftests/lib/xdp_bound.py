#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Load an XDP program for one device, so that it may call the driver, and attach it
there until SIGTERM:

	xdp_bound.py OBJECT PROGRAM DEVICE

Neither ip nor bpftool of stable releases can.
"""
import ctypes
import signal
import socket
import sys

BPF_F_XDP_DEV_BOUND_ONLY = 1 << 6
XDP_FLAGS_DRV_MODE = 1 << 2

lib = ctypes.CDLL("libbpf.so.1", use_errno=True)
for name in ("bpf_object__open", "bpf_object__find_program_by_name"):
    getattr(lib, name).restype = ctypes.c_void_p


def good(status, what):
    if status:
        sys.exit(f"{what}: {status}")


def main():
    path, name, device = sys.argv[1:]
    index = socket.if_nametoindex(device)
    obj = ctypes.c_void_p(lib.bpf_object__open(path.encode()))
    prog = ctypes.c_void_p(lib.bpf_object__find_program_by_name(
        obj, name.encode()))
    lib.bpf_program__set_ifindex(prog, ctypes.c_uint(index))
    good(lib.bpf_program__set_flags(
        prog, ctypes.c_uint(BPF_F_XDP_DEV_BOUND_ONLY)), "flags")
    good(lib.bpf_object__load(obj), "load")
    good(lib.bpf_xdp_attach(index, lib.bpf_program__fd(prog),
                            XDP_FLAGS_DRV_MODE, None), "attach")
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    print("ready", flush=True)
    signal.sigwait([signal.SIGTERM])
    lib.bpf_xdp_detach(index, XDP_FLAGS_DRV_MODE, None)


main()
