# SPDX-License-Identifier: GPL-2.0
"""Guests start from a saved state behind the kernel's boot: one for each kernel, machine
and clock, made once and kept in the cache under a hash of all that it depends on."""
import hashlib
import json
import os
import shutil
import subprocess
import time
from pathlib import Path

from . import payload
from .common import BUILD, CACHE, SCRIPTS, info

HOME = CACHE / "snapshots"
BOOT = SCRIPTS / "guest/boot"
KEEP_DAYS = 30


def key(guest):
    """A hash of the machine and of all files that are in its memory"""
    argv = guest.base("INITRD", "/boot", "DIR", "LOG")
    parts = [a.replace(str(BUILD), "BUILD") for a in argv
             if not a.startswith("memory-backend-")]
    parts += [guest.qemu.identity(), BOOT.read_text()]
    if guest.clock == "host":
        # the guest has measured this machine's clock
        parts += [os.uname().nodename, cpu_model()]
    for path in (guest.image, guest.modules, CACHE / "guest/user.cpio"):
        stat = os.stat(path)
        parts.append(f"{path} {stat.st_size} {int(stat.st_mtime)}")
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:20]


def cpu_model():
    with open("/proc/cpuinfo") as file:
        return next((line for line in file if line.startswith("model name")), "")


def initrd(to, guest, root):
    """User space, modules, and what is mounted on /"""
    packed = Path(f"{to}.part")
    payload.pack(root, packed)
    user = CACHE / f"{guest.user}{guest.arch.suffix}/user.cpio"
    payload.concatenate(to, user, guest.modules, packed)
    packed.unlink()


def expire():
    """Remove what nobody has used for a while."""
    for path in HOME.glob("*.zst"):
        if time.time() - path.stat().st_mtime > KEEP_DAYS * 86400:
            path.unlink(missing_ok=True)


def get(guest, start, directory):
    """The file to start from; start(argv, save) boots a guest and saves it."""
    path = HOME / f"{key(guest)}.zst"
    HOME.mkdir(parents=True, exist_ok=True)
    with payload.lock(HOME / f".{path.stem}.lock"):
        if path.exists():
            os.utime(path)
            return path
        info(f"vm: booting Linux {guest.kernel} on {guest.machine} once, "
             "for a snapshot")
        for part in HOME.glob(f".{path.stem}.[0-9]*"):
            part.unlink()               # of one that was interrupted
        work = Path(directory) / "snapshot"
        (work / "root").mkdir(parents=True)
        shutil.copy(BOOT, work / "root/boot")
        initrd(work / "initrd", guest, work / "root")
        part = HOME / f".{path.stem}.{os.getpid()}"
        argv = guest.base(work / "initrd", "/boot", directory, work)
        try:
            start(argv, part, work)
            subprocess.run(["zstd", "-tq", part], check=True)
            subprocess.run(["sync", part], check=True)
            part.rename(path)
        finally:
            part.unlink(missing_ok=True)
        shutil.rmtree(work)
        expire()
    return path
