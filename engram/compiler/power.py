"""What a test set can show: how small a change of a score is still more than noise."""

from __future__ import annotations

from engram.compiler.proof import Rows, Sites
from engram.core.build import PROBE_NAMES, Detectable, ProbeName, probe_name

# One in so many changes by chance alone is taken for a real one.
ONE_IN = 20


def detectable(rows: Rows, sites: Sites) -> tuple[Detectable, ...]:
    """The smallest change that test can show, for each question that it asks."""
    groups: dict[ProbeName, set[str]] = {}
    for row in rows.get("test", ()):
        asked = groups.setdefault(probe_name(row.probe, row.phrasing), set())
        asked.add(sites[row.pattern].group)
    sizes = {name: len(groups[name]) for name in PROBE_NAMES if name in groups}
    return tuple(
        Detectable(probe=name, groups=n, per_mille=smallest_change(n)) for name, n in sizes.items()
    )


def smallest_change(groups: int) -> int | None:
    """The least change of a score over so many groups that can be significant, per mille.

    Base and tuned are asked the same, so a change is tested by McNemar's exact test, of which this
    is the best case: nothing got worse. Then the two-sided p of k improvements is 2 / 2^k, and six
    are the fewest with p under 1/20. What changed less is noise; what changed as much is more only
    if nothing changed the other way. McNemar, Q. (1947), "Note on the sampling error of the
    difference between correlated proportions or percentages", Psychometrika 12, 153-157.
    """
    flips = (2 * ONE_IN).bit_length()
    return 1000 * flips // groups if groups >= flips else None
