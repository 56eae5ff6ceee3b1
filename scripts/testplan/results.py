# SPDX-License-Identifier: GPL-2.0
"""Verdicts: printed as they come, counted, summed up at the end."""
import json
import re
import threading

SLOWEST = 10


class Results:
    """What this run has found. All methods may be called by any thread."""

    def __init__(self, durations_file=None):
        self.lock = threading.Lock()
        self.passed = self.skipped = self.assertions = 0
        self.failures = []
        self.cells = {}
        self.seconds = {}
        self.cpu = {}
        self.kept_rules = ""
        self.unseen_rules = None
        self.durations_file = durations_file
        try:
            self.durations = json.loads(durations_file.read_text())
        except (AttributeError, OSError, ValueError):
            self.durations = {}

    def print(self, text):
        """Print a line that is not a verdict."""
        with self.lock:
            print(text, flush=True)

    def took(self, name, seconds):
        """A test or a step took so long."""
        self.seconds[name] = seconds

    def used(self, name, cpu_seconds):
        """A job used so much CPU time."""
        with self.lock:
            self.cpu[name] = round(cpu_seconds)

    def verdict(self, text, details=()):
        """Print and count "ok NAME", "not ok NAME", "ok NAME # SKIP why"."""
        with self.lock:
            print(text, flush=True)
            for line in details:
                print(f"#   {line}", flush=True)
            if text.startswith("not ok "):
                self.failures.append(text.removeprefix("not ok "))
            elif "# SKIP" in text:
                self.skipped += 1
            else:
                self.passed += 1
            took = re.fullmatch(r"(?:not )?ok (.+) # (\d+)s", text)
            if took:
                self.took(took[1], int(took[2]))

    def rules(self, kept, unseen):
        """What a device that checks its driver has seen of the specification."""
        with self.lock:
            self.kept_rules = kept or self.kept_rules
            if unseen is not None:
                self.unseen_rules = [r for r in unseen if self.unseen_rules is None or
                                     r in self.unseen_rules]

    def count_assertions(self, tap):
        """Count the assertions in what a guest has printed."""
        with self.lock:
            self.assertions += len(re.findall(r"^#\.?   (?:not )?ok \d+", tap, re.M))

    def cell(self, row, verdict):
        """The verdict of a row that is repeated on kernels and QEMUs."""
        with self.lock:
            self.cells[row.family, (row.kernel, row.qemu)] = verdict

    def estimate(self, name, default):
        """How long a test or a step took last time, in seconds."""
        return self.durations.get(name, default)

    def table(self, columns):
        """The NIC configurations by kernel and QEMU."""
        names = list(dict.fromkeys(name for name, _ in self.cells))
        yield "# " + "".join([f"{'':26}"] + [f" {k + '/' + q:13}" for k, q in columns]).rstrip()
        for name in names:
            line = "".join(f" {self.cells.get((name, c), '.'):13}" for c in columns)
            yield f"# {name:26}{line}".rstrip()

    def sum_up(self, columns=()):
        """Print the summary. Return: whether all is well."""
        if len(self.cells) > len({name for name, _ in self.cells}):
            print("\n".join(self.table(columns)))
        for title, seconds in (("slowest", self.seconds), ("most CPU time", self.cpu)):
            most = sorted(seconds.items(), key=lambda item: -item[1])[:SLOWEST]
            if most:
                print(f"# {title}:", ", ".join(f"{name} {s} s" for name, s in most))
        if self.cpu:
            print(f"# CPU time: {sum(self.cpu.values())} s")
        if self.assertions:
            print(f"# assertions made in guests: {self.assertions}")
        if self.kept_rules:
            print(f"# virtio 1.3: {self.kept_rules.partition(' rules')[0]} rules, not seen in "
                  f"any row: {' '.join(self.unseen_rules or []) or 'none'}")
        for failure in self.failures:
            print(f"# failed: {failure}")
        self.keep_durations()
        print(f"{self.passed} passed, {len(self.failures)} failed, {self.skipped} skipped",
              flush=True)
        return self.passed > 0 and not self.failures

    def keep_durations(self):
        if self.durations_file and self.seconds:
            self.durations_file.parent.mkdir(parents=True, exist_ok=True)
            self.durations_file.write_text(
                json.dumps(self.durations | self.seconds, indent=0, sort_keys=True) + "\n")
