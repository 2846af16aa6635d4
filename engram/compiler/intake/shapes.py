"""What a row means: which of its columns ask, which answer, and what the pattern is then."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from engram.compiler.intake.json_values import Number
from engram.compiler.problems import model_problems
from engram.compiler.wording import shown
from engram.core.config import Limits
from engram.core.corpus import Pattern
from engram.core.errors import EngramError

Row = Mapping[str, Any]
Fields = dict[str, Any]
Ask = Callable[[Row], Fields]

# Pairs of columns that are a question and its answer wherever they stand together.
PAIRS = (("input", "output"), ("prompt", "completion"), ("question", "answer"))
# What a row may say about its pattern under the names that a corpus has for it.
OPTIONAL = ("id", "variants", "accept", "match", "tags", "source", "phrasings")
MOST_SHOWN = 20
_LISTS = ("variants", "accept", "tags", "phrasings")
_WORDS = {
    "missing": "is missing",
    "type": "has the wrong type",
    "empty": "is empty",
    "long": "is longer than 100 characters",
    "pattern": "is no name: letters, digits, `_`, `-` and `.`, a letter or a digit first",
    "choice": "is none of its values",
}


class Unfit(Exception):
    """A row that is no pattern. ``kind`` is the reason without what differs from row to row."""

    def __init__(self, kind: str, detail: str = "") -> None:
        super().__init__(f"{kind}: {detail}" if detail else kind)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the user asked for: columns by name, and a category as a column or as ``=constant``.

    ``numbers``: a number is taken for the text that it is written as. ``tidy``: what no category
    may hold becomes ``_``.
    """

    input: str | None = None
    output: str | None = None
    category: str | None = None
    id: str | None = None
    numbers: bool = False
    tidy: bool = False


@dataclass(frozen=True, slots=True)
class Shape:
    """How rows are read. ``told`` says so; ``uses`` are the columns that are looked at."""

    told: str
    uses: frozenset[str]
    ask: Ask
    category: str
    wanted: Wanted

    def pattern(self, row: Row) -> Pattern:
        """The pattern that a row is; raises Unfit."""
        fields = self.ask(row)
        if self.category.startswith("="):
            fields["category"] = self.category[1:]
        else:
            category = text(row, self.category, self.wanted)
            fields["category"] = _tidied(category) if self.wanted.tidy else category
        if self.wanted.id:
            fields["id"] = text(row, self.wanted.id, self.wanted)
        try:
            return Pattern.model_validate(fields)
        except ValidationError as error:
            raise _unfit(fields, error) from error


def shape_of(first: Row, wanted: Wanted, name: str, *, table: bool) -> Shape:
    """The shape of a file, by its first row and what the user asked for. Raises EngramError."""
    told, uses, ask = _ask(first, wanted, table)
    category = wanted.category or ("category" if "category" in first else f"={name}")
    for column, more in (
        (wanted.category, " For one category of all rows: --category =WORD."),
        (wanted.id, ""),
    ):
        if column and not column.startswith("=") and column not in first:
            raise _no_column(column, first, more)
    named = {column for column in (category, wanted.id) if column and not column.startswith("=")}
    which = f"category {category}" if category.startswith("=") else f"category from `{category}`"
    return Shape(f"{told}, {which}", frozenset(uses | named), ask, category, wanted)


def text(row: Row, column: str, wanted: Wanted) -> str:
    """The text in a column; raises Unfit."""
    value = row.get(column)
    if value is None:
        raise Unfit(f"`{column}` is {'empty' if column in row else 'missing'}")
    if isinstance(value, Number) and wanted.numbers:
        value = value.text
    return checked(value, column)


def checked(value: object, name: str) -> str:
    """``value`` if it is a text that a corpus can hold; raises Unfit."""
    if isinstance(value, Number):
        raise Unfit(f"`{name}` is a number and not text", value.text)
    if not isinstance(value, str):
        raise Unfit(f"`{name}` is not text")
    if not value:
        raise Unfit(f"`{name}` is empty")
    if len(value) > Limits().scalar:
        raise Unfit(f"`{name}` is longer than {Limits().scalar:,} characters")
    if any("\ud800" <= char <= "\udfff" for char in value):
        raise Unfit(f"`{name}` is not UTF-8, or holds half of a surrogate pair")
    return value


