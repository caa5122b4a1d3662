"""A server on a folder, and asking it things.

Owns the starting and ending of reeld, and requests. Knows nothing of media.
"""

import http.client
import re
import select
import subprocess
import time
from urllib.parse import quote, urljoin, urlsplit

START_SECS_MAX = 10
STOP_SECS_MAX = 5
WAIT_SECS_MAX = 20


class Reeld:
    """`with Reeld(binary, folder) as server:` runs it on a free port for as long as the block lasts."""

    def __init__(self, binary, folder):
        self.command = [str(binary), "-b", "127.0.0.1:0", str(folder)]

    def __enter__(self):
        self.child = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        said, end = b"", time.monotonic() + START_SECS_MAX
        while not (found := re.search(rb"(http://[^\s/]+/)\s*\n", said)):
            ready, _, _ = select.select([self.child.stdout], [], [], max(0, end - time.monotonic()))
            piece = self.child.stdout.read1() if ready else b""
            if not piece:
                self.__exit__()
                raise RuntimeError(f"{self.command[0]} gave no address: {said.decode(errors='replace')}")
            said += piece
        self.address = found[1].decode()
        return self

    def __exit__(self, *_):
        self.child.terminate()
        try:
            self.child.wait(STOP_SECS_MAX)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()

    def title(self, name, way):
        """The address of what is below a title: `way` is `video`, `hls` or `dash`."""
        return self.address + way + "/" + quote(name)


class Reply:
    """One answer, read to its end."""

    def __init__(self, status, fields, body):
        self.status, self.fields, self.body = status, fields, body

    @property
    def text(self):
        return self.body.decode(errors="replace")


def get(address, fields=None, method="GET"):
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.netloc, timeout=WAIT_SECS_MAX)
    try:
        target = parts.path + ("?" + parts.query if parts.query else "")
        connection.request(method, target, headers=fields or {})
        reply = connection.getresponse()
        return Reply(reply.status, reply.headers, reply.read())
    finally:
        connection.close()


def join(address, relative):
    return urljoin(address, relative)
