"""What is checked of a title: its verdict, its playlists, and that every frame is the source's at the source's time.

Owns these checks; each gives back complaints, and none is right. Knows nothing of how files are made.
"""

import re
import time
import xml.etree.ElementTree as ElementTree
from fractions import Fraction

from lib import boxes, frames
from lib.served import get, join

TOKEN = re.compile(r"[?&]v=[0-9a-f]{16}$")
PLAYLIST = "application/vnd.apple.mpegurl"
QUOTED_MAX = 200
KEY_FRAMES_MAX = 3
KNOWN_SECS_MAX = 5


def check(server, folder, row, listed):
    """All complaints about one title. `listed` is what `/library.json` says of it once it was asked for."""
    path = folder / row.name
    complaints = plain(server, path, row.name)
    master = get(server.title(row.name, "hls") + "/master.m3u8")
    manifest = get(server.title(row.name, "dash") + "/manifest.mpd")
    verdict = listed(row.name)
    end = time.monotonic() + KNOWN_SECS_MAX
    while verdict is None and time.monotonic() < end:  # a list that was already being written does not have it
        time.sleep(0.1)
        verdict = listed(row.name)
    is_refused = row.verdict == ("refused",)
    if (verdict in (None, "ok")) if is_refused else (verdict not in row.verdict):
        complaints.append(f"the library says {verdict!r}, not {' or '.join(row.verdict)}")
    if row.verdict == ("ok",) or verdict == "ok":
        return complaints + packaged(server, folder, row, master, manifest)
    for reply, what in ((master, "master.m3u8"), (manifest, "manifest.mpd")):
        if reply.status != 422:
            complaints.append(f"{what}: {reply.status} instead of 422")
        elif str(verdict) not in reply.text:
            complaints.append(f"{what}: 422 does not say why: {reply.text[:QUOTED_MAX]!r}")
    return complaints


def plain(server, path, name):
    """The file itself is served whatever is inside."""
    size = path.stat().st_size
    whole = get(server.title(name, "video"), method="HEAD")
    part = get(server.title(name, "video"), {"Range": "bytes=10-99"})
    with path.open("rb") as file:
        file.seek(10)
        wanted = file.read(min(90, size - 10))
    complaints = []
    if whole.status != 200 or whole.fields.get("Content-Length") != str(size):
        complaints.append(f"the plain file: {whole.status}, {whole.fields.get('Content-Length')} of {size} bytes")
    if part.status != 206 or part.body != wanted:
        complaints.append(f"a range of the plain file: {part.status}, {len(part.body)} bytes")
    return complaints


def packaged(server, folder, row, master, manifest):
    if master.status != 200 or manifest.status != 200:
        return [f"master.m3u8: {master.status}, manifest.mpd: {manifest.status}; {master.text[:QUOTED_MAX]!r}"]
    path = folder / row.name
    base = server.title(row.name, "hls") + "/"
    wanted = Wanted(folder, row)
    complaints = playlists(base, master, row, wanted)
    complaints += described(base, row)
    ways = [("HLS", base + "master.m3u8")]
    if "one-stream" not in row.allow:
        ways.append(("DASH", server.title(row.name, "dash") + "/manifest.mpd"))
    for way, address in ways:
        decode = frames.decode if way == "HLS" else frames.decode_apart
        served = decode(address, *([wanted.source] if way == "DASH" else []), coding=wanted.coding)
        found = [line for line in served.said if not _is_expected(line, row)]
        found += wanted.complaints(served)
        counted, said = frames.packets(address)
        found += [line for line in said if not _is_expected(line, row)]
        # The picture may be listed once for each kind of sound.
        if bool(counted["video"]) != bool(served.video) or len(counted["audio"]) != len(served.audio):
            found.append(f"ffprobe sees {counted}")
        complaints += [f"{way}: {line}" for line in found]
    complaints += manifest_complaints(manifest, wanted)
    if row.twin:
        complaints += twins(server, row)
    return complaints


def _is_expected(line, row):
    return "subtitles-said" in row.allow and "Can't support the subtitle" in line


