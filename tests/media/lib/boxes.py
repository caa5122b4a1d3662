"""MP4 boxes, as little of them as the tests need: who reads here shares no code with the server.

Owns walking, patching, and the timeline of a plain file. Knows nothing of servers or of players.

    u32 size | 4 bytes type | body              size 1: u64 size follows, size 0: to the end of the file
"""

import dataclasses
import struct
from fractions import Fraction

CONTAINERS = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"dinf", b"mvex", b"moof", b"traf"}


@dataclasses.dataclass
class Box:
    """A box by its place: `at` is where its head begins, `body` where its body does."""

    kind: bytes
    at: int
    body: int
    end: int


def walk(file, start=0, end=None):
    """The boxes from `start` to `end` of a file or of bytes in memory, one level deep; bodies are not read."""
    read = _reader(file)
    end = end if end is not None else _length(file)
    while start + 8 <= end:
        size, kind = struct.unpack(">I4s", read(start, 8))
        body = start + 8
        if size == 1:
            (size,) = struct.unpack(">Q", read(body, 8))
            body += 8
        elif size == 0:
            size = end - start
        if size < body - start:
            return
        yield Box(kind, start, body, start + size)
        start += size


def find(data, path, start=0, end=None):
    """All boxes at a path such as `trak/mdia/mdhd`, in bytes in memory."""
    first, _, rest = path.partition("/")
    for box in walk(data, start, end):
        if box.kind == first.encode():
            if rest:
                yield from find(data, rest, box.body, box.end)
            else:
                yield box


def top(path):
    """The boxes of a file, and the bytes of its `moov`."""
    with open(path, "rb") as file:
        boxes = list(walk(file))
        moov = next((box for box in boxes if box.kind == b"moov"), None)
        if moov is None:
            return boxes, None
        file.seek(moov.body)
        return boxes, file.read(moov.end - moov.body)


# --- the timeline ---


@dataclasses.dataclass
class Track:
    """Times are seconds of the title, as its edit list has them."""

    kind: str
    entry: str
    begin: Fraction  # of its first sample
    first_sync: Fraction
    end: Fraction  # of its last sample
    samples: int


def tracks(path):
    """What the tables of a plain file say, by the rules of the standard: offsets are signed, edits apply."""
    _, moov = top(path)
    mvhd = next(find(moov, "mvhd"))
    movie_scale = _u32(moov, mvhd.body + (20 if moov[mvhd.body] == 1 else 12))
    return [_track(moov, trak, movie_scale) for trak in find(moov, "trak")]


def _track(moov, trak, movie_scale):
    def body(path):
        box = next(find(moov, path, trak.body, trak.end), None)
        return moov[box.body:box.end] if box else None

    mdhd = body("mdia/mdhd")
    scale = _u32(mdhd, 20 if mdhd[0] == 1 else 12)
    shift = _edit(body("edts/elst"), movie_scale, scale)
    deltas = _runs(body("mdia/minf/stbl/stts"), ">II")
    ctts = body("mdia/minf/stbl/ctts")
    offsets = _runs(ctts, ">Ii") if ctts else [0] * len(deltas)
    stss = body("mdia/minf/stbl/stss")
    syncs = None if stss is None else {n - 1 for n in struct.unpack(f">{_u32(stss, 4)}I", stss[8:8 + 4 * _u32(stss, 4)])}

    shown, end, dts = [], None, 0
    for delta, offset in zip(deltas, offsets):
        pts = Fraction(dts + offset, scale) + shift
        shown.append(pts)
        end = max(end, pts + Fraction(delta, scale)) if shown[1:] else pts + Fraction(delta, scale)
        dts += delta
    first = next((pts for n, pts in enumerate(shown) if syncs is None or n in syncs), Fraction(0))
    stsd = body("mdia/minf/stbl/stsd")
    return Track(body("mdia/hdlr")[8:12].decode("latin1"), stsd[12:16].decode("latin1"),
                 shown[0] if shown else Fraction(0), first, end or Fraction(0), len(shown))


