"""The proof, rule by rule: each broken by itself, with everything else as a compiler leaves it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Any

import pytest

from engram.compiler.proof import MOST_PAIRS, Leak, count, prove
from engram.compiler.rows import row_id
from engram.core.build import Message, NearSearch, PatternSite, Row, Split, Tie
from tests.compiler.factories import compiled, corpus, pattern, rows_in, sites_in, write_corpora

Rows = dict[Split, tuple[Row, ...]]
Sites = dict[str, PatternSite]
Made = tuple[Rows, Sites, NearSearch]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The rows and places of a build with every probe and with groups of two."""
    patterns = [pattern(n, f"c{n % 2}", variants=[f"two and {n}"]) for n in range(24)]
    twins = [pattern(n, id=f"{k}{n}", input=f"{k} {n}") for n in range(40, 46) for k in "xX"]
    facts = [pattern(n, "facts", variants=[f"und {n}"]) for n in range(100, 112)]
    folder = tmp_path_factory.mktemp("proof")
    documents = (corpus([*patterns, *twins]), corpus(facts, "facts", holdout="variant"))
    artifacts = compiled(write_corpora(folder, *documents))
    return rows_in(artifacts), sites_in(artifacts), artifacts.manifest.leak_proof.search


def placed(rows: Rows, split: Split, *more: Row, without: Row | None = None) -> Rows:
    kept = [row for row in (*rows[split], *more) if row is not without]
    return {**rows, split: tuple(sorted(kept, key=lambda row: row.id))}


def altered(rows: Rows, split: Split, row: Row, **changes: Any) -> Rows:
    return placed(rows, split, row.model_copy(update=changes), without=row)


def asking(row: Row, prompt: str, **changes: Any) -> Row:
    messages = (Message(role="user", content=prompt), row.messages[1])
    return row.model_copy(
        update={"messages": messages, "id": row_id(row.pattern, prompt)} | changes
    )


def first(rows: Rows, split: Split, probe: str) -> Row:
    return next(row for row in rows[split] if row.probe == probe)


def moved(sites: Sites, site: PatternSite, **changes: Any) -> Sites:
    return {**sites, site.pattern: site.model_copy(update=changes)}


def leaks(made: Made, words: str, rows: Rows | None = None, sites: Sites | None = None) -> None:
    with pytest.raises(Leak, match=words):
        prove(rows or made[0], sites or made[1], made[2])


def test_the_figures_are_those_that_counting_by_hand_gives(made: Made) -> None:
    rows, sites, search = made
    proof = prove(rows, sites, search)
    everything = [(split, row) for split, of_one in rows.items() for row in of_one]
    assert proof.pairs == sum(a[0] != b[0] for a, b in combinations(everything, 2))
    assert (proof.prompts, proof.crossing) == (len(everything), 0)
    assert proof.groups == len({site.group for site in sites.values()}) < len(sites)
    assert proof.search == search
    for found in count(rows, sites):
        cell = [
            sites[row.pattern].group
            for split, row in everything
            if (row.category, split, row.probe) == (found.category, found.split, found.probe)
        ]
        assert (found.rows, found.groups) == (len(cell), len(set(cell)))
    assert sum(found.rows for found in count(rows, sites)) == len(everything)
    order = [
        (c.category, ("train", "valid", "test").index(c.split), c.probe) for c in count(rows, sites)
    ]
    assert [key[:2] for key in order] == sorted(key[:2] for key in order)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"pattern": "nobody"}, "of no pattern"),
        ({"category": "c0_"}, "of no pattern"),
        ({"category": ""}, "of no pattern"),
        ({"id": "0" * 16}, "not named by"),
        ({"id": "f" * 16}, "not named by"),
        ({"probe": "novel"}, "asks for novel in train"),
        ({"probe": "variant"}, "asks for variant in train"),
    ],
)
def test_a_row_is_of_a_pattern_named_by_it_and_asks_what_its_split_asks(
    made: Made, change: dict[str, Any], words: str
) -> None:
    rows = made[0]
    leaks(made, words, altered(rows, "train", first(rows, "train", "recall"), **change))


def test_recall_is_asked_in_train_alone(made: Made) -> None:
    rows = made[0]
    for probe in ("variant", "novel"):
        changed = altered(rows, "test", first(rows, "test", probe), probe="recall")
        leaks(made, "asks for recall in test", changed)


def test_a_row_stands_where_its_pattern_was_placed(made: Made) -> None:
    rows, sites, _ = made
    for probe, split in (("novel", "train"), ("novel", "valid"), ("variant", "test")):
        row = first(rows, "test", probe)
        group = sites[row.pattern].group
        there = {
            name: site.model_copy(update={"split": split}) if site.group == group else site
            for name, site in sites.items()
        }
        leaks(made, "of a pattern placed in", sites=there)


def test_rows_are_in_the_order_of_their_names_in_every_split(made: Made) -> None:
    for split in ("train", "valid", "test"):
        rows: Any = {**made[0], split: made[0][split][::-1]}
        leaks(made, f"the rows of {split} are out of order", rows)


