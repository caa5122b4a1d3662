"""Memory cases: many idle connections, and many readers that have stopped reading.

Owns the order in which memory is read: a fresh server, warmed, then its baseline, then the load.
Knows nothing of how memory is read.
"""

import time
from dataclasses import dataclass

from lib import load, readings

SMALLEST_RECEIVE_BUFFER = 2304  # the least that Linux gives


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
    """What readers that never read cost: in the server, and in the kernel for both ends."""

    readers: int
    receive_buffer: int  # of the reader's socket; 0 is the system's own
    server: int
    kernel: dict

    @property
    def total(self):
        return self.server + self.kernel["all"]


def idle(server, placement, client, site, connections):
    options = ["--length", site.length, "--range", 1024, "--requests", connections,
               "--connections", connections, "--seconds", 20]
    before, after = _around(server, placement, client, site, options, server.anonymous_bytes)
    return Idle(connections, before, after)


def stalled(server, placement, client, site, readers, receive_buffer=0):
    options = ["--length", site.length, "--range", 0, "--stalled", "--connections", readers,
               "--receive-buffer", receive_buffer, "--seconds", 10]

    def both():
        return server.anonymous_bytes(), readings.kernel_bytes()

    before, after = _around(server, placement, client, site, options, both)
    kernel = {name: after[1][name] - before[1][name] for name in after[1]}
    return Stalled(readers, receive_buffer, after[0] - before[0], kernel)


def stalled_tiny(server, placement, client, site, readers):
    """The worst readers: the smallest window makes the kernel queue thousands of tiny segments."""
    return stalled(server, placement, client, site, readers, SMALLEST_RECEIVE_BUFFER)


def _around(server, placement, binary, site, options, read):
    """A reading before the load's connections are made, and one while they are held."""
    cores = placement[1][:1] if placement else []
    warm_up = ["--length", site.length, "--range", 1024, "--requests", 200, "--connections", 4]
    with load.Client(binary, cores, server.port, warm_up) as client:
        client.expect("ready")
        client.go()
        client.expect("done")
        client.finish()
    time.sleep(0.5)
    before = read()
    with load.Client(binary, cores, server.port, options) as client:
        client.expect("ready")
        client.go()
        client.expect("done")
        time.sleep(1.0)  # what is freed late is freed
        after = read()
        counted = client.finish()
    if counted["failed"] or counted["unanswered"]:
        why = counted["why"] or "not answered in time"
        raise RuntimeError(f"{server.name}: {why}")
    return before, after

