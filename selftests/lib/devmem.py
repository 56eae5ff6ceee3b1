# SPDX-License-Identifier: GPL-2.0
"""A TCP server that lends a receive queue memory of a dma-buf, as a device would.

devmem.py INTERFACE QUEUE PORT PAGES

What one client sends goes to standard output, read by another mapping of that memory.
To standard error: "ready" when clients may come; in the end what came, and how much of
it the kernel copied instead: the beginnings of frames.
"""
import fcntl
import mmap
import os
import socket
import struct
import sys

sys.path.insert(0, os.path.dirname(__file__))
from netlink import NLM_F_NESTED, ask, attribute, connect, family_of, number

PAGE = 4096
F_ADD_SEALS, F_SEAL_SHRINK = 1033, 2
UDMABUF_CREATE = 0x40187542
BIND_RX = 13					# command
B_IFINDEX, B_QUEUES, B_FD = 1, 2, 3		# of a binding
Q_ID, Q_TYPE, TYPE_RX = 1, 3, 0			# of queues
SCM_LINEAR, SCM_DMABUF, SO_DONTNEED = 78, 79, 80
MSG_SOCK_DEVMEM = 0x2000000
PIECE = struct.Struct("QIIII")	# offset, length, token, dma-buf, flags


def make_buffer(pages):
    """A dma-buf, and its memory"""
    memory = os.memfd_create("lent", os.MFD_ALLOW_SEALING)
    os.ftruncate(memory, pages * PAGE)
    fcntl.fcntl(memory, F_ADD_SEALS, F_SEAL_SHRINK)
    with open("/dev/udmabuf", "rb") as device:
        fd = fcntl.ioctl(device, UDMABUF_CREATE,
                         bytearray(struct.pack("IIQQ", memory, 0, 0,
                                               pages * PAGE)))
    return fd, mmap.mmap(memory, pages * PAGE, prot=mmap.PROT_READ)


def lend(sock, interface, queue, fd):
    """Until the socket is closed"""
    where = attribute(B_QUEUES | NLM_F_NESTED,
                      number(Q_ID, queue) + number(Q_TYPE, TYPE_RX))
    next(ask(sock, family_of(sock, b"netdev"), BIND_RX,
             number(B_IFINDEX, socket.if_nametoindex(interface)) +
             where + number(B_FD, fd)))


def pieces(data, control):
    """What was received, in order. Frames that end before their page is used come
    as they do elsewhere
    """
    if not control:
        yield None, data
    for level, kind, what in control:
        if level != socket.SOL_SOCKET:
            continue
        offset, length, token, _, _ = PIECE.unpack_from(what)
        if kind == SCM_LINEAR:
            yield None, data[:length]
            data = data[length:]
        elif kind == SCM_DMABUF:
            yield token, slice(offset, offset + length)


def receive(client, memory):
    total = copied = 0
    while True:
        data, control, flags, _ = client.recvmsg(1 << 16, 1 << 16,
                                                 MSG_SOCK_DEVMEM)
        if flags & socket.MSG_CTRUNC:
            sys.exit("devmem: pieces were lost")
        if not data and not control:
            return total, copied
        tokens = []
        for token, piece in pieces(data, control):
            if token is None:
                copied += len(piece)
            else:
                tokens.append(token)
                piece = memory[piece]
            total += len(piece)
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
        while tokens:
            client.setsockopt(socket.SOL_SOCKET, SO_DONTNEED,
                              b"".join(struct.pack("II", token, 1)
                                       for token in tokens[:128]))
            tokens = tokens[128:]


def main():
    interface, queue, port, pages = sys.argv[1], *map(int, sys.argv[2:])
    fd, memory = make_buffer(pages)
    netlink = connect()
    lend(netlink, interface, queue, fd)
    server = socket.create_server(("", port))
    print("ready", file=sys.stderr, flush=True)
    client, _ = server.accept()
    total, copied = receive(client, memory)
    print(f"bytes={total}\nleads={copied}", file=sys.stderr)


main()
