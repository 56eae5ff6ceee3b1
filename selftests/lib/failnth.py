# SPDX-License-Identifier: GPL-2.0
"""Something is done again and again, its first allocation failing, then its second, and
so on until it does not get to make so many.

failnth.py bind DRIVER PCI-ADDRESS	the driver is bound to the device
failnth.py up INTERFACE			the interface is opened
failnth.py rings INTERFACE RX RX	ring sizes change from one to the other
failnth.py channels INTERFACE N N	likewise, numbers of queues
failnth.py program INTERFACE PINNED	a program of XDP is attached

Each time it is done or fails as a whole: what is seen otherwise goes to stderr, and the
exit status is 1. Prints how often it was done, and how often it failed nevertheless.
"""
import ctypes
import errno
import fcntl
import os
import socket
import struct
import sys

sys.path.insert(0, os.path.dirname(__file__))
from netlink import NLM_F_ACK, NLM_F_REQUEST, NLMSG_ERROR, attribute

SIOCGIFFLAGS, SIOCSIFFLAGS, SIOCETHTOOL = 0x8913, 0x8914, 0x8946
IFF_UP = 1
ETHTOOL_GRINGPARAM, ETHTOOL_SRINGPARAM = 0x10, 0x11
ETHTOOL_GCHANNELS, ETHTOOL_SCHANNELS = 0x3c, 0x3d
RTM_SETLINK, IFLA_XDP, XDP_FD, XDP_FLAGS, DRV_MODE = 19, 43, 1, 3, 4
NR_BPF, BPF_OBJ_GET = 321, 7
MOST = 20000

sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)


def flags(name, change=None):
    """What they are, or are to become"""
    request = bytearray(struct.pack("16sH22x", name.encode(), change or 0))
    fcntl.ioctl(sock, SIOCGIFFLAGS if change is None else SIOCSIFFLAGS, request)
    return struct.unpack_from("H", request, 16)[0]


def ethtool(name, words):
    """A command and what goes with it, of which it makes an answer"""
    data = ctypes.create_string_buffer(struct.pack(f"{len(words)}I", *words))
    request = struct.pack("16sP16x", name.encode(), ctypes.addressof(data))
    fcntl.ioctl(sock, SIOCETHTOOL, request)
    return struct.unpack(f"{len(words)}I", data.raw[:4 * len(words)])


class Bind:
    def __init__(self, driver, address):
        self.address = address
        self.dir = f"/sys/bus/pci/drivers/{driver}"
        self.file = os.open(f"{self.dir}/bind", os.O_WRONLY)

    def prepare(self):
        if self.done():
            with open(f"{self.dir}/unbind", "w", encoding="ascii") as f:
                f.write(self.address)

    def do(self):
        os.write(self.file, self.address.encode())

    def done(self):
        return os.path.exists(f"{self.dir}/{self.address}")


class Up:
    def __init__(self, name):
        self.name = name

    def prepare(self):
        self.was = flags(self.name) & ~IFF_UP
        flags(self.name, self.was)

    def do(self):
        flags(self.name, self.was | IFF_UP)

    def done(self):
        return flags(self.name) & IFF_UP


class Numbers:
    """That go from one to the other and back"""
    def __init__(self, name, get, put, words, place, *numbers):
        self.name, self.get, self.put, self.place = name, get, put, place
        self.words = words
        self.numbers = [int(n) for n in numbers]

    def now(self):
        return ethtool(self.name, [self.get] + [0] * (self.words - 1))

    def prepare(self):
        self.wanted = list(self.now())
        self.wanted[0] = self.put
        at = self.wanted[self.place] == self.numbers[0]
        self.wanted[self.place] = self.numbers[at]

    def do(self):
        ethtool(self.name, self.wanted)

    def done(self):
        return self.now()[self.place] == self.wanted[self.place]


class Program:
    def __init__(self, name, path):
        self.index = socket.if_nametoindex(name)
        self.name = name
        self.link = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
        self.link.bind((0, 0))
        name = ctypes.create_string_buffer(path.encode())
        attr = ctypes.create_string_buffer(
            struct.pack("QII", ctypes.addressof(name), 0, 0), 16)
        libc = ctypes.CDLL(None, use_errno=True)
        self.fd = libc.syscall(NR_BPF, BPF_OBJ_GET, attr, 16)
        if self.fd < 0:
            sys.exit(f"{path}: {os.strerror(ctypes.get_errno())}")

    def attach(self, fd):
        data = attribute(IFLA_XDP, attribute(XDP_FD, struct.pack("i", fd)) +
                         attribute(XDP_FLAGS, struct.pack("I", DRV_MODE)))
        body = struct.pack("BxHiII", 0, 0, self.index, 0, 0) + data
        self.link.send(struct.pack("IHHII", 16 + len(body), RTM_SETLINK,
                                   NLM_F_REQUEST | NLM_F_ACK, 1, 0) + body)
        reply = self.link.recv(65536)
        kind, = struct.unpack_from("H", reply, 4)
        error, = struct.unpack_from("i", reply, 16)
        if kind == NLMSG_ERROR and error:
            raise OSError(-error, os.strerror(-error))
        self.attached = fd >= 0

    def prepare(self):
        self.attach(-1)

    def do(self):
        self.attach(self.fd)

    def done(self):
        return self.attached


KINDS = {
    "bind": Bind, "up": Up, "program": Program,
    "rings": lambda *a: Numbers(a[0], ETHTOOL_GRINGPARAM, ETHTOOL_SRINGPARAM, 9, 5,
                                *a[1:]),
    "channels": lambda *a: Numbers(a[0], ETHTOOL_GCHANNELS, ETHTOOL_SCHANNELS, 9, 8,
                                   *a[1:]),
}


def main():
    what = KINDS[sys.argv[1]](*sys.argv[2:])
    nth = os.open(f"/proc/self/task/{os.getpid()}/fail-nth", os.O_RDWR)
    failed = strange = 0
    for n in range(1, MOST):
        what.prepare()
        error = None
        os.pwrite(nth, str(n).encode(), 0)
        try:
            what.do()
        except OSError as e:
            error = e.errno
        left = int(os.pread(nth, 20, 0).rstrip(b"\0\n"))
        os.pwrite(nth, b"0", 0)
        failed += error is not None
        if bool(what.done()) == (error is not None):
            print(f"allocation {n}: error {error}, yet done is {what.done()}",
                  file=sys.stderr)
            strange += 1
        if error not in (None, errno.ENOMEM, errno.ENOBUFS, errno.ENOSPC):
            print(f"allocation {n}: {errno.errorcode[error]}", file=sys.stderr)
        if left:	# there are not so many
            break
    print(n - 1, failed)
    return strange > 0 or n == MOST - 1 or error is not None


sys.exit(main())
