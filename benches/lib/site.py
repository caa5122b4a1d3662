"""The files that are served: made in a temporary folder, gone afterwards.

Owns their making and removal. Knows nothing of servers.

    site/www/video/big.bin      random bytes, in the page cache
    site/www/video/small.bin    8 KiB
    site/www/video/cold/        empty; the cold test mounts its slow disk here
    site/run/                   settings, logs and process numbers of the servers
"""

import os
import shutil
import tempfile
from pathlib import Path

SMALL = 8 << 10


class Site:
    """`with Site(length) as site:` has the files for as long as the block lasts."""

    def __init__(self, length):
        self.length = length

    def __enter__(self):
        base = self.base = Path(tempfile.mkdtemp(prefix="reeld-compare-"))
        base.chmod(0o755)  # peers that drop root must be able to read
        self.root, self.run = base / "www", base / "run"
        self.videos = self.root / "video"
        self.cold = self.videos / "cold"
        self.cold.mkdir(parents=True)
        self.run.mkdir()
        self.run.chmod(0o777)
        self.big = self._file("big.bin", self.length)
        self.small = self._file("small.bin", SMALL)
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.base, ignore_errors=True)

    def _file(self, name, length):
        path = self.videos / name
        with path.open("wb") as file:
            for start in range(0, length, 1 << 20):
                file.write(os.urandom(min(1 << 20, length - start)))
            file.flush()
            os.fsync(file.fileno())  # or the disk would be busy with it while we measure
        return path
