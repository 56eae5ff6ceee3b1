# SPDX-License-Identifier: GPL-2.0
"""Requests to ethtool, rtnetlink, devlink and netdev that nobody in his right mind
makes: attributes of any number, length and value, and ioctls full of anything.

arguments.py INTERFACE PCI-ADDRESS SEED ROUNDS

What is refused must have changed nothing of what ethtool shows. At the end a line
"N accepted, N refused, N silent, N changed"; for each of the last kind one before.
"""
import array
import fcntl
import os
import random
import socket
import struct
import sys

sys.path.insert(0, os.path.dirname(__file__))
from netlink import (NLM_F_ACK, NLM_F_NESTED, NLM_F_REQUEST, NLMSG_ERROR,
                     attribute, attributes, connect, family_of, sentence)

NETLINK_ROUTE, RTM_NEWLINK = 0, 16
IFLA_ADDRESS, IFLA_MTU, IFLA_VF_INFO, IFLA_XDP = 1, 4, 22, 43
DEVLINK_HANDLE = 1, 2			# bus, device
# all that changes something, but reload, which makes another interface of it
DEVLINK = (6, 9, 12, 30, 39, 44, 46, 48, 53, 54, 55, 56, 57, 58, 62, 66, 73, 75,
           79, 83)
NETDEV_SET = (13, 14, 15, 16)		# bind-rx, napi-set, bind-tx, queue-create
# ethtool: a request that changes something, and the one that shows it
ETHTOOL = {3: 2, 5: 4, 8: 7, 10: 9, 12: 11, 14: 13, 16: 15, 18: 17, 20: 19,
           22: 21, 24: 23, 30: 29, 35: 34, 37: 36, 40: 39, 43: 42, 47: 46, 48: 38,
           49: 38, 50: 38}
HEADER, HEADER_INDEX = 1, 1
SIOCETHTOOL = 0x8946
ETHTOOL_IOCTLS = 0x60
# blocks; takes seconds and is asked for elsewhere; flashes
LEFT_OUT = {0x1c, 0x1a, 0x33}
BUFFER = 1 << 20


