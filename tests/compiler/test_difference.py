"""How two builds differ: what came, went, changed and moved, and nothing else."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engram.compiler.difference import difference
from engram.core.build import Build, Options
from engram.core.difference import Difference
from tests.compiler.factories import (
    Fields,
    compiled,
    corpus,
    pattern,
    rows_in,
    sites_in,
    write_corpora,
)


def build(folder: Path, patterns: list[Fields], options: Options | None = None) -> Build:
    fields: Fields = {"near_duplicates": "off", "holdout": "variant"}
    artifacts = compiled(write_corpora(folder, corpus(patterns, **fields)), options)
    return Build(
        folder="",
        manifest=artifacts.manifest,
        rows=rows_in(artifacts),
        sites=sites_in(artifacts),
    )


def patterns(**changes: Any) -> list[Fields]:
    """Six patterns with ids, the first of which is changed."""
    made = [pattern(n, "c", id=f"p{n}", variants=[f"add {n}"]) for n in range(6)]
    return [made[0] | changes, *made[1:]]


def names(found: Difference) -> dict[str, list[str]]:
    return {
        "came": [site.pattern for site in found.came],
        "went": [site.pattern for site in found.went],
        "changed": [change.site.pattern for change in found.changed],
        "moved": [moved.site.pattern for moved in found.moved],
    }


def test_a_build_does_not_differ_from_itself(tmp_path: Path) -> None:
    one = build(tmp_path, patterns())
    found = difference(one, one)
    assert found.is_empty
    assert found.same == 6


def test_patterns_come_and_go(tmp_path: Path) -> None:
    old, new = build(tmp_path / "a", patterns()), build(tmp_path / "b", patterns(id="q"))
    assert names(difference(old, new)) == {
        "came": ["q"],
        "went": ["p0"],
        "changed": [],
        "moved": [],
    }
    assert difference(old, new).same == 5


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"input": "two and none ="}, ("input", "wordings")),
        ({"output": "none"}, ("output",)),
        ({"match": "prefix"}, ("match",)),
        ({"accept": ["two"]}, ("accept",)),
        ({"tags": ["x"]}, ("tags",)),
        ({"source": "x"}, ()),
    ],
)
def test_what_changed_is_named(tmp_path: Path, changes: Fields, what: tuple[str, ...]) -> None:
    old, new = build(tmp_path / "a", patterns()), build(tmp_path / "b", patterns(**changes))
    found = difference(old, new)
    assert [change.what for change in found.changed] == ([what] if what else [])
    assert (found.came, found.went, found.moved) == ((), (), ())
    for change in found.changed:
        for aspect, text in change.new.items():
            assert text == changes[aspect]
            assert change.old[aspect] == patterns()[0].get(aspect, "exact")


def test_another_category_and_other_wordings_are_changes(tmp_path: Path) -> None:
    old = build(tmp_path / "a", patterns())
    moved = build(tmp_path / "b", [*patterns(), pattern(9, "d")])
    assert names(difference(old, moved))["changed"] == []
    other = build(tmp_path / "c", patterns(category="d"))
    assert difference(old, other).changed[0].what[0] == "category"
    more = build(tmp_path / "d", patterns(variants=["add 0", "plus 0"]))
    assert "wordings" in difference(old, more).changed[0].what


def test_patterns_that_move_are_named_with_both_splits(tmp_path: Path) -> None:
    made = [pattern(n, id=f"p{n:02}") for n in range(40)]
    folders = (write_corpora(tmp_path / name, corpus(made)) for name in "ab")
    old, new = (
        Build(folder="", manifest=b.manifest, rows=rows_in(b), sites=sites_in(b))
        for b in (compiled(next(folders), Options(seed=seed)) for seed in (1, 2))
    )
    found = difference(old, new)
    assert found.options == ("seed",)
    assert found.moved
    for moved in found.moved:
        key = moved.site.pattern
        assert (moved.old, moved.new) == (old.sites[key].split, new.sites[key].split)
        assert moved.old != moved.new
    back = difference(new, old)
    assert [(m.site.pattern, m.new, m.old) for m in back.moved] == [
        (m.site.pattern, m.old, m.new) for m in found.moved
    ]


@settings(max_examples=25)
@given(st.sets(st.integers(0, 9), min_size=1), st.sets(st.integers(0, 9), min_size=1))
def test_every_pattern_is_told_of_once(before: set[int], after: set[int]) -> None:
    with tempfile.TemporaryDirectory() as name:
        old, new = (
            build(Path(name) / which, [pattern(n, id=f"p{n}") for n in sorted(numbers)])
            for which, numbers in (("a", before), ("b", after))
        )
    found = difference(old, new)
    assert {site.pattern for site in found.came} == {f"p{n}" for n in after - before}
    assert {site.pattern for site in found.went} == {f"p{n}" for n in before - after}
    told = {
        key for of_one in (found.changed, found.moved) for key in (c.site.pattern for c in of_one)
    }
    assert found.same + len(told) == len(before & after)
