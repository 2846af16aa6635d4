"""Choosing rows to ask when asking all would take too long: by digest, never at random."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from hashlib import sha256

from engram.core.build import Row


def choose(rows: Iterable[Row], n: int, salt: str) -> list[Row]:
    """``n`` rows, or all if there are fewer: the same ones for the same rows in any order.

    Categories get places in proportion to their rows (largest remainder); within one, no pattern
    is asked twice while another has not been asked. ``salt`` names the purpose of the sample.
    """
    ordered = sorted(rows, key=lambda row: digest_of_text(salt, row.id))
    categories: dict[str, list[Row]] = defaultdict(list)
    for row in ordered:
        categories[row.category].append(row)
    quotas = _quotas({name: len(found) for name, found in categories.items()}, n, salt)
    chosen = {row.id for name, quota in quotas.items() for row in _spread(categories[name])[:quota]}
    return [row for row in ordered if row.id in chosen]


def _spread(rows: list[Row]) -> list[Row]:
    """The rows with the first of every pattern before the second of any."""
    seen: dict[str, int] = defaultdict(int)
    turns: dict[str, int] = {}
    for row in rows:
        turns[row.id] = seen[row.pattern]
        seen[row.pattern] += 1
    return sorted(rows, key=lambda row: turns[row.id])


def _quotas(counts: dict[str, int], n: int, salt: str) -> dict[str, int]:
    """Places for each category, in integers that add up to ``n`` or to all there is."""
    total = sum(counts.values())
    if n >= total:
        return counts
    quotas = {name: count * n // total for name, count in counts.items()}
    by_remainder = sorted(
        counts, key=lambda name: (-(counts[name] * n % total), digest_of_text(salt, name))
    )
    for name in by_remainder[: n - sum(quotas.values())]:
        quotas[name] += 1
    return quotas


def digest_of_text(salt: str, text: str) -> str:
    """A SHA-256 to sort and to choose by; ``salt`` names the purpose."""
    return sha256(f"{salt}\0{text}".encode()).hexdigest()
