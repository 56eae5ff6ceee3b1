# SPDX-License-Identifier: GPL-2.0
"""What ringtune makes of figures that no guest comes to by itself: other drivers,
rings that are as large as they get, memory that runs out, interrupts by the
thousand. Prints what is wrong.

ringtune.py RINGTUNE
"""
import importlib.machinery
import importlib.util
import sys
import types

loader = importlib.machinery.SourceFileLoader("ringtune", sys.argv[1])
sys.dont_write_bytecode = True
tune = importlib.util.module_from_spec(
    importlib.util.spec_from_loader("ringtune", loader))
loader.exec_module(tune)
wrong = 0


class Nic(tune.Nic):
    def __init__(self, **facts):
        self.name, self.dir, self.driver, self.virtio = "x0", "/x", "vionic", True
        self.sized = {"-g": {"rx": (256, 1024), "tx": (256, 256)}, "-l": {}}
        self.coal = "off", 0
        self.__dict__.update(facts)

    def sizes(self, option):
        return self.sized[option]

    def coalescing(self):
        return self.coal

    def queues(self, kind):
        return [kind + "-0"]

    def irqs(self):
        return {"24"}


def reading(at, **groups):
    return types.SimpleNamespace(time=at, sockets={}, count={
        f"{group}.{name}": value for group, names in groups.items()
        for name, value in names.items()})


def cpus(*shares):
    """Ticks of ten seconds of CPUs that spend so much on interrupts"""
    out = {}
    for cpu, share in enumerate(shares):
        out.update({f"all.{cpu}": 1000, f"irq.{cpu}": int(1000 * share),
                    f"idle.{cpu}": int(1000 * (1 - share))})
    return out


def case(what, want, do=None, card=None, **groups):
    """The bottleneck, and the first command or a word of the advice"""
    global wrong
    nothing = {group: dict.fromkeys(names, 0) for group, names in groups.items()}
    verdict = tune.Verdict(tune.Sample(
        card or Nic(), reading(0, **nothing), reading(10, **groups), {}))
    first = verdict.first
    got = first.name if first else None
    did = first and "; ".join([s.do for s in first.steps] + [first.advice])
    if got != want or do and do not in did:
        print(f"{what}: {verdict.headline()} {did}")
        wrong = 1


FRAMES = {"rx_packets": 100000, "tx_packets": 100000}
case("traffic", None, **{"if": FRAMES})
case("ring", "receive ring", "ethtool -G x0 rx 1024",
     **{"if": FRAMES, "nic": {"rx0_ring_exhausted": 5, "rx0_polls": 1000}})
case("the device's own count", "receive ring", "ethtool -G x0 rx 1024",
     **{"if": FRAMES, "nic": {"device_rx0_drop_overruns": 5}})
case("another driver's", "receive ring", "ethtool -G x0 rx 1024",
     Nic(driver="igb"), **{"if": FRAMES | {"rx_missed_errors": 9}})
case("the kernel's, by queue", "receive ring",
     **{"if": FRAMES, "queues": {"rx_hw_drop_overruns": 3}})
full = Nic(sized={"-g": {"rx": (256, 256), "tx": (256, 256)}, "-l": {}})
case("as large as it gets", "receive ring", "rx_queue_size=", full,
     **{"if": FRAMES, "nic": {"rx0_ring_exhausted": 5, "rx0_polls": 1000}})
case("memory", "receive memory", "vm.min_free_kbytes",
     **{"if": FRAMES, "nic": {"rx0_ring_exhausted": 5, "rx0_refill_fail": 4}})
case("a delay longer than the ring", "receive ring", "ethtool -C x0 rx-usecs 12800",
     Nic(coal=("off", 100000)),
     **{"if": FRAMES, "nic": {"rx0_ring_exhausted": 5, "rx0_polls": 1000}})
case("stops now and then", None,
     **{"if": FRAMES, "nic": {"tx0_stops": 50, "tx0_kicks": 1000}})
case("stops", "transmit ring", "tx_queue_size=",
     **{"if": FRAMES, "nic": {"tx0_stops": 500, "tx0_kicks": 1000}})
case("requeues", "transmit ring", "tx_queue_size=",
     **{"if": FRAMES, "qdisc": {"requeued": 500, "dropped": 5}})
