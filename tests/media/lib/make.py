"""Makes the files of the matrix with ffmpeg: `make(folder)`.

Owns their making, two at a time. Knows nothing of what they are for.
"""

import os
import subprocess
import time
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait

from lib import matrix

AT_ONCE = 2
ENCODE_SECS_MAX = 60
SETTLED_SECS = 3600  # as old as files are that nobody is writing any more


def make(folder, names=None):
    """Writes these rows (and what they are made of) into `folder`; gives back the rows that were asked for."""
    rows = {row.name: row for row in matrix.ROWS}
    asked = list(names) if names else list(rows)
    needed = {}
    for name in asked:
        while name:
            needed[name] = rows[name]
            name = rows[name].source
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "subtitles.srt").write_text(matrix.SRT)
    (folder / "chapters.txt").write_text(matrix.CHAPTERS)

    waiting, running = dict(needed), {}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        while waiting or running:
            for name, row in list(waiting.items()):
                if row.source not in waiting and row.source not in running.values():
                    running[pool.submit(_one, folder, waiting.pop(name))] = name
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                running.pop(future)
                future.result()
    for name in ("subtitles.srt", "chapters.txt"):
        (folder / name).unlink()
    for name in set(needed) - set(asked):
        (folder / name).unlink()
    return [rows[name] for name in asked]


def _one(folder, row):
    target = folder / row.name
    target.parent.mkdir(exist_ok=True)
    if callable(row.made):
        row.made(folder / row.source, target)
    elif row.name == "cut.mp4":
        _ffmpeg(folder, ["-ss", "2.7", "-i", row.source, *matrix.COPY, row.name])
    else:
        # The only input with a name comes first: the numbers in `-map` are those of the table.
        given = ["-i", row.source] if row.source else []
        _ffmpeg(folder, [*given, *row.made, row.name])
    for name, text in row.beside.items():
        (folder / name).write_text(text)
        settle(folder / name)
    settle(target)


def settle(path):
    """A server may leave alone what was written just now."""
    then = time.time() - SETTLED_SECS
    os.utime(path, (then, then))


def _ffmpeg(folder, arguments):
    command = ["ffmpeg", "-hide_banner", "-nostdin", "-v", "error", "-y", *arguments]
    ran = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                         stderr=subprocess.PIPE, timeout=ENCODE_SECS_MAX, text=True, errors="replace",
                         env={**os.environ, "SVT_LOG": "0"})
    if ran.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}\n{ran.stderr}")
