"""Shows that the comparison can pass and can fail: a fragmented file of ffmpeg's, cut at its fragments, is served as
HLS and DASH as it is, and then with one thing wrong after the other.

Owns these faults. Knows nothing of reeld.
"""

import http.server
import shutil
import struct
import subprocess
import tempfile
import threading
from pathlib import Path

from lib import boxes, checks, frames, make

MANIFEST = """<?xml version="1.0"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" profiles="urn:mpeg:dash:profile:isoff-live:2011"
 mediaPresentationDuration="PT14S" minBufferTime="PT2S"><Period>%s</Period></MPD>
"""
STREAM = """<AdaptationSet contentType="{kind}" mimeType="{kind}/mp4">
<Representation id="{id}" bandwidth="400000" codecs="{codecs}">
<SegmentTemplate timescale="1000" startNumber="0" initialization="{id}-init.mp4" media="{id}-$Number$.m4s">
<SegmentTimeline><S t="0" d="2000" r="{more}"/></SegmentTimeline></SegmentTemplate></Representation></AdaptationSet>
"""


def selftest():
    """Yields a name and complaints for each of its cases."""
    folder = Path(tempfile.mkdtemp(prefix="reeld-media-self-"))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), lambda *given: _Quiet(*given, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_address[1]}/"
    try:
        make.make(folder, ["base.mp4", "fragments-edits.mp4"])
        source = frames.decode(str(folder / "base.mp4"))
        length = max(track.end for track in boxes.tracks(folder / "base.mp4"))

        def complaints(where, name="m.m3u8"):
            whole = address + where + "/" + name
            is_hls = name.endswith(".m3u8")
            served = frames.decode(whole) if is_hls else frames.decode_apart(whole, source)
            listed = checks.lengths(checks.text_of(whole)) if is_hls else [length]
            return served.said + frames.compare(source, served) + checks.length_complaints("sum", listed, {length})

        (folder / "good").mkdir()
        _package(folder)
        yield "the harness passes what is right, HLS", complaints("good")
        yield "the harness passes what is right, DASH", complaints("good", "manifest.mpd")
        for name, (spoil, expected) in FAULTS.items():
            shutil.copytree(folder / "good", folder / "bad", dirs_exist_ok=True)
            spoil(folder / "bad")
            found = complaints("bad")
            seen = any(expected in line for line in found)
            yield f"the harness catches {name}", [] if seen else [f"it said {found}"]
        (folder / "own").mkdir()
        _ffmpeg(folder / "own", "-i", "../base.mp4", "-c", "copy", "-f", "hls", "-hls_time", "6",
                "-hls_segment_type", "fmp4", "-hls_playlist_type", "vod", "m.m3u8")
        found = complaints("own")
        seen = any("other times" in line for line in found)
        yield "the harness catches ffmpeg's own HLS, later by its reordering", [] if seen else [f"it said {found}"]
    finally:
        server.shutdown()
        server.server_close()
        shutil.rmtree(folder)


def _package(folder):
    """HLS with both streams in one segment, DASH with one in each."""
    good = folder / "good"
    count = _split(folder / "fragments-edits.mp4", good, "m")
    lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-TARGETDURATION:2", "#EXT-X-PLAYLIST-TYPE:VOD",
             '#EXT-X-MAP:URI="m-init.mp4"']
    for n in range(count):
        lines += ["#EXTINF:2.000000,", f"m-{n}.m4s"]
    (good / "m.m3u8").write_text("\n".join(lines + ["#EXT-X-ENDLIST", ""]))
    streams = ""
    for kind in ("video", "audio"):
        alone = folder / f"{kind}.mp4"
        flags = "+empty_moov+default_base_moof+delay_moov" + ("+frag_keyframe" if kind == "video" else "")
        _ffmpeg(folder, "-i", "base.mp4", "-map", f"0:{kind[0]}", "-c", "copy", "-movflags", flags,
                *([] if kind == "video" else ["-frag_duration", "2000000"]), alone)
        count = _split(alone, good, kind[0])
        codecs = {"video": "avc1.64000c", "audio": "mp4a.40.2"}[kind]
        streams += STREAM.format(kind=kind, id=kind[0], more=count - 1, codecs=codecs)
    (good / "manifest.mpd").write_text(MANIFEST % streams)


def _split(path, folder, name):
    """One file for `ftyp moov`, one for each `moof mdat`."""
    data = path.read_bytes()
    moofs = [box.at for box in boxes.walk(data) if box.kind == b"moof"]
    ends = moofs[1:] + [next((box.at for box in boxes.walk(data) if box.kind == b"mfra"), len(data))]
    (folder / f"{name}-init.mp4").write_bytes(data[:moofs[0]])
    for n, (at, end) in enumerate(zip(moofs, ends)):
        (folder / f"{name}-{n}.m4s").write_bytes(data[at:end])
    return len(moofs)


def _ffmpeg(folder, *arguments):
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", *arguments], cwd=folder, check=True, timeout=30)


# --- faults ---


def _later(folder):
    """The second segment's video is a frame later than it says."""
    path = folder / "m-1.m4s"
    data = bytearray(path.read_bytes())
    moof = next(boxes.find(data, "moof"))
    at = next(boxes.find(data, "traf/tfdt", moof.body, moof.end)).body
    form = ">Q" if data[at] == 1 else ">I"
    (time,) = struct.unpack_from(form, data, at + 4)
    struct.pack_into(form, data, at + 4, time + 512)
    path.write_bytes(data)


def _shorter(folder):
    """A frame is missing: the last sample of a run of video is not counted."""
    path = folder / "m-3.m4s"
    data = bytearray(path.read_bytes())
    moof = next(boxes.find(data, "moof"))
    at = next(boxes.find(data, "traf/trun", moof.body, moof.end)).body
    (count,) = struct.unpack_from(">I", data, at + 4)
    struct.pack_into(">I", data, at + 4, count - 1)
    path.write_bytes(data)


def _other_bytes(folder):
    """A segment has the samples of another one."""
    shutil.copyfile(folder / "m-4.m4s", folder / "m-2.m4s")


def _flipped(folder):
    path = folder / "m-5.m4s"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x40
    path.write_bytes(data)


def _longer_list(folder):
    path = folder / "m.m3u8"
    path.write_text(path.read_text().replace("2.000000", "2.010000", 1))


FAULTS = {
    "a segment that is later by a frame": (_later, "frames at other times"),
    "a missing frame": (_shorter, "335 frames, the source has 336"),
    "a segment of other samples": (_other_bytes, "different"),
    "a flipped bit": (_flipped, "different"),
    "a list that is longer than its media": (_longer_list, "sum: 14.010000"),
}


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass
