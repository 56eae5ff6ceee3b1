#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Traffic for the tests, both ends in one process; and a server that runs this and
other Python programs without starting an interpreter for each.

A socket stays in the network namespace it was opened in, so one process can
hold both ends: no server to wait for, and what arrives is compared with what
was sent on the spot. Ends are written NAMESPACE,ADDRESS or NAMESPACE,DEVICE;
"." is the current namespace.

Results are "name=value" lines, before them what went wrong in words; the exit
code is 0 only if everything arrived as it was sent.
"""
import argparse
import contextlib
import ctypes
import gc
import importlib
import mmap
import os
import random
import select
import signal
import socket
import struct
import subprocess
import sys
import time
import traceback
from importlib.machinery import SourceFileLoader

CLONE_NEWNET = 0x40000000
ETH_P_ALL = 3
ETH_P_IP = 0x0800
ETH_P_TEST = 0x88B5		# IEEE 802 local experimental
ETH_P_SHIM = 0x88B6		# the second: four bytes before the first
SO_MAX_PACING_RATE = 47
SOL_PACKET = 263
UDP_SEGMENT = 103
PACKET_ADD_MEMBERSHIP = 1
PACKET_STATISTICS = 6
PACKET_VERSION = 10
PACKET_TX_RING = 13
PACKET_VNET_HDR = 15
NET_HDR_NEEDS_CSUM = 1
NET_HDR_GSO_TCPV4 = 1
TPACKET_V2 = 1
TP_STATUS_AVAILABLE = 0
TP_STATUS_SEND_REQUEST = 1
TP_STATUS_WRONG_FORMAT = 4
PKTTYPES = ("host", "broadcast", "multicast", "otherhost", "outgoing")
# Seconds without progress. They only matter to a test that fails, and are therefore
# longer than a busy host ever stops a guest. TCP waits twice as long after each loss.
PATIENCE = 30
TCP_PATIENCE = 120
HURRY = 1		# for a datagram after another one was lost
# Seconds in which a frame arrives if it arrives at all, to show that none does
ABSENCE = 0.5
SYS_PIDFD_GETFD = 438
RCVBUF = 64 << 20

libc = ctypes.CDLL(None, use_errno=True)


@contextlib.contextmanager
def netns(name):
    """The body runs in another network namespace."""
    if name == ".":
        yield
        return
    with open("/proc/thread-self/ns/net") as here, \
            open("/run/netns/" + name) as there:
        enter(there)
        try:
            yield
        finally:
            enter(here)


def enter(ns):
    if libc.setns(ns.fileno(), CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


def end(text):
    ns, _, where = text.partition(",")
    return ns, where


def sizes(text):
    """"0,1,17-20" as a list."""
    out = []
    for part in text.split(","):
        low, _, high = part.partition("-")
        out.extend(range(int(low), int(high or low) + 1))
    return out


def open_socket(where, kind, bind=True, port=0):
    ns, address = where
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with netns(ns):
        sock = socket.socket(family, kind)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if kind == socket.SOCK_DGRAM:
        for option in (32, 33):		# SO_SNDBUFFORCE, SO_RCVBUFFORCE
            sock.setsockopt(socket.SOL_SOCKET, option, RCVBUF)
    if bind:
        sock.bind((address, port))
    return sock


def target(args, listener):
    """Where the client connects to: not the server's own address if NAT
    stands between."""
    if not args.connect:
        return listener.getsockname()[:2]
    address, _, port = args.connect.partition(",")
    return address, int(port or listener.getsockname()[1])


class Payload:
    """Bytes that differ from one message to the next."""
    def __init__(self):
        self.block = os.urandom(1 << 20)
        self.count = 0

    def take(self, size):
        self.count += 1
        start = self.count * 8191 % (len(self.block) // 2)
        out = self.block[start:start + size]
        while len(out) < size:
            out += self.block[:size - len(out)]
        return out


class Verdict:
    def __init__(self, what):
        self.what, self.good, self.bad = what, 0, 0

    def compare(self, way, sent, got):
        if got is not None and sent == got:
            self.good += 1
            return
        self.bad += 1
        if self.bad > 10:
            return
        fault = "lost"
        if got is not None:
            at = next((i for i, (a, b) in enumerate(zip(sent, got))
                       if a != b), min(len(sent), len(got)))
            fault = f"{len(got)} bytes came, first difference at byte {at}"
        print(f"{self.what} {way} of {len(sent)} bytes: {fault}")

    def report(self):
        print(f"{self.what}_good={self.good}\n{self.what}_bad={self.bad}")
        return self.bad == 0


def receive(sock):
    try:
        return sock.recvfrom(1 << 16)
    except OSError as error:
        if isinstance(error, socket.timeout):
            sock.settimeout(HURRY)
        else:
            print(f"udp: {error}")
        return None, None


def verify_udp(args):
    """Datagrams to the server and as many back, a window at a time."""
    verdict, payload = Verdict("udp"), Payload()
    server = open_socket(args.server, socket.SOCK_DGRAM, port=args.port)
    client = open_socket(args.client, socket.SOCK_DGRAM)
    client.connect(target(args, server))
    for sock in (server, client):
        sock.settimeout(PATIENCE)
    todo = sizes(args.udp) * args.repeat
    for first in range(0, len(todo), args.window):
        some = todo[first:first + args.window]
        sent = [payload.take(n) for n in some]
        source = None
        for message in sent:
            client.send(message)
        for message in sent:
            got, whence = receive(server)
            source = whence or source
            verdict.compare("to server", message, got)
        if source is None or args.oneway:
            continue
        sent = [payload.take(n) for n in some]
        for message in sent:
            server.sendto(message, source)
        for message in sent:
            verdict.compare("to client", message, receive(client)[0])
        if verdict.bad > 50:
            break
    return verdict.report()


def segments(args):
    """Datagrams that the sender hands over joined, UDP_SEGMENT; as many
    bytes as a frame holds, args.count times."""
    verdict, payload = Verdict("segments"), Payload()
    server = open_socket(args.server, socket.SOCK_DGRAM, port=args.port)
    client = open_socket(args.client, socket.SOCK_DGRAM)
    client.connect(target(args, server))
    client.setsockopt(socket.SOL_UDP, UDP_SEGMENT, args.size)
    server.settimeout(PATIENCE)
    for _ in range(args.count):
        sent = payload.take(args.bytes)
        client.send(sent)
        for start in range(0, args.bytes, args.size):
            verdict.compare("to server", sent[start:start + args.size],
                            receive(server)[0])
    return verdict.report()


class Mover:
    """Moves a byte stream from one connected socket to another, by epoll."""
    def __init__(self, source, sink):
        self.source, self.sink = source, sink
        source.setblocking(False)
        sink.setblocking(False)

    def run(self, chunks):
        """Send all chunks, then half-close; yields what arrives."""
        poll = select.epoll()
        poll.register(self.source.fileno(), select.EPOLLOUT)
        poll.register(self.sink.fileno(), select.EPOLLIN)
        left = memoryview(b"")
        while True:
            events = poll.poll(TCP_PATIENCE)
            if not events:
                raise TimeoutError(f"no progress for {TCP_PATIENCE} s")
            for fd, event in events:
                if event & select.EPOLLERR:
                    raise ConnectionError("connection broke")
                if fd == self.sink.fileno():
                    data = self.sink.recv(1 << 18)
                    if not data:
                        return
                    yield data
                    continue
                if not left:
                    left = memoryview(next(chunks, b""))
                if left:
                    left = left[self.source.send(left):]
                else:
                    poll.unregister(self.source.fileno())
                    self.source.shutdown(socket.SHUT_WR)


def tcp_pair(args, listener):
    client = open_socket(args.client, socket.SOCK_STREAM)
    client.settimeout(PATIENCE)
    listener.settimeout(PATIENCE)
    client.connect(target(args, listener))
    return client, listener.accept()[0]


def tcp_listener(args):
    listener = open_socket(args.server, socket.SOCK_STREAM, port=args.port)
    listener.listen()
    return listener


def verify_tcp(args):
    """One connection per size: so many bytes to the server, then back."""
    verdict, payload = Verdict("tcp"), Payload()
    listener = tcp_listener(args)
    for size in sizes(args.tcp) * args.repeat:
        try:
            client, server = tcp_pair(args, listener)
        except OSError as error:
            print(f"tcp connect: {error}")
            verdict.bad += 1
            break
        for way, source, sink in (("to server", client, server),
                                  ("to client", server, client)):
            sent, got = payload.take(size), b""
            try:
                got = b"".join(Mover(source, sink).run(iter([sent])))
            except OSError as error:
                print(f"tcp {way}: {error}")
            verdict.compare(way, sent, got)
        client.close()
        server.close()
        if verdict.bad:
            break
    return verdict.report()


def verify(args):
    good = True
    if args.udp:
        good &= verify_udp(args)
    if args.tcp:
        good &= verify_tcp(args)
    return good


def stream(args):
    """One TCP stream, of some length or until SIGTERM."""
    stopped = []
    if not args.bytes:
        signal.signal(signal.SIGTERM, lambda *_: stopped.append(1))
    client, server = tcp_pair(args, tcp_listener(args))
    if args.rate:
        client.setsockopt(socket.SOL_SOCKET, SO_MAX_PACING_RATE, args.rate)
    length = {"sent": 0, "got": 0}
    due = bytearray()			# what was sent and has not come
    wrong = 0
    block = os.urandom(1 << 20)

    def chunks():
        at = 0
        while not stopped and (not args.bytes or length["sent"] < args.bytes):
            piece = block[at:at + (1 << 16)]
            at = (at + 65521) % (len(block) - (1 << 16))
            if args.bytes:
                piece = piece[:args.bytes - length["sent"]]
            due.extend(piece)
            length["sent"] += len(piece)
            yield piece

    start = time.monotonic()
    try:
        for data in Mover(client, server).run(chunks()):
            if not length["got"]:
                print("running", flush=True)
            length["got"] += len(data)
            wrong += due[:len(data)] != data
            del due[:len(data)]
    except OSError as error:
        print(f"stream: {error}")
    took = time.monotonic() - start
    print(f"sent={length['sent']}\ngot={length['got']}\nwrong={wrong}\n"
          f"mbps={length['got'] * 8 / took / 1e6:.0f}")
    return length["got"] and length["got"] == length["sent"] and not wrong


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def packet_socket(where, protocol=0):
    ns, dev = where
    with netns(ns):
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                             socket.htons(protocol))
        sock.bind((dev, protocol))
    return sock


def device_mac(sock):
    return sock.getsockname()[4]


def join(sock, where, group):
    """Have the device pass a multicast MAC while the socket is open."""
    ns, dev = where
    with netns(ns):
        index = socket.if_nametoindex(dev)
    sock.setsockopt(SOL_PACKET, PACKET_ADD_MEMBERSHIP,
                    struct.pack("iHH8s", index, 0, 6, mac(group)))


def frames(args):
    """Send raw frames to each given MAC, then one to the marker MAC; tell
    how many of each a packet socket at the other end saw, and as what."""
    sink = packet_socket(args.at, ETH_P_ALL)
    sink.setsockopt(socket.SOL_SOCKET, 33, RCVBUF)
    source = packet_socket(args.source)
    for group in args.join.split(",") if args.join else ():
        join(sink, args.at, group)
    tag = b"" if args.vlan is None else struct.pack("!HH", 0x8100, args.vlan)
    kind = tag + struct.pack("!H", ETH_P_TEST)
    key = os.urandom(12)
    us = device_mac(source)
    for number, to in enumerate(args.macs):
        body = (key + bytes([number])).ljust(args.size - 12 - len(kind), b"#")
        for _ in range(args.count):
            source.send(mac(to) + us + kind + body)
    source.send(mac(args.marker) + us + struct.pack("!H", ETH_P_TEST) +
                (key + b"\xff").ljust(48, b"#"))
    seen = {}
    strangers = {}
    patience = PATIENCE
    end = time.monotonic() + patience
    with contextlib.suppress(socket.timeout):
        while (left := end - time.monotonic()) > 0:
            sink.settimeout(left)
            data, (_, _, pkttype, _, _) = sink.recvfrom(1 << 16)
            at = data.find(key)
            if at < 0 or PKTTYPES[pkttype] == "outgoing":
                kind = f"{PKTTYPES[pkttype]} {data[:14].hex()}"
                strangers[kind] = strangers.get(kind, 0) + 1
                continue
            if data[at + 12] == 0xFF:
                patience = 0.3		# for stragglers of other queues
            else:
                hit = data[at + 12], PKTTYPES[pkttype]
                seen[hit] = seen.get(hit, 0) + 1
            end = time.monotonic() + patience
    marked = patience != PATIENCE
    lost = struct.unpack("II", sink.getsockopt(SOL_PACKET,
                                               PACKET_STATISTICS, 8))[1]
    for number in range(len(args.macs)):
        kinds = [f"{n} {name}" for (which, name), n in sorted(seen.items())
                 if which == number]
        print(" ".join(kinds) or "0")
    if lost:
        print(f"packet socket lost {lost}")
    if not marked:
        print("the marker frame did not arrive", strangers or "")
    return marked and not lost


def through(args):
    """Raw frames of given sizes, sent to a MAC and compared byte by byte with
    what a packet socket sees of them: turned round, with four bytes more in
    front or less, a tail that came or went."""
    sink = packet_socket(args.at, ETH_P_ALL)
    sink.setsockopt(socket.SOL_SOCKET, 33, RCVBUF)
    sink.settimeout(PATIENCE)
    source = packet_socket(args.source)
    us, to = device_mac(source), mac(args.mac)
    plain = struct.pack("!H", ETH_P_TEST)
    shim = struct.pack("!HH", ETH_P_SHIM, 5) + plain
    key = os.urandom(8)
    wrong, number = 0, 0

    def frame(addresses, kind, size):
        head = addresses + kind + key + struct.pack("!I", number)
        body = random.Random(number).randbytes(size)
        return head + body[:size - 12 - len(plain) - 12]

    def expected(size):
        whole = frame(us + to if args.turned else to + us,
                      shim if args.shim == "more" else plain, size)
        return whole[:args.grow] if args.grow < 0 else whole + bytes(args.grow)

    if args.gone:
        sink.settimeout(ABSENCE)
    for _ in range(args.count):
        waiting = {}
        for size in args.sizes:
            number += 1
            waiting[number] = expected(size)
            source.send(frame(to + us, shim if args.shim == "less" else plain,
                              size))
        if args.gone:
            continue
        try:
            while waiting:
                data, (_, _, pkttype, _, _) = sink.recvfrom(1 << 17)
                at = data.find(key, 0, 64)
                if at < 0 or PKTTYPES[pkttype] == "outgoing":
                    continue
                which, = struct.unpack("!I", data[at + 8:at + 12])
                want = waiting.pop(which, b"")
                if data != want:
                    print(f"{len(data)} bytes instead of {len(want)}: "
                          f"{data[:40].hex()} for {want[:40].hex()}")
                    wrong += 1
        except socket.timeout:
            print("missing: " + " ".join(str(len(w)) for w in waiting.values()))
            wrong += len(waiting)
            break
    with contextlib.suppress(socket.timeout):
        while args.gone:
            wrong += key in sink.recv(1 << 17)[:64]
    print(f"sent={number}\nwrong={wrong}")
    return not wrong


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def udp_frame(args, us, number):
    """A UDP datagram without checksum, args.size bytes with all headers."""
    length = args.size - 14
    source, to = (socket.inet_aton(a) for a in args.ip.split(","))
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, length, number & 0xFFFF, 0,
                     64, socket.IPPROTO_UDP, 0, source, to)
    ip = ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:]
    udp = struct.pack("!HHHH", 20000 + number % args.flows, args.port,
                      length - 20, 0)
    body = struct.pack("!I", number)
    return (mac(args.mac) + us + b"\x08\x00" + ip + udp +
            body).ljust(args.size, b"#")


def pseudo_checksum(args, length):
    """What a device that is to make a UDP checksum finds in its place."""
    source, to = (socket.inet_aton(a) for a in args.ip.split(","))
    return ~checksum(source + to + struct.pack("!HH", socket.IPPROTO_UDP,
                                               length)) & 0xFFFF


def tcp_segments(args, us, first, data):
    """A TCP frame behind the header that has a device segment it."""
    source, to = (socket.inet_aton(a) for a in args.ip.split(","))
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 40 + len(data), first & 0xFFFF,
                     0x4000, 64, socket.IPPROTO_TCP, 0, source, to)
    ip = ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:]
    pseudo = ~checksum(source + to + struct.pack("!HH", socket.IPPROTO_TCP,
                                                 20 + len(data))) & 0xFFFF
    tcp = struct.pack("!HHIIBBHHH", 7000, args.port, first, 1, 0x50, 0x10, 1000,
                      pseudo, 0)
    hdr = struct.pack("=BBHHHH", NET_HDR_NEEDS_CSUM, NET_HDR_GSO_TCPV4, 54,
                      args.mss, 34, 16)
    return hdr + mac(args.mac) + us + b"\x08\x00" + ip + tcp + data


def turned(args):
    """TCP frames longer than the MTU that are left to devices to segment, to a NIC whose
    XDP program returns each frame. Compare the data, print how many frames carried it
    and the length of the longest."""
    sink = packet_socket(args.source, ETH_P_IP)
    sink.setsockopt(socket.SOL_SOCKET, 33, RCVBUF)
    sink.settimeout(PATIENCE)
    source = packet_socket(args.source)
    source.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
    us = device_mac(source)
    frames, longest, first = 0, 0, 1
    verdict = Verdict("tcp")
    for _ in range(args.count):
        data, left = os.urandom(args.size), args.size
        got = bytearray(args.size)
        source.send(tcp_segments(args, us, first, data))
        with contextlib.suppress(socket.timeout):
            while left > 0:
                frame, (_, _, pkttype, _, _) = sink.recvfrom(1 << 17)
                ports, at = struct.unpack("!II", frame[34:42])
                if PKTTYPES[pkttype] == "outgoing" or \
                        ports != 7000 << 16 | args.port:
                    continue
                part = frame[54:]
                got[at - first:at - first + len(part)] = part
                left -= len(part)
                frames += 1
                longest = max(longest, len(frame))
        verdict.compare("returned", data, bytes(got))
        first += args.size
        if left:
            break
    print(f"frames={frames}\nlongest={longest}")
    return verdict.report()


def made(args):
    """A UDP frame for a command's input, which sends it many times; compare
    what the peer's stack makes of that, byte by byte."""
    sink = open_socket(args.at, socket.SOCK_DGRAM, port=args.port)
    sink.settimeout(PATIENCE)
    us = device_mac(packet_socket(args.source))
    args.flows = 1
    frame = bytearray(udp_frame(args, us, 1))
    if args.csum:
        struct.pack_into("!H", frame, 40,
                         pseudo_checksum(args, args.size - 34))
    verdict = Verdict("udp")
    with subprocess.Popen(args.command, stdin=subprocess.PIPE) as child:
        child.stdin.write(frame)
        child.stdin.close()
        for _ in range(args.count):
            got = receive(sink)[0]
            verdict.compare("from a socket", bytes(frame[42:]), got)
            if got is None:
                break
        if verdict.bad:
            child.terminate()
    return verdict.report() and not child.returncode


