"""The keys of a corpus and of its patterns in the order in which the format is described.

Whole lines are moved, with the comments above them; what is within a value stays as it is. A
mapping is left alone if it is written in one line, if it has unknown keys, or if a comment or a
block scalar in it could mean something else in another place.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from engram.compiler.fix.text import Lines
from engram.core.config import Limits
from engram.core.corpus import Corpus, Pattern
from engram.core.noun import Noun
from engram.files.fault import Position
from engram.files.yaml import parse, unix
from engram.files.yaml_data import Parsed, Path
from engram.files.yaml_layout import Layout, layout_of


def _fields(noun: type[Noun], first: Sequence[str], last: Sequence[str]) -> list[str]:
    names = [field.alias or name for name, field in noun.model_fields.items()]
    between = [name for name in names if name not in (*first, *last)]
    return [name for name in (*first, *between, *last) if name in names]


# The small and descriptive first, what fills the file last.
CORPUS = _fields(
    Corpus,
    ("schema", "name", "description", "version", "published", "license"),
    ("key", "rows", "templates", "examples"),
)
PATTERN = _fields(Pattern, ("id", "input", "output", "category"), ())


class _Unit(NamedTuple):
    """A key with its value: the lines of both, and of the comments and blank lines above.

    ``tail`` says what ends it: a block scalar, one that keeps the blank lines behind it, or else.
    """

    key: str
    above: int
    start: int
    end: int
    tail: Literal["block", "keep", ""]


def ordered(text: str, limits: Limits) -> str:
    """The text with its keys in order, as far as whole lines can be moved."""
    parsed, layout = parse(unix(text), limits), layout_of(unix(text))
    if parsed.faults or layout is None or not isinstance(parsed.data, dict):
        return text
    lines = Lines(text)
    # Patterns first: within the lines of `examples`, they move nothing beyond their own lines.
    for path, end in _mappings(parsed, len(lines.bodies) + 1):
        order = PATTERN if path else CORPUS
        units = _units(parsed, layout, lines.bodies, path, end)
        if {unit.key for unit in units} <= set(order):
            wanted = sorted(units, key=lambda unit: order.index(unit.key))
            if wanted != units and _movable(wanted, units[-1].end, lines.bodies):
                _rearrange(lines.bodies, units, wanted)
    return str(lines)


def _mappings(parsed: Parsed, last: int) -> Iterator[tuple[Path, Position]]:
    """The paths of the mappings to look at, each with the place where what follows it begins."""
    starts = sorted(parsed.keys[(key,)] for key in parsed.data)
    end = Position(last, 1)
    for name in ("templates", "examples"):
        items = parsed.data.get(name)
        if isinstance(items, list):
            after = next((at for at in starts if at > parsed.keys[(name,)]), end)
            for index, item in enumerate(items):
                if isinstance(item, dict):
                    yield (name, index), parsed.values.get((name, index + 1), after)
    yield (), end


def _units(
    parsed: Parsed, layout: Layout, bodies: list[str], path: Path, end: Position
) -> list[_Unit]:
    """The keys of a mapping in the order of the text; none if they cannot be moved by lines."""
    data = parsed.data
    for part in path:
        data = data[part]
    starts = sorted((parsed.keys[(*path, key)], str(key)) for key in data)
    if len(starts) < 2 or parsed.values[path] in layout.flows:
        return []
    column = starts[0][0].column
    units: list[_Unit] = []
    bounds = [at for at, _ in starts[1:]] + [end]
    for (at, key), bound in zip(starts, bounds, strict=True):
        if at.column != column or not _alone(bodies, at, first=not units):
            return []
        last, tail = _end_of(layout, bodies, at, bound)
        above = units[-1].end if units else at.line - 1
        units.append(_Unit(key, above, at.line - 1, last, tail))
    return units


def _alone(bodies: list[str], at: Position, *, first: bool) -> bool:
    before = bodies[at.line - 1][: at.column - 1]
    return not (before.replace("-", " ", 1) if first else before).strip(" ")


def _end_of(
    layout: Layout, bodies: list[str], at: Position, bound: Position
) -> tuple[int, Literal["block", "keep", ""]]:
    """The number of the last line of the value whose key is at ``at``, and what ends it."""
    last = max([at.line, *(end.line for _, end in layout.flows_between(at, bound))])
    tail: Literal["block", "keep", ""] = ""
    for start, scalar in layout.scalars_between(at, bound):
        end = scalar.end.line - (scalar.end.column == 1)
        tail = ""
        if scalar.style in ("|", ">"):
            # With a plus sign, the blank lines behind it are text.
            header = bodies[start.line - 1][start.column - 1 :].split("#")[0]
            tail = "keep" if "+" in header else "block"
            while tail == "block" and end > start.line and not bodies[end - 1].strip():
                end -= 1
        last = max(last, end)
    return last, tail


def _movable(wanted: list[_Unit], end: int, bodies: list[str]) -> bool:
    """Whether nothing but comments is between the keys, and none of them becomes text.

    Behind a block scalar, a comment that stands too far to the right would; behind one that keeps
    its blank lines, a blank line would.
    """
    above = [bodies[unit.above : unit.start] for unit in wanted]
    behind = [*above[1:], _trailing(bodies, end)]
    words = [line.strip() for lines in above for line in lines]
    if not all(word.startswith("#") for word in words if word):
        return False
    # The first key may stand behind a dash, the others stand below it.
    margin = max(_indent(bodies[unit.start]) for unit in wanted)
    for unit, lines in zip(wanted, behind, strict=True):
        deep = any(_indent(line) > margin for line in lines if line.strip())
        if (unit.tail and deep) or (unit.tail == "keep" and lines and not lines[0].strip()):
            return False
    return True


def _trailing(bodies: list[str], end: int) -> list[str]:
    """The comments and blank lines behind a mapping; what comes after the last line end is none."""
    trailing = []
    for line in bodies[end:-1]:
        if line.strip() and not line.lstrip(" ").startswith("#"):
            break
        trailing.append(line)
    return trailing


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _rearrange(bodies: list[str], units: list[_Unit], wanted: list[_Unit]) -> None:
    head = units[0]
    column = _indent(bodies[units[1].start])
    # What stands before the first key, such as the dash of a list, stays there.
    dash, indent = bodies[head.start][:column], " " * column
    region: list[str] = []
    for unit in wanted:
        above = bodies[unit.above : unit.start]
        if unit is wanted[0]:
            margin = " " * _indent(dash) if dash.strip() else indent
            above = [margin + text.lstrip(" ") if text.strip() else text for text in above]
        mark = dash if unit is wanted[0] else indent
        region += [*above, mark + bodies[unit.start][column:], *bodies[unit.start + 1 : unit.end]]
    bodies[head.start : units[-1].end] = region
