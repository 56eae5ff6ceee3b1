# SPDX-License-Identifier: GPL-2.0
"""Hold the kernel's rtnl lock: hold_rtnl.py FILE

FILE is made when the lock is held. The lock is released when FILE is removed.

The kernel copies the answer to ETHTOOL_GFEATURES under rtnl, here to a page that
userfaultfd provides only at the end.
"""
import ctypes
import fcntl
import mmap
import os
import platform
import socket
import struct
import sys
import threading
import time

PAGE = mmap.PAGESIZE
SYS_USERFAULTFD = {"x86_64": 323, "aarch64": 282, "s390x": 355}[platform.machine()]
UFFD_API = 0xaa
UFFDIO_API, UFFDIO_REGISTER, UFFDIO_ZEROPAGE = 0xc018aa3f, 0xc020aa00, 0xc020aa04
UFFDIO_REGISTER_MODE_MISSING = 1
SIOCETHTOOL, ETHTOOL_GFEATURES = 0x8946, 0x3a

libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int,
                      ctypes.c_int, ctypes.c_long]


def ask(command):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        request = struct.pack("16sP16x", b"lo", command)
        fcntl.ioctl(s, SIOCETHTOOL, request)


def main(path):
    memory = libc.mmap(None, 2 * PAGE, mmap.PROT_READ | mmap.PROT_WRITE,
                       mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, -1, 0)
    second = memory + PAGE
    # two words, and behind them the features
    command = second - 8
    ctypes.memmove(command, struct.pack("II", ETHTOOL_GFEATURES, 1), 8)
    fault = libc.syscall(SYS_USERFAULTFD, os.O_CLOEXEC)
    if fault < 0:
        sys.exit("userfaultfd: " + os.strerror(ctypes.get_errno()))
    fcntl.ioctl(fault, UFFDIO_API, struct.pack("QQQ", UFFD_API, 0, 0))
    fcntl.ioctl(fault, UFFDIO_REGISTER,
                struct.pack("QQQQ", second, PAGE, UFFDIO_REGISTER_MODE_MISSING, 0))
    asker = threading.Thread(target=ask, args=(command,), daemon=True)
    asker.start()
    os.read(fault, 32)
    open(path, "w", encoding="ascii").close()
    while os.path.exists(path):
        time.sleep(0.02)
    fcntl.ioctl(fault, UFFDIO_ZEROPAGE, struct.pack("QQQq", second, PAGE, 0, 0))
    asker.join()


main(sys.argv[1])