class TxRing:
    """Frames laid out in memory first, then sent by one system call."""
    HEADER = 32				# struct tpacket2_hdr, aligned
    SLOT = 2048
    BLOCK = 1 << 16

    def __init__(self, sock, slots):
        blocks = -(-slots * self.SLOT // self.BLOCK)
        self.slots = blocks * self.BLOCK // self.SLOT
        self.at = 0
        self.sock = sock
        sock.setsockopt(socket.SOL_SOCKET, 32, RCVBUF)	# SO_SNDBUFFORCE
        sock.setsockopt(SOL_PACKET, PACKET_VERSION, TPACKET_V2)
        sock.setsockopt(SOL_PACKET, PACKET_TX_RING,
                        struct.pack("IIII", self.BLOCK, blocks, self.SLOT,
                                    self.slots))
        # a driver that never gives sent frames back must not hang us
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO,
                        struct.pack("ll", PATIENCE, 0))
        self.map = mmap.mmap(sock.fileno(), blocks * self.BLOCK)

    def put(self, frame):
        base = self.at * self.SLOT
        status, = struct.unpack_from("I", self.map, base)
        if status != TP_STATUS_AVAILABLE:
            raise RuntimeError(f"slot {self.at} has status {status}")
        start = base + self.HEADER
        self.map[start:start + len(frame)] = frame
        struct.pack_into("II", self.map, base, TP_STATUS_SEND_REQUEST,
                         len(frame))
        self.at = (self.at + 1) % self.slots

    def send(self):
        """Returns once the device has given all frames back."""
        self.sock.send(b"")


