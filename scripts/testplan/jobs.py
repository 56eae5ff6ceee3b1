# SPDX-License-Identifier: GPL-2.0
"""What a run consists of: builds of the module, steps, guests."""
import contextlib
import dataclasses
import functools
import hashlib
import os
import re
import shlex
import subprocess
import time
from pathlib import Path

from . import processes
from .plan import CACHE, DEBUG_KERNELS, KERNELS, TESTS, TOP

BUILD = Path(os.environ.get("VIONIC_BUILD") or TOP / "build")
MODULES = CACHE / "modules"
KEEP_MODULES = 40
VM = os.environ.get("VIONIC_VM") or str(TOP / "scripts/vm")
# estimates, in seconds, of what has not run here yet
BOOT, TEST, MODULE = 15, 12, 40
# the limit for a test that sets none, in seconds (selftests/settings)
LIMIT = 300
# the longest time for one guest, in seconds
TIMEOUT = 3000
# how long one guest with several NICs should take, in seconds
SHARED = 150


@dataclasses.dataclass
class Job:
    """Something that takes a slot of the machine for a while."""
    results: object
    needs: tuple = ()		# names of jobs that must have passed

    @property
    def name(self):
        raise NotImplementedError

    def estimate(self):
        raise NotImplementedError

    def weight(self):
        """The share of a slot that it takes."""
        return 1

    def run(self):
        """Return: whether jobs that need this one may run."""
        raise NotImplementedError


def content_key(words, *paths):
    """A digest of words, and of what these files and directories contain."""
    digest = hashlib.sha256(repr(words).encode())
    for path in paths:
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file():
                # the same in each clone
                name = file.relative_to(path.parent)
                digest.update(f"{name}\0".encode() + file.read_bytes())
    return digest.hexdigest()


@dataclasses.dataclass
class Build(Job):
    """Build the module for one kind of guest: without warnings, on x86-64."""
    directory: str = ""		# in build/: 6.1, 6.1-debug, 6.1-arm64
    args: tuple = ()

    @property
    def name(self):
        return f"build-{self.directory}"

    @property
    def module(self):
        return BUILD / self.directory / "vionic.ko"

    @property
    def kernel(self):
        """The kernel's name in the cache."""
        arch = self.args[1] if self.args[0] == "--arch" else ""
        return self.args[-1] + (f"-{arch}" if arch else "")

    def estimate(self):
        # guests wait for it: ahead of everything else
        return 10000 + self.results.estimate(self.name, MODULE)

    @property
    def environment(self):
        strict = self.args[0] in KERNELS
        return {"W": "1", "C": "1", "WERROR": "1"} if strict else {}

    def key(self):
        """A digest of all that the module is made from, or None while this machine does
        not have the kernel."""
        kernel = CACHE / f"kernel-{self.kernel}"
        files = [kernel / "recipe", kernel / "version"]
        if not all(file.exists() for file in files):
            return None
        files += [TOP / name for name in (
            "driver", "include", "Kbuild", "scripts/build", "scripts/lib.sh",
            "scripts/lib-arch.sh")]
        return content_key((self.args, self.environment), *files)[:20]

    def run(self):
        """Build the module, or copy it from the cache. The cache has modules that were
        built without warnings from the same sources."""
        key = self.key()
        if key and self.restore(MODULES / f"{key}.zst"):
            self.results.verdict(f"ok {self.name} # unchanged")
            return True
        good = run_step(self.results, self.name, [TOP / "scripts/build", *self.args],
                        self.environment)
        # somebody may have edited the sources meanwhile
        if good and key and key == self.key():
            self.keep(MODULES / f"{key}.zst")
        return good

    def restore(self, cached):
        """Replace the module by the cached one. Return: whether there is one."""
        try:
            os.utime(cached)
        except FileNotFoundError:
            return False
        self.module.parent.mkdir(parents=True, exist_ok=True)
        part = self.module.with_suffix(f".{os.getpid()}")
        done = subprocess.run(["zstd", "-qdf", cached, "-o", part], check=False)
        if done.returncode:
            part.unlink(missing_ok=True)
            return False
        # kbuild must not take it for the result of its own last build
        (self.module.parent / ".vionic.ko.cmd").unlink(missing_ok=True)
        part.rename(self.module)
        return True

    def keep(self, cached):
        """Compress the module into the cache, and remove those that were not used for the
        longest time."""
        MODULES.mkdir(parents=True, exist_ok=True)
        part = cached.with_suffix(f".{os.getpid()}")
        subprocess.run(["zstd", "-q", "-3", self.module, "-o", part], check=True)
        part.rename(cached)
        with contextlib.suppress(FileNotFoundError):	# another run removes them, too
            paths = sorted(MODULES.iterdir(), key=lambda path: path.stat().st_mtime)
            for path in paths[:-KEEP_MODULES]:
                path.unlink()


