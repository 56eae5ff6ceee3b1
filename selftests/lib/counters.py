# SPDX-License-Identifier: GPL-2.0
"""Print everything that the tests count, one "name value" a line.

counters.py [--array] INTERFACE PCI-ADDRESS PEER-NAMESPACE PEER-INTERFACE

The interfaces' counters (rx_packets, ...), the protocols' that are not zero
(UdpInDatagrams, ...), both also of the peer (peer_...), the driver's own as ethtool -S
shows them (nic_...), interrupts of the NIC (irqs) and NET_RX softirqs (softirq_rx).
With --array: "[name]=value", for an array of bash.
"""
import array
import contextlib
import ctypes
import fcntl
import os
import re
import socket
import struct
import sys

SIOCETHTOOL = 0x8946
ETHTOOL_GSTRINGS, ETHTOOL_GSTATS, ETHTOOL_GSSET_INFO = 0x1b, 0x1d, 0x37
ETH_SS_STATS, ETH_GSTRING_LEN = 1, 32
CLONE_NEWNET = 0x40000000


def lines(file):
    with open(file) as opened:
        return opened.read().splitlines()


def interface(name):
    for line in lines("/proc/thread-self/net/dev"):
        dev, _, rest = line.partition(":")
        if dev.strip() == name:
            value = rest.split()
            for way, at in ("rx", 0), ("tx", 8):
                for number, what in enumerate(("bytes", "packets", "errors",
                                               "dropped")):
                    yield f"{way}_{what}", value[at + number]


def protocols():
    """Two lines each: names, and values"""
    for file in "snmp", "netstat":
        text = lines("/proc/thread-self/net/" + file)
        for names, values in zip(text[::2], text[1::2]):
            group = names.partition(":")[0]
            for name, value in zip(names.split()[1:], values.split()[1:]):
                if value != "0":
                    yield group + name, value


def irqs_of(address):
    device = "/sys/bus/pci/devices/" + address
    with contextlib.suppress(FileNotFoundError):
        # the directory may stay without vectors
        if vectors := os.listdir(device + "/msi_irqs"):
            return set(vectors)
    return {line.strip() for line in lines(device + "/irq")}


def interrupts(ours):
    first, *rest = lines("/proc/interrupts")
    cpus = len(first.split())
    counts = [sum(map(int, words[1:cpus + 1])) for words in map(str.split, rest)
              if words[0].rstrip(":") in ours]
    if counts:
        yield "irqs", sum(counts)
    for line in lines("/proc/softirqs"):
        words = line.split()
        if words[0] == "NET_RX:":
            yield "softirq_rx", sum(map(int, words[1:]))


def ethtool(sock, name, data):
    """A command with room for its answer"""
    address, _ = data.buffer_info()
    fcntl.ioctl(sock, SIOCETHTOOL, struct.pack("16sP16x", name.encode(), address))
    return data.tobytes()


def driver(name):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        info = ethtool(sock, name, array.array("B", struct.pack(
            "IIQI", ETHTOOL_GSSET_INFO, 0, 1 << ETH_SS_STATS, 0)))
        count = struct.unpack_from("IIQI", info)[3]
        text = ethtool(sock, name, array.array("B", struct.pack(
            "III", ETHTOOL_GSTRINGS, ETH_SS_STATS, count) +
            bytes(count * ETH_GSTRING_LEN)))
        values = ethtool(sock, name, array.array("B", struct.pack(
            "II", ETHTOOL_GSTATS, count) + bytes(count * 8)))
    for number, value in enumerate(struct.unpack_from(f"{count}Q", values, 8)):
        at = 12 + number * ETH_GSTRING_LEN
        yield text[at:at + ETH_GSTRING_LEN].rstrip(b"\0").decode(), value


def enter(namespace):
    libc = ctypes.CDLL(None, use_errno=True)
    with open("/run/netns/" + namespace) as there:
        if libc.setns(there.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns " + namespace)


def main():
    *options, name, address, namespace, peer = sys.argv[1:]
    out = [*interface(name), *protocols(), *interrupts(irqs_of(address))]
    try:
        out += [("nic_" + key, value) for key, value in driver(name)]
    except OSError:
        pass			# a driver without counters, or an interface that is gone
    enter(namespace)
    out += [("peer_" + key, value) for key, value in (*interface(peer), *protocols())]
    form = "[{}]={}" if options else "{} {}"
    # bash evaluates the array: no names but those of counters
    print("\n".join(form.format(key, value) for key, value in out
                    if re.fullmatch(r"[\w.-]+", key)))


main()
