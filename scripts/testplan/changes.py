# SPDX-License-Identifier: GPL-2.0
"""What a change needs, scripts/changes.toml: read it, check it, show it."""
import dataclasses
import subprocess
import textwrap
import tomllib
from fnmatch import fnmatchcase

from .plan import TOP, PlanError

FILE = TOP / "scripts/changes.toml"
# what must be named by a pattern other than the one for the whole directory
COMPLETE = ("driver/*.[ch]", "include/vionic/*.h")
WHOLE = {"driver/*", "include/vionic/*"}
BEGIN, END = ".. changes: begin", ".. changes: end"


@dataclasses.dataclass(frozen=True)
class Change:
    """What a change of some files needs."""
    files: tuple
    steps: tuple = ()
    tests: tuple = ()
    rows: tuple = ()
    also: str = ""


@dataclasses.dataclass
class Needs:
    """What a set of changed files needs."""
    steps: set
    guests: list	# (row, tests)
    unknown: list	# files that match no pattern


def read(plan, path=FILE):
    """All changes, in the order of the file."""
    changes = []
    for table in tomllib.loads(path.read_text(encoding="utf-8"))["change"]:
        change = Change(tuple(table["files"]), tuple(table.get("steps", ())),
                        tuple(table.get("tests", "").split()), tuple(table.get("rows", ())),
                        table.get("also", ""))
        for step in change.steps:
            if step != "build" and step not in plan.steps:
                raise PlanError(f"{path.name}: there is no step '{step}'")
        for test in change.tests:
            if test != "itself":
                plan.select(test)
        for row in change.rows:
            row_of(plan, row)
        changes.append(change)
    return changes


def row_of(plan, word):
    """A row and its tests, of "ROW" or "ROW: TEST"."""
    name, _, test = word.partition(": ")
    row = plan.find(name)
    if test and test not in row.tests:
        raise PlanError(f"row '{name}' does not have the test '{test}'")
    return row, (test,) if test else row.tests


def needs(plan, changes, files):
    """What these files need."""
    found, tests, guests = Needs(set(), [], []), set(), {}

    def add(row, some):
        guests.setdefault(row.name, set()).update(some)

    for file in files:
        matching = [c for c in changes if any(fnmatchcase(file, p) for p in c.files)]
        if not matching:
            found.unknown.append(file)
        for change in matching:
            found.steps.update(change.steps)
            for row, some in (row_of(plan, word) for word in change.rows):
                add(row, some)
            if change.tests != ("itself",):
                tests.update(change.tests)
            elif file.rpartition("/")[2].removesuffix(".sh") in plan.tests:
                test = plan.test(file.rpartition("/")[2])
                for row in plan.in_run("ci", plan.rows):
                    if test in row.tests:
                        add(row, (test,))
    if found.unknown:
        for row in plan.in_run("check", plan.rows):
            add(row, row.tests)
        found.steps.update(s.name for s in plan.in_run("check", plan.steps))
    tests -= {t for some in guests.values() for t in some}
    for row, some in plan.cover(tests):
        add(row, some)
    for name, some in guests.items():
        row = plan.rows[name]
        found.guests.append((row, tuple(t for t in row.tests if t in some)))
    return found


def files_since(revision):
    """The files that differ from a revision, those that git does not know yet, too."""
    files = []
    for command in (["diff", "--name-only", revision, "--"],
                    ["ls-files", "--others", "--exclude-standard"]):
        out = subprocess.run(["git", "-C", str(TOP), *command], check=False, text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if out.returncode:
            raise PlanError(out.stderr.strip())
        files += out.stdout.split("\n")[:-1]
    if not files:
        raise PlanError(f"no file differs from {revision}")
    return files


def quoted(words):
    return ", ".join(f"``{word}``" for word in words)


def table(changes):
    """The changes as a table for CONTRIBUTING.rst."""
    yield ".. list-table::"
    yield "   :header-rows: 1"
    yield ""
    rows = [("a change of", "needs at least")]
    for change in changes:
        parts = [f"steps {quoted(change.steps)}" if change.steps else "",
                 "the test itself" if change.tests == ("itself",) else
                 "tests " + ", ".join(t.partition("-")[0] for t in change.tests)
                 if change.tests else "",
                 f"rows {quoted(change.rows)}" if change.rows else "", change.also]
        rows.append((quoted(change.files), "; ".join(filter(None, parts))))
    for cells in rows:
        for first, cell in zip(("   * - ", "     - "), cells):
            yield from textwrap.wrap(cell, 84, initial_indent=first, break_long_words=False,
                                     subsequent_indent="       ", break_on_hyphens=False)


def errors(plan, tracked, contributing):
    """What does not agree with the tree and with CONTRIBUTING.rst."""
    try:
        changes = read(plan)
    except PlanError as error:
        yield str(error)
        return
    files = tracked()
    for pattern in (p for c in changes for p in c.files):
        if not any(fnmatchcase(file, pattern) for file in files):
            yield f"scripts/changes.toml: no file matches '{pattern}'"
    patterns = {p for c in changes for p in c.files} - WHOLE
    for file in files:
        if any(fnmatchcase(file, p) for p in COMPLETE) and \
           not any(fnmatchcase(file, p) for p in patterns):
            yield f"scripts/changes.toml: does not name {file}"
    shown = contributing.partition(BEGIN)[2].partition(END)[0].strip()
    if shown != "\n".join(table(changes)):
        yield "CONTRIBUTING.rst: its table is not that of scripts/check --changes"
