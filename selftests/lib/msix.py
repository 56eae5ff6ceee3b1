# SPDX-License-Identifier: GPL-2.0
"""Masks or unmasks all MSI-X vectors of a PCI function in its table, as a device
whose interrupts get lost would look like: msix.py ADDRESS on|off"""
import mmap
import os
import struct
import sys

TABLE_ENTRY = 16
CONTROL = 12


def capability(config, wanted):
    at = config[0x34]
    while at:
        if config[at] == wanted:
            return at
        at = config[at + 1]
    sys.exit("no MSI-X")


def main():
    dev = "/sys/bus/pci/devices/" + sys.argv[1]
    with open(dev + "/config", "rb") as f:
        config = f.read()
    at = capability(config, 0x11)
    control, table = struct.unpack_from("<HI", config, at + 2)
    fd = os.open(f"{dev}/resource{table & 7}", os.O_RDWR)
    start = table & ~7
    page = start & ~(mmap.PAGESIZE - 1)
    length = start - page + TABLE_ENTRY * ((control & 0x7ff) + 1)
    with mmap.mmap(fd, length, offset=page) as m:
        words = memoryview(m).cast("I")
        for v in range((control & 0x7ff) + 1):
            words[(start - page + TABLE_ENTRY * v + CONTROL) // 4] = \
                sys.argv[2] == "off"
        words.release()


main()
