"""Templates taken apart, so that filling them in is quick."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engram.compiler.slots import Slotted, slotted
from engram.core.corpus import RowTemplate

# The fields in which slots may stand: one text each, or a list of them.
TEXTS = ("input", "output", "category", "source")
LISTS = ("variants", "accept", "tags")


@dataclass(frozen=True, slots=True)
class Blank:
    """A text with slots, and the indexes of the cells that go there."""

    text: Slotted
    cells: tuple[int, ...]

    def length(self, row: Sequence[str]) -> int:
        """The length of what ``filled`` gives."""
        return sum(map(len, self.text.literals)) + sum(len(row[cell]) for cell in self.cells)

    def filled(self, row: Sequence[str]) -> str:
        """The text with the cells of ``row`` in its slots."""
        return self.text.filled([row[cell] for cell in self.cells])


@dataclass(frozen=True, slots=True)
class Form:
    """A template for the rows of one table. ``index`` is its place in ``templates``."""

    index: int
    template: RowTemplate
    texts: Mapping[str, Blank]
    lists: Mapping[str, tuple[Blank, ...]]

    @property
    def name(self) -> tuple[str, str]:
        """What names the template: its id, else its input; and which of the two it is."""
        template = self.template
        return ("id", template.id) if template.id else ("input", template.input)

    def filled(self, row: Sequence[str]) -> dict[str, Any]:
        """The fields of the pattern that the template makes of ``row``, but for its id."""
        template = self.template
        fields: dict[str, Any] = {"match": template.match, "phrasings": template.phrasings}
        fields.update((name, blank.filled(row)) for name, blank in self.texts.items())
        for name, blanks in self.lists.items():
            fields[name] = tuple(blank.filled(row) for blank in blanks)
        return fields

    def longest(self, row: Sequence[str]) -> int:
        """The length of the longest text that the template would make of ``row``."""
        blanks = [*self.texts.values(), *(b for blanks in self.lists.values() for b in blanks)]
        return max(blank.length(row) for blank in blanks)

    def cells_in(self, *path: str | int) -> tuple[int, ...]:
        """The indexes of the cells that stand in the field at ``path``, in order."""
        if not path:
            return ()
        name = str(path[0])
        blanks = self.lists.get(name, (self.texts[name],) if name in self.texts else ())
        if isinstance(path[-1], int):
            blanks = blanks[path[-1] : path[-1] + 1]
        return tuple(cell for blank in blanks for cell in blank.cells)

    @property
    def used(self) -> set[int]:
        """The indexes of all cells that stand anywhere in the template."""
        return {cell for name in (*TEXTS, *LISTS) for cell in self.cells_in(name)}


def form_of(index: int, template: RowTemplate, columns: Sequence[str]) -> Form:
    """The template taken apart; raises BadSlot, or KeyError for the name of no column."""
    places = {column: place for place, column in enumerate(columns)}

    def blank(text: str) -> Blank:
        apart = slotted(text)
        return Blank(apart, tuple(places[column] for column in apart.columns))

    texts = {name: getattr(template, name) for name in TEXTS}
    return Form(
        index,
        template,
        {name: blank(text) for name, text in texts.items() if text is not None},
        {name: tuple(map(blank, getattr(template, name))) for name in LISTS},
    )


def texts_of(template: RowTemplate) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """The texts of a template in which slots may stand, each with its path."""
    for name in TEXTS:
        if getattr(template, name) is not None:
            yield (name,), getattr(template, name)
    for name in LISTS:
        yield from (((name, index), text) for index, text in enumerate(getattr(template, name)))
