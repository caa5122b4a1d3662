"""Memory cases: many idle connections, and many readers that have stopped reading.

Owns the order in which memory is read: a fresh server, warmed, then its baseline, then the load.
Knows nothing of how memory is read.
"""

import time
from dataclasses import dataclass

from lib import load, readings

# A player that was paused: it asks for much, reads some at full speed (so that the connection is wide
# open and much is on its way), and then nothing.
FILM, READ_BEFORE = 64 << 20, 4 << 20


@dataclass
class Idle:
    """A server with idle keep-alive connections, each of which has had one reply."""

    connections: int
    before: int
    after: int

    @property
    def per_connection(self):
        return (self.after - self.before) / self.connections


@dataclass
class Stalled:
    """What readers that have stopped reading cost: in the server, and in the kernel for both ends."""

    readers: int
    starved: int  # readers that did not even get the part they wanted: the kernel's TCP memory was full
    server: int
    kernel: dict

    @property
    def total(self):
        return self.server + self.kernel["all"]


def idle(server, placement, client, site, connections):
    options = ["--length", site.length, "--range", 1024, "--requests", connections,
               "--connections", connections, "--seconds", 20]
    before, after, counted = _around(server, placement, client, site, options, server.anonymous_bytes)
    if counted["unanswered"]:
        raise RuntimeError(f"{server.name}: {counted['unanswered']} connections were not answered")
    return Idle(connections, before, after)


def stalled(server, placement, client, site, readers):
    options = ["--length", site.length, "--range", min(site.length, FILM), "--connections", readers,
               "--stalled", READ_BEFORE, "--seconds", 10]

    def both():
        return server.anonymous_bytes(), readings.kernel_bytes()

    before, after, counted = _around(server, placement, client, site, options, both)
    kernel = {name: after[1][name] - before[1][name] for name in after[1]}
    return Stalled(readers, counted["unanswered"], after[0] - before[0], kernel)


def _around(server, placement, binary, site, options, read):
    """A reading before the load's connections are made, and one while they are held."""
    cores = placement[1][:1] if placement else []
    warm_up = ["--length", site.length, "--range", 1024, "--requests", 200, "--connections", 4]
    with load.Client(binary, cores, server.port, warm_up) as client:
        client.expect("ready")
        client.go()
        client.expect("done")
        client.finish()
    _settle()
    before = read()
    with load.Client(binary, cores, server.port, options) as client:
        client.expect("ready")
        client.go()
        client.expect("done")
        _settle()
        after = read()
        counted = client.finish()
    if counted["failed"]:
        raise RuntimeError(f"{server.name}: {counted['failed']} requests failed: {counted['why']}")
    return before, after, counted


def _settle():
    """Waits until the kernel's memory moves no more (what is freed is freed late), but not for ever."""
    last = readings.kernel_bytes()["all"]
    for _ in range(10):
        time.sleep(0.3)
        now = readings.kernel_bytes()["all"]
        if abs(now - last) < 500_000:
            return
        last = now
