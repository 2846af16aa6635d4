"""Every way to damage a build that comes to mind, at places that chance decides."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from engram.compiler.emit import build_id, manifest_bytes
from engram.core.build import MANIFEST_NAME, Manifest


@dataclass(frozen=True)
class Whole:
    """A build that can be damaged and made whole again: its files, by their paths in it."""

    folder: Path
    files: dict[str, bytes]

    @classmethod
    def at(cls, folder: Path) -> Whole:
        """The build in ``folder``, with every file of it that is verified."""
        paths = (path for path in folder.rglob("*") if path.is_file())
        named = {str(path.relative_to(folder)): path.read_bytes() for path in sorted(paths)}
        named.pop("provenance.json")
        return cls(folder, named)

    def make_whole(self, *names: str) -> None:
        """Put these files back as they were."""
        for name in names:
            path = self.folder / name
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            elif os.path.lexists(path):
                path.unlink()
            path.write_bytes(self.files[name])


Damage = Callable[[Whole, Random], list[str]]


def _bytes(change: Callable[[bytes, Random], bytes]) -> Damage:
    """The damage of changing the bytes of one file; tried again where nothing changed."""

    def damage(whole: Whole, chance: Random) -> list[str]:
        while True:
            name = chance.choice(sorted(whole.files))
            new = change(whole.files[name], chance)
            if new != whole.files[name]:
                (whole.folder / name).write_bytes(new)
                return [name]

    return damage


def _two(data: bytes, chance: Random) -> tuple[int, int]:
    first, last = sorted(chance.randrange(len(data) + 1) for _ in range(2))
    return first, last


def flip(data: bytes, chance: Random) -> bytes:
    place = chance.randrange(len(data))
    return data[:place] + bytes([data[place] ^ 1 << chance.randrange(8)]) + data[place + 1 :]


def overwrite(data: bytes, chance: Random) -> bytes:
    first, last = _two(data, chance)
    return data[:first] + chance.randbytes(last - first) + data[last:]


def cut_off(data: bytes, chance: Random) -> bytes:
    return data[: chance.randrange(len(data))]


def cut_out(data: bytes, chance: Random) -> bytes:
    first, last = _two(data, chance)
    return data[:first] + data[last:]


def extend(data: bytes, chance: Random) -> bytes:
    return data + chance.choice([b"\n", b" ", b"\0", data, chance.randbytes(9)])


def insert(data: bytes, chance: Random) -> bytes:
    place = chance.randrange(len(data) + 1)
    return data[:place] + chance.choice([b"\n", b" ", b"\0", b"\xff", b"{}"]) + data[place:]


def repeat(data: bytes, chance: Random) -> bytes:
    first, last = _two(data, chance)
    return data[:last] + data[first:last] + data[last:]


def swap_parts(data: bytes, chance: Random) -> bytes:
    first, last = _two(data, chance)
    return data[last:] + data[first:last] + data[:first]


def swap_lines(data: bytes, chance: Random) -> bytes:
    lines = data.split(b"\n")
    one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return b"\n".join(lines)


def rewrite_json(data: bytes, chance: Random) -> bytes:
    """The same values, written in another way: spaces, the order of keys, keys given twice."""
    lines = data.splitlines() or [data]
    place = chance.randrange(len(lines))
    try:
        value = json.loads(lines[place])
    except ValueError:
        return data
    style = chance.randrange(4)
    if style == 0:
        lines[place] = json.dumps(value, indent=chance.randrange(3)).encode()
    elif style == 1:
        lines[place] = json.dumps(value, separators=(", ", ":")).encode()
    elif style == 2 and isinstance(value, dict):
        keys = list(value)
        chance.shuffle(keys)
        lines[place] = json.dumps({key: value[key] for key in keys}).encode()
    elif isinstance(value, dict):
        key = json.dumps(chance.choice(list(value))).encode()
        lines[place] = lines[place].replace(b"{", b"{" + key + b":null,", 1)
    return b"\n".join(lines)


def delete(whole: Whole, chance: Random) -> list[str]:
    name = chance.choice(sorted(whole.files))
    (whole.folder / name).unlink()
    return [name]


def replace_by_other(whole: Whole, chance: Random) -> list[str]:
    """Another file's bytes, copied or hard-linked, under this file's name."""
    name, other = chance.sample(sorted(whole.files), 2)
    path = whole.folder / name
    path.unlink()
    if chance.randrange(2):
        os.link(whole.folder / other, path)
    else:
        path.write_bytes(whole.files[other])
    return [name]


def swap_files(whole: Whole, chance: Random) -> list[str]:
    names = chance.sample(sorted(whole.files), 2)
    for name, other in zip(names, reversed(names), strict=True):
        (whole.folder / name).write_bytes(whole.files[other])
    return names


def replace_by_what_is_no_file(whole: Whole, chance: Random) -> list[str]:
    name = chance.choice(sorted(whole.files))
    path = whole.folder / name
    kind = chance.randrange(4)
    if kind == 0:
        # To the very same bytes: a link is no file of the build all the same.
        target = whole.folder / "elsewhere"
        target.write_bytes(whole.files[name])
        path.unlink()
        path.symlink_to(target)
    else:
        path.unlink()
        [Path.mkdir, os.mkfifo, lambda path: path.symlink_to("nowhere")][kind - 1](path)  # type: ignore[operator]
    return [name]


def add(whole: Whole, chance: Random) -> list[str]:
    """A file, a folder or a link beside the rows that the manifest does not list."""
    folder = next(name for name in whole.files if name.endswith("train.jsonl")).rpartition("/")[0]
    name = chance.choice(["TRAIN.jsonl", ".hidden", "x.jsonl", "train.jsonl~", "é", "a\nb", "-"])
    path = whole.folder / folder / f"{name}{chance.randrange(99)}"
    [Path.touch, Path.mkdir, lambda path: path.symlink_to("train.jsonl")][chance.randrange(3)](path)  # type: ignore[operator]
    return [f"+{path.relative_to(whole.folder)}"]


def edit_manifest(whole: Whole, chance: Random) -> list[str]:
    """Another value somewhere in the manifest, with the build id that it then should have."""
    fields = json.loads(whole.files[MANIFEST_NAME])
    _edit(fields, chance)
    try:
        manifest = Manifest.model_validate_json(json.dumps(fields))
        manifest = manifest.model_copy(update={"build_id": build_id(manifest)})
        new = manifest_bytes(manifest)
    except ValueError:
        new = json.dumps(fields, separators=(",", ":"), sort_keys=True).encode()
    (whole.folder / MANIFEST_NAME).write_bytes(new)
    return [MANIFEST_NAME]


# What a forger may change at will: nothing that is verified can be told from it.
FREE = ("engram", "lock", "sources", "options", "build_id", "published", "search")


def _edit(fields: dict[str, Any], chance: Random) -> None:
    key: Any = chance.choice([key for key in fields if key not in FREE and fields[key] != []])
    holder: Any = fields
    while isinstance(holder[key], (dict, list)) and holder[key]:
        holder = holder[key]
        names = range(len(holder)) if isinstance(holder, list) else holder.keys() - set(FREE)
        key = chance.choice(sorted(names))
    old = holder[key]
    new = [None, "", "../x", "/etc/passwd", -1, old + 1 if isinstance(old, int) else f"{old}x", {}]
    holder[key] = chance.choice([value for value in new if value != old])


# By name, so that a count says what was done.
DAMAGES: dict[str, Damage] = {
    "flip": _bytes(flip),
    "overwrite": _bytes(overwrite),
    "cut off": _bytes(cut_off),
    "cut out": _bytes(cut_out),
    "extend": _bytes(extend),
    "insert": _bytes(insert),
    "repeat": _bytes(repeat),
    "swap parts": _bytes(swap_parts),
    "swap lines": _bytes(swap_lines),
    "rewrite JSON": _bytes(rewrite_json),
    "delete": delete,
    "other file": replace_by_other,
    "swap files": swap_files,
    "no file": replace_by_what_is_no_file,
    "add": add,
    "edit manifest": edit_manifest,
}
