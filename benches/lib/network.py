"""A network of our own to measure in: loopback that behaves like a wire, whatever this machine's is.

Owns the network namespace. Knows nothing of what is sent through it.

Two settings of the machine's own loopback would be measured instead of the servers:

- Its packets are of 64 KiB. A reply slightly longer than one leaves a small rest, which Nagle's rule
  holds back until the client's delayed acknowledgement, 40 ms later: a server that asks for full
  packets (`tcp_nopush`) then seems to answer 30 requests a second. No wire has such packets.
- Its congestion control. BBR paces with timers, so that half of the CPU time is the timers'. Nothing
  is ever lost here, so the plainest one, which every kernel has, does.
"""

import ctypes
import fcntl
import os
import socket
import struct
from pathlib import Path

MTU = 1500
CONGESTION_CONTROL = "reno"

CLONE_NEWNET = 0x40000000
SIOCSIFFLAGS, SIOCSIFMTU = 0x8914, 0x8922
IFF_UP = 1


def enter():
    """Moves us, and all we start from now on, into a network of our own. `False` where we may not."""
    libc = ctypes.CDLL(None, use_errno=True)
    if os.geteuid() != 0 or libc.unshare(CLONE_NEWNET):
        return False
    with socket.socket() as any_socket:
        for request, value in ((SIOCSIFMTU, struct.pack("i", MTU)), (SIOCSIFFLAGS, struct.pack("h", IFF_UP))):
            fcntl.ioctl(any_socket, request, b"lo".ljust(16, b"\0") + value.ljust(24, b"\0"))
    Path("/proc/sys/net/ipv4/tcp_congestion_control").write_text(CONGESTION_CONTROL)
    return True


def describe(own):
    if own:
        return f"a network namespace with {MTU}-byte packets and {CONGESTION_CONTROL} (root)"
    control = Path("/proc/sys/net/ipv4/tcp_congestion_control").read_text().strip()
    return f"this machine's own loopback with {control}: not root, so read benches/README.md about it"
