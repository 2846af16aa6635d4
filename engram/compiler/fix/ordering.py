"""The keys of a corpus and of its patterns in the order in which the format is described.

Whole lines are moved, with the comments above them; what is within a value stays as it is. A
mapping is left alone if it is written in one line, if it has unknown keys, or if a comment or a
block scalar in it could mean something else in another place.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

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
    """A key with its value: the lines of both, and of the comments and blank lines above."""

    key: str
    above: int
    start: int
    end: int


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
        if units and {unit.key for unit in units} <= set(order):
            _rearrange(lines.bodies, units, order)
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
        last = _last_line(layout, bodies, at, bound)
        if last is None or at.column != column or not _alone(bodies, at, first=not units):
            return []
        above = units[-1].end if units else at.line - 1
        units.append(_Unit(key, above, at.line - 1, last))
    movable = all(_harmless(bodies[unit.above : unit.start], column) for unit in units)
    return units if movable and _harmless(_trailing(bodies, units[-1].end), column) else []


def _alone(bodies: list[str], at: Position, *, first: bool) -> bool:
    before = bodies[at.line - 1][: at.column - 1]
    return not (before.replace("-", " ", 1) if first else before).strip(" ")


def _last_line(layout: Layout, bodies: list[str], at: Position, bound: Position) -> int | None:
    """The number of the last line of the value whose key is at ``at``; None if it is not clear."""
    last = at.line
    for start, scalar in layout.scalars_between(at, bound):
        end = scalar.end.line - (scalar.end.column == 1)
        if scalar.style in ("|", ">"):
            # With a plus sign, the blank lines behind it are text.
            if "+" in bodies[start.line - 1][start.column - 1 :].split("#")[0]:
                return None
            while end > start.line and not bodies[end - 1].strip():
                end -= 1
        last = max(last, end)
    return max([last, *(end.line for _, end in layout.flows_between(at, bound))])


def _harmless(lines: list[str], column: int) -> bool:
    """Whether lines are blank, or comments that cannot be taken for the text of a block scalar."""
    return all(
        not line.strip() or (line.lstrip(" ").startswith("#") and _indent(line) < column)
        for line in lines
    )


def _trailing(bodies: list[str], end: int) -> list[str]:
    trailing = []
    for line in bodies[end:]:
        if line.strip() and not line.lstrip(" ").startswith("#"):
            break
        trailing.append(line)
    return trailing


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _rearrange(bodies: list[str], units: list[_Unit], order: Sequence[str]) -> None:
    wanted = sorted(units, key=lambda unit: order.index(unit.key))
    if wanted == units:
        return
    head, first = units[0], wanted[0]
    line = bodies[head.start]
    column = _indent(bodies[units[1].start])
    # What stands before the first key, such as the dash of a list, stays there.
    dash, indent = line[:column], " " * column
    region: list[str] = []
    for unit in wanted:
        above = bodies[unit.above : unit.start]
        if unit is first:
            margin = " " * _indent(dash) if dash.strip() else indent
            above = [margin + text.lstrip(" ") if text.strip() else text for text in above]
        mark = dash if unit is first else indent
        region += [*above, mark + bodies[unit.start][column:], *bodies[unit.start + 1 : unit.end]]
    bodies[head.start : units[-1].end] = region
