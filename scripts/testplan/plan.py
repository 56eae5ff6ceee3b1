# SPDX-License-Identifier: GPL-2.0
"""The test plan, scripts/plan.toml: read it, check it, select from it."""
import dataclasses
import os
import re
import shlex
import tomllib
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
TESTS = TOP / "selftests/driver"
CACHE = Path(os.environ.get("VIONIC_CACHE") or
             Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "vionic")
KERNELS = ("6.1", "6.12", "7.2")
DEBUG_KERNELS = ("7.2-debug", "7.2-kcsan")
QEMUS = ("bookworm", "forky")
RUNS = ("quick", "check", "ci", "all")
# where "columns" repeats a row, the oldest pair first
NIC_OPTION = re.compile(r"--(?:nic|vectors) \S+ ?")
COLUMNS = tuple((kernel, qemu) for kernel in KERNELS for qemu in QEMUS)


class PlanError(Exception):
    """The plan, or what was asked of it, is wrong."""


@dataclasses.dataclass(frozen=True)
class Row:
    """One guest."""
    name: str
    kernel: str
    tests: tuple
    run: str
    why: str
    qemu: str = "forky"
    options: str = ""
    expect: str = ""
    columns: str = ""
    clock: str = "instructions"
    waits: bool = False

    @property
    def family(self):
        """The name of the row that this one repeats on another kernel or QEMU."""
        return self.name.partition("/")[0]

    @property
    def module(self):
        """The directory in build/ that has the module for this guest."""
        words = shlex.split(self.options)
        arch = words[words.index("--arch") + 1] if "--arch" in words else ""
        return (self.kernel + (f"-{arch}" if arch else "") +
                ("-debug" if "--debug" in words else ""))

    def nic_options(self):
        """Arguments of scripts/vm --next: those of the NIC alone."""
        return " ".join(NIC_OPTION.findall(self.options)).split() + self.expect_options()

    def expect_options(self):
        return ["--expect", self.expect] if self.expect else []

    def machine(self):
        """What rows have in common that can be one guest with one NIC after the other, or
        None: the guest starts from a snapshot, and QEMU serves the NICs by itself."""
        rest = NIC_OPTION.sub("", self.options).strip()
        if not re.fullmatch(r"(--(queues|cpus) \d+ ?)*", rest) or \
                self.clock != "instructions" or self.kernel not in KERNELS or \
                "49-kexec" in self.tests:	# the next kernel runs the tests that remain
            return None
        return self.kernel, self.qemu, *sorted(re.findall(r"--\S+ \d+", rest))

    def vm_options(self):
        """Arguments of scripts/vm, except tests and logs."""
        args = ["--kernel", self.kernel, "--qemu", self.qemu, "--clock", self.clock]
        return args + shlex.split(self.options) + self.expect_options()


@dataclasses.dataclass(frozen=True)
class Step:
    """One command on this machine."""
    name: str
    command: tuple
    run: str
    why: str
    tap: bool = False
    seconds: int = 60
    waits: bool = False


def read_tags(path):
    """The words of a test's lines "# tags: rx resize"."""
    lines = re.findall(r"^# tags:(.*)$", path.read_text(encoding="utf-8"), re.M)
    return {word for line in lines for word in line.split()}


def read_tests(directory=TESTS):
    """All tests in order, each with its tags."""
    return {path.stem: read_tags(path)
            for path in sorted(directory.glob("[0-9][0-9]-*.sh"))}