def ends_of_fragments(path):
    """Where the last sample of each track ends, by what its fragments say."""
    data = open(path, "rb").read()
    moov = next(find(data, "moov"))
    mvhd = next(find(data, "mvhd", moov.body, moov.end))
    movie_scale = _u32(data, mvhd.body + (20 if data[mvhd.body] == 1 else 12))
    tracks, usual = {}, {}
    for trak in find(data, "trak", moov.body, moov.end):
        mdhd = next(find(data, "mdia/mdhd", trak.body, trak.end)).body
        scale = _u32(data, mdhd + (20 if data[mdhd] == 1 else 12))
        elst = next((data[box.body:box.end] for box in find(data, "edts/elst", trak.body, trak.end)), None)
        tkhd = next(find(data, "tkhd", trak.body, trak.end)).body
        tracks[_u32(data, tkhd + (20 if data[tkhd] == 1 else 12))] = (scale, _edit(elst, movie_scale, scale))
    for trex in find(data, "mvex/trex", moov.body, moov.end):
        usual[_u32(data, trex.body + 4)] = _u32(data, trex.body + 12)
    ends = {}
    boxes = list(walk(data))
    for moof, media in zip(boxes, boxes[1:]):
        if moof.kind != b"moof" or media.kind != b"mdat" or media.end > len(data):
            continue  # what has no media cannot be shown
        for traf in find(data, "traf", moof.body, moof.end):
            track, end = _end_of_fragment(data, traf, usual)
            scale, shift = tracks[track]
            ends[track] = max(ends.get(track, shift), Fraction(end, scale) + shift)
    return set(ends.values())


def _end_of_fragment(data, traf, usual):
    """Its track, and where its last sample ends on that track's own clock."""
    tfhd, tfdt = (next(find(data, kind, traf.body, traf.end)).body for kind in ("tfhd", "tfdt"))
    flags, track = _u32(data, tfhd) & 0xFFFFFF, _u32(data, tfhd + 4)
    duration = _u32(data, tfhd + 8 + 8 * (flags & 1) + 4 * (flags >> 1 & 1)) if flags & 8 else usual.get(track, 0)
    time = struct.unpack_from(">Q" if data[tfdt] == 1 else ">I", data, tfdt + 4)[0]
    end = time
    for trun in find(data, "trun", traf.body, traf.end):
        flags, count = _u32(data, trun.body) & 0xFFFFFF, _u32(data, trun.body + 4)
        at = trun.body + 8 + 4 * (flags & 1) + 4 * (flags >> 2 & 1)
        for _ in range(count):
            lasts = _u32(data, at) if flags & 0x100 else duration
            before = sum(4 for flag in (0x100, 0x200, 0x400) if flags & flag)
            offset = struct.unpack_from(">i", data, at + before)[0] if flags & 0x800 else 0
            end = max(end, time + offset + lasts)
            time, at = time + lasts, at + before + 4 * (flags >> 11 & 1)
    return track, end


def _edit(elst, movie_scale, scale):
    """How much later than its own clock a track is shown."""
    delay = Fraction(0)
    if elst is None:
        return delay
    wide = elst[0] == 1
    for n in range(_u32(elst, 4)):
        length, start = struct.unpack_from(">Qq" if wide else ">Ii", elst, 8 + n * (20 if wide else 12))
        if start >= 0:
            return delay - Fraction(start, scale)
        delay += Fraction(length, movie_scale)
    return delay


def _runs(body, form):
    values = []
    for n in range(_u32(body, 4)):
        count, value = struct.unpack_from(form, body, 8 + 8 * n)
        values += [value] * count
    return values


# --- patches: each changes a file so that it still says the same, or stops saying it on purpose ---


