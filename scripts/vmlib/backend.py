# SPDX-License-Identifier: GPL-2.0
"""What serves the guest's NICs on this machine's side.

tap      QEMU itself, on two taps that are wired back to back
standby  the same, with a third tap at the peer's side of the wire for the primary
         NIC whose standby the NIC under test is; "vm-host primary on" plugs it in
dpdk     DPDK's testpmd, which forwards between both NICs; the rings are in memory
         that it shares with the guest
hub      a hub inside QEMU; the peer sends when a timer of the guest's clock expires
device   selftests/device, a virtio-net device over vfio-user that checks the driver,
         for the NIC under test
passt    passt, over a socket, for the NIC under test: what the guest sends ends in
         sockets on this machine, which are connected to the peer's tap
"""
import asyncio
import os
import subprocess
import time

from .common import CACHE, die

NAMES = ("tap", "standby", "dpdk", "passt", "hub", "device")
# These are QEMU alone, so frames and the instruction clock keep step. The others are
# processes of their own: the guest must not run ahead of them.
INSIDE_QEMU = ("tap", "standby", "hub")
# passt listens at these for what listens in the guest
PORTS = (20000, 20063)


def items(name):
    """What scripts/setup has to have made for it."""
    return ["peers"] if name in ("dpdk", "passt") else []


def lacks(name, qemu, vectors):
    """Why that QEMU cannot use it, or None. bookworm's dies, when emulating, as soon
    as a guest starts a vhost-user NIC with MSI-X, and it has no vfio-user."""
    if qemu == "bookworm" and (name == "device" or
                               name == "dpdk" and vectors != 0):
        return name
    return None


def memory(name, size, one_name):
    """QEMU's options for the guest's memory. The processes of dpdk and device share it.
    With one name for it, guests of all backends start from the same snapshot. Memory that
    is not shared has huge pages: a fifth less CPU time."""
    if name in ("dpdk", "device"):
        kind = "memfd,share=on"
    elif one_name:
        kind = "ram"
    else:
        return []
    return ["-object", f"memory-backend-{kind},id=ram,size={size}",
            "-machine", "memory-backend=ram"]


def arguments(name, queues, directory, vectors):
    """QEMU's options that make the netdevs vut and vpeer; what the peer's NIC gets in
    addition."""
    options, peer = [], ""
    multi = f",queues={queues}" if queues > 1 else ""
    tap = "tap,ifname={},script=no,downscript=no"
    vut, vpeer = tap.format("vut") + multi, tap.format("vpeer")
    if name == "standby":
        options += ["-netdev", tap.format("vprimary") + ",id=vprimary"]
    elif name == "dpdk":
        options += ["-chardev", f"socket,id=vut,path={directory}/vut",
                    "-chardev", f"socket,id=vpeer,path={directory}/vpeer"]
        vut = "vhost-user,chardev=vut" + multi
        vpeer = "vhost-user,chardev=vpeer" + multi
        # frames go from a queue of one NIC to the same queue of the other
        if queues > 1:
            peer += f",mq=on,vectors={2 * queues + 2}"
        # what QEMU can't do for one NIC it can't do for the other
        if vectors == 0:
            peer += ",vectors=0"
    elif name == "device":
        vut = ""
    elif name == "hub":
        vut = vpeer = "hubport,hubid=0"
        peer = ",tx=timer,x-txtimer=2000000,x-txburst=256"
    elif name == "passt":
        vut = f"stream,server=off,addr.type=unix,addr.path={directory}/vut"
    if vut:
        options += ["-netdev", f"{vut},id=vut"]
    return options + ["-netdev", f"{vpeer},id=vpeer"], peer


# ---- inside the guest's namespaces -----------------------------------------

def run(*command):
    subprocess.run(command, check=True)


def make_tap(name, multi=False):
    run("ip", "tuntap", "add", name, "mode", "tap", "vnet_hdr",
        *(["multi_queue"] if multi else []))
    run("ip", "link", "set", name, "mtu", "65521")
    run("ip", "link", "set", name, "up")


def wire(source, to, also=None):
    """What comes in on one tap goes out on the other, untouched: a bridge would look
    into it. Most kernels have the classifier u32."""
    mirror = ["action", "mirred", "egress", "mirror", "dev", also, "pipe"] \
        if also else []
    run("tc", "filter", "add", "dev", source, "ingress", "protocol", "all",
        "pref", "1", "u32", "match", "u32", "0", "0", *mirror,
        "action", "mirred", "egress", "redirect", "dev", to)


def start_taps(queues, primary=None):
    make_tap("vut", queues > 1)
    make_tap("vpeer")
    if primary:
        make_tap(primary)
    for dev in filter(None, ("vut", "vpeer", primary)):
        subprocess.run(["sysctl", "-qw",
                        f"net.ipv6.conf.{dev}.disable_ipv6=1"],
                       stderr=subprocess.DEVNULL)
        run("tc", "qdisc", "add", "dev", dev, "clsact")
    wire("vut", "vpeer")
    wire("vpeer", "vut", primary)
    if primary:
        wire(primary, "vpeer")


