"""One row for every kind of file that the server promises something about: how it is made, and what is promised.

Owns the table. Knows nothing of servers: who makes the files is `make.py`, who checks them `checks.py`.

Encodings are small (320x180) and few; most rows are made from one of them without encoding again. Each picture
carries its own number, as eight white or black squares at its lower edge, for who reads a canvas.
"""

import dataclasses
from collections.abc import Callable

from lib import boxes

OK = ("ok",)

# What a row may differ in from its source, and why. Whatever is not here, and named in a row, fails.
EXCEPTIONS = {
    "preroll": "cut with stream copy: what lies between the key frame and the cut is shown, so all is later by that much",
    "cut": "bytes are missing at its end: it is the beginning of the whole file, up to the border of a segment",
    "subtitles-said": "ffmpeg says of every subtitle rendition that it cannot read it",
    "video-only": "its sound cannot be packaged, so there is only its picture",
    "one-stream": "picture and sound share its fragments: ffmpeg's reader of DASH mixes them up; tests/players "
                  "has one that does not",
}


@dataclasses.dataclass
class Row:
    """A file, and what the server makes of it. `verdict` has more than one where either is right."""

    name: str
    made: list | Callable  # arguments of ffmpeg, or who makes it, given (source, target)
    source: str = ""  # a row above, read as the only input or patched
    verdict: tuple = OK
    master: tuple = ()  # parts of lines that the multivariant playlist has
    never: tuple = ()  # and that it has not
    texts: dict = dataclasses.field(default_factory=dict)  # what else is served, and parts of it
    twin: str = ""  # segments are byte for byte those of that row
    whole: str = ""  # frames are compared with that row's
    allow: tuple = ()
    beside: dict = dataclasses.field(default_factory=dict)  # files beside it

    def __post_init__(self):
        unknown = set(self.allow) - set(EXCEPTIONS)
        assert not unknown, f"{self.name}: no reason for {unknown}"


def picture(seconds, rate=24, size="320x180"):
    """A moving test picture that carries its number in binary."""
    squares = ",".join(
        f"drawbox=x={40 * bit}:y=ih-24:w=40:h=24:t=fill:color=black,"
        f"drawbox=x={40 * bit}:y=ih-24:w=40:h=24:t=fill:color=white:enable='gte(mod(n,{2 << bit}),{1 << bit})'"
        for bit in range(8))
    return ["-f", "lavfi", "-i", f"testsrc2=size={size}:rate={rate}:duration={seconds},{squares}"]


def tone(seconds, rate=48000, note=440):
    """A tone with a beep every second."""
    return ["-f", "lavfi", "-i", f"sine=frequency={note}:beep_factor=4:sample_rate={rate}:duration={seconds}"]


def h264(keyint=48, more=""):
    params = f"keyint={keyint}:min-keyint={keyint}:scenecut=0:bframes=3:b-adapt=0:threads=1{more}"
    return ["-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-x264-params", params]


def hevc(*more):
    return ["-c:v", "libx265", "-preset", "ultrafast", *more, "-tag:v", "hvc1",
            "-x265-params", "log-level=none:pools=1:frame-threads=1:keyint=48:min-keyint=48:scenecut=0"]


AAC = ["-c:a", "aac", "-ac", "2"]
COPY = ["-map", "0", "-c", "copy"]
FAST = ["-movflags", "+faststart"]
AV1 = ["-c:v", "libsvtav1", "-preset", "12", "-g", "48", "-svtav1-params", "lp=1"]
VP9 = ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-g", "48", "-b:v", "300k"]
ENCRYPTED = ["-encryption_scheme", "cenc-aes-ctr", "-encryption_key", "00112233445566778899aabbccddeeff",
             "-encryption_kid", "112233445566778899aabbccddeeff00"]
SRT = "1\n00:00:01,000 --> 00:00:03,000\nFirst\n\n2\n00:00:05,000 --> 00:00:07,500\nSecond\n"
CHAPTERS = (";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=5000\ntitle=One\n"
            "[CHAPTER]\nTIMEBASE=1/1000\nSTART=5000\nEND=14000\ntitle=Two\n")
GIB = 1 << 30


def with_sound(codec, *more):
    """The base file's picture with another kind of sound."""
    return [*tone(14), "-map", "0:v", "-map", "1:a", "-c:v", "copy", "-c:a", *codec, *more, "-strict", "-2"]


def fragmented(flags, *more):
    return [*COPY, "-movflags", flags, *more]


