#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Start another kernel without a reset of the machine, from a root in memory.

kexec.py IMAGE DIRECTORY WORD...

The root file system goes along as it is, but for what DIRECTORY has in its place;
WORDS are added to the kernel's command line. See kexec_file_load(2), reboot(2).
"""
import ctypes
import os
import platform
import stat
import sys

LOAD = {"x86_64": 320, "aarch64": 294, "s390x": 381}[platform.machine()]
REBOOT = {"x86_64": 169, "aarch64": 142, "s390x": 88}[platform.machine()]
MAGIC, MAGIC2, KEXEC = 0xfee1dead, 672274793, 0x45584543


def call(number, *args):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(ctypes.c_long(number), *args) < 0:
        error = ctypes.get_errno()
        sys.exit(f"kexec: {os.strerror(error)}")


def pad(out):
    out.write(b"\0" * (-out.tell() % 4))


def put(out, name, info, data):
    """One file, as Documentation/driver-api/early-userspace/buffer-format.rst has it"""
    name = name.encode() + b"\0"
    fields = (out.tell() // 4 + 1, info.st_mode, info.st_uid, info.st_gid, 1,
              int(info.st_mtime), len(data), 0, 0, os.major(info.st_rdev),
              os.minor(info.st_rdev), len(name), 0)
    out.write(b"070701" + b"".join(b"%08x" % f for f in fields) + name)
    pad(out)
    out.write(data)
    pad(out)


def content(path, mode):
    if stat.S_ISLNK(mode):
        return os.readlink(path).encode()
    if not stat.S_ISREG(mode):
        return b""
    with open(path, "rb") as file:
        return file.read()


def archive(out, root):
    """What is there, but for what is mounted on it"""
    device = os.lstat(root).st_dev
    for here, folders, files in os.walk(root):
        for name in folders + files:
            path = os.path.join(here, name)
            info = os.lstat(path)
            put(out, os.path.relpath(path, root), info,
                content(path, info.st_mode))
        folders[:] = [f for f in folders
                      if os.lstat(os.path.join(here, f)).st_dev == device]


class Trailer:
    st_mode = st_uid = st_gid = st_mtime = st_rdev = 0


def main():
    image, over, *words = sys.argv[1:]
    with open("/proc/cmdline", encoding="utf-8") as file:
        line = " ".join(file.read().split() + words).encode() + b"\0"
    kernel = os.open(image, os.O_RDONLY)
    initrd = os.memfd_create("initrd")
    with os.fdopen(initrd, "wb", closefd=False) as out:
        archive(out, "/")
        archive(out, over)
        put(out, "TRAILER!!!", Trailer, b"")
    call(LOAD, kernel, initrd, ctypes.c_ulong(len(line)), line,
         ctypes.c_ulong(0))
    os.close(initrd)
    call(REBOOT, ctypes.c_uint(MAGIC), MAGIC2, KEXEC, None)


main()