case("no budget", "budget", "sysctl -w net.core.netdev_budget=",
     **{"if": FRAMES, "softnet": {"squeezed.0": 300, "processed.0": 90000},
        "softirq": {"rx": 1000}})
case("squeezed without frames: the host took the CPU", None,
     **{"if": {"rx_packets": 400, "tx_packets": 0}, "softirq": {"rx": 850},
        "softnet": {"squeezed.0": 116, "processed.0": 400}})
case("backlog", "backlog", "sysctl -w net.core.netdev_max_backlog=",
     **{"if": FRAMES, "softnet": {"dropped.1": 1, "processed.1": 90000}})
case("UDP", "socket buffer", "sysctl -w net.core.rmem_default=",
     **{"if": FRAMES, "ip": {"UdpRcvbufErrors": 10, "UdpInDatagrams": 1000}})
case("UDP over IPv6", "socket buffer",
     **{"if": FRAMES, "ip": {"Udp6RcvbufErrors": 10}})
case("TCP", "socket buffer", "sysctl -w net.ipv4.tcp_rmem=",
     **{"if": FRAMES, "ip": {"TcpExtTCPRcvQDrop": 10, "TcpInSegs": 1000}})
IRQS = {"0": 90000}
case("interrupts", "coalescing", "ethtool -C x0 adaptive-rx on",
     **{"if": FRAMES, "irq": IRQS, "cpu": cpus(0.6, 0)})
case("that cost nothing", None,
     **{"if": FRAMES, "irq": IRQS, "cpu": cpus(0.1, 0)})
case("adaptive already", None, None, Nic(coal=("on", 0)),
     **{"if": FRAMES, "irq": IRQS, "cpu": cpus(0.6, 0)})
case("no adaptive ones", "coalescing", "ethtool -C x0 rx-usecs 50",
     Nic(coal=("n/a", 0)), **{"if": FRAMES, "irq": IRQS, "cpu": cpus(0.6, 0)})
case("no delays", "coalescing", "gro_flush_timeout", Nic(coal=("n/a", None)),
     **{"if": FRAMES, "irq": IRQS, "cpu": cpus(0.6, 0)})
case("delays for nothing", "coalescing", "ethtool -C x0 rx-usecs 0",
     Nic(coal=("off", 500)), **{"if": FRAMES, "irq": IRQS, "cpu": cpus(0, 0)})
DONE = {"processed.0": 100000, "processed.1": 0}
case("one CPU", "queue count", "echo 6 > /x/queues/rx-0/rps_cpus",
     **{"if": FRAMES, "softnet": DONE, "cpu": cpus(0.95, 0, 0)})
case("all CPUs", None,
     **{"if": FRAMES, "softnet": DONE, "cpu": cpus(0.95, 0.9)})
more = Nic(sized={"-g": {}, "-l": {"combined": (1, 4)}})
case("more queues", "queue count", "ethtool -L x0 combined 3", more,
     **{"if": FRAMES, "softnet": DONE, "cpu": cpus(0.95, 0, 0)})
case("before the ring that overruns for it", "queue count", None, more,
     **{"if": FRAMES, "softnet": DONE, "cpu": cpus(0.95, 0, 0),
        "nic": {"rx0_ring_exhausted": 900, "rx0_polls": 1000}})
case("before the budget that it uses up", "queue count", None,
     **{"if": FRAMES, "cpu": cpus(0.95, 0, 0), "softirq": {"rx": 300},
        "softnet": {"squeezed.0": 300, **DONE}})
case("what is lost before what waits", "backlog", None,
     **{"if": FRAMES, "nic": {"tx0_stops": 500, "tx0_kicks": 500},
        "softnet": {"dropped.1": 10, "processed.1": 90000}})
case("the larger share", "socket buffer", None,
     **{"if": FRAMES, "softnet": {"dropped.1": 10, "processed.1": 90000},
        "ip": {"UdpRcvbufErrors": 900, "UdpInDatagrams": 1000}})
if tune.cpu_mask({0, 33}) != "2,00000001":
    print("mask:", tune.cpu_mask({0, 33}))
    wrong = 1
sys.exit(wrong)
