"""Which files are corpora: regular YAML, JSON and JSONL files in the folders that were named."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from engram.compiler.documents import FIELDS, LINES, CorpusFile
from engram.compiler.rules import LIMIT, ODD_FILE, UNREADABLE
from engram.core.config import DEFAULT_LIMITS, Limits
from engram.core.errors import EngramError
from engram.core.finding import Finding
from engram.files.fault import raised

# What `engram import` could not take: it lies beside the corpus and is none.
REJECTED = ".rejected.jsonl"
SUFFIXES = (".yaml", ".yml", ".json", LINES)
# Control characters, bytes that are not UTF-8, and what is invisible or turns the text around it.
_UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff]"
)
_LONGEST_NAME = 200


def find(
    paths: Sequence[Path], limits: Limits = DEFAULT_LIMITS
) -> tuple[tuple[CorpusFile, ...], list[Finding]]:
    """The corpus files under ``paths``, each once and in order, and what was found in their place.

    Links are not followed and hidden names are not looked at. Raises EngramError if a path does not
    exist, or if there is no corpus at all.
    """
    found: dict[str, CorpusFile] = {}
    findings: list[Finding] = []
    for path in paths:
        for item in _under(path, limits.depth):
            if len(found) >= limits.files:
                findings.append(_too_many(path, limits.files))
                break
            if isinstance(item, Finding):
                findings.append(item)
            else:
                found.setdefault(os.path.realpath(item.location), item)
    if not found and not findings:
        names = ", ".join(map(str, paths)) or "nothing"
        raise EngramError(
            f"no corpora found in {names}",
            help="A corpus is a .yaml, .json or .jsonl file; give one, or a folder that holds one.",
        )
    return tuple(sorted(found.values(), key=lambda file: (file.path, file.shown))), findings


def _under(path: Path, depth: int) -> Iterator[CorpusFile | Finding]:
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:
        raise EngramError(f"{path} does not exist", help="Check the spelling.") from error
    if not stat.S_ISDIR(mode):
        yield from _given(path)
    else:
        yield from _in_folder(path, (), depth)


def _given(path: Path) -> Iterator[CorpusFile | Finding]:
    if path.name.endswith(".csv"):
        message = "is a table; it is read with the corpus that names it"
        yield ODD_FILE.finding(_printable(str(path)), None, message, "Give that corpus.")
        return
    yield CorpusFile(str(path), _printable(str(path)), _printable(path.name))
    fields = path.with_name(path.name.removesuffix(LINES) + FIELDS)
    if path.name.endswith(LINES) and fields.is_file():
        yield CorpusFile(str(fields), _printable(str(fields)), _printable(fields.name))


def _in_folder(root: Path, inside: tuple[str, ...], depth: int) -> Iterator[CorpusFile | Finding]:
    folder = root.joinpath(*inside)
    if len(inside) > depth:
        message = f"is a folder nested deeper than {depth} levels"
        yield LIMIT.finding(
            _printable(str(folder)), None, message, f"Move it, or {raised('depth')}."
        )
        return
    try:
        with os.scandir(folder) as scan:
            entries = sorted(scan, key=lambda entry: os.fsencode(entry.name))
    except OSError as error:
        message = f"cannot be listed: {error.strerror}"
        yield UNREADABLE.finding(_printable(str(folder)), None, message)
        return
    for entry in entries:
        if entry.name.startswith(".") or entry.name.endswith(REJECTED):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _in_folder(root, (*inside, entry.name), depth)
        elif entry.name.endswith(SUFFIXES) or (entry.is_symlink() and entry.is_dir()):
            yield _file(entry, folder, "/".join((*inside, entry.name)))


def _file(entry: os.DirEntry[str], folder: Path, path: str) -> CorpusFile | Finding:
    shown = _printable(str(folder / entry.name))
    if entry.is_symlink():
        return ODD_FILE.finding(shown, None, "is a link; links are not followed")
    if not entry.is_file(follow_symlinks=False):
        return ODD_FILE.finding(shown, None, "is not a regular file")
    if _UNPRINTABLE.search(_utf8(entry.name)):
        return ODD_FILE.finding(shown, None, "has a name that cannot be printed", "Rename it.")
    if len(os.fsencode(entry.name)) > _LONGEST_NAME:
        message = f"has a name of over {_LONGEST_NAME} bytes"
        return ODD_FILE.finding(shown, None, message, "Rename it.")
    return CorpusFile(str(folder / entry.name), shown, _utf8(path))


def _too_many(path: Path, most: int) -> Finding:
    message = f"there are more than {most:,} corpus files; the rest was not read"
    advice = f"Put them together, or {raised('files')}."
    return LIMIT.finding(_printable(str(path)), None, message, advice)


def _printable(name: str) -> str:
    return _UNPRINTABLE.sub(_escaped, _utf8(name))


def _utf8(name: str) -> str:
    # Python reads names in the encoding of the locale, and a build must not depend on that.
    return os.fsencode(name).decode("utf-8", "surrogateescape")


def _escaped(found: re.Match[str]) -> str:
    # A byte that is not UTF-8 stands in a name as half of a surrogate pair.
    code = ord(found.group())
    small = code < 0x100 or 0xDC80 <= code <= 0xDCFF
    return f"\\x{code & 0xFF:02x}" if small else f"\\u{code:04x}"
