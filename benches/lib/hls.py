"""The HLS cases: segments that are made of an MP4 while they are asked for, and many viewers of many films.

Owns which segments there are and what they are compared with. Knows nothing of how they are made.

    segments   those of a film, in any order
    ranges     as many bytes of the same film, about where the segment's samples are
    viewers    a thousand slow readers of playlists and segments of a hundred films
"""

import http.client
import os
import re
import shutil
import threading
from contextlib import ExitStack
from dataclasses import dataclass, field
from statistics import median
from urllib.parse import urljoin, urlsplit

from lib import film, load, machine, speed
from lib.servers import HOST, PROGRAMS, Server

PEER = "nginx-vod"
CONNECTIONS = 16
# What a viewer of a film of 0.94 Mbit/s takes: 8 KiB every 70 ms.
VIEWERS, TITLES, TITLE_MINUTES, PACE = 1000, 100, 3, "8192:70"


@dataclass
class Segments:
    """One server's rounds. The bytes are those of a segment, on average."""

    count: int
    bytes: int
    segments: list = field(default_factory=list)
    ranges: list = field(default_factory=list)

    def cpu_us(self, kind):
        return median(one.cpu_us for one in getattr(self, kind))

    @property
    def price(self):
        """How much more a segment costs than a range: the median of the rounds' ratios."""
        return median(a.cpu_us / b.cpu_us for a, b in zip(self.segments, self.ranges))


@dataclass
class Viewers:
    """The server's own memory: before the first request, at most, and when the viewers have gone."""

    before: int
    most: int
    after: int
    replies: int


def why_not():
    return None if machine.find("ffmpeg") else "ffmpeg is not installed"


def peers(site, core):
    """Who else can do it on this machine."""
    return [Server(PEER, site, core)] if os.environ.get(PROGRAMS[PEER]) else []


def segments(servers, site, placement, client, rounds, seconds, minutes):
    """Name -> `Segments`. All servers run, one is asked at a time, and each round begins with another one."""
    path = film.make(site.videos / "film.mp4", minutes)
    cores = placement[1] if placement else []
    with ExitStack() as stack:
        lists, results = {}, {}
        for server in servers:
            stack.enter_context(server)
            found = _segments_of(server, "film.mp4")
            lengths = [length for _, length in found]
            results[server.name] = Segments(len(found), sum(lengths) // len(found))
            lists[server.name] = {
                "segments": _write(site, f"{server.name}-segments", (f"200 {n} {uri}" for uri, n in found)),
                "ranges": _write(site, f"{server.name}-ranges", _ranges(lengths, path.stat().st_size)),
            }
        for number in range(-1, rounds):  # what comes first finds nothing prepared, and does not count
            start = number % len(servers)
            for server in servers[start:] + servers[:start]:
                for kind, file in lists[server.name].items():
                    options = ["--list", file, "--connections", CONNECTIONS, "--seed", 2 + number,
                               "--seconds", seconds if number >= 0 else 1]
                    one, counted = speed.one_round(server, client, cores, options, load.PATIENCE + seconds)
                    if counted["failed"] or counted["unanswered"]:
                        raise RuntimeError(f"HLS, {kind}, {server.name}: failed: {counted['why']}")
                    if number >= 0:
                        getattr(results[server.name], kind).append(one)
    path.unlink()
    return results


def viewers(server, site, placement, client, titles=TITLES, count=VIEWERS, seconds=20):
    """One server and all its viewers. Those who make the list of what they ask have asked another process."""
    folder = site.videos / "titles"
    folder.mkdir()
    first = film.make(folder / "0.mp4", TITLE_MINUTES)
    for number in range(1, titles):
        film.rested(shutil.copyfile(first, folder / f"{number}.mp4"))
    lines = []
    with server:
        for number in range(titles):
            for uri, length in _all_of(server, f"titles/{number}.mp4"):
                lines.append(f"200 {length} {uri}")
    options = ["--list", _write(site, f"{server.name}-viewers", lines), "--connections", count, "--slow", PACE,
               "--receive-buffer", 64 << 10, "--seconds", seconds, "--drain", 15]
    cores = placement[1][:1] if placement else []
    with server.anew() as fresh:
        before = fresh.anonymous_bytes()
        with load.Client(client, cores, fresh.port, options, load.PATIENCE + seconds) as many:
            many.expect("ready")
            many.go()
            with _Highest(fresh.anonymous_bytes) as highest:
                many.expect("done")
            counted = many.finish()
        if counted["failed"]:
            raise RuntimeError(f"viewers, {server.name}: {counted['failed']} failed: {counted['why']}")
        after = fresh.anonymous_bytes()
    shutil.rmtree(folder)
    return Viewers(before, max(highest.value, after), after, counted["replies"])


class _Highest:
    """The highest reading while the block lasts, four a second."""

    def __init__(self, read):
        self.read, self.value, self.ended = read, read(), threading.Event()
        self.thread = threading.Thread(target=self._run)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()

    def _run(self):
        while not self.ended.wait(0.25):
            self.value = max(self.value, self.read())


def _write(site, name, lines):
    path = site.run / f"{name}.list"
    path.write_text("\n".join(lines) + "\n")
    return path


def _ranges(lengths, size):
    """Ranges of a file with these lengths, spread over it like the segments that have them."""
    whole, before = sum(lengths), 0
    for length in lengths:
        first = min(size * before // whole, size - length)
        before += length
        yield f"206 {length} /video/film.mp4 {first}-{first + length - 1}"


def _segments_of(server, name):
    return [(uri, length) for uri, length in _all_of(server, name) if ".m4s" in uri]


def _all_of(server, name):
    """Every address of a title and the length of what is there: playlists, init segment, segments."""
    line = http.client.HTTPConnection(HOST, server.port, timeout=30)

    def ask(method, uri):
        line.request(method, uri)
        reply = line.getresponse()
        body = reply.read()
        if reply.status != 200:
            raise RuntimeError(f"{server.name}: {reply.status} for {uri}")
        return body.decode() if method == "GET" else int(reply.getheader("Content-Length"))

    def named(uri, text):
        """What a playlist names, as it is asked for here."""
        found = re.findall(r'#EXT-X-MAP:URI="([^"]+)"', text) + [
            line for line in text.splitlines() if line and not line.startswith("#")]
        for address in found:
            parts = urlsplit(urljoin(f"http://{HOST}{uri}", address))
            yield parts.path + (f"?{parts.query}" if parts.query else "")

    master = f"/hls/{name}/master.m3u8"
    playlist = next(named(master, ask("GET", master)))
    uris = [master, playlist, *named(playlist, ask("GET", playlist))]
    lengths = [(uri, ask("HEAD", uri)) for uri in uris]
    line.close()
    return lengths