class Received:
    """Packets counted by a device, in whichever namespace it is."""
    def __init__(self, where):
        ns, self.dev = where
        with netns(ns):
            self.file = open("/proc/thread-self/net/dev")

    def read(self):
        self.file.seek(0)
        for line in self.file:
            name, _, rest = line.partition(":")
            if name.strip() == self.dev:
                return int(rest.split()[1])
        raise RuntimeError(f"no {self.dev}")

    def wait(self, least, pause=0.001):
        """Until that many came, or no more came for PATIENCE seconds."""
        last, limit = -1, 0
        while (now := self.read()) < least:
            if now != last:
                last, limit = now, time.monotonic() + PATIENCE
            elif time.monotonic() > limit:
                return False
            time.sleep(pause)
        return True


def burst(args):
    """Frames as fast as the kernel can send them; with a window, so many at
    a time, each window only after the one before has arrived."""
    source = packet_socket(args.source)
    us = device_mac(source)
    window = args.window or args.count
    ring = TxRing(source, window)
    sink = Received(args.sink) if args.sink else None
    done = 0
    while done < args.count:
        some = min(window, args.count - done)
        before = sink.read() if sink else 0
        for number in range(done, done + some):
            ring.put(udp_frame(args, us, number))
        start = time.monotonic()
        ring.send()
        took = time.monotonic() - start
        done += some
        if sink and not sink.wait(before + some, args.pause):
            print(f"of frames {done - some} to {done - 1} only "
                  f"{sink.read() - before} arrived")
            print(f"sent={done}")
            return False
    print(f"sent={done}\nms={took * 1000:.0f}")
    return True