class Wanted:
    """What a title has to look like, taken from its source."""

    def __init__(self, folder, row):
        self.row, self.path = row, folder / (row.whole or row.name)
        self.slack, self.coding = frames.MICRO, ()
        top, _ = boxes.top(self.path)
        self.is_fragmented = any(box.kind == b"moof" for box in top)
        if self.is_fragmented:
            self.ends = boxes.ends_of_fragments(self.path)
            self.source = frames.decode(str(self.path))
        else:
            kinds = ("vide",) if "video-only" in row.allow else ("vide", "soun")
            tracks = [track for track in boxes.tracks(self.path) if track.kind in kinds]
            if "preroll" in row.allow:
                self._show_preroll(tracks)
            else:
                self.source = frames.decode(str(self.path))
                self.ends = {track.end for track in tracks}
        self.source.said.clear()
        self.length = max(self.ends)
        if "video-only" in row.allow:
            self.source.audio = []

    def _show_preroll(self, tracks):
        """All samples at the times that their edit lists give them, and as much later as the first picture lies
        before 0. Times that were no whole number of samples are rounded; and packets of audio are compared instead
        of what they decode to, since a decoder makes its noise from where it began."""
        shift = max(Fraction(0), -min(track.first_sync for track in tracks if track.kind == "vide"))
        self.slack, self.coding = Fraction(1, 90_000), ("-c:a", "copy")
        raw = frames.decode(str(self.path), ["-ignore_editlist", "1"], coding=self.coding)
        begins = sorted(tracks, key=lambda track: track.kind != "vide")

        def moved(stream, track):
            late = track.begin + shift - stream[0].pts
            return [frames.Frame(frame.pts + late, frame.duration, frame.md5) for frame in stream]
        streams = [moved(stream, track) for (_, stream), track in zip(raw.streams(), begins)]
        self.source = frames.Decoded(streams[0], [_heard(stream) for stream in streams[1:]], [])
        self.ends = {track.end + shift for track in tracks}

    def complaints(self, served):
        if "preroll" in self.row.allow:
            served.audio = [_heard(stream) for stream in served.audio]
        return frames.compare(self.source, served, "cut" in self.row.allow, self.slack)


def _heard(stream):
    """What does not end before the title begins."""
    return [frame for frame in stream if frame.pts + frame.duration > Fraction(1, 1000)]


# --- playlists ---


def playlists(base, master, row, wanted):
    """The playlists agree with the media and with the standard, and every address in them answers."""
    complaints = []
    if master.fields.get("Content-Type", "").split(";")[0] != PLAYLIST:
        complaints.append(f"master.m3u8 is {master.fields.get('Content-Type')}")
    for part in row.master:
        if not any(part in text for text in (master.text,)):
            complaints.append(f"master.m3u8 has no {part!r}: {master.text!r}")
    for part in row.never:
        if part in master.text:
            complaints.append(f"master.m3u8 has {part!r}")
    for uri in addresses(master.text):
        if not TOKEN.search(uri):
            complaints.append(f"master.m3u8: {uri} has no token")
        name = uri.partition("?")[0]
        reply = get(join(base, uri))
        if reply.status != 200:
            complaints.append(f"{name}: {reply.status}")
            continue
        if name[0] == "t":
            continue
        complaints += media_playlist(base, name, reply.text, row, wanted)
        if "EXT-X-INDEPENDENT-SEGMENTS" in row.never and "EXT-X-INDEPENDENT-SEGMENTS" in reply.text and name[0] in "mv":
            complaints.append(f"{name} has EXT-X-INDEPENDENT-SEGMENTS")
        if name[0] == "i":
            complaints += key_frames(join(base, uri), reply.text, wanted)
    return complaints


def media_playlist(base, name, text, row, wanted):
    complaints = []
    listed = lengths(text)
    target = re.search(r"^#EXT-X-TARGETDURATION:(\d+)$", text, re.M)
    if not target or any(int(secs + Fraction(1, 2)) > int(target[1]) for secs in listed):
        complaints.append(f"{name}: the target duration does not fit")
    for line in ("#EXTM3U", "#EXT-X-PLAYLIST-TYPE:VOD", "#EXT-X-ENDLIST"):
        if line not in text.splitlines():
            complaints.append(f"{name}: no {line}")
    if "cut" in row.allow:
        if not 0 < sum(listed) < wanted.length:
            complaints.append(f"{name}: lasts {float(sum(listed))}, the whole file {float(wanted.length)}")
    elif name[0] != "i":
        allowed = {wanted.length} if name[0] == "m" and not wanted.is_fragmented else wanted.ends
        complaints += length_complaints(name, listed, allowed, wanted.slack)
    for uri in addresses(text):
        reply = get(join(base, uri))
        if reply.status != 200 or not reply.body:
            complaints.append(f"{uri}: {reply.status}, {len(reply.body)} bytes")
        elif not TOKEN.search(uri) or "immutable" not in reply.fields.get("Cache-Control", ""):
            complaints.append(f"{uri}: Cache-Control is {reply.fields.get('Cache-Control')}")
        if uri.partition("?")[0].endswith("-init.mp4") and b"hev1" in reply.body and "hev1" in row.never:
            complaints.append(f"{uri} has hev1")
    return complaints


