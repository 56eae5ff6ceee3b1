# SPDX-License-Identifier: GPL-2.0
"""What a guest gets on top of its user space: the module, the selftests, programs."""
import compileall
import contextlib
import fcntl
import os
import py_compile
import shlex
import shutil
import subprocess
from pathlib import Path

from .common import BUILD, SCRIPTS, TOP, output

SOURCES = TOP / "selftests/lib"


def newer(to, source):
    return to.exists() and to.stat().st_mtime > source.stat().st_mtime


def bash(script, *arguments):
    """A few lines with the functions of lib.sh."""
    subprocess.run(["bash", "-c", f'. "$0/lib.sh"; {script}', SCRIPTS,
                    *map(str, arguments)], check=True)


def compile_tool(name, arch, kernel, *flags, folder=SOURCES):
    """Compile a program, for another architecture by the compiler that its modules are
    built with."""
    to, source = BUILD / f"{name}{arch.suffix}", folder / f"{name}.c"
    if newer(to, source):
        return to
    part = to.with_suffix(f".{os.getpid()}")
    options = ["-O2", "-Wall", "-static", *flags]
    if not arch.triplet:
        subprocess.run(["gcc", *options, "-o", part, source], check=True)
    else:
        bash('in_root "$@"', arch.kernel_dir(kernel) / "fs",
             f"{arch.triplet}-gcc", *options, "-o",
             f"/vionic/{part.relative_to(TOP)}",
             f"/vionic/{source.relative_to(TOP)}")
    part.rename(to)
    return to


def compile_zcrx(arch, kernel):
    """By headers of the guest's kernel that this machine's are too old for"""
    headers = arch.kernel_dir(kernel) / "fs/usr/include/linux"
    if not (headers / "io_uring/zcrx.h").exists():
        return None
    to = BUILD / "uapi/linux"
    to.mkdir(parents=True, exist_ok=True)
    shutil.copy(headers / "io_uring.h", to)
    shutil.copytree(headers / "io_uring", to / "io_uring", dirs_exist_ok=True)
    return compile_tool("zcrx", arch, kernel, f"-I{to.parent}")


def compile_bpf(name, arch):
    """For the guest's byte order"""
    to, source = BUILD / f"{name}{arch.suffix}.bpf.o", SOURCES / f"{name}.bpf.c"
    if not newer(to, source):
        part = to.with_suffix(f".{os.getpid()}")
        host = output("gcc", "-dumpmachine").strip()
        target = "bpfeb" if arch.name == "s390x" else "bpfel"
        subprocess.run(["clang", "-O2", "-g", "-Wall", "-target", target,
                        f"-I/usr/include/{host}", "-c", "-o", part, source],
                       check=True)
        part.rename(to)
    return to


def programs(arch, kernel, native):
    """(file, place in the guest) of what is compiled here"""
    lib = "vionic/selftests/lib"
    made = [(compile_bpf(name, arch), f"{lib}/{name}.bpf.o")
            for name in ("xdp", "hash")]
    made += [(compile_tool(name, arch, kernel), f"{lib}/{name}")
             for name in ("flow", "xsk")]
    compile_tool("flow", native, kernel)        # for vm-host's flood
    made.append((compile_tool("vm-host", arch, kernel, folder=SCRIPTS / "guest"),
                 "usr/bin/vm-host"))
    zcrx = compile_zcrx(arch, kernel)
    if zcrx:
        made.append((zcrx, f"{lib}/zcrx"))
    return made


@contextlib.contextmanager
def lock(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def assignments(environment):
    """For a shell to evaluate"""
    return [f"{name}={shlex.quote(str(value))}" for name, value in environment.items()]


def make(root, guest):
    """Lay it out below root; guest is scripts/vm's."""
    vionic = root / "vionic"
    vionic.mkdir(parents=True)
    for folder in ("selftests", "scripts", "docs"):
        shutil.copytree(TOP / folder, vionic / folder, symlinks=True,
                        ignore=shutil.ignore_patterns("unit", "__pycache__"))
    # The guest's Python uses the bytecode if it is of the same version.
    compileall.compile_dir(vionic / "selftests/lib", quiet=1,
                           invalidation_mode=py_compile.PycInvalidationMode.CHECKED_HASH)
    (root / "usr/bin").mkdir(parents=True)
    with lock(BUILD / ".tools.lock"):
        for file, place in programs(guest.arch, guest.kernel, guest.native):
            shutil.copy(file, root / place)
    if guest.tools:
        subprocess.run(["gcc", "-O2", "-Wall", "-static", "-o",
                        root / "usr/bin/pour", SCRIPTS / "bench/pour.c"],
                       check=True)
    if guest.args.driver == "vionic":
        # insmod reads all of it, and nine tenths are for debuggers
        strip = f"{guest.arch.triplet}-strip" if guest.arch.triplet else "strip"
        subprocess.run([strip, "-g", "-o", vionic / "vionic.ko", guest.module],
                       check=True)
    (vionic / "env").write_text("\n".join([*assignments(guest.environment()), ""]))


def pack(root, to):
    """As a piece of an initramfs"""
    bash('pack "$1" > "$2"', root, to)


def add_kexec(root, image, initrd):
    """Add what 49-kexec starts: the kernel's image, and an initrd, compressed."""
    shutil.copy(image, root / "vionic/bzImage")
    subprocess.run(["zstd", "-q", "-3", "--rm", initrd, "-o", root / "vionic/initrd.zst"],
                   check=True)


def archive(root, to):
    """As a disk that the guest reads as a tar archive"""
    subprocess.run(["tar", "-c", "-f", to, "-C", root, "--owner=0", "--group=0",
                    "."], check=True)


def concatenate(to, *parts):
    with open(to, "wb") as out:
        for part in parts:
            with open(part, "rb") as file:
                shutil.copyfileobj(file, out)
    return Path(to)