def toeplitz(key, data):
    """The hash of RSS: bits of the key wherever one of the data is set."""
    window = int.from_bytes(key, "big")
    total = 0
    for at in range(8 * len(data)):
        if data[at // 8] & 0x80 >> at % 8:
            total ^= window >> 8 * len(key) - 32 - at & 0xFFFFFFFF
    return total


def spread(args):
    """How many frames of a burst each queue has to get by RSS."""
    key = mac(args.key)
    table = [int(entry) for entry in args.table.split(",")]
    source, to = (socket.inet_aton(a) for a in args.ip.split(","))
    count = [0] * (max(table) + 1)
    for number in range(args.count):
        data = source + to
        if not args.addresses:
            data += struct.pack("!HH", 20000 + number % args.flows, args.port)
        count[table[toeplitz(key, data) % len(table)]] += 1
    print(" ".join(map(str, count)))
    return True


def hold(args):
    """A UDP socket that is not read until SIGTERM."""
    sock = open_socket(args.server, socket.SOCK_DGRAM, port=args.port)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, args.rcvbuf)
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    print("ready", flush=True)
    signal.sigwait([signal.SIGTERM])
    sock.setblocking(False)
    count = 0
    with contextlib.suppress(BlockingIOError):
        while True:
            sock.recv(1 << 16)
            count += 1
    print(f"queued={count}")
    return True