class Plan:
    """Rows, steps and tests."""

    def __init__(self, path=None, tests=None):
        path = Path(path or os.environ.get("VIONIC_PLAN") or TOP / "scripts/plan.toml")
        self.tests = read_tests() if tests is None else tests
        try:
            data = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, tomllib.TOMLDecodeError) as error:
            raise PlanError(f"{path.name}: {error}") from error
        self.errors = []
        self.rows = self.read(data.get("row", []), "row", self.row)
        self.steps = self.read(data.get("step", []), "step", self.step)
        if self.errors:
            raise PlanError("\n".join(f"{path.name}: {e}" for e in self.errors))

    def read(self, tables, kind, make):
        """Rows or steps by name."""
        found = {}
        for number, table in enumerate(tables, 1):
            name = table.get("name", "")
            where = f"{kind} {name or number}"
            if not re.fullmatch(r"[a-z0-9][a-z0-9.-]*", name):
                self.errors.append(f"{where}: has no name of letters, digits, '-', '.'")
            if name in found:
                self.errors.append(f"{where}: there are two of that name")
            if not table.get("why", "").strip():
                self.errors.append(f"{where}: 'why' is missing")
            found[name] = make(table, where)
        return found

    def known(self, table, where, keys):
        for key in table:
            if key not in keys:
                self.errors.append(f"{where}: unknown key '{key}'")

    def one_of(self, table, where, key, values, default=None):
        value = table.get(key, default)
        if value not in values:
            self.errors.append(f"{where}: '{key}' is one of {', '.join(filter(None, values))}, "
                               f"not '{value}'")
        return value

    def row(self, table, where):
        self.known(table, where, ("name", "kernel", "qemu", "options", "expect", "tests",
                                  "in", "columns", "clock", "waits", "why"))
        words = table.get("tests", "").split()
        if not words:
            self.errors.append(f"{where}: 'tests' is missing")
        tests = set()
        for word in words:
            try:
                tests.update(self.select(word))
            except PlanError as error:
                self.errors.append(f"{where}: {error}")
        return Row(
            name=table.get("name", ""),
            kernel=self.one_of(table, where, "kernel", KERNELS + DEBUG_KERNELS),
            qemu=self.one_of(table, where, "qemu", QEMUS, "forky"),
            options=" ".join(table.get("options", "").split()),
            expect=table.get("expect", ""),
            tests=tuple(t for t in self.tests if t in tests),
            run=self.one_of(table, where, "in", RUNS + ("debug",)),
            columns=self.one_of(table, where, "columns", ("", "all", "ends"), ""),
            clock=self.one_of(table, where, "clock", ("instructions", "host"),
                              "instructions"),
            waits=self.one_of(table, where, "waits", (False, True), False),
            why=table.get("why", ""))

    def step(self, table, where):
        self.known(table, where, ("name", "run", "in", "tap", "seconds", "waits", "why"))
        return Step(
            name=table.get("name", ""),
            command=tuple(shlex.split(table.get("run", ""))),
            run=self.one_of(table, where, "in", RUNS),
            tap=table.get("tap", False),
            seconds=table.get("seconds", 60),
            waits=self.one_of(table, where, "waits", (False, True), False),
            why=table.get("why", ""))

    def select(self, word):
        """The tests that a word of "tests" stands for."""
        if word == "all":
            return list(self.tests)
        if word.startswith("tag:"):
            found = [t for t, tags in self.tests.items() if word[4:] in tags]
            if not found:
                raise PlanError(f"no test has the tag '{word[4:]}'")
            return found
        if word not in self.tests:
            raise PlanError(f"there is no test '{word}'")
        return [word]

    def test(self, word):
        """The test of that name or number."""
        found = [t for t in self.tests if t == word.removesuffix(".sh") or
                 t.partition("-")[0] == word]
        if not found:
            raise PlanError(f"there is no test '{word}'")
        return found[0]

    def in_run(self, run, what):
        """Those of the rows or steps that a run has."""
        if run == "debug":
            return [x for x in what.values() if x.run == "debug"]
        runs = RUNS[:RUNS.index(run) + 1]
        return [x for x in what.values() if x.run in runs]

    def runs_of(self, row):
        """The runs that have the row."""
        return [row.run] if row.run == "debug" else list(RUNS[RUNS.index(row.run):])

    def find(self, name):
        """The row of that name, or its repetition ROW/KERNEL-QEMU."""
        family, _, column = name.partition("/")
        row = self.rows.get(family)
        if row and column:
            row = next((cell_of(row, c, row.tests) for c in COLUMNS
                        if "-".join(c) == column), None)
        if not row:
            raise PlanError(f"there is no row '{name}' in the plan")
        return row

    def cover(self, tests):
        """Rows that run each of these tests once, in few guests.

        Rows of small runs come first. Return: list of (row, its tests of these)."""
        chosen, left = [], set(tests)
        rows = [r for r in self.rows.values() if "--arch" not in r.options]
        for run in RUNS + ("debug",):
            candidates = [r for r in rows if r.run == run]
            while left and candidates:
                best = max(candidates, key=lambda r: len(left.intersection(r.tests)))
                mine = left.intersection(best.tests)
                if not mine:
                    break
                chosen.append((best, tuple(t for t in best.tests if t in mine)))
                left -= mine
        return chosen


def cell_of(row, column, tests):
    """A row, repeated on another kernel and QEMU."""
    kernel, qemu = column
    if column == (row.kernel, row.qemu):
        return row
    # bookworm's QEMU does not boot a kernel on the instruction clock
    clock = "host" if qemu == "bookworm" else row.clock
    return dataclasses.replace(row, name=f"{row.name}/{kernel}-{qemu}", kernel=kernel,
                               qemu=qemu, clock=clock, tests=tuple(tests))


def cells(row, lacking):
    """All repetitions of a row.

    lacking(row): what the row's QEMU has no NIC with, or "".
    Return: list of (row, what it lacks); the row itself is one of them."""
    found = [(cell_of(row, c, row.tests), c) for c in COLUMNS]
    found = [(cell, lacking(cell), c) for cell, c in found]
    able = [c for _, lack, c in found if not lack]
    ends = {able[0], able[-1]} if able else set()
    chosen = []
    for cell, lack, column in found:
        if lack or column in ends or column == (row.kernel, row.qemu):
            chosen.append((cell, lack))
        elif row.columns == "all":
            chosen.append((dataclasses.replace(cell, tests=("00-smoke",)), ""))
    return chosen
