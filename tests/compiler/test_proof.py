"""The proof takes no group on trust: every pattern in one is led to the pattern that names it."""

from __future__ import annotations

from pathlib import Path

import pytest

from engram.compiler.emit import Artifacts
from engram.compiler.proof import MOST_PAIRS, Leak, prove
from engram.core.build import LeakProof, PatternSite, Tie
from tests.compiler.factories import compiled, corpus, pattern, rows_in, sites_in, write_corpora

WORDINGS = ("What is the capital of France{}", "What's the capital of France{}")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Artifacts:
    """A build with one group of four: near ones, and their twins in capitals."""
    same = [
        pattern(0, "c", id=f"{number}{mark}", input=text, output="Paris")
        for number, wording in enumerate(WORDINGS)
        for mark, text in (("a", wording.format("?")), ("b", wording.format("?").upper()))
    ]
    others = [pattern(n, "c") for n in range(20)]
    return compiled(write_corpora(tmp_path_factory.mktemp("c"), corpus([*same, *others])))


def proof_with(built: Artifacts, **changed: PatternSite) -> LeakProof:
    sites = {**sites_in(built), **{site.pattern: site for site in changed.values()}}
    return prove(rows_in(built), sites, built.manifest.leak_proof.search)


def tied(built: Artifacts, pattern: str, tie: Tie | None) -> PatternSite:
    return sites_in(built)[pattern].model_copy(update={"tie": tie})


def test_patterns_of_a_group_are_tied_to_the_one_that_names_it(built: Artifacts) -> None:
    ties = {site.pattern: site.tie for site in sites_in(built).values() if site.group == "0a"}
    assert ties == {
        "0a": None,
        "0b": Tie(to="0a", by="form"),
        "1a": Tie(to="0a", by="near", percent=78),
        "1b": Tie(to="1a", by="form"),
    }
    assert proof_with(built) == built.manifest.leak_proof


@pytest.mark.parametrize(
    ("pattern", "tie"),
    [
        ("1b", None),
        ("1b", Tie(to="nobody", by="form")),
        ("1b", Tie(to="1b", by="form")),
        ("1b", Tie(to="1a", by="near")),
        ("1b", Tie(to="1a", by="form", percent=90)),
        ("1a", Tie(to="1b", by="near", percent=78)),
        ("0a", Tie(to="1b", by="form")),
    ],
)
def test_a_tie_that_leads_nowhere_is_a_leak(
    built: Artifacts, pattern: str, tie: Tie | None
) -> None:
    with pytest.raises(Leak, match=r"tie"):
        proof_with(built, forged=tied(built, pattern, tie))


def test_a_tie_to_another_group_is_a_leak(built: Artifacts) -> None:
    other = next(site.pattern for site in sites_in(built).values() if site.group != "0a")
    with pytest.raises(Leak, match=r"tied to no pattern of its group"):
        proof_with(built, forged=tied(built, "1a", Tie(to=other, by="near", percent=78)))


def test_the_proof_counts_all_near_pairs_and_lists_some(tmp_path: Path) -> None:
    words = [a + b + c for a in "bdfgklmn" for b in "aeiou" for c in "lrst"]
    pairs = [
        {"input": text.format(word), "output": word, "category": "c"}
        for word in words
        for text in ("What is the town of {} known for?", "What's the town of {} known for?")
    ]
    proof = compiled(write_corpora(tmp_path, corpus(pairs, phrasings=[]))).manifest.leak_proof
    assert proof.near == len(words) > MOST_PAIRS == len(proof.near_pairs)