SO_TIMESTAMPING, SO_TXTIME = 37, 61
TX_SOFTWARE, SOFTWARE, TSONLY = 1 << 1, 1 << 4, 1 << 11


def timed(args):
    """Datagrams that leave at a time of their own, and whose leaving the
    driver tells."""
    server = open_socket(args.server, socket.SOCK_DGRAM)
    client = open_socket(args.client, socket.SOCK_DGRAM)
    client.connect(server.getsockname()[:2])
    server.settimeout(PATIENCE)
    client.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPING,
                      TX_SOFTWARE | SOFTWARE | TSONLY)
    client.setsockopt(socket.SOL_SOCKET, SO_TXTIME,
                      struct.pack("iI", time.CLOCK_MONOTONIC, 0))
    errors = select.poll()
    errors.register(client, select.POLLERR)
    early = stamped = 0
    for _ in range(args.count):
        before = time.time()
        due = time.monotonic_ns() + args.delay * 1000000
        client.sendmsg([b"x" * 100], [(socket.SOL_SOCKET, SO_TXTIME,
                                       struct.pack("Q", due))])
        server.recv(200)
        early += time.monotonic_ns() < due
        errors.poll(PATIENCE * 1000)
        for _, kind, data in client.recvmsg(200, 200,
                                            socket.MSG_ERRQUEUE)[1]:
            if kind == SO_TIMESTAMPING:
                seconds, ns = struct.unpack_from("qq", data)
                stamped += before + args.delay / 1000 <= \
                    seconds + ns / 1e9 <= time.time()
    print(f"early={early} stamped={stamped}")
    return not early and stamped == args.count