def _ask(first: Row, wanted: Wanted, table: bool) -> tuple[str, set[str], Ask]:
    if wanted.input or wanted.output:
        pair = (wanted.input or "input", wanted.output or "output")
        for column in pair:
            if column not in first:
                raise _no_column(column, first)
        return _pair(pair, wanted)
    if "messages" in first:
        return "chat messages", {"messages"}, _chat
    if "instruction" in first and "output" in first:
        told = "input from `instruction`, a blank line and `input`; output from `output`"
        return told, {"instruction", "input", "output"}, lambda row: _alpaca(row, wanted)
    for pair in PAIRS:
        if set(pair) <= set(first):
            return _pair(pair, wanted, OPTIONAL if pair == PAIRS[0] else (), table)
    raise EngramError(
        f"which columns are input and output? There are: {_columns(first)}",
        help="Name them: --input COLUMN --output COLUMN.",
    )


def _pair(
    pair: tuple[str, str], wanted: Wanted, optional: tuple[str, ...] = (), table: bool = False
) -> tuple[str, set[str], Ask]:
    # A cell of a table is one text and no list.
    others = [name for name in optional if not (table and name in _LISTS)]

    def ask(row: Row) -> Fields:
        fields = {
            name: row[name] for name in others if row.get(name) is not None and row[name] != ""
        }
        for name, value in fields.items():
            for item in value if isinstance(value, list) else [value]:
                checked(item, name)
        question, answer = (text(row, column, wanted) for column in pair)
        return {"input": question, "output": answer} | fields

    told = f"input from `{pair[0]}`, output from `{pair[1]}`"
    return told, {*pair, *others}, ask


def _chat(row: Row) -> Fields:
    turns = row.get("messages")
    if not isinstance(turns, list) or not all(isinstance(turn, Mapping) for turn in turns):
        raise Unfit("`messages` is not a list of turns")
    roles = [turn.get("role") for turn in turns]
    if roles != ["user", "assistant"]:
        raise Unfit("a pattern is one turn of a user and one of an assistant", _told(roles))
    question, answer = (checked(turn.get("content"), "content") for turn in turns)
    return {"input": question, "output": answer}


def _alpaca(row: Row, wanted: Wanted) -> Fields:
    instruction = text(row, "instruction", wanted)
    more = "" if row.get("input") in (None, "") else text(row, "input", wanted)
    question = f"{instruction}\n\n{more}" if more else instruction
    return {"input": question, "output": text(row, "output", wanted)}


def _told(roles: list[object]) -> str:
    names = [role if isinstance(role, str) else "?" for role in roles[:6]]
    return ", ".join(names + ["..."] * (len(roles) > 6)) or "no turn"


def _tidied(category: str) -> str:
    kept = "".join(c if c.isascii() and (c.isalnum() or c in "_.-") else "_" for c in category)
    return kept.lstrip("_.-") or kept


def _unfit(fields: Fields, error: ValidationError) -> Unfit:
    document = {"name": "x", "description": "", "examples": [fields]}
    for problem in model_problems(document):
        name = next((part for part in problem.path[2:] if isinstance(part, str)), "")
        if name:
            value = str(fields.get(name, ""))
            return Unfit(f"`{name}` {_WORDS.get(problem.kind, problem.words)}", shown(value))
    return Unfit("is no pattern", error.errors(include_url=False)[0]["msg"])


def _no_column(column: str, first: Row, more: str = "") -> EngramError:
    advice = f"There are: {_columns(first)}.{more}"
    return EngramError(f"there is no column {shown(column)}", help=advice)


def _columns(row: Row) -> str:
    names = [shown(str(name)) for name in row]
    return ", ".join(names[:MOST_SHOWN]) + (", ..." if len(names) > MOST_SHOWN else "")
