"""Why a pattern is where it is: its group, its rows, and what comes near it, from the build."""

from __future__ import annotations

import pytest

from engram.compiler import compile_corpora, verify_build
from engram.compiler.likeness import percent, shingles
from engram.compiler.normal import normal_form
from engram.compiler.why import NEAREST, why
from engram.core.build import Build
from engram.core.errors import EngramError
from tests.compiler.factories import corpus, pattern, write_corpora


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """Sums that are dealt out, and a fact that stands there three times."""
    folder = tmp_path_factory.mktemp("why")
    france = [
        pattern(0, "c", id=name, input=text, output="Paris", variants=[f"{text} Answer:"])
        for name, text in (
            ("paris-1", "What is the capital of France?"),
            ("paris-2", "What's the capital of France?"),
            ("paris-3", "WHAT is the capital of France?"),
        )
    ]
    documents = (
        corpus([pattern(n, "c", id=f"sum-{n}") for n in range(30)]),
        corpus(france, "facts", holdout="variant", phrasings=[]),
    )
    compile_corpora(write_corpora(folder / "corpora", *documents), folder / "build")
    return verify_build(folder / "build")


def test_a_group_is_explained_by_its_ties(build: Build) -> None:
    explanation = why(build, "paris-2")
    ties = {site.pattern: site.tie and (site.tie.to, site.tie.by) for site in explanation.members}
    assert ties == {
        "paris-1": None,
        "paris-2": ("paris-1", "near"),
        "paris-3": ("paris-1", "form"),
    }
    assert explanation.site == build.sites["paris-2"]
    assert explanation.answer == "Paris"
    assert {row.prompt for row in explanation.rows} == {
        row.prompt for rows in build.rows.values() for row in rows if row.pattern == "paris-2"
    }


def test_the_nearest_in_train_are_of_other_groups_and_in_order(build: Build) -> None:
    held_out = next(site for site in build.sites.values() if site.split == "test")
    prompt = next(row.prompt for row in build.rows["test"] if row.pattern == held_out.pattern)
    near = why(build, held_out.pattern).near
    assert len(near) == NEAREST
    alike = [percent(*(shingles(normal_form(p)) for p in (prompt, n.prompt))) for n in near]
    assert alike == [n.percent for n in near] == sorted(alike, reverse=True)
    assert all(build.sites[n.pattern].split == "train" for n in near)
    assert all(build.place(n.pattern) == f"{n.file}:{n.line}" for n in near)
    assert not any(n.pattern.startswith("paris") for n in why(build, "paris-1").near)


@pytest.mark.parametrize(
    "name",
    [
        "sum-12",
        "2 + 12 =",
        " 2  +  12 = ",
        "Complete: 2 + 12 =",
        "{file}:{line}",
        "corpora/{file}:{line}",
        "/elsewhere/corpora/{file}:{below}",
    ],
)
def test_a_pattern_is_known_by_key_place_and_prompt(build: Build, name: str) -> None:
    site = build.sites["sum-12"]
    if site.split != "train" and name.startswith("Complete"):
        pytest.skip("held out: only its input is asked")
    given = name.format(file=site.file, line=site.line, below=site.line + 2)
    assert why(build, given).site.pattern == "sum-12"


def test_the_start_of_a_key_is_enough_if_only_one_starts_so(build: Build) -> None:
    assert why(build, "sum-29"[:6]).site.pattern == "sum-29"
    with pytest.raises(EngramError, match=r"(?s)'paris' names 3 patterns.*paris-1 \(facts\.yaml:"):
        why(build, "paris")


@pytest.mark.parametrize(
    ("name", "close"),
    [
        ("paris-9", "paris-1"),
        ("What is the capital of Frankreich?", "paris-1"),
        ("facts.yml:3", ""),
        ("facts.yaml:0", ""),
        ("\x1b[2J", ""),
        ("", ""),
    ],
)
def test_an_unknown_name_lists_close_ones(build: Build, name: str, close: str) -> None:
    with pytest.raises(EngramError) as caught:
        why(build, name)
    assert close in (caught.value.help or "")
    assert caught.value.help
    assert "\x1b" not in caught.value.message
