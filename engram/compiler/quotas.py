"""How many of each category go where, in whole numbers, so that the totals come out right too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Demand:
    """A category: how many are to be dealt out, and how many each part has already.

    With ``keep_first`` the first part gets one of those that are dealt out, whatever its weight.
    """

    size: int
    have: Sequence[int]
    keep_first: bool = False


def quotas(demands: Sequence[Demand], parts: Sequence[int]) -> list[tuple[int, ...]]:
    """For each demand, how many go to each part: largest remainder, what is left over carried on.

    ``parts`` are the weights, at least one of them positive. What a part already has too much or
    too little of is made up for as far as what is dealt out allows, but no category pays more than
    one of each part for the others.
    """
    total = sum(parts)
    carried = [0] * len(parts)
    result: list[tuple[int, ...]] = []
    for demand in demands:
        everything = demand.size + sum(demand.have)
        own = [
            everything * part - total * had for part, had in zip(parts, demand.have, strict=True)
        ]
        others = [max(-total, min(total, debt)) for debt in carried]
        due = [owed + debt for owed, debt in zip(own, others, strict=True)]
        seats = _seats(demand.size, due, total)
        if demand.keep_first and demand.size and not seats[0]:
            seats[max(range(1, len(seats)), key=lambda part: (seats[part], part))] -= 1
            seats[0] = 1
        carried = [
            debt + owed - total * given
            for debt, owed, given in zip(carried, own, seats, strict=True)
        ]
        result.append(tuple(seats))
    return result


def _seats(size: int, due: Sequence[int], total: int) -> list[int]:
    # `due` counts in fractions of a seat, `total` to the seat. What there is too much of already
    # can be due less than nothing here. Ties go to the later part: to test rather than to valid.
    seats = [min(size, max(0, owed // total)) for owed in due]
    while sum(seats) > size:
        part = min(
            (p for p in range(len(seats)) if seats[p]), key=lambda p: due[p] - total * seats[p]
        )
        seats[part] -= 1
    while sum(seats) < size:
        seats[max(range(len(seats)), key=lambda p: (due[p] - total * seats[p], p))] += 1
    return seats
