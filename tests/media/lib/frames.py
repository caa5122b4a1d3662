"""What ffmpeg decodes from a file or an address: each frame's time and its MD5; and how two of them differ.

Owns the running of ffmpeg and ffprobe, and the comparison. Knows nothing of servers or of the matrix.
"""

import dataclasses
import json
import subprocess
from fractions import Fraction

RUN_SECS_MAX = 60
MICRO = Fraction(1, 1_000_000)
RUN_IN_FRAMES_MAX = 3  # of audio, before a title begins
SAID_LINES_MAX = 4  # a broken stream fills pages


@dataclasses.dataclass(frozen=True)
class Frame:
    pts: Fraction
    duration: Fraction
    md5: str


@dataclasses.dataclass
class Decoded:
    """Streams in the order video, audio, audio…; `said` is what stood on the error stream."""

    video: list
    audio: list
    said: list

    def streams(self):
        return [("video", self.video)] * bool(self.video) + [(f"audio {n}", frames) for n, frames in enumerate(self.audio)]


def decode(address, options=(), streams=("0:V:0?", "0:a?"), given=None, coding=()):
    """Every frame of the video and of all audio tracks. Pictures of a cover do not count."""
    ran = _run(["ffmpeg", "-hide_banner", "-nostdin", "-v", "warning", "-copyts", "-threads", "1", *options, "-i", address,
                *(part for stream in streams for part in ("-map", stream)), "-fps_mode", "passthrough", "-enc_time_base", "-1", "-threads", "1",
                *coding, "-f", "framemd5", "-"], given)
    scale, kind, frames = {}, {}, {}
    for line in ran.stdout.splitlines():
        if line.startswith("#tb "):
            index, value = line[4:].split(": ")
            scale[index] = Fraction(value)
        elif line.startswith("#media_type "):
            index, value = line[12:].split(": ")
            kind[index], frames[index] = value, []
        elif line and line[0] != "#":
            index, _, pts, duration, _, md5 = (part.strip() for part in line.split(","))
            frames[index].append(Frame(int(pts) * scale[index], int(duration) * scale[index], md5))
    said = _brief(ran.stderr)
    if ran.returncode != 0:
        said.append(f"ffmpeg ended with {ran.returncode}")
    videos = [frames[index] for index in frames if kind[index] == "video"]
    return Decoded(videos[0] if videos else [], [frames[index] for index in frames if kind[index] == "audio"], said)


def decode_apart(address, like, coding=()):
    """The same, stream by stream: ffmpeg's reader of DASH stops all streams where the first of them ends."""
    whole = Decoded([], [], [])
    wanted = ["0:v:0"] * bool(like.video) + [f"0:a:{n}" for n in range(len(like.audio))]
    for stream in wanted:
        alone = decode(address, streams=[stream], coding=coding)
        whole.video += alone.video
        whole.audio += alone.audio
        whole.said += alone.said
    return whole


def packets(address):
    """What ffprobe counts: packets of each stream by kind, and what it said."""
    ran = _run(["ffprobe", "-v", "warning", "-count_packets", "-show_entries",
                "stream=codec_type,nb_read_packets", "-of", "json", address])
    streams = json.loads(ran.stdout or "{}").get("streams", [])
    counted = {kind: [int(stream.get("nb_read_packets", 0)) for stream in streams if stream["codec_type"] == kind]
               for kind in ("video", "audio")}
    return counted, _brief(ran.stderr)


def compare(source, served, is_cut=False, slack=MICRO):
    """Complaints about `served`: what it has should be `source`, at the same times."""
    complaints = []
    if bool(source.video) != bool(served.video):
        complaints.append(f"video: {len(served.video)} frames, the source has {len(source.video)}")
    elif source.video:
        complaints += _same("video", source.video, served.video, is_cut, slack)
    if len(source.audio) != len(served.audio):
        complaints.append(f"{len(served.audio)} audio tracks, the source has {len(source.audio)}")
    for n, (ours, theirs) in enumerate(zip(source.audio, served.audio)):
        complaints += _same(f"audio {n}", *_aligned(ours, theirs), is_cut, slack)
    return complaints


def _aligned(source, served):
    """Takes away what every player drops, and ffmpeg only in plain MP4: the decoder's run-in.

    A plain file's edit list hides the first packet or a part of it; ffmpeg believes that in a plain file, and
    in segments gives out the whole packet, at its negative time. Of a packet that is hidden in part there are then two
    forms: the rest of it (source) and all of it (served), both ending at the same time.
    """
    if not source or not served:
        return source, served
    begin = source[0].pts
    for _ in range(RUN_IN_FRAMES_MAX):
        if served and served[0].pts + served[0].duration <= begin + MICRO:
            served = served[1:]
    if served and served[0].pts < begin - MICRO and \
            abs(served[0].pts + served[0].duration - begin - source[0].duration) <= MICRO:
        source, served = source[1:], served[1:]
    return source, served


def _same(what, source, served, is_cut, slack):
    complaints = []
    if is_cut and len(served) <= len(source):
        source = source[:len(served)]
    if len(source) != len(served):
        complaints.append(f"{what}: {len(served)} frames, the source has {len(source)}")
    moved = [(ours.pts, theirs.pts) for ours, theirs in zip(source, served) if abs(ours.pts - theirs.pts) > slack]
    other = [ours.pts for ours, theirs in zip(source, served) if ours.md5 != theirs.md5]
    for wanted, got in moved[:1]:
        complaints.append(f"{what}: {len(moved)} frames at other times, the first at {float(got):.6f} "
                          f"instead of {float(wanted):.6f}")
    for pts in other[:1]:
        complaints.append(f"{what}: {len(other)} frames look or sound different, the first at {float(pts):.6f}")
    return complaints


def _brief(text):
    lines = text.splitlines()
    more = [f"and {len(lines) - SAID_LINES_MAX} lines more"] if len(lines) > SAID_LINES_MAX else []
    return lines[:SAID_LINES_MAX] + more


def _run(command, given=None):
    """`given` is what the command reads on its standard input."""
    ran = subprocess.run(command, input=given or b"", capture_output=True, timeout=RUN_SECS_MAX)
    ran.stdout, ran.stderr = (text.decode(errors="replace") for text in (ran.stdout, ran.stderr))
    return ran
