# SPDX-License-Identifier: GPL-2.0
"""QEMU: which one, its machines and clocks, and what it cannot do."""
import functools
import os
import re
import subprocess

from .common import BUILD, CACHE, SCRIPTS, info, output

# The last one is the default. bookworm's emulation may let one CPU run code as it
# was before another CPU changed it: kernels hang or panic at an "int3" when tracing
# starts. It cannot share memory with the backends dpdk and device.
NAMES = ("bookworm", "forky")
CLOCKS = ("instructions", "host")


class Qemu:
    """One emulator: bookworm's is this machine's own, forky's is in the cache."""
    def __init__(self, name, arch):
        self.name, self.arch = name, arch
        self.binary = f"qemu-system-{arch.qemu}"
        self.fs = CACHE / "qemu/fs"

    def items(self):
        return [] if self.name == "bookworm" else ["qemu"]

    def command(self, preload=None):
        """The words in front of QEMU's options."""
        if self.name == "bookworm":
            words = ["env", f"LD_PRELOAD={preload}"] if preload else []
            return [*words, self.binary]
        lib = self.fs / "usr/lib/x86_64-linux-gnu"
        share = self.fs / "usr/share"
        return ["env", f"QEMU_MODULE_DIR={lib}/qemu",
                f"{self.fs}/usr/lib64/ld-linux-x86-64.so.2",
                *(["--preload", str(preload)] if preload else []),
                "--library-path", str(lib), f"{self.fs}/usr/bin/{self.binary}",
                "-L", f"{share}/qemu", "-L", f"{share}/seabios"]

    def identity(self):
        """What tells this build of QEMU from another."""
        path = f"{self.fs}/usr/bin/{self.binary}"
        if self.name == "bookworm":
            path = output("which", self.binary).strip()
        stat = os.stat(path)
        return f"{self.name} {stat.st_size} {int(stat.st_mtime)}"

    @functools.cache
    def nic_properties(self):
        text = output(*self.command(), "-device", "virtio-net-pci,help")
        return set(re.findall(r"^ *([^ =]+)=<", text, re.M))

    def lacks(self, properties):
        """The first NIC property of "name=value,..." that it does not have."""
        for word in properties.split(","):
            name = word.partition("=")[0]
            if name and name not in self.nic_properties():
                return name
        return None

    def bare_boot(self, image, *options):
        """What a kernel says that finds no root file system."""
        command = [*self.command(), *options, "-m", "256M", "-nodefaults",
                   "-no-user-config", "-nographic", "-no-reboot", "-serial",
                   "stdio", "-kernel", str(image), "-append",
                   "console=ttyS0 panic=-1"]
        done = subprocess.run(["timeout", "60", *command], text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, errors="replace")
        return done.stdout

    def kvm_works(self, image):
        """A guest that gets as far as having no root file system shows it."""
        if not os.access("/dev/kvm", os.R_OK | os.W_OK):
            return False

        def attempt():
            info("trying whether KVM works here")
            said = self.bare_boot(image, "-accel", "kvm", "-cpu", "max")
            return "yes" if "Kernel panic - not syncing: VFS" in said else "no"
        return cached("kvm", attempt) == "yes"

    def accelerator(self, wanted, image, threads="multi"):
        """For -accel: kvm where it works, unless another is wanted"""
        if wanted == "kvm" or wanted == "auto" and self.arch.name == "amd64" \
                and self.kvm_works(image):
            return "kvm"
        return f"tcg,thread={threads}"

    def cpu(self, accel):
        return "max" if accel == "kvm" else self.arch.cpu

    def tsc_khz(self, image):
        """The rate of an emulated CPU's clock, which is this machine's."""
        def attempt():
            said = self.bare_boot(image, "-machine", "pc", "-accel", "tcg")
            found = re.search(r"tsc: Detected (\d+)\.(\d{3}) MHz", said)
            return "".join(found.groups()) if found else ""
        return cached("clock", attempt)


def cached(name, function):
    """What it returns, found out once as long as this machine runs one kernel."""
    uname = os.uname()
    path = CACHE / f"{name}-{uname.nodename}-{uname.release}"
    if not path.exists():
        part = path.with_suffix(f".{os.getpid()}")
        part.write_text(function())
        part.rename(path)
    return path.read_text().strip()


def drain():
    """The library that drain.c makes, built once."""
    source, to = SCRIPTS / "vmlib/drain.c", BUILD / "drain.so"
    if not to.exists() or to.stat().st_mtime < source.stat().st_mtime:
        BUILD.mkdir(exist_ok=True)
        part = to.with_suffix(f".{os.getpid()}")
        subprocess.run(["gcc", "-O2", "-Wall", "-shared", "-fPIC", "-o", part,
                        source], check=True)
        part.rename(to)
    return to