def build_for(results, row):
    """The build of the module that a row needs."""
    args = re.findall(r"--arch \S+|--debug", row.options)
    return Build(results, directory=row.module,
                 args=(*" ".join(args).split(), row.kernel))


def run_step(results, name, command, environment=None):
    """Run a command that passes as a whole or fails with its output."""
    start = time.monotonic()
    status, lines = processes.output(list(map(str, command)), cwd=TOP,
                                     env=os.environ | (environment or {}),
                                     stderr=subprocess.STDOUT)
    took = f"# {time.monotonic() - start:.0f}s"
    if status:
        results.verdict(f"not ok {name} {took}", lines[-60:])
    else:
        results.verdict(f"ok {name} {took}")
    return status == 0


@dataclasses.dataclass
class StepJob(Job):
    """A step of the plan."""
    step: object = None
    environment: dict = dataclasses.field(default_factory=dict)

    @property
    def name(self):
        return self.step.name

    def estimate(self):
        return self.results.estimate(self.name, self.step.seconds)

    def weight(self):
        return 0.5 if self.step.waits else 1

    def run(self):
        command = [TOP / self.step.command[0], *self.step.command[1:]]
        if self.step.tap:
            return self.run_tap(list(map(str, command)))
        return run_step(self.results, self.name, command, self.environment)

    def run_tap(self, command):
        """Each line of its TAP is a result."""
        start, prefix, failed, results = time.monotonic(), self.name, False, 0

        def line(text):
            nonlocal prefix, failed, results
            program = re.fullmatch(r"# ((?:test|fuzz)_[\w.]+)", text)
            result = re.match(r"(not )?ok ", text)
            if program:
                prefix = f"{self.name}: {program[1]}"
            elif result:
                results += 1
                failed = failed or bool(result[1])
                self.results.verdict(f"{result[0]}{prefix}: {text[result.end():]}")
            elif not re.match(r"TAP version|1\.\.\d", text):
                self.results.print(text)

        status = processes.follow(command, line, cwd=TOP, stderr=subprocess.STDOUT,
                                  env=os.environ | self.environment)
        if (status and not failed) or not results:
            self.results.verdict(f"not ok {self.name}: exit status {status}, "
                                 f"{results} results")
        self.results.took(self.name, round(time.monotonic() - start))
        return status == 0 and results > 0


@functools.cache
def nic_lacks(qemu, options):
    """What a NIC with these options needs and this QEMU lacks, or ""."""
    status, lines = processes.output([VM, "--can", "--qemu", qemu, *options.split()],
                                     stderr=subprocess.STDOUT)
    said = " ".join(lines)
    if status == 3:
        return said.removeprefix("no ")
    if status:
        raise RuntimeError(f"scripts/vm --can {options}: {said}")
    return ""


def lacking(row):
    return nic_lacks(row.qemu, row.options)


def ran_stale_code(console):
    """Did the kernel die of an "int3" where its memory has none?

    QEMU may let a CPU run code as it was while another CPU changes it. The byte before
    the marked one in the kernel's "Code:" tells."""
    try:
        text = console.read_text(errors="replace")
    except OSError:
        return False
    code = re.search(r"Code: .* (\w\w) <\w+>", text)
    return bool(re.search(r"Oops: int3|int3: 0000", text) and code and code[1] != "cc")


