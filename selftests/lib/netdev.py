# SPDX-License-Identifier: GPL-2.0
"""What the kernel's netlink family "netdev" says of an interface.

netdev.py INTERFACE qstats	a line for each counter of a queue, "rx0 packets 12" and
				the like; the sums over all queues, with those that are
				gone, begin with "all"
netdev.py INTERFACE queues	"rx0 napi 515"
netdev.py INTERFACE napis	"515 irq 30 defer-hard-irqs 0 gro-flush-timeout 0"
netdev.py INTERFACE set NAPI DEFER-HARD-IRQS GRO-FLUSH-TIMEOUT
"""
import socket
import struct
import sys

GENL_ID_CTRL, CTRL_CMD_GETFAMILY = 16, 3
CTRL_ATTR_FAMILY_ID, CTRL_ATTR_FAMILY_NAME = 1, 2
QUEUE_GET, NAPI_GET, QSTATS_GET, NAPI_SET = 10, 11, 12, 14	# commands
IFINDEX, QUEUE_TYPE, QUEUE_ID, SCOPE = 1, 2, 3, 4	# of statistics
Q_ID, Q_IFINDEX, Q_TYPE, Q_NAPI = 1, 2, 3, 4		# of queues
N_IFINDEX, N_ID, N_IRQ, N_DEFER, N_TIMEOUT = 1, 2, 3, 5, 6	# of NAPIs
SCOPE_QUEUE = 1
NLM_F_REQUEST, NLM_F_ACK, NLM_F_DUMP = 1, 4, 0x300
NLMSG_ERROR, NLMSG_DONE = 2, 3

NAMES = dict(enumerate((
    "rx_packets", "rx_bytes", "tx_packets", "tx_bytes", "rx_alloc_fail",
    "rx_hw_drops", "rx_hw_drop_overruns", "rx_csum_complete",
    "rx_csum_unnecessary", "rx_csum_none", "rx_csum_bad", "rx_hw_gro_packets",
    "rx_hw_gro_bytes", "rx_hw_gro_wire_packets", "rx_hw_gro_wire_bytes",
    "rx_hw_drop_ratelimits", "tx_hw_drops", "tx_hw_drop_errors",
    "tx_csum_none", "tx_needs_csum", "tx_hw_gso_packets", "tx_hw_gso_bytes",
    "tx_hw_gso_wire_packets", "tx_hw_gso_wire_bytes",
    "tx_hw_drop_ratelimits", "tx_stop", "tx_wake"), 8))


def attribute(kind, data):
    return struct.pack("HH", 4 + len(data), kind) + data + \
        b"\0" * (-len(data) % 4)


def attributes(data):
    while len(data) >= 4:
        length, kind = struct.unpack_from("HH", data)
        yield kind & 0x3fff, data[4:length]
        data = data[(length + 3) & ~3:]


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
                    sys.exit(f"the kernel says {error}")
                return
            yield dict(attributes(reply[20:length]))
            reply = reply[(length + 3) & ~3:]
        if not flags:
            return


def value(data):
    return int.from_bytes(data, sys.byteorder)


def show(name, answer):
    for kind, data in sorted(answer.items()):
        if kind in NAMES:
            print(name or "all", NAMES[kind] if not name else
                  NAMES[kind][3:], value(data))


def number(kind, n):
    return attribute(kind, struct.pack("I", n))


def queue_name(kind, index):
    return f"{'tx' if value(kind) else 'rx'}{value(index)}"


def qstats(sock, family, index):
    only = number(IFINDEX, index)
    for answer in ask(sock, family, QSTATS_GET, only, NLM_F_DUMP):
        show("", answer)
    only += number(SCOPE, SCOPE_QUEUE)
    for answer in ask(sock, family, QSTATS_GET, only, NLM_F_DUMP):
        show(queue_name(answer[QUEUE_TYPE], answer[QUEUE_ID]), answer)


def queues(sock, family, index):
    for answer in ask(sock, family, QUEUE_GET, number(Q_IFINDEX, index),
                      NLM_F_DUMP):
        print(queue_name(answer[Q_TYPE], answer[Q_ID]), "napi",
              value(answer.get(Q_NAPI, b"")))


def napis(sock, family, index):
    for answer in ask(sock, family, NAPI_GET, number(N_IFINDEX, index),
                      NLM_F_DUMP):
        irq, defer, timeout = (value(answer.get(kind, b""))
                               for kind in (N_IRQ, N_DEFER, N_TIMEOUT))
        print(value(answer[N_ID]), "irq", irq, "defer-hard-irqs", defer,
              "gro-flush-timeout", timeout)


def main():
    index = socket.if_nametoindex(sys.argv[1])
    sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW,
                         16)    # NETLINK_GENERIC
    sock.bind((0, 0))
    family = next(ask(sock, GENL_ID_CTRL, CTRL_CMD_GETFAMILY,
                      attribute(CTRL_ATTR_FAMILY_NAME, b"netdev\0")))
    family = value(family[CTRL_ATTR_FAMILY_ID])
    if sys.argv[2] == "set":
        napi, defer, timeout = (int(word) for word in sys.argv[3:])
        list(ask(sock, family, NAPI_SET, number(N_ID, napi) +
                 number(N_DEFER, defer) + number(N_TIMEOUT, timeout),
                 NLM_F_ACK))
    else:
        {"qstats": qstats, "queues": queues,
         "napis": napis}[sys.argv[2]](sock, family, index)


main()
