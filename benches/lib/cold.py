"""The cold test: small hot requests, while others read cold files from a disk that is slow or hangs.

Owns its four scenes and the slow disk's coming and going. Knows nothing of how the disk is made.

    quiet         nobody reads the disk
    slow          four clients read it at random, every read takes 200 ms
    reads hang    the same, and no read ends; the files' names are known
    disk hangs    the same, and opening or looking at a file does not end either
"""

import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from lib import load, machine

FILES, LENGTH = 64, 4 << 30
SCENES = {"quiet": None, "slow": "delay 0.2", "reads hang": "hang reads", "disk hangs": "hang all"}
HOT = ["--range", 1024, "--connections", 8, "--drain", 1]
COLD = ["--path", "/video/cold/{n}.bin", "--files", FILES, "--length", LENGTH, "--range", 64 << 10,
        "--connections", 4, "--drain", 0]
HEAD_START = 0.5  # seconds of cold reading before the hot requests begin


class Disk:
    """The slow disk, mounted for as long as the block lasts."""

    def __init__(self, point, cores):
        pin = ["taskset", "-c", str(cores[0])] if cores else []
        script = str(Path(__file__).with_name("slowdisk.py"))
        self.process = subprocess.Popen(
            [*pin, sys.executable, script, str(point), str(FILES), str(LENGTH)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.word = self.process.stdout.readline().strip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.tell("release")
        self.process.stdin.close()  # it unmounts and ends
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()  # the kernel then lets go of all who wait
            self.process.wait(5)

    def tell(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        self.process.stdout.readline()


def why_not(site):
    """Why there can be no slow disk here, or `None`."""
    if not Path("/dev/fuse").exists():
        return "there is no /dev/fuse"
    with Disk(site.cold, []) as disk:
        return None if disk.word == "mounted" else f"mounting a FUSE file system was refused ({disk.word})"


@dataclass
class Scene:
    hot_per_second: float
    p50_us: float
    p99_us: float
    unanswered: int
    cold_replies: int


def measure(server, site, placement, client, seconds):
    """All scenes with one fresh server. It is started when the disk is there, as a real one would be."""
    cores = placement[1] if placement else []
    scenes = {}
    with Disk(site.cold, cores) as disk, server:
        for seed, (name, word) in enumerate(SCENES.items(), 1):
            if word:
                disk.tell("release")  # a server that the last scene has stopped may go on
                disk.tell(word)
            # Another seed in each scene: what one has read must not be in memory in the next.
            scenes[name] = _scene(server, site, cores, client, seconds, seed, cold=bool(word))
            machine.say(f"cold test, {server.name}, {name}: p99 {scenes[name].p99_us / 1000:.2f} ms, "
                        f"{scenes[name].hot_per_second:.0f} hot requests/s")
        disk.tell("release")
    return scenes


def _scene(server, site, cores, binary, seconds, seed, cold):
    cold_replies = 0
    with ExitStack() as stack:
        def client(options):
            one = stack.enter_context(load.Client(binary, cores[:1], server.port, options))
            one.expect("ready")
            one.go()
            return one

        if cold:
            others = client([*COLD, "--seed", seed << 40, "--seconds", seconds + HEAD_START])
            time.sleep(HEAD_START)
        hot = client([*HOT, "--length", site.length, "--seconds", seconds])
        hot.expect("done")
        counted = hot.finish()
        if cold:
            others.expect("done")
            cold_replies = others.finish()["replies"]
    return Scene(counted["replies"] / counted["seconds"], counted["p50_us"], counted["p99_us"],
                 counted["unanswered"], cold_replies)