@functools.cache
def limit_of(test):
    """What a test may take, in seconds."""
    text = (TESTS / f"{test}.sh").read_text(encoding="utf-8")
    found = re.search(r"^# timeout: *(\d+)", text, re.M)
    return int(found[1]) if found else LIMIT


class Guest(Job):
    """A row of the plan, or some of its tests."""

    def __init__(self, results, row, tests=None, log=None, lacks=""):
        super().__init__(results, (f"build-{row.module}",))
        self.row, self.lacks = row, lacks
        self.tests = tuple(tests or row.tests)
        self.log = log or BUILD / "logs" / row.name
        self.failed = []	# tests
        self.ended = set()	# tests that passed, failed or were skipped
        self.since = 0		# when the last of them ended

    @property
    def name(self):
        return self.row.name

    def estimate(self):
        # a test that has a limit of its own is a long one
        tests = sum(self.results.estimate(
            f"{self.name}: {t}", TEST if limit_of(t) == LIMIT else limit_of(t) / 5)
            for t in self.tests)
        return BOOT + tests * (6 if self.row.kernel in DEBUG_KERNELS else 1)

    def weight(self):
        return 0.5 if self.row.waits else 1

    def limit(self):
        """The longest time for the guest, in seconds."""
        return min(TIMEOUT, 120 + sum(map(limit_of, self.tests)))

    def command(self):
        options = self.row.vm_options()
        if not os.environ.get("VIONIC_VM"):
            options += ["--module", str(BUILD / self.row.module / "vionic.ko")]
        return [VM, "--quiet", "--keep-going", "--log", str(self.log),
                "--timeout", str(self.limit()), *options,
                "--test", " ".join(self.tests)]

    def begin(self):
        """Forget what an earlier attempt found."""
        self.failed, self.ended = [], set()
        self.since = time.monotonic()

    def members(self):
        """The rows of the plan that it runs."""
        return [self]

    def start(self, line):
        """Start the guest, once more if a known fault of QEMU or passt ended it. Return:
        exit status."""
        self.log.mkdir(parents=True, exist_ok=True)
        for attempt in (1, 2):
            self.begin()
            (self.log / "tap").write_text("")
            (self.log / "console").write_text("")
            with open(self.log / "errors", "w", encoding="utf-8") as errors:
                status = processes.follow(self.command(), line, stderr=errors)
            fault = self.known_fault()
            if attempt == 2 or not fault:
                return status
            for name in ("console", "errors", "qemu", "tap"):
                if (self.log / name).exists():
                    (self.log / name).rename(self.log / f"{name}.crashed")
            self.results.print(f"# {self.name}: {fault}; starting again")
        return status

    def known_fault(self):
        """The known fault of QEMU or passt that ended the guest, or None."""
        # trixie's passt has a segmentation fault in tcp_revert_seq() now and then
        errors = (self.log / "errors").read_text(errors="replace")
        if "passt: killed by signal 11 before QEMU ended" in errors:
            return "passt crashed"
        # CPUs that take turns do not run stale code
        if self.row.clock == "host" and ran_stale_code(self.log / "console"):
            return "QEMU ran stale code"
        return None

    def note(self, text):
        """Note a test's verdict. Return: the verdict and its text, or None."""
        found = re.match(r"(not ok|ok) (.+)", text)
        if not found:
            return None
        test = found[2].split(" ")[0]
        self.ended.add(test)
        if found[1] == "not ok":
            self.failed.append(test)
        return found

    def line(self, text):
        """Print a line of the guest's tests, with the row's name."""
        found = self.note(text)
        if text.startswith("# rules not seen:"):
            self.results.rules("", text.partition(":")[2].split())
        elif found:
            if found[2].startswith("rules # "):
                self.results.rules(found[2].removeprefix("rules # "), None)
            self.results.verdict(f"{found[1]} {self.name}: {self.timed(found[2])}")
        elif not text.startswith("#."):
            self.results.print(text)

    def timed(self, text):
        """Give the time of this machine, where the guest has given its own."""
        now = time.monotonic()
        took, self.since = now - self.since, now
        return re.sub(r" # \d+s$", f" # {took:.0f}s", text)

    def running(self):
        """The test that was running when the guest ended."""
        tap = (self.log / "tap").read_text(errors="replace")
        return (re.findall(r"^#\. running (\S+)", tap, re.M) or [""])[-1]

    def missing(self):
        return [t for t in self.tests if t not in self.ended]

    def run(self):
        if self.lacks:
            self.results.verdict(f"ok {self.name} # SKIP QEMU has no {self.lacks}")
            self.results.cell(self.row, f"no {self.lacks}")
            return True
        status = self.start(self.line)
        if self.missing() or (status and not self.failed):
            self.explain_death(status)
        self.results.count_assertions((self.log / "tap").read_text(errors="replace"))
        return self.conclude(status == 0 and not self.failed)

    def conclude(self, good):
        """Note the verdict of a row that is repeated. Return: that verdict."""
        if self.row.columns:
            self.results.cell(self.row, "ok" if good else "FAIL")
        return good

    def explain_death(self, status, began=True):
        """The guest has failed, and none of its tests says why. It may have ended before the
        first test of this row began."""
        errors = (self.log / "errors").read_text(errors="replace").splitlines()[-60:]
        missing = self.missing()
        if not missing:
            self.results.verdict(f"not ok {self.name}: guest, exit status {status}", errors)
            return
        test = self.running()
        if test not in missing or not began:
            test = missing[0]
        self.failed.append(test)
        self.results.verdict(f"not ok {self.name}: guest died {'in' if began else 'before'} "
                             f"{test}", errors)
        if len(missing) > 1:
            self.results.print(f"# {self.name}: did not run: " +
                               " ".join(t for t in missing if t != test))

    def alone(self, test, number):
        """Run one test again, in a guest of its own. Return: "ok" or "not ok"."""
        guest = Guest(self.results, self.row, (test,), self.log / f"alone-{test}-{number}")
        status = guest.start(guest.note)
        return "not ok" if status or guest.failed else "ok"