def bursts(send, count, rest):
    """Call send() count times, whatever becomes of the frames; sleep, and again, without
    end. Yields after each burst."""
    while True:
        for _ in range(count):
            with contextlib.suppress(OSError):
                send()
        yield
        time.sleep(rest)


def blast(args):
    """Datagrams as fast as they go, whatever becomes of them; a rest after 256."""
    with netns(args.source):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    payload = b"x" * args.size
    for _ in bursts(lambda: sock.sendto(payload, (args.to, 9)), 256, args.rest):
        pass


def flood(args):
    """Frames of the tests' EtherType to a MAC address, as fast as the socket takes
    them; a rest after 128. Prints "running" after the first of these."""
    sock = packet_socket(args.source)
    head = mac(args.mac) + device_mac(sock) + struct.pack("!H", ETH_P_TEST)
    frame = head + bytes(args.size - len(head))
    for number, _ in enumerate(bursts(lambda: sock.send(frame), 128, args.rest)):
        if number == 0:
            print("running", flush=True)


def status_of(function, *args):
    """Call the function; return the exit status of a process that does the same."""
    try:
        status = function(*args)
    except SystemExit as end_of_it:
        status = end_of_it.code
        if isinstance(status, str):
            print(status, file=sys.stderr)
            status = 1
    except BaseException:
        traceback.print_exc()
        status = 1
    sys.stdout.flush()
    return status or 0


def run(parser, words):
    args = parser.parse_args(words)
    return 0 if args.function(args) else 1


def compiled(file, cache={}):
    """Return the code of a Python program. All children share it. The code comes from
    __pycache__ if it is there."""
    key = os.path.realpath(file), os.stat(file).st_mtime_ns
    if key not in cache:
        cache[key] = SourceFileLoader("__main__", key[0]).get_code("__main__")
    return cache[key]


def execute(file, words):
    """Run a Python program; "-" is one from standard input."""
    sys.argv = [file, *words]
    if file == "-":
        code = compile(sys.stdin.read(), file, "exec")
    else:
        code = compiled(file)
    exec(code, {"__name__": "__main__", "__file__": file})


