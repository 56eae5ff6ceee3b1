# SPDX-License-Identifier: GPL-2.0
"""What the modules of scripts/vm share: paths, messages, architectures."""
import os
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
SCRIPTS = TOP / "scripts"
BUILD = TOP / "build"
CACHE = Path(os.environ.get("VIONIC_CACHE") or
             os.path.join(os.environ.get("XDG_CACHE_HOME") or
                          os.path.expanduser("~/.cache"), "vionic"))
# exit statuses of vmlib/inside.py: the guest printed nothing, the process that serves the
# NIC ended before QEMU, a limit was reached
NOT_STARTED, SERVER_DIED, LIMIT = 75, 76, 124
# ip, tc and mkswap are not in the PATH of Debian's users
os.environ["PATH"] += ":/usr/sbin:/sbin"


class UsageError(Exception):
    """The arguments ask for a guest that cannot be."""


def info(text):
    print(text, file=sys.stderr, flush=True)


def die(text):
    sys.exit(f"{Path(sys.argv[0]).name}: {text}")


def output(*command, **options):
    return subprocess.run(command, check=True, text=True,
                          stdout=subprocess.PIPE, **options).stdout


def setup(*items):
    """Have scripts/setup make what is missing in the cache."""
    if subprocess.run([SCRIPTS / "setup", *items]).returncode:
        sys.exit(1)


class Arch:
    """An architecture: what use_arch() of lib-arch.sh sets, as attributes."""
    def __init__(self, name):
        script = '''. "$0/lib.sh"; . "$0/lib-arch.sh"; use_arch "$1"
                    for v in ${!arch*} ARCHS; do
                        printf '%s=%s\\0' "$v" "${!v}"
                    done'''
        done = subprocess.run(["bash", "-c", script, SCRIPTS, name],
                              stdout=subprocess.PIPE, text=True)
        if done.returncode:
            sys.exit(done.returncode)
        value = dict(v.split("=", 1) for v in done.stdout.split("\0") if v)
        self.name = value["arch"]
        self.suffix = value["arch_suffix"]
        self.kernels = value["arch_kernels"].split()
        self.debug_kernels = value["arch_watchers"].split()
        self.qemu = value["arch_qemu"]
        self.machines = value["arch_machines"].split()
        self.cpu = value["arch_cpu"]
        self.image = value["arch_image"]
        self.ports = value["arch_ports"].split()
        self.nic = value["arch_nic"]
        self.properties = value["arch_properties"]
        self.slowness = int(value["arch_slowness"])
        self.triplet = value["arch_triplet"]

    def kernel_dir(self, kernel):
        return CACHE / f"kernel-{kernel}{self.suffix}"
