"""The load client, run once: our own (`load.rs`), or wrk as a second opinion.

Owns building and talking to it. Knows nothing of which figures are wanted.

Our client says `ready` when it has connected and `done` when the last reply has come, and keeps its
connections until its input ends. Between those words the server's CPU time and memory are read.
"""

import json
import re
import subprocess
import threading
from pathlib import Path

from lib import machine
from lib.servers import HOST

PATIENCE = 60  # seconds after which a client that has not come back is ended
BENCHES = Path(__file__).resolve().parent.parent


def build(bins):
    """Builds the release server and the client; answers with name -> path of what was built."""
    wanted = ["--bench", "load", *(word for name in bins for word in ("--bin", name))]
    command = ["cargo", "build", "--release", *wanted, "--message-format=json-render-diagnostics"]
    machine.say("building: " + " ".join(command))
    done = subprocess.run(command, cwd=BENCHES.parent, stdout=subprocess.PIPE, text=True, timeout=1200)
    if done.returncode:
        raise RuntimeError("the build failed")
    built = {}
    for line in done.stdout.splitlines():
        word = json.loads(line)
        if word.get("executable"):
            built[word["target"]["name"]] = word["executable"]
    return built


class Client:
    """One run of our client against a server. `with` ends it, whatever it was doing."""

    def __init__(self, binary, cores, port, options, patience=PATIENCE):
        threads = ["--threads", str(len(cores))] if cores else []
        pin = ["taskset", "-c", ",".join(map(str, cores))] if cores else []
        words = [str(word) for word in options]
        self.process = subprocess.Popen(
            [*pin, binary, "--server", f"{HOST}:{port}", *threads, *words, "--wait"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.alarm = threading.Timer(patience, self.process.kill)

    def __enter__(self):
        self.alarm.start()
        return self

    def __exit__(self, *_):
        self.alarm.cancel()
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def expect(self, word):
        line = self.process.stdout.readline().strip()
        if line != word:
            raise RuntimeError(f"the load client said {line!r} instead of {word!r}, or took too long")

    def go(self):
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def finish(self):
        """Lets it close its connections; answers with what it counted."""
        self.process.stdin.close()
        return json.loads(self.process.stdout.readline())


def wrk(cores, port, path, range_bytes, length, depth, connections, seconds):
    """wrk's figures for the same requests, or `None` where it is not installed."""
    program = machine.find("wrk")
    if not program:
        return None
    pin = ["taskset", "-c", str(cores[0])] if cores else []
    command = [
        *pin, program, "-t", "1", "-c", str(connections), "-d", f"{max(1, round(seconds))}s", "--latency",
        "-s", str(BENCHES / "range.lua"), f"http://{HOST}:{port}{path}",
        "--", str(range_bytes), str(length), str(depth),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 30)
    requests = re.search(r"(\d+) requests in ([\d.]+)s", done.stdout)
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s)", done.stdout)
    if not requests or "Non-2xx" in done.stdout:
        raise RuntimeError(f"wrk failed: {done.stdout}{done.stderr}")
    scale = {"us": 1, "ms": 1e3, "s": 1e6}
    return {
        "replies": int(requests[1]),
        "seconds": float(requests[2]),
        "p99_us": float(p99[1]) * scale[p99[2]] if p99 else 0.0,
    }