class Server:
    """Runs programs in children that are forked from this process. A request is a line
    of words that end with the unit separator:

        PID PIPE OUT run|start traffic|FILE|- ARGUMENT...

    PIPE and OUT are file descriptors of process PID. The child has that one's directory,
    standard input and standard error, and OUT as its standard output. PIPE gets a line
    with the child's process id, and for "run" another with its exit status. For "start"
    the status goes to the child's standard output: "status N".
    """
    def __init__(self, parser, where):
        self.parser = parser
        self.pipes = {}			# of children that run
        sys.dont_write_bytecode = True
        here = os.path.dirname(os.path.abspath(__file__))
        compiled(f"{here}/counters.py")
        # what the programs of the tests import
        sys.path.insert(0, here)
        sys.modules["traffic"] = sys.modules["__main__"]
        for name in ("array", "bisect", "copy", "fcntl", "json", "netlink", "re",
                     "shlex", "types", "xml.sax.saxutils"):
            importlib.import_module(name)
        os.makedirs(where, exist_ok=True)
        fifo = where + "/requests"
        with contextlib.suppress(FileNotFoundError):
            os.unlink(fifo)
        os.mkfifo(fifo)
        self.requests = os.open(fifo, os.O_RDWR)
        gc.freeze()			# nothing to write to in what children share
        with open(where + "/pid.new", "w") as file:
            print(os.getpid(), file=file)
        os.rename(where + "/pid.new", where + "/pid")

    def serve(self):
        ended, wake = socket.socketpair()
        for end_of in ended, wake:
            end_of.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
        poll = select.poll()
        poll.register(self.requests, select.POLLIN)
        poll.register(ended, select.POLLIN)
        text = b""
        while True:
            for fd, _ in poll.poll():
                if fd == ended.fileno():
                    with contextlib.suppress(BlockingIOError):
                        ended.recv(4096)
                    self.reap()
                else:
                    *lines, text = (text + os.read(fd, 1 << 16)).split(b"\n")
                    for line in lines:
                        # who asked may be gone, and so may the program
                        with contextlib.suppress(OSError):
                            self.start(line.decode().split("\x1f")[:-1])

    def start(self, request):
        pid, pipe, out, kind, program, *words = request
        asker = os.pidfd_open(int(pid))
        taken = []
        try:
            for number in 0, int(out), 2, int(pipe):
                fd = libc.syscall(SYS_PIDFD_GETFD, asker, number, 0)
                if fd < 0:
                    raise OSError(ctypes.get_errno(), "pidfd_getfd")
                taken.append(fd)
            with contextlib.suppress(OSError, SyntaxError):
                # the child compiles it again and tells what is wrong
                compiled(os.path.join(f"/proc/{pid}/cwd", program))
            child = os.fork()
            if not child:
                try:
                    self.child(taken, pid, kind, program, words)
                finally:
                    os._exit(1)
            os.write(taken[3], b"%d\n" % child)
            if kind == "run":
                self.pipes[child] = taken.pop()
        finally:
            for fd in [asker, *taken]:
                os.close(fd)

    def child(self, taken, pid, kind, program, words):
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for number in range(3):
            os.dup2(taken[number], number)
        os.close(taken[3])
        os.chdir(f"/proc/{pid}/cwd")
        random.seed()
        if program == "traffic":
            status = status_of(run, self.parser, words)
        else:
            status = status_of(execute, program, words)
        if kind == "start":
            print("status", status, flush=True)
        os._exit(status & 0xFF)

    def reap(self):
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                child, status = ended
                pipe = self.pipes.pop(child, None)
                if pipe is None:
                    continue
                status = os.waitstatus_to_exitcode(status)
                if status < 0:
                    status = 128 - status
                with contextlib.suppress(OSError):
                    os.write(pipe, b"%d\n" % status)
                os.close(pipe)