def length_complaints(name, listed, allowed, slack=frames.MICRO):
    """The lengths in a playlist are rounded to a microsecond each."""
    total = sum(listed)
    if any(abs(total - length) <= slack + Fraction(len(listed), 1_000_000) for length in allowed):
        return []
    return [f"{name}: {float(total):.6f} s in {len(listed)} segments, the media {' or '.join(f'{float(one):.6f}' for one in allowed)}"]


def key_frames(address, text, wanted):
    """Each entry of the I-frame playlist is one frame of the source at its time: the first, the last and some between."""
    known = {(frame.pts, frame.md5) for frame in wanted.source.video}
    init, *entries = addresses(text)
    head = get(join(address, init)).body
    complaints = []
    for uri in dict.fromkeys([*entries[::-(-len(entries) // KEY_FRAMES_MAX)], entries[-1]]):
        shown = frames.decode("pipe:0", given=head + get(join(address, uri)).body)
        near = [pts for frame in shown.video for pts, md5 in known if md5 == frame.md5 and abs(pts - frame.pts) <= wanted.slack]
        if len(shown.video) != 1 or len(near) != 1 or shown.audio or shown.said:
            complaints.append(f"{uri.partition('?')[0]} is no frame of the source at its time: {shown}")
    return complaints


def described(base, row):
    """What is served besides: subtitles and chapters."""
    complaints = []
    for name, parts in row.texts.items():
        reply = get(base + name)
        if reply.status != 200 or reply.fields.get("Content-Type", "").split(";")[0] != "text/vtt":
            complaints.append(f"{name}: {reply.status} {reply.fields.get('Content-Type')}")
        at = 0
        for part in parts:
            found = reply.text.find(part, at)
            if found < 0:
                complaints.append(f"{name}: no {part!r} in {reply.text[:QUOTED_MAX]!r}")
                break
            at = found + len(part)
    return complaints


def twins(server, row):
    """Two layouts of the same samples give the same bytes."""
    ours, theirs = (server.title(name, "hls") + "/" for name in (row.name, row.twin))
    names = [uri.partition("?")[0] for uri in addresses(text_of(ours + "m.m3u8"))]
    other = [name for name in names if get(ours + name).body != get(theirs + name).body]
    return [f"{', '.join(other)} differ from those of {row.twin}"] if other else []


def manifest_complaints(manifest, wanted):
    complaints = []
    if manifest.fields.get("Content-Type", "").split(";")[0] != "application/dash+xml":
        complaints.append(f"manifest.mpd is {manifest.fields.get('Content-Type')}")
    try:
        root = ElementTree.fromstring(manifest.body)
    except ElementTree.ParseError as error:
        return complaints + [f"manifest.mpd: {error}"]
    said = re.fullmatch(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?", root.get("mediaPresentationDuration", ""))
    length = sum(Fraction(part or 0) * unit for part, unit in zip(said.groups(), (3600, 60, 1))) if said else None
    allowed = wanted.ends if wanted.is_fragmented else {wanted.length}
    fits = length is not None and any(abs(length - end) <= Fraction(1, 1000) for end in allowed)
    if not fits and not (length and "cut" in wanted.row.allow):
        complaints.append(f"manifest.mpd lasts {root.get('mediaPresentationDuration')}, the media {float(wanted.length)}")
    return complaints


def addresses(text):
    """Every URI of a playlist, in attributes and in lines."""
    found = re.findall(r'URI="([^"]*)"', text)
    return found + [line for line in text.splitlines() if line and line[0] != "#"]


def lengths(text):
    return [Fraction(secs) for secs in re.findall(r"^#EXTINF:([\d.]+),", text, re.M)]


def text_of(address):
    return get(address).text