class SharedGuest(Guest):
    """Rows that differ in their NICs: one guest, whose NIC is exchanged between them."""

    def __init__(self, results, guests):
        super().__init__(results, guests[0].row, guests[0].tests)
        self.guests = guests
        self.current = guests[0]

    @property
    def name(self):
        return f"{self.row.name}+{len(self.guests) - 1}"

    def members(self):
        return self.guests

    def estimate(self):
        return sum(g.estimate() - BOOT for g in self.guests) + BOOT

    def limit(self):
        return min(TIMEOUT, sum(g.limit() for g in self.guests))

    def command(self):
        words = []
        for guest in self.guests[1:]:
            words += ["--next", shlex.join([*guest.row.nic_options(), "--row", guest.row.name,
                                            "--test", " ".join(guest.tests)])]
        return [*super().command(), "--row", self.row.name, *words]

    def begin(self):
        super().begin()
        for guest in self.guests:
            guest.begin()
        self.current = self.guests[0]

    def line(self, text):
        row = re.fullmatch(r"# row (\S+)", text)
        if row:
            self.current = next(g for g in self.guests if g.row.name == row[1])
            self.current.since = time.monotonic()
        else:
            self.current.line(text)

    def run(self):
        status = self.start(self.line)
        failed, began = any(g.failed for g in self.guests), True
        for guest in self.guests:
            if guest.missing() or (status and not failed and guest is self.current):
                guest.log = self.log
                guest.explain_death(status, began)
            guest.conclude(not guest.failed and (status == 0 or failed))
            began = began and guest is not self.current
        self.results.count_assertions((self.log / "tap").read_text(errors="replace"))
        return status == 0 and not failed


def share(results, guests):
    """Put rows that differ only in the NIC into one guest, up to SHARED seconds."""
    groups, jobs = {}, []
    for guest in guests:
        key = None if guest.lacks else guest.row.machine()
        group = groups.get(key) if key else None
        if group and SharedGuest(results, [*group, guest]).estimate() <= SHARED:
            group.append(guest)
        else:
            groups[key] = [guest]
            jobs.append(groups[key])
    return [SharedGuest(results, group) if len(group) > 1 else group[0] for group in jobs]
