# SPDX-License-Identifier: GPL-2.0
"""The half of scripts/vm that runs inside the guest's namespaces: it starts what serves
the NICs and QEMU, answers the guest's requests (vm-host), and keeps the limits.

inside DIRECTORY        DIRECTORY/guest.json says what to start, see scripts/vm

Requests are lines "LENGTH ID TEXT", where LENGTH is the number of bytes of "ID TEXT".
Other lines are ignored. Answers are the same between two record separators (1e hex), see
scripts/guest/vm-host.c. A request whose ID has been answered is answered again, but not
executed again. The requests:
tapstats            JSON of "ip -s link" for both taps
txqlen NAME LENGTH  set a tap's queue length
link on|off         plug or pull the cable of the NIC under test
nic on|off          plug or pull the NIC under test; the guest takes its time to
                    let go of it
next                exchange the NIC under test for the next one of "vm --next"; the
                    answer is "ok", and what scripts/guest/init evaluates, or "none"
primary on|off      the same for the NIC whose standby the NIC under test is
other TYPE on|off   the same for a device of another type, a key of OTHERS
again               start the guest again as soon as it has turned itself off
status              device status of the NIC under test, a number
atend               what that was when the guest turned itself off
migrate             to another QEMU, by a file; the answer comes from there
aer ERROR           the NIC under test reports a PCI error, by QEMU's name: DLP, ...
backend             what serves the NIC under test
flood RATE SECONDS  datagrams to 192.0.2.1, port 7002, from this machine's end of a
                    tap; the answer is how many
lies COMMAND        a command for fault injection by selftests/device, see its lies.h
ping                pong
"""
import asyncio
import contextlib
import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time

from . import backend
from .common import BUILD, CACHE, LIMIT, NOT_STARTED, SERVER_DIED

sys.path.append(str(CACHE / "qmp"))
from qemu.qmp import QMPClient, QMPError  # noqa: E402

TAPS = ("vut", "vpeer")
PRIMARY = ("virtio-net-pci,id=primary,netdev=vprimary,addr=12,"
           "mac=52:54:00:00:00:01,romfile=")
# The device "null" is for the disks.
OTHERS = {
    "blk": "virtio-blk-pci,id=blk,drive=null,addr=13,disable-modern=on",
    "blk-modern": "virtio-blk-pci,id=blk-modern,drive=null,addr=13,disable-legacy=on",
    "rng": "virtio-rng-pci,id=rng,addr=13",
    "rng-modern": "virtio-rng-pci,id=rng-modern,addr=13,disable-legacy=on",
    "console": "virtio-serial-pci,id=console,addr=13",
    "console-modern": "virtio-serial-pci,id=console-modern,addr=13,disable-legacy=on",
    "e1000": "e1000,id=e1000,addr=13,romfile=",
}
# a guest that prints nothing and hardly uses a CPU is in a deadlock
IDLE_SECONDS = 900
# for the guest to release a NIC that is unplugged
EXCHANGE_SECONDS = 120


def ip(*arguments):
    return subprocess.run(("ip", *arguments), check=True, text=True,
                          stdout=subprocess.PIPE).stdout


def framed(line):
    """The text of a line "LENGTH TEXT", or None if bytes were lost."""
    length, _, text = line.rstrip(b"\n").partition(b" ")
    return text.decode(errors="replace") if length == b"%d" % len(text) else None


async def until(condition, pause=0.02):
    while not condition():
        await asyncio.sleep(pause)


