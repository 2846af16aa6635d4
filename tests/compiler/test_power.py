"""What a test set can show agrees with the test that a report makes."""

from __future__ import annotations

from pathlib import Path

import pytest

from engram.compiler.power import smallest_change
from engram.lab.stats import mcnemar_exact
from tests.compiler.factories import compiled, corpus, pattern, rows_in, sites_in, write_corpora


@pytest.mark.parametrize("groups", [1, 5, 6, 7, 36, 86, 600, 7_000])
def test_what_is_called_noise_can_never_be_significant(groups: int) -> None:
    least = smallest_change(groups)
    for flips in range(1, min(groups, 12) + 1):
        p = mcnemar_exact(flips, 0)
        assert p is not None
        significant = p < 0.05
        assert significant is (flips >= 6)
        if least is None or 1000 * flips < least * groups:
            assert not significant


@pytest.mark.parametrize(
    ("groups", "per_mille"), [(5, None), (6, 1000), (7, 857), (36, 166), (6_000, 1)]
)
def test_six_groups_that_improve_are_the_fewest_that_show(
    groups: int, per_mille: int | None
) -> None:
    assert smallest_change(groups) == per_mille


def test_groups_are_counted_by_the_question_that_test_asks(tmp_path: Path) -> None:
    patterns = [pattern(n, variants=[f"two plus {n}"] if n < 40 else []) for n in range(80)]
    build = compiled(write_corpora(tmp_path, corpus(patterns)))
    rows, sites = rows_in(build)["test"], sites_in(build)
    found = {shown.probe: shown.groups for shown in build.manifest.detectable}
    assert list(found) == ["variant", "variant_template", "novel"]
    for probe, phrasing, name in (
        ("variant", "author", "variant"),
        ("variant", "template", "variant_template"),
        ("novel", "bare", "novel"),
    ):
        asked = [row for row in rows if (row.probe, row.phrasing) == (probe, phrasing)]
        assert found[name] == len({sites[row.pattern].group for row in asked})