def test_no_prompt_stands_in_two_splits_or_twice_in_one(made: Made) -> None:
    rows = made[0]
    row = first(rows, "train", "recall")
    again = asking(row, row.prompt, probe="variant")
    leaks(made, "stands in train and in test", placed(rows, "test", again))
    leaks(made, "stands in train and in valid", placed(rows, "valid", again))
    held_out = first(rows, "valid", "variant")
    leaks(made, "stands in valid and in test", placed(rows, "test", held_out))
    leaks(made, "in one split twice", {**rows, "train": (rows["train"][0], *rows["train"])})


def test_no_group_is_in_two_splits(made: Made) -> None:
    rows, sites, _ = made
    tied = next(site for site in sites.values() if site.tie and site.split == "train")
    others: Any = {
        split: tuple(row for row in of_one if row.pattern != tied.pattern)
        for split, of_one in rows.items()
    }
    for split in ("valid", "test"):
        away = moved(sites, tied, split=split)
        leaks(made, "is in two splits", others, away)
        leaks(made, "is in two splits", others, dict(reversed(away.items())))


def test_what_differs_in_case_only_is_in_one_group(made: Made) -> None:
    rows, sites, _ = made
    bare = (row for row in rows["train"] if row.phrasing == "bare" and row.category == "facts")
    row, other = next(bare), next(bare)
    assert sites[row.pattern].group != sites[other.pattern].group
    for one, two in ((row, other), (other, row)):
        again = asking(one, f" {two.prompt.upper()}")
        leaks(made, "of another group", placed(rows, "train", again))


def test_a_variant_is_no_trained_prompt_in_other_letters(made: Made) -> None:
    rows = made[0]
    row = first(rows, "train", "recall")
    variant = asking(row, f" {row.prompt} ", probe="variant")
    leaks(made, "all but a trained one", placed(rows, "test", variant))


def test_no_category_is_tested_that_was_not_trained(made: Made) -> None:
    rows, sites, _ = made
    row = first(rows, "test", "novel")
    category = "unheard"
    changed = altered(rows, "test", row, category=category)
    leaks(made, "but not in train", changed, moved(sites, sites[row.pattern], category=category))


def _to_other(choose: Any, site: PatternSite, sites: Sites) -> Tie:
    others = [other for other in sites.values() if other.group != site.group]
    assert site.tie is not None
    to = choose(others, key=lambda other: (other.group, other.pattern)).pattern
    return site.tie.model_copy(update={"to": to})


TIES: dict[str, tuple[Callable[[PatternSite, Sites], Any], str]] = {
    "to nobody": (lambda site, _: site.tie.model_copy(update={"to": "nobody"}), "tied to no"),
    "to itself": (lambda site, _: site.tie.model_copy(update={"to": site.pattern}), "tied to no"),
    "to the first of other groups": (lambda site, sites: _to_other(min, site, sites), "tied to no"),
    "to the last of other groups": (lambda site, sites: _to_other(max, site, sites), "tied to no"),
    "with a percentage": (lambda site, _: site.tie.model_copy(update={"percent": 90}), "not tied"),
    "near without one": (lambda site, _: site.tie.model_copy(update={"by": "near"}), "not tied"),
    "not at all": (lambda *_: None, "nothing ties it to"),
}


@pytest.mark.parametrize("kind", TIES)
def test_every_pattern_is_tied_to_its_group(made: Made, kind: str) -> None:
    sites = made[1]
    change, words = TIES[kind]
    for site in (site for site in sites.values() if site.tie):
        leaks(made, words, sites=moved(sites, site, tie=change(site, sites)))


def test_near_duplicates_are_counted_and_the_first_of_them_are_shown(made: Made) -> None:
    _, _, search = made
    home = PatternSite(
        pattern="a", group="a", corpus="x", category="c", split="train", file="x", line=1, column=1
    )
    names = [f"b{n:03d}" for n in range(MOST_PAIRS + 5)]
    tie = Tie(by="near", to="a", percent=80)
    sites = {"a": home} | {
        name: home.model_copy(update={"pattern": name, "tie": tie}) for name in reversed(names)
    }
    proof = prove({"train": (), "valid": (), "test": ()}, sites, search)
    assert proof.near == len(names)
    assert [pair.pattern for pair in proof.near_pairs] == names[:100]
    assert {(pair.to, pair.percent) for pair in proof.near_pairs} == {("a", 80)}


def test_ties_may_lead_to_the_name_of_the_group_by_way_of_others(made: Made) -> None:
    home = PatternSite(
        pattern="a", group="a", corpus="x", category="c", split="train", file="x", line=1, column=1
    )
    led = {"b": "a", "c": "b", "d": "b", "e": "d"}
    sites = {"a": home} | {
        name: home.model_copy(update={"pattern": name, "tie": Tie(by="prompt", to=to)})
        for name, to in led.items()
    }
    rows: Rows = {"train": (), "valid": (), "test": ()}
    assert prove(rows, sites, made[2]).groups == 1
    assert prove(rows, dict(reversed(sites.items())), made[2]).groups == 1


def test_a_pattern_that_nothing_ties_is_in_a_group_of_its_own_name(made: Made) -> None:
    home = PatternSite(
        pattern="b", group="b", corpus="x", category="c", split="train", file="x", line=1, column=1
    )
    rows: Rows = {"train": (), "valid": (), "test": ()}
    for name in ("a", "c"):
        sites = {"b": home, name: home.model_copy(update={"pattern": name})}
        leaks(made, f"the pattern {name} is in a group that nothing ties it to", rows, sites)
