"""Two runs compared: which answers flipped from one adapter to the other, and what that shows."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, JsonValue

from engram.core.build import ProbeName
from engram.core.difference import Difference
from engram.core.noun import Float, Noun
from engram.core.results import Answer

Two = Annotated[tuple[JsonValue, JsonValue], Field(strict=False)]


class Contestant(Noun):
    """A run that is compared."""

    run_id: str
    build_id: str
    model: str
    preset: str


class Paired(Noun):
    """The tuned models of A and B on the groups that both were asked, and McNemar's exact p.

    ``gained``: wrong in A and right in B; ``lost``: the other way round. A group is right when
    every row of it that both were asked is. ``p`` is null where nothing flipped.
    """

    n: int
    a_correct: int
    b_correct: int
    gained: int
    lost: int
    p: Float | None


class Flip(Noun):
    """A row that one of both answered right. ``place`` and ``group`` are those of B's build."""

    row: str
    pattern: str
    group: str
    category: str
    probe: ProbeName
    place: str
    prompt: str
    expected: str
    gained: bool
    a: Answer
    b: Answer


class NotCompared(Noun):
    """How many rows were asked of A only, of B only, and of both but not in the same way.

    ``changed`` rows have another answer that is expected, or ask another of the three questions.
    """

    only_a: int
    only_b: int
    changed: int


class Compared(Noun):
    """What came of A when it became B.

    ``differ`` holds what is set otherwise, as A has it and as B has it. ``rows`` counts the rows
    that are compared. ``builds`` is null if both are of one build, or if a build is not at hand.
    """

    a: Contestant
    b: Contestant
    differ: dict[str, Two]
    rows: int
    not_compared: NotCompared
    probes: dict[ProbeName, Paired]
    flips: Annotated[tuple[Flip, ...], Field(strict=False)]
    builds: Difference | None
