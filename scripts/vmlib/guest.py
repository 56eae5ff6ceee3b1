# SPDX-License-Identifier: GPL-2.0
"""One guest: from the options of scripts/vm to QEMU's command line."""
import os
import re
import subprocess
from pathlib import Path

from . import backend, payload, qemu
from .common import (BUILD, CACHE, SCRIPTS, TOP, Arch, UsageError, die, output,
                     setup)

# Initcalls for ciphers and keys, a tenth of an emulated boot
UNNEEDED = "init_encrypted,jent_mod_init,crypto_kdf108_init"
# The certificates that modules are signed with, a third of an emulated boot. The limits of
# the benchmarks were measured with it.
CERTIFICATES = "load_system_certificate_list"
NIC_MAC, PEER_MAC = "52:54:00:00:00:01", "52:54:00:00:00:02"
# Nanoseconds of the guest's time for an instruction are 2 to the power of this. With 2,
# a guest's second takes about as long as a second of this machine.
SHIFT = 2


def in_range(name, value, low, high):
    if value is not None and not low <= value <= high:
        raise UsageError(f"{name} is {low} to {high}")


class Guest:
    def __init__(self, args):
        self.args = args
        self.native = Arch("amd64")
        self.arch = arch = self.native if args.arch == "amd64" \
            else Arch(args.arch)
        self.kernel = args.kernel
        self.known = self.kernel in arch.kernels + arch.debug_kernels
        self.debug_kernel = self.kernel in arch.debug_kernels
        self.steady = args.steady or args.count is not None
        self.tools = args.tools or args.count is not None
        self.emulator = args.qemu or ("forky" if arch.name == "amd64"
                                      else "bookworm")
        if self.steady:
            self.emulator = "forky"
        self.machine = args.machine or arch.machines[0]
        self.root_port = args.root_port or args.sriov > 0
        self.slowness = 6 if self.debug_kernel else arch.slowness
        self.user = "upstream" if args.upstream else "guest"
        self.module = args.module
        self.check()
        self.qemu = qemu.Qemu(self.emulator, arch)
        self.image = self.modules = None

    # ---- can there be such a guest? --------------------------------------

    def check(self):
        args, arch = self.args, self.arch
        if not self.known and not (arch.name == "amd64" and
                                   os.access(self.kernel, os.R_OK)):
            names = " ".join(arch.kernels + arch.debug_kernels)
            raise UsageError(f"no such kernel: {self.kernel} "
                             f"(there are {names}, or a file for amd64)")
        for what, value, names in (
                ("QEMU", self.emulator, qemu.NAMES if arch.name == "amd64"
                 else ("bookworm",)),
                ("machine", self.machine, arch.machines),
                ("backend", args.backend, backend.NAMES)):
            if value not in names:
                raise UsageError(f"no such {what}: {value} "
                                 f"(there are {' '.join(names)})")
        if arch.name != "amd64" and (args.compressed or args.upstream):
            raise UsageError("--compressed and --upstream are for amd64")
        if args.iommu and self.machine != "q35":
            raise UsageError("--iommu needs --machine q35")
        if args.backend == "standby" and self.machine != "pc":
            raise UsageError("--backend standby needs --machine pc")
        if self.root_port and self.machine not in ("q35", "virt"):
            raise UsageError("--root-port and --sriov need --machine q35 or virt")
        if self.steady and args.clock == "host":
            raise UsageError("--steady and --count need --clock instructions")
        in_range("--queues", args.queues, 1, 16)
        in_range("--sriov", args.sriov, 0, 7)
        in_range("--cpus", args.cpus, 1, 32)
        in_range("--vectors", args.vectors, 0, 64)
        if args.backend == "passt":
            in_range("--queues with passt", args.queues, 1, 1)
        if self.module and not os.access(self.module, os.R_OK):
            raise UsageError(f"can't read {self.module}")
        if not self.known and not self.module and args.driver == "vionic":
            raise UsageError("--kernel FILE needs --module")
        if not re.fullmatch(r"\d+[MG]", args.mem):
            raise UsageError("--mem is like 1280M or 2G")
        if args.test is not None and not args.test.split():
            raise UsageError("--test names no test")
        for test in (args.test or "").split():
            if test != "all" and not list(
                    (TOP / "selftests/driver").glob(f"{test}*.sh")):
                raise UsageError(f"no selftest {test}")

    def lacks(self):
        """The first thing that this QEMU does not have for it, or None."""
        missing = backend.lacks(self.args.backend, self.emulator,
                                self.args.vectors)
        wanted = [self.args.peer]
        if self.args.backend != "device":
            wanted.append(self.args.nic)
        if self.args.sriov:
            wanted.append("sriov-pf")
        return missing or self.qemu.lacks(",".join(wanted))

    # ---- files -----------------------------------------------------------

    def prepare(self, directory):
        """Have what it needs, and find out how it runs."""
        items = [*self.qemu.items(), *backend.items(self.args.backend), "qmp"]
        kernel = [self.kernel] if self.known else []
        setup("--arch", self.arch.name, "unit", self.user, *kernel, *items)
        if self.known:
            home = self.arch.kernel_dir(self.kernel)
            # of a kernel that KASAN watches, and for sleep and kexec
            packed = self.debug_kernel or self.args.compressed
            self.image = home / ("bzImage" if packed else self.arch.image)
            self.modules = home / "modules.cpio"
        else:
            self.image = Path(self.kernel)
            self.modules = self.foreign_modules(directory)
        wanted = self.args.accel
        if self.steady or self.args.clock == "instructions":
            wanted = "tcg"
        self.accel = self.qemu.accelerator(wanted, self.image).partition(",")[0]
        self.clock = self.args.clock or "instructions"
        # bookworm's QEMU, counting instructions, does not get through a kernel's boot
        if self.accel == "kvm" or self.arch.name != "amd64" or \
                self.args.shell or self.emulator == "bookworm" or \
                self.args.backend not in backend.INSIDE_QEMU:
            self.clock = "host"
        self.one_thread = self.args.one_thread or self.clock == "instructions"
        if not self.module and self.args.driver == "vionic":
            debug = ["--debug"] if self.args.debug else []
            done = subprocess.run([SCRIPTS / "build", "--arch", self.arch.name,
                                   *debug, self.kernel])
            if done.returncode:
                raise SystemExit(1)
            suffix = self.arch.suffix + ("-debug" if debug else "")
            self.module = BUILD / f"{self.kernel}{suffix}/vionic.ko"

    def foreign_modules(self, directory):
        """Of a kernel that is a file: those of this machine, if it has any."""
        with open(self.image, "rb") as file:
            head = file.read(65536)
        at = int.from_bytes(head[0x20e:0x210], "little") + 0x200
        version = head[at:at + 200].split(b" ")[0].decode(errors="replace")
        if head[0x202:0x206] != b"HdrS":
            raise UsageError(f"{self.kernel} is not a bzImage")
        to, home = Path(directory) / "modules.cpio", f"/lib/modules/{version}"
        to.touch()
        if os.path.isdir(f"{home}/kernel"):
            payload.bash('pack_modules "$1" "$2"', home, to)
        return to

    @property
    def warm(self):
        """Does it start from a snapshot? Not where the kernel's own start, its command
        line, or a port that a NIC is plugged into at boot is part of the test; nor with
        an IOMMU, which 6.1 does not set up for a NIC that a rescan finds."""
        args = self.args
        return self.known and self.arch.name == "amd64" and \
            self.accel == "tcg" and not (
                args.boot or args.shell or args.swap or args.compressed or
                args.append or args.upstream or args.iommu or self.root_port)

    def environment(self):
        """What scripts/guest/init reads"""
        args = self.args
        mode = "shell" if args.shell else "run" if args.run is not None else "test"
        size = ""
        if args.shell:
            done = subprocess.run(["stty", "size"], stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL, text=True)
            size = done.stdout.strip()
        return {
            "DRIVER": args.driver, "MODE": mode, "SIZE": size,
            "SLOWNESS": self.slowness, "NIC_PCI": self.nic_pci(),
            "SWAP": "1" if args.swap else "",
            "IMAGE": self.image.name, "CLOCK": self.clock,
            "LOCAL_PORTS": "%d %d" % backend.PORTS
                           if args.backend == "passt" else "",
            "STEADY": "0" if self.steady else "",
            "KEEP_GOING": "1" if args.keep_going else "",
            **self.nic_environment(),
        }

    def nic_environment(self):
        """Of this, what differs between NICs in one guest."""
        args = self.args
        return {"WHAT": args.test or "" if args.run is None else args.run,
                "FEATURES": args.expect, "ROW": args.row}

    def exchange(self, directory):
        """What a running guest needs to go on with this NIC."""
        return {"nic": self.nic_device(directory),
                "environment": " ".join(payload.assignments(self.nic_environment()))}

    # ---- QEMU's command line ---------------------------------------------

    def nic_pci(self):
        return "0000:01:00.0" if self.root_port else self.arch.nic

    def machine_options(self):
        """The machine, its three serial ports and what the kernel must know of both"""
        options, words = [], ""
        name = self.machine
        if name in ("virt", "s390-ccw-virtio"):
            if name == "virt":
                name += ",gic-version=3"
            else:
                options += ["-device", "zpci,uid=16,fid=16,target=nic"]
            # they have one serial port
            ports = ["-serial", "chardev:console",
                     "-device", "virtio-serial-pci,id=ports",
                     "-device", "virtconsole,bus=ports.0,chardev=tap",
                     "-device", "virtconsole,bus=ports.0,chardev=host"]
        elif name == "microvm":
            # PCI is found by ACPI, whose tables its other firmware puts where the
            # initrd is; of the serial ports, one is its own
            name += ",pcie=on,acpi=on,rtc=on"
            options += ["-bios", "qboot.rom"]
            ports = ["-serial", "chardev:console",
                     "-device", "isa-serial,index=1,chardev=tap",
                     "-device", "isa-serial,index=2,chardev=host"]
        else:
            ports = ["-serial", "chardev:console", "-serial", "chardev:tap",
                     "-serial", "chardev:host"]
        if self.arch.name == "amd64":
            # On a busy machine, ticks must not be counted by wall time
            words += " no_timer_check"
        if self.args.swap:
            # an emulated CPU takes 20 s to compress an image and to decompress it
            words += " hibernate=nocompress"
        if self.args.iommu:
            options += ["-device", "intel-iommu,intremap=on,device-iotlb=on"]
            words += " intel_iommu=on"
        if self.root_port:
            # of a faster one, whose link was reset, the kernel waits for a sign of
            # life that QEMU does not give
            options += ["-device", "pcie-root-port,id=rp0,addr=10,x-speed=5"]
        return ["-machine", name, *options, *ports], words

    def clock_options(self):
        """Accelerator and clock, and what the kernel must know of them"""
        if self.accel == "kvm":
            return ["-accel", "kvm", "-cpu", "max"], ""
        threads = "single" if self.one_thread else "multi"
        options = ["-accel", f"tcg,thread={threads}", "-cpu", self.arch.cpu]
        # older QEMUs translate all code anew where it moves to, at each exec
        words = " norandmaps"
        if self.clock == "instructions":
            shift = 0 if self.steady else SHIFT
            options += ["-icount", f"shift={shift},sleep=off", "-rtc", "clock=vm"]
            # The CPU's clock counts these. With --steady the kernel takes 2.6 of them
            # for a nanosecond, as a fast CPU executes as many instructions.
            khz = 2600000 if self.steady else 1000000
            words += f" tsc=reliable tsc_early_khz={khz}"
        elif self.arch.name == "amd64" and (self.machine == "microvm" or
                                            self.one_thread):
            # The CPU's clock is not compared with others, which are slow to read,
            # and microvm has none. What takes turns can't differ.
            khz = self.qemu.tsc_khz(self.image)
            words += f" tsc=reliable tsc_early_khz={khz}"
        return options, words

    def base(self, initrd, init, directory, log):
        """The machine without anything that differs between tests: what a snapshot
        is made of."""
        machine, machine_words = self.machine_options()
        clock, clock_words = self.clock_options()
        shell = self.args.shell
        printed = f"file,id=tap,append=on,path={log}/tap"
        if shell:
            # ctrl-a x ends QEMU; ctrl-c is for the guest
            printed = "stdio,id=tap,mux=on,signal=off"
        # the benchmarks' figures are those of QEMU's main loop as it is
        drain = self.clock == "instructions" and self.args.count is None
        preload = qemu.drain() if drain else None
        # KASAN takes memory for no memory, with five levels of page tables, if an
        # interrupt comes while the kernel finds out what its CPU can do
        extra = " no5lvl" if self.debug_kernel else ""
        unneeded = UNNEEDED
        if self.known and self.accel == "tcg" and self.args.count is None:
            if not self.tools:
                # No page is cleared for safety only, no indirect call is a retpoline: a tenth
                # of the CPU time. Benchmarks are of kernels as they are.
                extra += " init_on_alloc=0 mitigations=off"
            if "lockdown" not in self.args.append:
                unneeded += f",{CERTIFICATES}"
        # dpdk and device need the host clock
        one_name = self.warm and self.clock == "host"
        words = (f"console={self.arch.ports[0]} ports={','.join(self.arch.ports)} "
                 "quiet loglevel=5 panic=-1 oops=panic cryptomgr.notests "
                 "no_console_suspend "
                 f"initcall_blacklist={unneeded} rdinit={init}{machine_words}"
                 f"{clock_words}{extra} {self.args.append}")
        if self.args.count is not None:
            words = f"nokaslr {words}"
        mon = f"socket,id=mon,path={directory}/mon,server=on,wait=off"
        host = f"socket,id=host,path={directory}/host,server=on,wait=off"
        return [*self.qemu.command(preload), *clock,
                "-smp", str(self.args.cpus), "-m", self.args.mem,
                "-nodefaults", "-no-user-config", "-nographic", "-no-reboot",
                "-kernel", str(self.image), "-initrd", str(initrd),
                "-append", words.strip(),
                *backend.memory(self.args.backend, self.args.mem, one_name),
                "-chardev", f"file,id=console,append=on,path={log}/console",
                "-chardev", printed, "-chardev", host, *machine,
                "-chardev", mon, "-mon", "chardev=mon,mode=control"]

    def nic_device(self, directory):
        """The NIC under test, for -device or device_add"""
        args = self.args
        place = {"bus": "rp0", "addr": "0"} if self.root_port else {"addr": "10"}
        if args.backend == "device":
            where = "".join(f',"{k}":"{v}"' for k, v in place.items())
            socket = f'{{"type":"unix","path":"{directory}/vdev"}}'
            return (f'{{"driver":"vfio-user-pci","id":"nic"{where},'
                    f'"socket":{socket}}}')
        where = ",".join(f"{k}={v}" for k, v in place.items())
        words = [f"virtio-net-pci,id=nic,netdev=vut,{where},mac={NIC_MAC},romfile="]
        # sizes that leave room for a change
        for size in ("rx_queue_size=1024", "tx_queue_size=256"):
            if size.partition("=")[0] not in args.nic:
                words.append(size)
        vectors = args.vectors
        if args.queues > 1:
            words.append("mq=on")
            if vectors is None:
                vectors = 2 * args.queues + 2
        if args.backend == "standby":
            words.append("failover=on")
        if args.iommu:
            words.append("disable-legacy=on,iommu_platform=on,ats=on")
        words.append(self.arch.properties)
        if vectors is not None:
            words.append(f"vectors={vectors}")
        words.append(args.nic)
        return ",".join(filter(None, words))

    def device_command(self):
        """selftests/device, as a process"""
        args = self.args
        if args.backend != "device":
            return []
        with payload.lock(BUILD / ".device.lock"):
            subprocess.run(["make", "-s", "-C", TOP / "selftests/device",
                            f"O={BUILD}/device"], check=True)
        command = [f"{BUILD}/device/vdev", "--pairs", str(args.queues)]
        if args.vectors is not None:
            command += ["--vectors", str(args.vectors)]
        if args.nic:
            command += ["--features", args.nic]
        return command

    def disks(self, directory):
        options = []
        if self.args.swap:
            swap = f"{directory}/swap"
            with open(swap, "wb") as file:
                file.truncate(2 << 30)
            os.chmod(swap, 0o600)
            output("mkswap", "-q", swap)
            options += ["-drive", f"file={swap},format=raw,id=swap,if=none,"
                        "cache=unsafe", "-device",
                        "virtio-blk-pci,drive=swap,addr=15,disable-legacy=on"]
        if self.args.count is not None:
            count = Path(self.args.count).resolve()
            count.mkdir(parents=True, exist_ok=True)
            output("gcc", "-O2", "-Wall", "-shared", "-fPIC",
                   "-fvisibility=hidden", "-o", f"{directory}/count.so",
                   str(SCRIPTS / "bench/tcg-count.c"))
            with open(count / "disk", "wb") as file:
                file.truncate(64 << 20)
            options += ["-plugin", f"file={directory}/count.so,out={count}/count",
                        "-drive", f"file={count}/disk,format=raw,id=disk,"
                        "if=none,cache=unsafe", "-device",
                        "virtio-blk-pci,drive=disk,addr=15,disable-legacy=on"]
        return options

    def devices(self, directory, backend_options, peer_device):
        """All that a snapshot lacks: NICs and disks"""
        args = self.args
        options = list(backend_options)
        # virtual functions are there before the function that they belong to
        for vf in range(1, args.sriov + 1):
            options += ["-device",
                        f"virtio-net-pci,bus=rp0,addr=0.{vf},sriov-pf=nic,romfile="]
        options += self.disks(directory)
        if args.iommu:
            # and a NIC, with nothing behind it, that bypasses the IOMMU
            options += ["-netdev", "user,id=nothing,restrict=on", "-device",
                        "virtio-net-pci,netdev=nothing,addr=14,disable-legacy=on,"
                        "iommu_platform=off,romfile="]
        peer = (f"virtio-net-pci,netdev=vpeer,addr=11,mac={PEER_MAC},romfile=,"
                f"x-txburst=32,rx_queue_size=1024{peer_device}")
        if args.peer:
            peer += f",{args.peer}"
        return [*options, "-device", self.nic_device(directory), "-device", peer]
