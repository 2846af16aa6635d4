"""How many of each category go where, in whole numbers, so that the totals come out right too."""

from __future__ import annotations

from collections.abc import Sequence


def quotas(
    sizes: Sequence[int], parts: Sequence[int], *, keep_first: bool
) -> list[tuple[int, ...]]:
    """For each size, how many go to each part: largest remainder, what is left over carried on.

    ``parts`` are the weights, at least one of them positive. With ``keep_first`` the first part
    gets one of every size that is not zero, whatever the weights say.
    """
    total = sum(parts)
    carried = [0] * len(parts)
    result: list[tuple[int, ...]] = []
    for size in sizes:
        due = [size * part + carry for part, carry in zip(parts, carried, strict=True)]
        seats = _seats(size, due, total)
        if keep_first and size and not seats[0]:
            seats[max(range(1, len(seats)), key=lambda part: (seats[part], part))] -= 1
            seats[0] = 1
        carried = [owed - total * given for owed, given in zip(due, seats, strict=True)]
        result.append(tuple(seats))
    return result


def _seats(size: int, due: Sequence[int], total: int) -> list[int]:
    # `due` counts in fractions of a seat, `total` to the seat. What earlier categories got too much
    # of can be due less than nothing here. Ties go to the later part: to test rather than to valid.
    seats = [max(0, owed // total) for owed in due]
    while sum(seats) > size:
        part = min(
            (p for p in range(len(seats)) if seats[p]), key=lambda p: due[p] - total * seats[p]
        )
        seats[part] -= 1
    while sum(seats) < size:
        seats[max(range(len(seats)), key=lambda p: (due[p] - total * seats[p], p))] += 1
    return seats
