# SPDX-License-Identifier: GPL-2.0
"""What the kernel's netlink families say of an interface that the tools here are too
old for.

netdev.py INTERFACE qstats	a line for each counter of a queue, "rx0 packets 12" and
				the like; the sums over all queues, with those that are
				gone, begin with "all"
netdev.py INTERFACE queues	"rx0 napi 515", and who lends memory
netdev.py INTERFACE napis	"515 irq 30 defer-hard-irqs 0 gro-flush-timeout 0"
netdev.py INTERFACE set NAPI DEFER-HARD-IRQS GRO-FLUSH-TIMEOUT
netdev.py INTERFACE split on|off	as ethtool -G tcp-data-split
"""
import os
import socket
import struct
import sys

sys.path.insert(0, os.path.dirname(__file__))
from netlink import (NLM_F_ACK, NLM_F_DUMP, NLM_F_NESTED, ask, attribute, connect,
                     family_of, number, value)

QUEUE_GET, NAPI_GET, QSTATS_GET, NAPI_SET = 10, 11, 12, 14	# commands
IFINDEX, QUEUE_TYPE, QUEUE_ID, SCOPE = 1, 2, 3, 4	# of statistics
Q_ID, Q_IFINDEX, Q_TYPE, Q_NAPI = 1, 2, 3, 4		# of queues
LENDERS = {5: "dma-buf", 6: "io-uring"}
RINGS_SET, RINGS_HEADER, RINGS_SPLIT, HEADER_INDEX = 16, 1, 11, 1	# ethtool's
N_IFINDEX, N_ID, N_IRQ, N_DEFER, N_TIMEOUT = 1, 2, 3, 5, 6	# of NAPIs
SCOPE_QUEUE = 1

NAMES = dict(enumerate((
    "rx_packets", "rx_bytes", "tx_packets", "tx_bytes", "rx_alloc_fail",
    "rx_hw_drops", "rx_hw_drop_overruns", "rx_csum_complete",
    "rx_csum_unnecessary", "rx_csum_none", "rx_csum_bad", "rx_hw_gro_packets",
    "rx_hw_gro_bytes", "rx_hw_gro_wire_packets", "rx_hw_gro_wire_bytes",
    "rx_hw_drop_ratelimits", "tx_hw_drops", "tx_hw_drop_errors",
    "tx_csum_none", "tx_needs_csum", "tx_hw_gso_packets", "tx_hw_gso_bytes",
    "tx_hw_gso_wire_packets", "tx_hw_gso_wire_bytes",
    "tx_hw_drop_ratelimits", "tx_stop", "tx_wake"), 8))


def show(name, answer):
    for kind, data in sorted(answer.items()):
        if kind in NAMES:
            print(name or "all", NAMES[kind] if not name else
                  NAMES[kind][3:], value(data))


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
              value(answer.get(Q_NAPI, b"")),
              *(LENDERS[kind] for kind in answer if kind in LENDERS))


def napis(sock, family, index):
    for answer in ask(sock, family, NAPI_GET, number(N_IFINDEX, index),
                      NLM_F_DUMP):
        irq, defer, timeout = (value(answer.get(kind, b""))
                               for kind in (N_IRQ, N_DEFER, N_TIMEOUT))
        print(value(answer[N_ID]), "irq", irq, "defer-hard-irqs", defer,
              "gro-flush-timeout", timeout)


def main():
    index = socket.if_nametoindex(sys.argv[1])
    sock = connect()
    if sys.argv[2] == "split":
        header = number(HEADER_INDEX, index)
        list(ask(sock, family_of(sock, b"ethtool"), RINGS_SET,
                 attribute(RINGS_HEADER | NLM_F_NESTED, header) +
                 attribute(RINGS_SPLIT, bytes([1 + (sys.argv[3] == "on")])),
                 NLM_F_ACK))
        return
    family = family_of(sock, b"netdev")
    if sys.argv[2] == "set":
        napi, defer, timeout = (int(word) for word in sys.argv[3:])
        list(ask(sock, family, NAPI_SET, number(N_ID, napi) +
                 number(N_DEFER, defer) + number(N_TIMEOUT, timeout),
                 NLM_F_ACK))
    else:
        {"qstats": qstats, "queues": queues,
         "napis": napis}[sys.argv[2]](sock, family, index)


main()
