"""The settings of a project: ``[tool.engram]`` in the pyproject.toml that is nearest above.

[tool.engram]
select = ["ENG2", "ENG3"]       # report these rules, by code, beginning of one, or name
ignore = ["untested-category"]  # and not these
gates = ["recall >= 0.99"]      # what `engram run` and `engram eval` must measure

[tool.engram.limits]
depth = 10
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from engram.compiler.selection import fault_in
from engram.core.config import Config, Limits
from engram.core.errors import EngramError
from engram.files.fault import Fault
from engram.files.reading import read_regular

NAME = "pyproject.toml"
SECTION = ("tool", "engram")
MOST_BYTES = 1 << 20

_WHERE = re.compile(r"\(at line ([0-9]+), column ([0-9]+)\)")


def settings_for(paths: Sequence[Path]) -> Config:
    """The settings that hold for these corpora; the defaults where no project sets any.

    The first pyproject.toml with a section ``tool.engram`` counts, from the folder that holds all
    of ``paths`` upwards. Raises EngramError, with file and line, for settings that mean nothing.
    """
    return _nearest(paths)[1]


def gates_for(folder: Path) -> tuple[tuple[str, str], ...]:
    """The gates that hold for runs in ``folder``, each with the file and line that sets it."""
    path, config = _nearest([folder])
    if not config.gates:
        return ()
    text = path.read_text(encoding="utf-8", errors="replace")
    return tuple(
        (gate, f"{path}{_line_of(text, ['gates'], holding=gate)}") for gate in config.gates
    )


def settings_in(path: Path) -> Config | None:
    """The settings in one pyproject.toml; None if it is not there or has no such section."""
    if not os.path.lexists(path):
        return None
    data = read_regular(path, MOST_BYTES)
    if isinstance(data, Fault):
        raise EngramError(f"{path} {data.message}")
    # A file that never says the name has no section of it, whatever else is wrong with it.
    if SECTION[-1].encode() not in data:
        return None
    text = data.decode("utf-8", errors="replace").replace("\r\n", "\n")
    table: Any = _toml(path, data)
    for name in SECTION:
        table = table.get(name) if isinstance(table, Mapping) else None
    if table is None:
        return None
    config = _config(path, text, table)
    _check_words(path, text, "select", config.select)
    _check_words(path, text, "ignore", config.ignore)
    return config


def _nearest(paths: Sequence[Path]) -> tuple[Path, Config]:
    """The settings that hold for these paths, and the file that they are in, if there is one."""
    for folder in _upwards(paths):
        config = settings_in(folder / NAME)
        if config is not None:
            return folder / NAME, config
    return Path(NAME), Config()


def _upwards(paths: Sequence[Path]) -> Iterable[Path]:
    folders = [path if path.is_dir() else path.parent for path in map(_absolute, paths)]
    deepest = Path(os.path.commonpath(folders))
    return (deepest, *deepest.parents)


def _absolute(path: Path) -> Path:
    try:
        return Path(os.path.realpath(path))
    except (OSError, ValueError) as error:
        raise EngramError(f"{path} does not exist", help="Check the spelling.") from error


def _toml(path: Path, data: bytes) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        return tomllib.loads(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise EngramError(f"{path}:{line}: is not UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        where = _WHERE.search(str(error))
        place = f":{where[1]}:{where[2]}" if where else ""
        message = _WHERE.sub("", str(error)).strip()
        raise EngramError(f"{path}{place}: {message}", help="Mend the file.") from error
    except RecursionError as error:
        raise EngramError(f"{path}: is nested too deeply") from error


def _config(path: Path, text: str, table: Any) -> Config:
    try:
        return Config.model_validate(table)
    except ValidationError as error:
        raise _refused(path, text, error.errors(include_url=False)[0]) from error


def _refused(path: Path, text: str, error: ErrorDetails) -> EngramError:
    names = [str(part) for part in error["loc"] if isinstance(part, str)]
    place = f"{path}{_line_of(text, names)}"
    name = ".".join([*SECTION[1:], *names])
    if error["type"] == "extra_forbidden":
        known = list((Limits if names[:-1] == ["limits"] else Config).model_fields)
        close = get_close_matches(names[-1], known, n=1)
        advice = f"Did you mean `{close[0]}`?" if close else f"There are: {', '.join(known)}."
        return EngramError(f"{place}: there is no setting `{name}`", help=advice)
    if names[:1] == ["limits"]:
        what = "a whole number of at least 1" if names[1:] else "a table of limits"
    elif names[:1] == ["gates"]:
        what = 'a list of gates, such as ["recall >= 0.99"]'
    else:
        what = 'a list of rules, such as ["ENG310"]' if names else "a table"
    return EngramError(f"{place}: `{name}` must be {what}")


def _check_words(path: Path, text: str, name: str, words: Sequence[str]) -> None:
    for word in words:
        fault = fault_in(word, ignored=name == "ignore")
        if fault:
            place = f"{path}{_line_of(text, [name], holding=word)}"
            raise EngramError(f"{place}: {fault[0]}", help=fault[1])


def _line_of(text: str, names: Sequence[str], *, holding: str = "") -> str:
    """``:line`` of a setting, or of a word in its list, as far as it is written in plain sight."""
    section = ".".join([*SECTION, *names[:-1]])
    inside = found = 0
    for number, line in enumerate(text.split("\n"), start=1):
        bare = line.split("#")[0].strip()
        if bare.startswith("["):
            if not found:
                inside = (
                    number if bare.strip("[] ") in (section, ".".join([*SECTION, *names])) else 0
                )
        elif inside and names and re.match(rf"[\"']?{re.escape(names[-1])}[\"']?\s*[.=]", bare):
            found = number
        if found and (not holding or holding in line):
            return f":{number}"
    return f":{found or inside}" if found or inside else ""
