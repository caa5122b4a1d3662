"""The chart: server CPU time per request, a group of bars for each case, as SVG.

Owns every coordinate in it. Knows nothing of how anything was measured.

Each group has its own scale (1 KiB takes microseconds, 16 MiB a millisecond): its longest bar fills
the width, and the figure stands at the bar's end. Colours follow the reader's dark or light setting.
"""

from xml.sax.saxutils import escape

WIDTH, LABELS, FIGURES, MARGIN = 860, 280, 140, 24
NARROW_SPACE = "\u202f"
BAR, GAP, GROUP_GAP, TOP = 14, 3, 16, 76

STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .title { font-size: 17px; font-weight: 600 }
  .quiet { fill: #59636e; font-size: 12px }
  .ours { font-weight: 600 }
  .card { fill: #ffffff; stroke: #d1d9e0 }
  .bar { fill: #afb8c1 }
  .bar.first { fill: #0969da }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc }
    .quiet { fill: #9198a1 }
    .card { fill: #0d1117; stroke: #3d444d }
    .bar { fill: #59636e }
    .bar.first { fill: #4493f8 }
  }
"""


def svg(results):
    """The whole chart. `results.names[0]` is ours and stands out."""
    names = results.names
    height = BAR * len(names) + GAP * (len(names) - 1) + GROUP_GAP
    total = TOP + height * len(results.speed) + MARGIN
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {total}" width="{WIDTH}" '
        f'height="{total}" role="img" aria-label="Server CPU time per request">',
        f"<style>{STYLE}</style>",
        f'<rect class="card" x="0.5" y="0.5" width="{WIDTH - 1}" height="{total - 1}" rx="10"/>',
        _text(MARGIN, 34, "Server CPU time per request", "title"),
        _text(MARGIN, 54, "One worker each, one core; shorter is better. " + "; ".join(results.machine[:2]), "quiet"),
    ]
    for number, outcome in enumerate(results.speed):
        out += _group(outcome, names, TOP + number * height)
    return "\n".join([*out, "</svg>"]) + "\n"


def _group(outcome, names, top):
    figures = [outcome.typical(name, "cpu_us") for name in names]
    yield _text(MARGIN, top + BAR - 3, outcome.case.title)
    full = WIDTH - LABELS - FIGURES - 2 * MARGIN
    for number, (name, figure) in enumerate(zip(names, figures)):
        y = top + number * (BAR + GAP)
        length = max(2, full * figure / max(figures))
        first = " first" if number == 0 else ""
        x = MARGIN + LABELS
        yield f'<rect class="bar{first}" x="{x}" y="{y}" width="{length:.1f}" height="{BAR}" rx="2"/>'
        digits = 1 if figure < 100 else 0
        label = f"{name}  {figure:,.{digits}f} us".replace(",", NARROW_SPACE)
        yield _text(x + length + 8, y + BAR - 3, label, "ours" if number == 0 else "quiet")


def _text(x, y, words, kind=""):
    return f'<text class="{kind}" x="{x:.1f}" y="{y}">{escape(words)}</text>'
