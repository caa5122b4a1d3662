"""The speed cases: what is asked, and the alternating rounds in which every server is asked it.

Owns the list of cases and what is made of a round's counts. Knows nothing of tables.
"""

import time
from dataclasses import dataclass, field
from statistics import median

from lib import load, machine, readings

KIB, MIB = 1 << 10, 1 << 20


@dataclass(frozen=True)
class Case:
    name: str
    title: str
    range: int  # bytes of a request; 0 is the whole small file
    connections: int
    depth: int = 1
    more: tuple = ()  # further words for the client
    wrk: bool = False  # wrk can do the same, and is asked too
    brief: bool = False  # part of --brief
    rounds_max: int = 99

    @property
    def path(self):
        return "/video/big.bin" if self.range else "/video/small.bin"

    def length(self, site):
        return (site.big if self.range else site.small).stat().st_size

    def options(self, site, seconds, seed):
        return ["--path", self.path, "--length", self.length(site), "--range", self.range,
                "--connections", self.connections, "--depth", self.depth,
                "--seconds", seconds, "--seed", seed, *self.more]


SLOW_READS = ("--slow", "16384:1", "--requests", "16", "--drain", "20")

CASES = [
    Case("1k", "1 KiB ranges", KIB, 32, wrk=True, brief=True),
    Case("16k", "16 KiB ranges", 16 * KIB, 32, wrk=True),
    Case("64k", "64 KiB ranges", 64 * KIB, 32, brief=True),
    Case("256k", "256 KiB ranges", 256 * KIB, 16),
    Case("1m", "1 MiB ranges", MIB, 16, brief=True),
    Case("16m", "16 MiB ranges", 16 * MIB, 8),
    Case("small", "whole file of 8 KiB", 0, 32, wrk=True, brief=True),
    Case("pipelined", "1 KiB ranges, 16 pipelined", KIB, 16, depth=16, wrk=True, brief=True),
    Case("close", "1 KiB ranges, each its own connection", KIB, 16, more=("--close",), brief=True),
    Case("1000", "16 KiB ranges over 1 000 connections", 16 * KIB, 1000, wrk=True),
    Case("slow-readers", "16 slow readers of 16 MiB", 16 * MIB, 16,
         more=SLOW_READS, rounds_max=5),
]


@dataclass
class Round:
    """What one round gave. The CPU time is the server's, of all its threads."""

    replies: int
    seconds: float
    bytes: int
    cpu: float
    p50_us: float
    p99_us: float

    @property
    def per_second(self):
        return self.replies / self.seconds

    @property
    def gigabytes_per_second(self):
        return self.bytes / self.seconds / 1e9

    @property
    def cpu_us(self):
        return self.cpu / self.replies * 1e6

    @property
    def cpu_ms_per_gigabyte(self):
        return self.cpu / self.bytes * 1e12

    @property
    def busy(self):
        return self.cpu / self.seconds


@dataclass
class Outcome:
    """A case: its rounds for each server, in step, so that rounds of the same number can be compared."""

    case: Case
    rounds: dict = field(default_factory=dict)
    wrk: dict = field(default_factory=dict)
    failures: list = field(default_factory=list)

    def typical(self, server, figure):
        return median(getattr(one, figure) for one in self.rounds[server])

    def ratio(self, ours, theirs, figure):
        """The median of the rounds' ratios: what disturbed one round disturbed both its halves."""
        pairs = zip(self.rounds[ours], self.rounds[theirs])
        return median(getattr(mine, figure) / getattr(other, figure) for mine, other in pairs)


def measure(case, servers, site, placement, client, rounds, seconds, wrk):
    """All rounds of a case. Each round asks every server in turn, and begins with another one."""
    cores = placement[1] if placement else []
    outcome = Outcome(case, {server.name: [] for server in servers})
    for number in range(min(rounds, case.rounds_max)):
        start = number % len(servers)
        for server in servers[start:] + servers[:start]:
            options = case.options(site, seconds, seed=1 + number)
            one, counted = one_round(server, client, cores, options, load.PATIENCE + seconds)
            outcome.rounds[server.name].append(one)
            if counted["failed"] or counted["unanswered"]:
                why = counted["why"] or "not answered in time"
                bad = counted["failed"] + counted["unanswered"]
                outcome.failures.append(f"{case.title}, {server.name}: {bad} requests failed: {why}")
    if wrk:
        for server in servers:
            outcome.wrk[server.name] = _second_opinion(case, server, site, cores, seconds)
    return outcome


def one_round(server, binary, cores, options, patience):
    """One run of the client against a server: what it cost, and what the client counted."""
    with load.Client(binary, cores, server.port, options, patience) as client:
        client.expect("ready")
        before = server.cpu_seconds()
        client.go()
        client.expect("done")
        cpu = server.cpu_seconds() - before
        counted = client.finish()
    if not counted["replies"]:
        raise RuntimeError(f"{server.name} answered nothing: {counted['why'] or 'no reply in time'}")
    names = ("replies", "seconds", "bytes", "p50_us", "p99_us")
    return Round(cpu=cpu, **{name: counted[name] for name in names}), counted


def _second_opinion(case, server, site, cores, seconds):
    before = server.cpu_seconds()
    counted = load.wrk(cores, server.port, case.path, case.range, case.length(site), case.depth,
                       case.connections, seconds)
    if not counted:
        return None
    cpu = server.cpu_seconds() - before
    return {"per_second": counted["replies"] / counted["seconds"],
            "cpu_us": cpu / counted["replies"] * 1e6, "p99_us": counted["p99_us"]}


def disturbance(core, servers, work):
    """Does the work; answers with the share of the servers' core that others took meanwhile."""
    def ours():
        return sum(server.cpu_seconds() for server in servers)

    began, ours_before, core_before = time.monotonic(), ours(), readings.core_seconds(core)
    work()
    others = readings.core_seconds(core) - core_before - (ours() - ours_before)
    return max(0.0, others / (time.monotonic() - began))


def progress(outcome):
    figures = ", ".join(f"{name} {outcome.typical(name, 'cpu_us'):.1f} us" for name in outcome.rounds)
    machine.say(f"{outcome.case.title}: {figures}")