def peer_program(name, *arguments, preload=None):
    """A program of the cache, with the libraries there."""
    root = CACHE / "peers/fs/usr"
    return [f"{root}/lib64/ld-linux-x86-64.so.2", "--library-path",
            f"{root}/lib/x86_64-linux-gnu",
            *(["--preload", preload] if preload else []),
            f"{root}/bin/{name}", *arguments]


def listening(path):
    """Does a process accept connections at this Unix socket? Its file appears earlier:
    bind() creates it, and until listen() connections are refused."""
    with open("/proc/net/unix", errors="replace") as file:
        for line in file:
            fields = line.rstrip("\n").split(maxsplit=7)
            # flags: __SO_ACCEPTCON
            if fields[7:] == [path] and int(fields[3], 16) & 0x10000:
                return True
    return False


async def listens(process, *paths):
    """Wait until all sockets accept connections."""
    end = time.monotonic() + 120
    for path in paths:
        while not listening(path):
            if process.poll() is not None or time.monotonic() > end:
                die(f"nobody listens at {os.path.basename(path)}")
            await asyncio.sleep(0.05)


async def start_testpmd(queues, directory):
    """Ports and memory pool are preloaded: DPDK takes plugins only from directories
    that nobody else can write to, all the way up. It polls, on whichever CPU is free.
    Nice: where others want the CPU it gets a tenth of it."""
    mbufs = 8192 + 4096 * queues
    cpus = ",".join(map(str, sorted(os.sched_getaffinity(0))))
    os.environ["RUNTIME_DIRECTORY"] = directory
    ports = [f"net_vhost{n},iface={directory}/{name},queues={queues}"
             for n, name in enumerate(("vut", "vpeer"))]
    command = peer_program(
        "dpdk-testpmd", "--no-huge", "--no-shconf", "--no-pci",
        "--no-telemetry", "-m", str(64 + mbufs // 256),
        "--lcores", f"(0,1)@({cpus})", "--vdev", ports[0], "--vdev", ports[1],
        "--", f"--total-num-mbufs={mbufs}", f"--rxq={queues}",
        f"--txq={queues}", "--forward-mode=io", "--auto-start",
        preload="librte_bus_vdev.so.25 librte_mempool_ring.so.25 "
                "librte_net_vhost.so.25")
    # it ends when its standard input does
    process = subprocess.Popen(["nice", "-n", "10", *command],
                               stdin=subprocess.PIPE, stdout=2)
    await listens(process, f"{directory}/vut", f"{directory}/vpeer")
    return process


async def start_passt(directory):
    """It acts for the guest in the network of its host: one wire to the peer, at whose
    end the guest's addresses are, that of the NIC included. IPv6 needs a link-local
    address even before there is a carrier."""
    make_tap("vpeer")
    run("ip", "link", "set", "vpeer", "address", "52:54:00:00:00:01")
    subprocess.run(["ip", "-batch", "-"], check=True, text=True, input="""\
addr add 192.0.2.1/24 dev vpeer
addr add 2001:db8::1/64 dev vpeer nodad
addr add fe80::fe/64 dev vpeer nodad
route add default via 192.0.2.2
route add default via 2001:db8::2
""")
    run("sysctl", "-qw", "net.ipv4.ping_group_range=0 2147483647")
    ports = "%d-%d" % PORTS
    process = subprocess.Popen(
        peer_program("passt", "--foreground", "--one-off", "--quiet",
                     "--runas", "0", "--mtu", "1500",
                     "--socket", f"{directory}/vut", "--interface", "vpeer",
                     "--no-map-gw", "--tcp-ports", ports,
                     "--udp-ports", ports), stdout=2)
    await listens(process, f"{directory}/vut")
    return process


async def start_device(directory, command):
    """It ends when QEMU does, and then prints what it has seen of the driver."""
    start_taps(1)
    with open(f"{directory}/rules", "w") as rules:
        process = subprocess.Popen(
            [*command, "--socket", f"{directory}/vdev", "--tap", "vut",
             "--control", f"{directory}/lies"], stdout=rules)
    await listens(process, f"{directory}/vdev")
    return process


async def start(name, queues, directory, device_command):
    """When it returns, QEMU can connect. Returns the process that serves the NIC, or
    None."""
    run("ip", "link", "set", "lo", "up")
    if name == "tap":
        start_taps(queues)
    elif name == "standby":
        start_taps(queues, "vprimary")
    elif name == "device":
        return await start_device(directory, device_command)
    elif name == "dpdk":
        return await start_testpmd(queues, directory)
    elif name == "passt":
        return await start_passt(directory)
    return None
