# SPDX-License-Identifier: GPL-2.0
"""Run jobs side by side, the longest first; then failed tests again, alone."""
import threading
import traceback

from . import processes
from .jobs import Guest

# a test that fails is run again so many times
REPEATS = 3
# of so many different tests, so that a broken driver does not take hours
REPEATED_TESTS = 3


class Runner:
    """Jobs, and slots of the machine for them."""

    def __init__(self, results, jobs, slots):
        self.results, self.slots = results, slots
        self.waiting = sorted(jobs, key=lambda job: -job.estimate())
        self.names = {job.name for job in jobs}
        self.jobs = list(jobs)
        self.running = 0	# slots taken
        self.passed, self.failed = set(), set()
        self.changed = threading.Condition()

    def run(self):
        """Run all jobs, then repeat what failed."""
        with self.changed:
            while self.waiting or self.running:
                job = self.next_job() if self.running < self.slots else None
                if job:
                    self.waiting.remove(job)
                    self.running += self.weight(job)
                    threading.Thread(target=self.work, args=(job,), daemon=True).start()
                elif self.running:
                    self.changed.wait()
        self.repeat_failed()

    def weight(self, job):
        """With one slot, there is one job at a time."""
        return job.weight() if self.slots > 1 else 1

    def next_job(self):
        """The longest job whose needs have passed."""
        for job in list(self.waiting):
            needs = set(job.needs) & self.names
            if needs & self.failed:
                self.waiting.remove(job)
                self.failed.add(job.name)
                self.results.verdict(f"not ok {job.name}: not run, failed before: "
                                     f"{' '.join(sorted(needs & self.failed))}")
            elif needs <= self.passed:
                return job
        return None

    def work(self, job):
        """A thread's work: one job."""
        good = False
        try:
            good = job.run()
        except processes.Ended:
            pass
        except Exception:	# whatever it is, it must not pass for success
            self.results.verdict(f"not ok {job.name}: the runner failed",
                                 traceback.format_exc().splitlines())
        self.results.used(job.name, processes.cpu_seconds())
        with self.changed:
            (self.passed if good else self.failed).add(job.name)
            self.running -= self.weight(job)
            self.changed.notify_all()

    def repeat_failed(self):
        """Run each test that failed again, alone. It stays failed."""
        repeated = set()
        for guest in (g for job in self.jobs if isinstance(job, Guest) for g in job.members()):
            for test in guest.failed:
                if test not in guest.tests:
                    continue	# of the guest as a whole: unload, rules
                if test not in repeated and len(repeated) == REPEATED_TESTS:
                    self.results.print(f"# {test} in row {guest.name}: failed, not repeated: "
                                       f"{REPEATED_TESTS} other tests were")
                    continue
                repeated.add(test)
                verdicts = [guest.alone(test, n + 1) for n in range(REPEATS)]
                self.results.print(f"# {test} in row {guest.name}: failed, then alone: "
                                   f"{', '.join(verdicts)}")