class Guest:
    def __init__(self, directory):
        self.dir = directory
        with open(f"{directory}/guest.json") as file:
            self.config = json.load(file)
        self.qmp = self.process = self.reader = self.writer = None
        self.server = None              # the process that serves the NIC
        self.at_end = "it has not ended"
        self.answered = (None, None)    # the last request's ID, its answer
        self.restart = None

    # ---- QEMU ------------------------------------------------------------

    async def start(self, incoming=None):
        for name in ("host", "mon"):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(f"{self.dir}/{name}")
        argv = self.config["argv"]
        if incoming:
            argv = [*argv, "-incoming", incoming]
        self.process = await asyncio.create_subprocess_exec(*argv)
        for name in ("host", "mon"):
            await until(lambda n=name: backend.listening(f"{self.dir}/{n}") or
                        self.process.returncode is not None)
        if self.process.returncode is not None:
            return
        self.reader, self.writer = await asyncio.open_unix_connection(
            f"{self.dir}/host")
        self.qmp = QMPClient("vm")
        await self.qmp.connect(f"{self.dir}/mon")
        if incoming:
            await self.resume()

    async def resume(self):
        """A terminal forgets what comes before its state, so run only behind it."""
        while True:
            status = (await self.qmp.execute("query-status"))["status"]
            if status == "running":
                return
            if status != "inmigrate":
                await self.qmp.execute("cont")
            await asyncio.sleep(0.02)

    def say(self, line):
        self.writer.write(f"{line}\n".encode())

    def say_answer(self):
        text = " ".join(self.answered).encode()
        self.writer.write(b"\x1e%d %b\x1e" % (len(text), text))

    async def save(self, command, downtime=500):
        """Write the guest's state to the command's input."""
        await self.qmp.execute("migrate-set-parameters",
                               {"max-bandwidth": 1 << 36,
                                "downtime-limit": downtime})
        await self.qmp.execute("migrate", {"uri": f"exec:{command}"})
        for tries in range(20000):
            reply = await self.qmp.execute("query-migrate")
            status = reply.get("status")
            if status == "completed":
                return
            if status in ("failed", "cancelled"):
                sys.exit(f"migration {status}: {reply.get('error-desc', '')}")
            if tries == 50:             # it writes faster than we read
                await self.qmp.execute("stop")
            await asyncio.sleep(0.05)
        sys.exit("the migration did not end")

    async def quit(self):
        with contextlib.suppress(QMPError, OSError, EOFError):
            await self.qmp.execute("quit")
        await self.process.wait()
        await self.disconnect()

    async def disconnect(self):
        with contextlib.suppress(QMPError, OSError, EOFError):
            await self.qmp.disconnect()

    # ---- limits ----------------------------------------------------------

    def cpu_seconds(self):
        """Of QEMU's own: what a busy machine does not change."""
        with open(f"/proc/{self.process.pid}/stat") as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    async def watch(self):
        """End a guest that does not start or does not end."""
        started = time.monotonic()
        printed = self.config["printed"]
        mark = (0, 0, started)
        while True:
            await asyncio.sleep(0.5)
            now = time.monotonic()
            if self.server and self.server.poll() is not None:
                await self.watch_end_of_server()
            try:
                used, took = self.cpu_seconds(), now - started
                size = os.path.getsize(printed)
            except OSError:
                continue
            if size != mark[0] or used - mark[1] > 0.05 * (now - mark[2]) + 1:
                mark = (size, used, now)
            if now - mark[2] > IDLE_SECONDS:
                print(f"idle for {IDLE_SECONDS} s", flush=True)
                self.exit(LIMIT)
            if not size and (
                    used > self.config["start_seconds"] or
                    took > 8 * self.config["start_seconds"]):
                self.exit(NOT_STARTED)
            if used > self.config["cpu_seconds"] or \
                    took > self.config["wall_seconds"]:
                print(f"no end after {used:.0f} s of CPU time, {took:.0f} s",
                      flush=True)
                self.exit(LIMIT)

    async def watch_end_of_server(self):
        """The server of the NIC ends when QEMU does. If QEMU goes on, end the guest."""
        await asyncio.sleep(10)
        status = self.server.returncode
        if self.process.returncode is None:
            how = f"killed by signal {-status}" if status < 0 else \
                f"exit status {status}"
            print(f"{self.config['backend']}: {how} before QEMU ended; ending the guest",
                  flush=True)
            self.exit(SERVER_DIED)

    def exit(self, status):
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        # the namespace ends with this process, and all others in it
        os._exit(status)

    # ---- the guest's requests --------------------------------------------

    async def hmp(self, line, word=""):
        """A command as people type it; a word that it says if all is well"""
        said = await self.qmp.execute("human-monitor-command",
                                      {"command-line": line})
        said = said.strip()
        return "ok" if said.split(" ")[0] == word else f"error {said}"

    async def plug(self, device, state):
        name = device.split("id=")[1].split(",")[0]
        return await self.hmp(f"device_add {device}" if state == "on" else
                              f"device_del {name}")

    async def exchange_nic(self):
        """Unplug the NIC under test, plug in the next one."""
        if not self.config["next"]:
            return "none"
        step = self.config["next"].pop(0)
        with self.qmp.listener(("DEVICE_DELETED",)) as events:
            said = await self.plug(self.config["nic"], "off")
            if said != "ok":
                return said
            try:
                async with asyncio.timeout(EXCHANGE_SECONDS):
                    while (await events.get())["data"].get("device") != "nic":
                        pass
            except TimeoutError:
                return "error the guest did not release the NIC"
        self.config["nic"] = step["nic"]
        said = await self.plug(step["nic"], "on")
        return f"ok {step['environment']}" if said == "ok" else said

    async def plug_other(self, name, state):
        if "drive=null" in OTHERS[name]:
            with contextlib.suppress(QMPError):     # it is there already
                await self.qmp.execute("blockdev-add", {
                    "driver": "null-co", "node-name": "null", "size": 1 << 20,
                    "read-zeroes": True})
        return await self.plug(OTHERS[name], state)

    async def status(self):
        """Of the NIC under test, by its register in QEMU's fourth BAR (4.1.4.3)"""
        for bus in await self.qmp.execute("query-pci"):
            for dev in bus["devices"]:
                if dev["qdev_id"] == "nic":
                    at = [r["address"] for r in dev["regions"] if r["bar"] == 4]
                    said = await self.qmp.execute(
                        "human-monitor-command",
                        {"command-line": f"xp /1xb {at[0] + 0x14}"})
                    return said.split(":")[1].strip()
        return "no NIC"

    async def flood(self, rate, seconds):
        """As fast as programs that do nothing else send them, 60000 a second each"""
        ip("addr", "replace", "192.0.2.3/24", "dev", "vut")
        ip("neigh", "replace", "192.0.2.1", "dev", "vut", "lladdr",
           "52:54:00:00:00:01", "nud", "permanent")
        count = -(-rate // 60000)
        # when the guest leaves them time
        command = ["nice", "-n", "19", str(BUILD / "flow"), "send",
                   "192.0.2.1", "7002", str(rate // count)]
        senders = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
                   for _ in range(count)]
        await asyncio.sleep(seconds)
        for sender in senders:
            sender.terminate()
        said = "".join(sender.communicate()[0] for sender in senders)
        return str(sum(int(n) for n in re.findall(r"sent=(\d+)", said)))

    def faults(self, line):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(60)
            s.connect(f"{self.dir}/lies")
            s.sendall(line.encode())
            return s.recv(4096).decode()

    async def answer(self, words):
        match words:
            case ["ping"]:
                return "pong"
            case ["status"]:
                return await self.status()
            case ["atend"]:
                return self.at_end
            case ["again"]:
                self.restart = "again"
                return "ok"
            case ["migrate"]:
                self.restart = "migrate"
                return "ok"
            case ["backend"]:
                return self.config["backend"]
            case ["tapstats"]:
                return json.dumps([json.loads(ip("-j", "-s", "link", "show",
                                                 tap))[0] for tap in TAPS])
            case ["txqlen", name, length] if name in TAPS:
                ip("link", "set", name, "txqueuelen", str(int(length)))
                return "ok"
            case ["link", "on" | "off" as state]:
                return await self.hmp(f"set_link nic {state}")
            case ["nic", "on" | "off" as state]:
                return await self.plug(self.config["nic"], state)
            case ["next"]:
                return await self.exchange_nic()
            case ["primary", "on" | "off" as state]:
                return await self.plug(PRIMARY, state)
            case ["other", name, "on" | "off" as state] if name in OTHERS:
                return await self.plug_other(name, state)
            case ["lies", _, *_]:
                return await asyncio.to_thread(self.faults,
                                               " ".join(words[1:]))
            case ["flood", rate, seconds]:
                return await self.flood(int(rate), int(seconds))
            case ["aer", error]:
                return await self.hmp(f"pcie_aer_inject_error nic {error}", "OK")
        return "error unknown request"

    async def requests(self):
        """New requests: ID, words. Requests that were answered are answered again here."""
        while line := await self.reader.readline():
            name, *words = (framed(line) or "").split() or [""]
            if name and name == self.answered[0]:
                self.say_answer()
            elif name:
                yield name, words

    async def serve(self):
        """Answer until the guest ends, or goes to another QEMU."""
        async for name, words in self.requests():
            try:
                text = await self.answer(words)
            except (OSError, ValueError, QMPError,
                    subprocess.CalledProcessError) as error:
                text = f"error {error}"
            self.answered = (name, " ".join(text.split()))
            if self.restart == "migrate":
                return
            self.say_answer()
            if self.restart == "again":
                await self.shut_down()
                return

    async def repeat_answers(self):
        async for _ in self.requests():
            pass

    async def shut_down(self):
        """Wait until the guest turns itself off, and see what it left"""
        repeats = asyncio.create_task(self.repeat_answers())
        with self.qmp.listener(("SHUTDOWN",)) as events:
            await self.qmp.execute("set-action", {"shutdown": "pause"})
            await events.get()
        repeats.cancel()
        self.at_end = await self.status()
        await self.quit()

    async def migrate(self):
        state = f"{self.dir}/state"
        await self.save(f"cat > {state}")
        await self.quit()
        await self.start(f"exec:cat {state}")
        self.say_answer()

    # ---- what to do ------------------------------------------------------

    async def make_snapshot(self):
        """Boot until the guest says that it waits, then write its state."""
        await self.start()
        while line := await self.reader.readline():
            if line.strip() == b"ready":
                await self.qmp.execute("stop")
                await self.save(f"zstd -q -1 -T1 > {self.config['save']}")
                await self.quit()
                return 0
        return 1

    async def run(self):
        if not self.config["snapshot"]:
            await self.start()
        else:
            await self.start(f"exec:zstd -qdc {self.config['snapshot']}")
            if self.process.returncode is None:
                self.say("go")
        while self.process.returncode is None:
            self.restart = None
            await self.serve()
            if self.restart == "migrate":
                await self.migrate()
            elif self.restart == "again":
                await self.start()
            else:
                break
        status = await self.process.wait()
        await self.disconnect()
        return status

    async def main(self):
        # of an earlier attempt
        for path in os.scandir(self.dir):
            if stat.S_ISSOCK(path.stat(follow_symlinks=False).st_mode):
                os.unlink(path)
        self.server = await backend.start(
            self.config["backend"], self.config["queues"], self.dir,
            self.config["device_command"])
        watcher = asyncio.create_task(self.watch_when_started())
        status = await (self.make_snapshot() if self.config["save"] else
                        self.run())
        watcher.cancel()
        if self.server and self.config["backend"] == "device":
            # selftests/device prints at its end what it has seen of the driver
            await asyncio.to_thread(self.server.wait, 120)
        return status

    async def watch_when_started(self):
        await until(lambda: self.process is not None, 0.1)
        await self.watch()


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    sys.exit(asyncio.run(Guest(sys.argv[1]).main()))
