# SPDX-License-Identifier: GPL-2.0
"""The process groups that this run has started, so that one call ends them all."""
import os
import signal
import subprocess
import threading
import time

_lock = threading.Lock()
_running = set()
_ended = False
_thread = threading.local()


class Ended(Exception):
    """The run ends: nothing may start any more."""


def _start(argv, **options):
    with _lock:
        if _ended:
            raise Ended
        # if this runner is killed, what it has started ends, too
        process = subprocess.Popen(["setpriv", "--pdeathsig", "TERM", *argv],
                                   stdin=subprocess.DEVNULL, text=True,
                                   errors="replace", start_new_session=True, **options)
        _running.add(process)
        return process


def follow(argv, line, **options):
    """Run a command; call line() for each line of its output.

    Return: its exit status."""
    process = _start(argv, stdout=subprocess.PIPE, **options)
    with process.stdout:
        for text in process.stdout:
            line(text.rstrip("\r\n"))
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    with _lock:
        _running.discard(process)
    _thread.cpu = cpu_seconds() + usage.ru_utime + usage.ru_stime
    return process.returncode


def cpu_seconds():
    """Return: CPU seconds of all commands that the calling thread has run."""
    return getattr(_thread, "cpu", 0)


def output(argv, **options):
    """Run a command. Return: its exit status, the lines of its output."""
    lines = []
    status = follow(argv, lines.append, **options)
    return status, lines


def _signal(number):
    for process in list(_running):
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            pass


def end_all(seconds=5):
    """Terminate all that run: kill what is still there after some seconds."""
    global _ended
    with _lock:
        _ended = True
    _signal(signal.SIGTERM)
    deadline = time.monotonic() + seconds
    for process in list(_running):
        try:
            process.wait(max(0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            pass
    _signal(signal.SIGKILL)
