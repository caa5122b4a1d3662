"""The figures as Markdown.

Owns the tables' columns and the rounding. Knows nothing of how anything was measured.
"""

NO_FIGURE = "-"
FIGURE_BEGINS = tuple("0123456789-")


def markdown(results):
    """The whole report. `results` is what `compare` has gathered, `results.names[0]` is ours."""
    parts = [_heading(results)]
    if results.speed:
        parts += ["![Server CPU time per request](compare.svg)", _ratios(results), _figures(results)]
    if any(filter(None, (wrk for outcome in results.speed for wrk in outcome.wrk.values()))):
        parts.append(_second_opinion(results))
    if results.idle:
        parts.append(_idle(results))
    if results.stalled:
        parts.append(_stalled(results))
    if results.cold:
        parts.append(_cold(results))
    if results.hls:
        parts.append(_hls(results))
    if results.viewers:
        parts.append(_viewers(results))
    if results.notes:
        parts.append("### Left out or wrong\n\n" + "\n".join(f"- {note}" for note in results.notes))
    return "\n\n".join(parts) + "\n"


def _heading(results):
    versions = ", ".join(f"{name} {version}" for name, version in results.versions.items())
    lines = [versions, *results.machine, results.extent]
    return "## Side by side\n\n" + "\n".join(f"- {line}" for line in lines)


def _ratios(results):
    ours, peers = results.names[0], results.names[1:]
    if not peers:
        return "### Ratios\n\nThere was no peer to compare with."
    rows = []
    for outcome in results.speed:
        us = outcome.typical(ours, "cpu_us")
        cpu = [f"{outcome.ratio(ours, peer, 'cpu_us'):.2f}" for peer in peers]
        rate = [f"{outcome.ratio(ours, peer, 'per_second'):.2f}" for peer in peers]
        rows.append([outcome.case.title, _short(us), *cpu, *rate])
    head = ["", f"{ours}, us", *(f"CPU / {peer}" for peer in peers), *(f"rate / {peer}" for peer in peers)]
    return (
        f"### Ratios\n\n{ours}'s server CPU time per request, what share of each peer's that is (below 1 is "
        "better), and its\nrequests a second beside each peer's (above 1 is better): medians of the "
        f"rounds' ratios.\n\n{_table(head, rows)}")


def _figures(results):
    rows = []
    for outcome in results.speed:
        for name in outcome.rounds:
            def typical(figure, name=name, outcome=outcome):
                return outcome.typical(name, figure)

            rows.append([
                outcome.case.title, name, f"{typical('per_second'):.0f}", f"{typical('gigabytes_per_second'):.2f}",
                _short(typical("cpu_us")), _short(typical("cpu_ms_per_gigabyte")),
                f"{typical('busy') * 100:.0f} %", _short(typical("p50_us")), _short(typical("p99_us"))])
    head = ["", "", "requests/s", "GB/s", "CPU us/request", "CPU ms/GB", "busy", "p50 us", "p99 us"]
    return f"### Figures\n\n{_table(head, _once(rows))}"


def _second_opinion(results):
    rows = []
    for outcome in results.speed:
        for name, seen in outcome.wrk.items():
            if seen:
                rows.append([outcome.case.title, name, f"{seen['per_second']:.0f}", _short(seen["cpu_us"]),
                             _short(seen["p99_us"]) if seen["p99_us"] else NO_FIGURE])
    head = ["", "", "requests/s", "CPU us/request", "p99 us"]
    return f"### The same asked by wrk\n\nOne round each.\n\n{_table(head, _once(rows))}"


def _idle(results):
    rows = []
    for name, one in results.idle:
        title = f"{_thousands(one.connections)} idle connections"
        rows.append([title, name, f"{one.per_connection:.0f}", _mb(one.before), _mb(one.after)])
    head = ["", "", "bytes per connection", "MB before", "MB with them"]
    return f"### Idle keep-alive connections: the server's anonymous memory\n\n{_table(head, _once(rows))}"


def _stalled(results):
    rows = []
    for name, one in results.stalled:
        rows.append([
            f"{_thousands(one.readers)} readers", name, _mb(one.total), _mb(one.server),
            _mb(one.kernel["all"]), _mb(one.kernel["slab"]), _mb(one.kernel["sockets"]), one.starved])
    head = ["", "", "MB in all", "server MB", "kernel MB", "of it slab MB", "MB queued", "starved"]
    what = "Each has read 4 MiB at full speed and then stopped."
    return f"### Readers that were paused\n\n{what}\n\n{_table(head, _once(rows))}"


def _cold(results):
    rows = []
    for name, scenes in results.cold.items():
        quiet = scenes["quiet"]
        for scene, seen in scenes.items():
            rows.append([
                name, scene, f"{seen.hot_per_second:.0f}", _short(seen.p50_us),
                _short(seen.p99_us), f"{seen.p99_us / quiet.p99_us:.1f}", seen.unanswered, seen.cold_replies])
    head = ["", "disk", "hot requests/s", "p50 us", "p99 us", "p99 / quiet", "unanswered", "cold replies"]
    return (
        "### Hot requests beside cold reads\n\n1 KiB requests of a file in memory, while four clients read "
        "files of a slow disk (200 ms a read), of one whose\nreads hang, and of one that hangs "
        f"altogether.\n\n{_table(head, _once(rows))}")


def _hls(results):
    names = list(results.hls)
    ours, rows = results.hls[names[0]], []
    for name, one in results.hls.items():
        share = ours.cpu_us("segments") / one.cpu_us("segments")
        rows.append([name, one.count, one.bytes, _short(one.cpu_us("segments")), _short(one.cpu_us("ranges")),
                     f"{one.price:.2f}", f"{share:.2f}"])
    head = ["", "segments", "bytes of one", "CPU us/segment", "CPU us/range", "segment / range", f"{names[0]} / it"]
    return (
        "### HLS segments made of an MP4\n\nServer CPU time for a segment of six seconds, and for a plain range of "
        f"as many bytes of the same film.\n\n{_table(head, rows)}")


def _viewers(results):
    rows = [[name, _mb(one.before), _mb(one.most), _mb(one.after), one.replies]
            for name, one in results.viewers.items()]
    head = ["", "MB before", "MB at most", "MB afterwards", "replies"]
    return (
        "### 1 000 viewers of 100 films\n\nThe server's anonymous memory; what nginx keeps of the films is in shared "
        f"memory, and not in this.\n\n{_table(head, rows)}")


def _once(rows):
    """A title that the row above has already is left out."""
    above = [None, *(row[0] for row in rows)]
    return [["" if row[0] == last else row[0], *row[1:]] for last, row in zip(above, rows)]


def _table(head, rows):
    """Columns of figures are aligned right; the source is readable too."""
    cells = [head, *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(row[n]) for row in cells) for n in range(len(head))]
    right = [all(row[n][:1] in FIGURE_BEGINS for row in cells[1:]) and n > 0 for n in range(len(head))]

    def line(row):
        padded = (c.rjust(w) if r else c.ljust(w) for c, w, r in zip(row, widths, right))
        return "| " + " | ".join(padded) + " |"

    rule = "|" + "|".join("-" * (w + 1) + (":" if r else "-") for w, r in zip(widths, right)) + "|"
    return "\n".join([line(cells[0]), rule, *map(line, cells[1:])])


def _short(number):
    """Three digits that count."""
    return f"{number:.1f}" if abs(number) < 100 else f"{number:.0f}"


def _mb(count):
    return f"{count / 1e6:.2f}" if abs(count) < 1e8 else f"{count / 1e6:.0f}"


def _thousands(number):
    return f"{number:,}".replace(",", " ")
