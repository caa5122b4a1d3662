"""The machine that is measured on: its packages, its cores, its limits, and how to describe it.

Owns what has to be there before a server is started. Knows nothing of servers or of cases.
"""

import os
import platform
import resource
import shutil
import subprocess
import sys
from pathlib import Path

# Debian's package for each program that is used.
PACKAGES = {"nginx": "nginx", "lighttpd": "lighttpd", "h2o": "h2o", "wrk": "wrk", "taskset": "util-linux",
            "ffmpeg": "ffmpeg"}

NO_START = Path("/usr/sbin/policy-rc.d")


def say(text):
    """Progress goes to stderr; stdout is the table's."""
    print(text, file=sys.stderr, flush=True)


def find(program):
    """Where a program is; servers live in sbin, which a user's PATH often leaves out."""
    return shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def install(programs):
    """Installs what is missing, if we may. What then still is missing is left out by the caller."""
    missing = sorted({PACKAGES[program] for program in programs if not find(program)})
    if not missing:
        return
    admin = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if admin and not shutil.which("sudo"):
        say(f"not root and no sudo: {' '.join(missing)} cannot be installed")
        return
    say(f"installing {' '.join(missing)}")
    # Debian starts a server when it is installed. Ours are started here, on their own ports.
    guard = not admin and not NO_START.exists()
    if guard:
        NO_START.write_text("#!/bin/sh\nexit 101\n")
        NO_START.chmod(0o755)
    try:
        apt = [*admin, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "-y"]
        for step in (["update"], ["install", "--no-install-recommends", *missing]):
            done = subprocess.run([*apt, *step], stdin=subprocess.DEVNULL, stdout=sys.stderr, timeout=600)
            if done.returncode:
                say(f"apt-get {step[0]} failed")
    finally:
        if guard:
            NO_START.unlink()


def cores():
    """One core for the servers and up to two others for the client, or `None` where there is one."""
    usable = sorted(os.sched_getaffinity(0))
    server = usable[-1]
    siblings = Path(f"/sys/devices/system/cpu/cpu{server}/topology/thread_siblings_list")
    # A hyper-thread of the server's core is not another core.
    near = _cpu_list(siblings.read_text()) if siblings.exists() else {server}
    others = [core for core in usable if core not in near] or [core for core in usable if core != server]
    return (server, others[:2]) if others else None


def _cpu_list(text):
    cpus = set()
    for part in text.strip().split(","):
        first, _, last = part.partition("-")
        cpus.update(range(int(first), int(last or first) + 1))
    return cpus


def raise_descriptors(wanted=65536):
    """Raises the limit of open files for us and all we start; answers with what it is now."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for limit in (max(wanted, hard), hard):
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
            break
        except (ValueError, OSError):
            continue
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def describe(placement):
    """The lines of the report that say what was measured on."""
    model = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith(("model name", "Model")):
            model = line.split(":", 1)[1].strip()
            break
    debian = Path("/etc/debian_version")
    system = f"Debian {debian.read_text().strip()}" if debian.exists() else platform.system()
    pinned = "nothing pinned: there is one core, so the client takes time from the server"
    if placement:
        server, client = placement
        pinned = f"servers on core {server}, client on {' and '.join(map(str, client))}"
    return [f"{model}, {os.cpu_count()} cores", f"{system}, Linux {platform.release()}", pinned]


def version(program):
    """The version a server says of itself."""
    flag = "--version" if program == "reeld" or "/" in program else "-v"
    try:
        done = subprocess.run([find(program) or program, flag], capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    words = (done.stdout + done.stderr).replace("/", " ").split()
    return next((word for word in words if word[0].isdigit()), "unknown")
