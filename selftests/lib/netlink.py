# SPDX-License-Identifier: GPL-2.0
"""Generic netlink, as far as the tests need it."""
import socket
import struct
import sys

NETLINK_GENERIC = 16
GENL_ID_CTRL, CTRL_CMD_GETFAMILY = 16, 3
CTRL_ATTR_FAMILY_ID, CTRL_ATTR_FAMILY_NAME = 1, 2
NLM_F_REQUEST, NLM_F_ACK, NLM_F_DUMP, NLM_F_CAPPED = 1, 4, 0x300, 0x100
NLM_F_NESTED = 0x8000
SOL_NETLINK, NETLINK_EXT_ACK = 270, 11
NLMSG_ERROR, NLMSG_DONE = 2, 3


def attribute(kind, data):
    return struct.pack("HH", 4 + len(data), kind) + data + \
        b"\0" * (-len(data) % 4)


def attributes(data):
    while len(data) >= 4:
        length, kind = struct.unpack_from("HH", data)
        yield kind & 0x3fff, data[4:length]
        data = data[(length + 3) & ~3:]


def sentence(error):
    """What an error adds in words"""
    length = struct.unpack_from("I", error, 20)[0]
    capped = struct.unpack_from("H", error, 6)[0] & NLM_F_CAPPED
    start = 20 + (16 if capped else (length + 3) & ~3)
    words = dict(attributes(error[start:])).get(1, b"")
    return ": " + words.rstrip(b"\0").decode() if words else ""


def ask(sock, family, command, data, flags=0):
    """Yields the attributes of each answer"""
    body = struct.pack("BBxx", command, 1) + data
    sock.send(struct.pack("IHHII", 16 + len(body), family,
                          NLM_F_REQUEST | flags, 1, 0) + body)
    while True:
        reply = sock.recv(1 << 16)
        while reply:
            length, kind = struct.unpack_from("IH", reply)
            if kind == NLMSG_DONE:
                return
            if kind == NLMSG_ERROR:
                error = -struct.unpack_from("i", reply, 16)[0]
                if error:
                    sys.exit(f"the kernel says {error}{sentence(reply)}")
                return
            yield dict(attributes(reply[20:length]))
            reply = reply[(length + 3) & ~3:]
        if not flags:
            return


def value(data):
    return int.from_bytes(data, sys.byteorder)


def number(kind, n):
    return attribute(kind, struct.pack("I", n))


def family_of(sock, name):
    answer = next(ask(sock, GENL_ID_CTRL, CTRL_CMD_GETFAMILY,
                      attribute(CTRL_ATTR_FAMILY_NAME, name + b"\0")))
    return value(answer[CTRL_ATTR_FAMILY_ID])


def connect(protocol=NETLINK_GENERIC):
    sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, protocol)
    sock.bind((0, 0))
    sock.setsockopt(SOL_NETLINK, NETLINK_EXT_ACK, 1)
    return sock
