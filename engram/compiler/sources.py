"""Which files are corpora: regular YAML and JSON files inside the folders that were named."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from engram.compiler.documents import CorpusFile
from engram.compiler.rules import ODD_FILE, UNREADABLE
from engram.core.errors import EngramError
from engram.core.finding import Finding

SUFFIXES = (".yaml", ".yml", ".json")
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029]")


def find(paths: Sequence[Path]) -> tuple[tuple[CorpusFile, ...], list[Finding]]:
    """The corpus files under ``paths``, each once and in order, and what was found in their place.

    Links are not followed and hidden names are not looked at. Raises EngramError if a path does not
    exist, or if there is no corpus at all.
    """
    found: dict[str, CorpusFile] = {}
    findings: list[Finding] = []
    for path in paths:
        for item in _under(path):
            if isinstance(item, Finding):
                findings.append(item)
            else:
                found.setdefault(os.path.realpath(item.location), item)
    if not found and not findings:
        names = ", ".join(map(str, paths)) or "nothing"
        raise EngramError(
            f"no corpora found in {names}",
            help="A corpus is a .yaml or .json file; give the folder or the file that holds one.",
        )
    return tuple(sorted(found.values(), key=lambda file: (file.path, file.shown))), findings


def _under(path: Path) -> Iterator[CorpusFile | Finding]:
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:
        raise EngramError(f"{path} does not exist", help="Check the spelling.") from error
    if not stat.S_ISDIR(mode):
        yield CorpusFile(str(path), _printable(str(path)), _printable(path.name))
    else:
        yield from _in_folder(path, ())


def _in_folder(root: Path, inside: tuple[str, ...]) -> Iterator[CorpusFile | Finding]:
    folder = root.joinpath(*inside)
    try:
        with os.scandir(folder) as scan:
            entries = sorted(scan, key=lambda entry: os.fsencode(entry.name))
    except OSError as error:
        message = f"cannot be listed: {error.strerror}"
        yield UNREADABLE.finding(_printable(str(folder)), None, message)
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _in_folder(root, (*inside, entry.name))
        elif entry.name.endswith(SUFFIXES) or (entry.is_symlink() and entry.is_dir()):
            yield _file(entry, folder, "/".join((*inside, entry.name)))


def _file(entry: os.DirEntry[str], folder: Path, path: str) -> CorpusFile | Finding:
    shown = _printable(str(folder / entry.name))
    if entry.is_symlink():
        return ODD_FILE.finding(shown, None, "is a link; links are not followed")
    if not entry.is_file(follow_symlinks=False):
        return ODD_FILE.finding(shown, None, "is not a regular file")
    if _UNPRINTABLE.search(entry.name):
        return ODD_FILE.finding(shown, None, "has a name that cannot be printed", "Rename it.")
    return CorpusFile(str(folder / entry.name), shown, path)


def _printable(name: str) -> str:
    return _UNPRINTABLE.sub(lambda found: f"\\x{ord(found.group()) & 0xFF:02x}", name)