def with_co64(source, target):
    """The same file with 64-bit chunk offsets. Its `moov` is last, so nothing else moves."""
    boxes, moov = top(source)
    assert boxes[-1].kind == b"moov", "moov is not last"

    def rebuilt(data, start, end):
        out = b""
        for box in walk(data, start, end):
            body = data[box.body:box.end]
            if box.kind in CONTAINERS:
                body = rebuilt(data, box.body, box.end)
            kind = box.kind
            if kind == b"stco":
                count = _u32(body, 4)
                offsets = struct.unpack_from(f">{count}I", body, 8)
                kind, body = b"co64", body[:8] + struct.pack(f">{count}Q", *offsets)
            out += struct.pack(">I4s", 8 + len(body), kind) + body
        return out

    new = rebuilt(moov, 0, len(moov))
    with open(source, "rb") as file:
        before = file.read(boxes[-1].at)
    with open(target, "wb") as file:
        file.write(before + struct.pack(">I4s", 8 + len(new), b"moov") + new)


def with_wide_mdat(source, target):
    """`free` (8 bytes) and the head of `mdat` become one head of 16 bytes with a 64-bit size."""
    data = bytearray(open(source, "rb").read())
    boxes = list(walk(data))
    at = next(n for n, box in enumerate(boxes) if box.kind == b"mdat")
    free, mdat = boxes[at - 1], boxes[at]
    assert free.kind == b"free" and free.end - free.at == 8, "no room before mdat"
    data[free.at:mdat.body] = struct.pack(">I4sQ", 1, b"mdat", mdat.end - free.at)
    open(target, "wb").write(data)


def with_hole(source, target, length):
    """The second half of the media lies `length` bytes further back; the hole takes no room on disk.
    The source has 64-bit offsets, a 64-bit `mdat` and its `moov` last."""
    boxes, moov = top(source)
    moov = bytearray(moov)
    mdat = next(box for box in boxes if box.kind == b"mdat")
    assert mdat.body - mdat.at == 16 and boxes[-1].kind == b"moov", "not such a source"
    places = [at for box in find(moov, "trak/mdia/minf/stbl/co64")
              for at in range(box.body + 8, box.body + 8 + 8 * _u32(moov, box.body + 4), 8)]
    offsets = sorted(struct.unpack_from(">Q", moov, at)[0] for at in places)
    cut = offsets[len(offsets) // 2]
    for at in places:
        (offset,) = struct.unpack_from(">Q", moov, at)
        if offset >= cut:
            struct.pack_into(">Q", moov, at, offset + length)
    data = open(source, "rb").read()
    with open(target, "wb") as out:
        out.write(data[:mdat.at] + struct.pack(">I4sQ", 1, b"mdat", mdat.end - mdat.at + length) + data[mdat.body:cut])
        out.seek(cut + length)
        out.write(data[cut:mdat.end] + struct.pack(">I4s", 8 + len(moov), b"moov") + moov)


def without_keys(source, target):
    """An empty list of sync samples: none is. What is left of the box becomes `free`."""
    data = bytearray(open(source, "rb").read())
    (stss,) = find(data, "moov/trak/mdia/minf/stbl/stss")
    room = stss.end - stss.at - 16
    assert room >= 8, "too few key frames"
    struct.pack_into(">I4sII", data, stss.at, 16, b"stss", 0, 0)
    struct.pack_into(">I4s", data, stss.at + 16, room, b"free")
    open(target, "wb").write(data)


def cut(source, target, share):
    """Only the first part of a file, as an upload that was interrupted leaves it."""
    data = open(source, "rb").read()
    open(target, "wb").write(data[:int(len(data) * share)])


def cut_before(source, target, kind):
    """A file that ends where its first box of that kind would begin."""
    data = open(source, "rb").read()
    box = next(box for box in walk(data) if box.kind == kind)
    open(target, "wb").write(data[:box.at])


def _u32(data, at):
    return struct.unpack_from(">I", data, at)[0]


def _reader(file):
    if isinstance(file, (bytes, bytearray)):
        return lambda at, length: file[at:at + length]

    def read(at, length):
        file.seek(at)
        return file.read(length)
    return read


def _length(file):
    if isinstance(file, (bytes, bytearray)):
        return len(file)
    return file.seek(0, 2)