def daemon(parser, args):
    """Serve requests until a signal ends it; DIR has the FIFO "requests" and the file
    "pid"."""
    Server(parser, args.dir).serve()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    verbs = parser.add_subparsers(dest="verb", required=True)

    def verb(function):
        sub = verbs.add_parser(function.__name__, help=function.__doc__)
        sub.set_defaults(function=function)
        return sub

    def ends(sub):
        sub.add_argument("--server", type=end, required=True)
        sub.add_argument("--client", type=end, required=True)
        sub.add_argument("--port", type=int, default=0)
        sub.add_argument("--connect", help="ADDRESS[,PORT] if not the "
                         "server's own")

    sub = verb(verify)
    ends(sub)
    sub.add_argument("--udp", help="sizes, such as 0,1,17-20")
    sub.add_argument("--tcp", help="sizes")
    sub.add_argument("--repeat", type=int, default=1)
    sub.add_argument("--window", type=int, default=1,
                     help="datagrams on their way at once")
    sub.add_argument("--oneway", action="store_true",
                     help="no datagrams back")

    sub = verb(segments)
    ends(sub)
    sub.add_argument("--size", type=int, default=1000)
    sub.add_argument("--bytes", type=int, default=20500)
    sub.add_argument("--count", type=int, default=20)

    sub = verb(stream)
    ends(sub)
    sub.add_argument("--bytes", type=int, default=0)
    sub.add_argument("--rate", type=int, help="bytes a second at most")

    sub = verb(frames)
    sub.add_argument("--source", type=end, required=True)
    sub.add_argument("--at", type=end, required=True)
    sub.add_argument("--marker", required=True)
    sub.add_argument("--vlan", type=int)
    sub.add_argument("--join", help="multicast MACs to join first")
    sub.add_argument("--count", type=int, default=20)
    sub.add_argument("--size", type=int, default=100)
    sub.add_argument("macs", nargs="+")

    sub = verb(through)
    sub.add_argument("--source", type=end, required=True)
    sub.add_argument("--at", type=end, required=True)
    sub.add_argument("--mac", required=True)
    sub.add_argument("--sizes", type=sizes, required=True,
                     help="without the four bytes")
    sub.add_argument("--count", type=int, default=1)
    sub.add_argument("--turned", action="store_true",
                     help="addresses are exchanged")
    sub.add_argument("--shim", choices=["more", "less"])
    sub.add_argument("--grow", type=int, default=0)
    sub.add_argument("--gone", action="store_true",
                     help="none is to arrive")

    sub = verb(turned)
    sub.add_argument("--source", type=end, required=True)
    sub.add_argument("--mac", required=True)
    sub.add_argument("--ip", required=True, help="SOURCE,DESTINATION")
    sub.add_argument("--port", type=int, default=5001)
    sub.add_argument("--count", type=int, default=10)
    sub.add_argument("--size", type=int, default=20000)
    sub.add_argument("--mss", type=int, default=1448)

    sub = verb(made)
    sub.add_argument("--at", type=end, required=True)
    sub.add_argument("--source", type=end, required=True)
    sub.add_argument("--mac", required=True)
    sub.add_argument("--ip", required=True, help="SOURCE,DESTINATION")
    sub.add_argument("--port", type=int, default=5001)
    sub.add_argument("--count", type=int, required=True)
    sub.add_argument("--size", type=int, default=1000)
    sub.add_argument("--csum", action="store_true",
                     help="with no more than what a device needs for one")
    sub.add_argument("command", nargs=argparse.REMAINDER)

    sub = verb(burst)
    sub.add_argument("--source", type=end, required=True)
    sub.add_argument("--sink", type=end)
    sub.add_argument("--mac", required=True)
    sub.add_argument("--ip", required=True, help="SOURCE,DESTINATION")
    sub.add_argument("--port", type=int, default=5001)
    sub.add_argument("--flows", type=int, default=1)
    sub.add_argument("--count", type=int, required=True)
    sub.add_argument("--size", type=int, default=64)
    sub.add_argument("--window", type=int, default=0)
    sub.add_argument("--pause", type=float, default=0.001,
                     help="seconds between two looks at what has arrived")

    sub = verb(spread)
    sub.add_argument("--key", required=True)
    sub.add_argument("--table", required=True, help="queues: 0,1,0,1")
    sub.add_argument("--ip", required=True, help="SOURCE,DESTINATION")
    sub.add_argument("--port", type=int, default=5001)
    sub.add_argument("--flows", type=int, default=1)
    sub.add_argument("--count", type=int, required=True)
    sub.add_argument("--addresses", action="store_true",
                     help="ports are not part of the hash")

    sub = verb(hold)
    sub.add_argument("--server", type=end, required=True)
    sub.add_argument("--port", type=int, required=True)
    sub.add_argument("--rcvbuf", type=int, default=4096)

    sub = verb(timed)
    ends(sub)
    sub.add_argument("--count", type=int, default=20)
    sub.add_argument("--delay", type=int, default=20, help="milliseconds")

    sub = verb(blast)
    sub.add_argument("--source", default=".", help="network namespace")
    sub.add_argument("--to", required=True)
    sub.add_argument("--size", type=int, required=True)
    sub.add_argument("--rest", type=float, default=0, help="seconds")

    sub = verb(flood)
    sub.add_argument("--source", type=end, required=True)
    sub.add_argument("--mac", required=True)
    sub.add_argument("--size", type=int, required=True)
    sub.add_argument("--rest", type=float, default=0, help="seconds")

    sub = verbs.add_parser("daemon", help=daemon.__doc__)
    sub.add_argument("dir")
    sub.set_defaults(function=lambda args: daemon(parser, args))

    return status_of(run, parser, sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