class Requests:
    def __init__(self, interface, address, seed):
        self.rand = random.Random(seed)
        self.name = interface
        self.index = socket.if_nametoindex(interface)
        self.address = address
        self.genl = connect()
        self.route = connect(NETLINK_ROUTE)
        for sock in self.genl, self.route:
            sock.settimeout(120)
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.ethtool = family_of(self.genl, b"ethtool")
        self.devlink = family_of(self.genl, b"devlink")
        try:
            self.netdev = family_of(self.genl, b"netdev")
        except SystemExit:	# not on old kernels
            self.netdev = None
        self.serial = 1
        self.count = dict.fromkeys(("accepted", "refused", "silent",
                                    "changed"), 0)

    def header(self):
        return attribute(HEADER | NLM_F_NESTED,
                         attribute(HEADER_INDEX, struct.pack("I", self.index)))

    def number(self):
        return self.rand.choice((
            0, 1, 2, 3, 4, 7, 31, 32, 63, 64, 128, 256, 1000, 1024, 2047, 4096,
            9000, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000,
            0xffffffff, self.rand.getrandbits(8), self.rand.getrandbits(32)))

    def payload(self, depth):
        how = self.rand.randrange(12)
        if how < 7:
            return struct.pack("I", self.number())
        if how == 7:
            return struct.pack("B", self.number() & 0xff)
        if how == 8:
            return struct.pack("Q", self.rand.getrandbits(64))
        if how == 9:
            return self.rand.randbytes(self.rand.randrange(300))
        if how == 10 or depth > 2:
            return b""
        return self.some(5, depth + 1)

    def some(self, highest, depth=0):
        """Attributes"""
        out = b""
        for _ in range(self.rand.randint(1, 4)):
            kind = self.rand.randint(1 if depth else 2, highest)
            data = self.payload(depth)
            # numbers come in the length that the kernel wants, mostly
            if len(data) == 4 and self.rand.randrange(3) == 0:
                data = data[:self.rand.choice((1, 2))]
            nested = NLM_F_NESTED if self.rand.randrange(3) == 0 else 0
            out += attribute(kind | nested, data)
        return out

    def nearly(self, answer):
        """Some of what an answer showed, but for a value each"""
        shown = [pair for pair in attributes(answer[4:]) if pair[0] != HEADER]
        out = b""
        for kind, data in self.rand.sample(shown, min(len(shown), 3)):
            if len(data) in (1, 2, 4):
                data = struct.pack("I", self.number())[:len(data)]
            elif data:
                at = self.rand.randrange(len(data))
                data = data[:at] + self.rand.randbytes(1) + data[at + 1:]
                kind |= NLM_F_NESTED
            out += attribute(kind, data)
        return out

    def exchange(self, sock, kind, body):
        """Return: the error, its sentence, and all answers"""
        self.serial += 1
        sock.send(struct.pack("IHHII", 16 + len(body), kind,
                              NLM_F_REQUEST | NLM_F_ACK, self.serial, 0) + body)
        answers = b""
        while True:
            reply = sock.recv(1 << 17)
            while reply:
                length, kind, _, serial = struct.unpack_from("IHHI", reply)
                if serial == self.serial and kind == NLMSG_ERROR:
                    error = -struct.unpack_from("i", reply, 16)[0]
                    return error, sentence(reply) if error else "", answers
                if serial == self.serial:
                    answers += reply[16:length]
                reply = reply[(length + 3) & ~3:]

    def ask(self, family, command, data):
        return self.exchange(self.genl, family,
                             struct.pack("BBxx", command, 1) + data)

    def shown(self, command):
        return self.ask(self.ethtool, command, self.header())[2]

    def note(self, error, words):
        if not error:
            self.count["accepted"] += 1
            return
        self.count["refused"] += 1
        if not words:
            self.count["silent"] += 1

    def try_ethtool(self):
        command = self.rand.choice(list(ETHTOOL))
        show = ETHTOOL[command]
        before = self.shown(show)
        data = self.header() + (self.nearly(before) if self.rand.randrange(2)
                                else self.some(32))
        error, words, _ = self.ask(self.ethtool, command, data)
        self.note(error, words)
        if error and self.shown(show) != before:
            self.count["changed"] += 1
            print(f"ethtool command {command}, {data.hex()}: error {error}"
                  f"{words}, but something changed")

    def try_devlink(self):
        handle = b"".join(attribute(kind, text.encode() + b"\0") for kind, text
                          in zip(DEVLINK_HANDLE, ("pci", self.address)))
        self.note(*self.ask(
            self.devlink, self.rand.choice(DEVLINK),
            handle + attribute(self.rand.choice((3, 114, 115, 116, 120)),
                               self.rand.choice((b"rx\0", b"tx\0", b"device\0",
                                                 b"control\0", b"\1")))
            + self.some(180))[:2])

    def try_netdev(self):
        if self.netdev is None:
            return
        self.note(*self.ask(
            self.netdev, self.rand.choice(NETDEV_SET),
            attribute(1, struct.pack("I", self.index)) + self.some(12))[:2])

    def try_route(self):
        kind = self.rand.choice((IFLA_ADDRESS, IFLA_MTU, IFLA_VF_INFO, IFLA_XDP))
        data = self.payload(0)
        if kind == IFLA_XDP:	# a program that is none, with any flags
            data = attribute(1, struct.pack("i", self.rand.randint(-2, 40))) + \
                attribute(3, struct.pack("I", self.number()))
            kind |= NLM_F_NESTED
        if kind == IFLA_ADDRESS and self.rand.randrange(2):
            data = self.rand.randbytes(6)
        self.note(*self.exchange(
            self.route, RTM_NEWLINK,
            struct.pack("BxHiII", 0, 0, self.index, 0, 0) +
            attribute(kind, data))[:2])

    def try_ioctl(self):
        command = self.rand.randrange(1, ETHTOOL_IOCTLS)
        if command in LEFT_OUT:
            return
        data = array.array("B", bytes(BUFFER))
        words = [command] + [self.number() for _ in range(40)]
        if self.rand.randrange(2):	# how many there are of something
            words[1:4] = [self.rand.choice((0, 1, 8, 40, 128, 256))
                          for _ in range(3)]
        struct.pack_into("41I", data, 0, *words)
        request = struct.pack("16sP16x", self.name.encode(),
                              data.buffer_info()[0])
        try:
            fcntl.ioctl(self.udp, SIOCETHTOOL, request)
            self.count["accepted"] += 1
        except OSError:
            self.count["refused"] += 1
            self.count["silent"] += 1

    def round(self):
        self.rand.choices((self.try_ethtool, self.try_ioctl, self.try_devlink,
                           self.try_netdev, self.try_route),
                          (50, 25, 8, 8, 9))[0]()


def main():
    interface, address, seed, rounds = sys.argv[1:]
    requests = Requests(interface, address, int(seed))
    for _ in range(int(rounds)):
        requests.round()
    print(", ".join(f"{n} {what}" for what, n in requests.count.items()))


main()
