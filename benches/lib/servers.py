"""The servers that are compared: each a process tree with one worker, on a port of its own.

Owns their starting, checking and stopping. Knows nothing of load or of figures; what a server is
told is in `peers/*.conf`.
"""

import http.client
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

from lib import machine, readings

PEERS = Path(__file__).resolve().parent.parent / "peers"
HOST = "127.0.0.1"

# How each peer is run in the foreground with a file of settings. A name may add `-variant`.
COMMANDS = {
    "nginx": ["nginx", "-p", "@RUN@", "-c", "@CONF@"],
    "lighttpd": ["lighttpd", "-D", "-f", "@CONF@"],
    "h2o": ["h2o", "-c", "@CONF@"],
}
# Peers that no distribution has are named by a variable.
PROGRAMS = {"nginx-vod": "VOD_NGINX"}


class Server:
    """One server. `with server:` starts it; whatever happens, it and its children end with the block."""

    def __init__(self, name, site, core, ours=None):
        self.name, self.site, self.core, self.ours = name, site, core, ours
        self.port, self.main, self.log = 0, None, None

    def __enter__(self):
        self.port = _free_port()
        run = self.site.run / f"{self.name}-{self.port}"
        run.mkdir()
        self.log = run / "log"
        pin = ["taskset", "-c", str(self.core)] if self.core is not None else []
        with self.log.open("wb") as log:
            self.main = subprocess.Popen(
                [*pin, *self._command(run)], stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=run)
        try:
            self._wait_until_it_answers()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def anew(self):
        """Another process of the same server, not started yet: its memory has no history."""
        return Server(self.name, self.site, self.core, self.ours)

    def _command(self, run):
        if self.ours:
            address = f"{HOST}:{self.port}"
            return [self.ours, "-b", address, "--workers", "1", "-q", str(self.site.videos)]
        conf = run / "conf"
        text = (PEERS / f"{self.name}.conf").read_text()
        for word, value in (("@PORT@", self.port), ("@ROOT@", self.site.root), ("@RUN@", run)):
            text = text.replace(word, str(value))
        conf.write_text(text)
        program, *flags = COMMANDS[self.name.partition("-")[0]]
        program = os.environ.get(PROGRAMS.get(self.name, ""), program)
        known = {"@RUN@": str(run), "@CONF@": str(conf)}
        return [machine.find(program), *(known.get(flag, flag) for flag in flags)]

    def _wait_until_it_answers(self):
        give_up = time.monotonic() + 10
        while True:
            try:
                self.check()
                return
            except (OSError, http.client.HTTPException) as error:
                if self.main.poll() is not None or time.monotonic() > give_up:
                    said = self.log.read_text(errors="replace").strip()[-400:]
                    raise RuntimeError(f"{self.name} does not serve ({error}): {said}") from error
            time.sleep(0.05)

    def check(self):
        """The same request to every server: the figures are of servers that send the right bytes."""
        first, count = 4321, 1000
        with self.site.small.open("rb") as file:
            file.seek(first)
            right = file.read(count)
        line = http.client.HTTPConnection(HOST, self.port, timeout=5)
        line.request("GET", "/video/small.bin", headers={"Range": f"bytes={first}-{first + count - 1}"})
        reply = line.getresponse()
        if reply.status != 206 or reply.read() != right:
            raise http.client.HTTPException(f"status {reply.status}, or not the bytes of the file")
        line.close()

    def cpu_seconds(self):
        return readings.cpu_seconds(readings.tree(self.main.pid))

    def anonymous_bytes(self):
        return readings.anonymous_bytes(readings.tree(self.main.pid))

    def stop(self):
        if not self.main:
            return
        family = {pid: readings.birth(pid) for pid in readings.tree(self.main.pid)}
        self.main.terminate()
        try:
            self.main.wait(3)
        except subprocess.TimeoutExpired:
            pass
        for pid, birth in family.items():  # a worker that outlived its master, too
            try:
                if birth and readings.birth(pid) == birth:
                    os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        try:
            self.main.wait(5)
        except subprocess.TimeoutExpired:
            machine.say(f"{self.name} (process {self.main.pid}) cannot be ended")
        self.main = None


def _free_port():
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]