ROWS = [
    # Layout of the file.
    Row("base.mp4", [*picture(14), *tone(14), *h264(), *AAC, *FAST],
        master=("avc1.64", "mp4a.40.2", "RESOLUTION=320x180", "FRAME-RATE=24.000", "AVERAGE-BANDWIDTH=",
                "EXT-X-INDEPENDENT-SEGMENTS", "EXT-X-I-FRAME-STREAM-INF")),
    Row("faststart.mp4", [*COPY, *FAST], "base.mp4"),
    Row("moov-last.mp4", COPY, "base.mp4", twin="faststart.mp4"),
    Row("co64.mp4", boxes.with_co64, "moov-last.mp4", twin="faststart.mp4"),
    Row("mdat-64bit.mp4", boxes.with_wide_mdat, "moov-last.mp4", twin="faststart.mp4"),
    Row("co64-and-mdat-64bit.mp4", boxes.with_wide_mdat, "co64.mp4", twin="faststart.mp4"),
    Row("over-4GiB.mp4", lambda source, target: boxes.with_hole(source, target, 5 * GIB), "co64-and-mdat-64bit.mp4"),
    Row("Été à la mer/100 % (1) #2?.mp4", COPY, "base.mp4"),
    Row("long.mp4", [*picture(20), *tone(20), *h264(24), *AAC, *FAST]),
    Row("truncated.mp4", lambda source, target: boxes.cut(source, target, 0.7), "long.mp4", whole="long.mp4", allow=("cut",)),
    Row("no-moov.mp4", lambda source, target: boxes.cut_before(source, target, b"moov"), "moov-last.mp4", verdict=("no-moov",)),
    Row("upload.mp4", lambda source, target: boxes.cut(source, target, 0.5), "moov-last.mp4", verdict=("no-moov",)),
    Row("one-frame.mp4", [*picture(1), *h264(), "-frames:v", "1", *FAST]),
    Row("half-second.mp4", [*picture(0.5), *tone(0.5), *h264(), *AAC, *FAST]),
    Row("apple.mov", COPY, "base.mp4", master=("mp4a.40.2",)),  # QuickTime's sound entry, version 1

    # Which streams.
    Row("audio-only.m4a", ["-map", "0:a", "-c", "copy"], "base.mp4", never=("RESOLUTION",)),
    Row("video-only.mp4", ["-map", "0:v", "-c", "copy"], "base.mp4", never=("mp4a",)),
    Row("two-languages.mp4", [
        *picture(14), *tone(14), *tone(14, note=880), *h264(), *AAC, "-map", "0", "-map", "1", "-map", "2",
        "-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=deu", *FAST],
        master=("TYPE=AUDIO", 'LANGUAGE="en"', 'LANGUAGE="de"', "a0.m3u8", "a1.m3u8", "DEFAULT=YES")),
    Row("tx3g-chapters.mp4", ["-i", "chapters.txt", "-i", "subtitles.srt", "-map", "0:v", "-map", "0:a", "-map", "2",
                              "-map_chapters", "1", "-c", "copy", "-c:s", "mov_text", "-metadata:s:s:0", "language=eng"],
        "base.mp4", master=("TYPE=SUBTITLES", "t-0.m3u8"), allow=("subtitles-said",),
        texts={"t-0.vtt": ("X-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000", "00:00:01.000 --> 00:00:03.000", "First",
                           "00:00:05.000 --> 00:00:07.500", "Second"),
               "chapters.vtt": ("00:00:00.000 --> 00:00:05.000", "One", "00:00:05.000 --> 00:00:14.0", "Two")}),
    Row("sidecar.mp4", COPY, "base.mp4", beside={"sidecar.en.srt": SRT, "sidecar.de.srt": SRT.replace("First", "Erstens")},
        master=("TYPE=SUBTITLES", 'LANGUAGE="en"', 'LANGUAGE="de"', "t-en.m3u8", "t-de.m3u8"), allow=("subtitles-said",),
        texts={"t-en.vtt": ("X-TIMESTAMP-MAP=", "00:00:01.000 --> 00:00:03.000", "First"), "t-de.vtt": ("Erstens",)}),

    # Codecs.
    Row("hevc-hvc1.mp4", [*picture(8), *tone(8), *hevc(), *AAC, *FAST], master=("hvc1.1.6.L60.90",)),
    Row("hevc-hev1.mp4", [*COPY, "-tag:v", "hev1"], "hevc-hvc1.mp4", master=("hvc1.1.6.L60.90",), never=("hev1",)),
    Row("hdr-pq.mp4", [*picture(6), *hevc("-pix_fmt", "yuv420p10le", "-color_primaries", "bt2020", "-color_trc", "smpte2084",
                                          "-colorspace", "bt2020nc"), *FAST], master=("VIDEO-RANGE=PQ", "hvc1.2.")),
    Row("hdr-hlg.mp4", [*picture(6), *hevc("-pix_fmt", "yuv420p10le", "-color_primaries", "bt2020", "-color_trc",
                                           "arib-std-b67", "-colorspace", "bt2020nc"), *FAST], master=("VIDEO-RANGE=HLG",)),
    Row("av1-opus.mp4", [*picture(6), *tone(6), *AV1, "-c:a", "libopus", *FAST], master=("av01.0.", "pus")),
    Row("vp9-opus.mp4", [*picture(8), *tone(8), *VP9, "-c:a", "libopus", *FAST], master=("vp09.00.", "pus")),
    Row("444.mp4", [*picture(6), *h264(), "-pix_fmt", "yuv444p", *FAST], master=("avc1.f4",)),
    Row("opus.mp4", with_sound(["libopus"]), "base.mp4", master=("pus",)),
    Row("flac.mp4", with_sound(["flac"]), "base.mp4", master=("fLaC",)),
    Row("ac3.mp4", with_sound(["ac3"]), "base.mp4", master=("ac-3",)),
    Row("eac3.mp4", with_sound(["eac3"]), "base.mp4", master=("ec-3",)),
    Row("aac-and-ac3.mp4", [*tone(14), "-map", "0", "-map", "1:a", "-c", "copy", "-c:a:1", "ac3", "-metadata:s:a:1", "language=fra"],
        "base.mp4", master=("mp4a.40.2", "TYPE=AUDIO")),
    Row("mp3.mp4", with_sound(["libmp3lame"]), "base.mp4", verdict=("mp3-in-mp4",)),
    Row("alac.mov", with_sound(["alac"]), "base.mp4", verdict=("ok", "codec"), allow=("video-only",)),
    Row("alac.m4a", [*tone(6), "-c:a", "alac"], verdict=("codec",)),
    Row("pcm.mov", with_sound(["pcm_s16le"]), "base.mp4", verdict=("ok", "pcm"), allow=("video-only",)),
    Row("mp4v.mp4", [*picture(6), "-c:v", "mpeg4"], verdict=("codec",)),
    Row("mjpeg.mov", [*picture(2), "-c:v", "mjpeg", "-pix_fmt", "yuvj420p"], verdict=("codec",)),
    Row("44100.mp4", [*picture(8), *tone(8, 44100), *h264(), *AAC, *FAST]),
    Row("mono.mp4", [*picture(8), *tone(8), *h264(), "-c:a", "aac", "-ac", "1", *FAST]),

    # Time.
    Row("late-audio.mp4", [*picture(14), "-itsoffset", "3", *tone(11), *h264(), *AAC, *FAST]),
    Row("late-video.mp4", ["-itsoffset", "0.7", *picture(13), *tone(14), *h264(), *AAC, "-fps_mode", "passthrough", *FAST]),
    Row("negative-offsets.mp4", [*COPY, "-movflags", "+negative_cts_offsets"], "base.mp4"),
    Row("cut.mp4", [], "base.mp4", allow=("preroll",)),  # its arguments stand before its input: see `make.py`
    Row("open-gop.mp4", [*picture(14), *tone(14), *h264(48, ":open-gop=1"), *AAC, *FAST], never=("EXT-X-INDEPENDENT-SEGMENTS",)),
    Row("single-gop.mp4", [*picture(12), *tone(12), *h264(9999), *AAC, *FAST]),
    Row("5fps.mp4", [*picture(14, 5), *tone(14), *h264(10), *AAC, *FAST], master=("FRAME-RATE=5.000",)),
    Row("vfr.mp4", [*picture(14), *tone(14), "-vf", "select='if(lt(mod(n,96),48),1,not(mod(n,5)))'", "-fps_mode", "vfr",
                    *h264(), *AAC, *FAST]),
    Row("rotated.mp4", [*COPY, "-metadata:s:v:0", "rotate=90"], "base.mp4", master=("RESOLUTION=180x320",)),
    Row("intra-only.mp4", [*picture(7), *tone(7), *h264(1), *AAC, *FAST]),
    Row("no-keys.mp4", boxes.without_keys, "base.mp4", verdict=("no-key-frames",)),

    # Fragmented, as others leave them.
    Row("fragments.mp4", fragmented("+frag_keyframe+empty_moov+default_base_moof"), "base.mp4", allow=("one-stream",)),
    Row("fragments-edits.mp4", fragmented("+frag_keyframe+empty_moov+default_base_moof+delay_moov"), "base.mp4", allow=("one-stream",)),
    Row("fragments-sidx.mp4", fragmented("+frag_keyframe+empty_moov+default_base_moof+global_sidx"), "base.mp4", allow=("one-stream",)),
    Row("fragments-cmaf.mp4", fragmented("+frag_keyframe+cmaf"), "base.mp4", allow=("one-stream",)),
    Row("fragments-dash.mp4", fragmented("+frag_keyframe+empty_moov+dash"), "base.mp4", allow=("one-stream",)),
    Row("fragments-short.mp4", fragmented("+empty_moov+default_base_moof", "-frag_duration", "500000"), "base.mp4", allow=("one-stream",)),
    Row("fragments-audio.m4a", fragmented("+empty_moov+default_base_moof", "-frag_duration", "1000000"), "audio-only.m4a"),
    Row("base-data-offset.mp4", fragmented("+frag_keyframe+empty_moov"), "base.mp4", verdict=("base-data-offset",)),
    Row("hybrid.mp4", fragmented("+frag_keyframe+default_base_moof"), "base.mp4", verdict=("hybrid",)),
    Row("encrypted.mp4", [*COPY, *ENCRYPTED], "base.mp4", verdict=("encrypted",)),
]
