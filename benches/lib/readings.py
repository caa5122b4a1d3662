"""What the kernel says of a server: its CPU time, its memory, and the memory the kernel spends on it.

Owns the reading of /proc. Knows nothing of what is being measured or why.
"""

import os
from pathlib import Path

PROC = Path("/proc")
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def tree(root):
    """A process and everything it has started, and what those have started."""
    children = {}
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue  # it ended while we looked
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found = [root]
    for pid in found:
        found += children.get(pid, [])
    return found


def birth(pid):
    """When a process began: with its number this names it for good. `None` when it is gone."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return None


def cpu_seconds(pids):
    """CPU time of all threads, to the nanosecond where the kernel keeps it so."""
    total = 0.0
    for pid in pids:
        for task in (PROC / str(pid) / "task").iterdir():
            exact = _first_number(task / "schedstat")
            total += exact / 1e9 if exact else _ticks(task / "stat") / TICKS_PER_SECOND
    return total


def _first_number(path):
    try:
        return int(path.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return 0


def _ticks(path):
    try:
        fields = path.read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])  # user and system


def core_seconds(core):
    """For how long a core has not been idle; what a hypervisor took from it counts as not idle."""
    for line in (PROC / "stat").read_text().splitlines():
        words = line.split()
        if words[0] == f"cpu{core}":
            user, nice, system, _, _, irq, softirq, steal = map(int, words[1:9])
            return (user + nice + system + irq + softirq + steal) / TICKS_PER_SECOND
    return 0.0


def anonymous_bytes(pids):
    """Memory that is the processes' own: heap and stacks, not files, counted once per process."""
    return sum(_table(PROC / str(pid) / "smaps_rollup").get("Anonymous", 0) for pid in pids)


def kernel_bytes():
    """What the kernel holds for itself: all memory that is neither free, nor a file, nor a process's.

    `slab` and `sockets` are shares of it that the kernel accounts for by name: small objects, and
    what TCP counts as queued (file pages that are only referred to included).
    """
    table = _table(PROC / "meminfo")
    apart = ("MemFree", "Buffers", "Cached", "SwapCached", "AnonPages")
    sockets = 0
    for line in (PROC / "net/sockstat").read_text().splitlines():
        words = line.split()
        if words[0] == "TCP:":
            sockets = int(words[words.index("mem") + 1]) * os.sysconf("SC_PAGE_SIZE")
    all_of_it = table["MemTotal"] - sum(table[name] for name in apart)
    return {"all": all_of_it, "slab": table["Slab"], "sockets": sockets}


def _table(path):
    """Lines of `Name:   123 kB`, in bytes."""
    rows = {}
    try:
        lines = path.read_text().splitlines()
    except OSError:
        return rows
    for line in lines:
        words = line.split()
        if len(words) == 3 and words[2] == "kB":
            rows[words[0].rstrip(":")] = int(words[1]) * 1024
    return rows
