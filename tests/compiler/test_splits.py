"""Three questions, never mixed: what the splits of any corpus promise."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engram.compiler.normal import normal_form
from engram.compiler.rows import dump_rows, parse_rows
from engram.core.build import SPLITS, Options, Row
from engram.core.finding import errors_in
from tests.compiler.factories import (
    compiled,
    corpus,
    look,
    pattern,
    rows_in,
    sites_in,
    write_corpora,
)
from tests.effort import effort

WORDS = st.sampled_from(
    ["a", "A", " a", "b", "c", "d", "Complete: a", "ﬁ", "fi", "e f", "E  F", "😀"]
)
PATTERNS = st.fixed_dictionaries(
    {"input": WORDS, "output": st.sampled_from(["x", "y"]), "category": st.sampled_from("pq")},
    optional={
        "id": st.sampled_from(["one", "two", "three", "four"]),
        "variants": st.lists(WORDS, max_size=2),
        "accept": st.lists(st.sampled_from("xyz"), max_size=2),
        "phrasings": st.lists(st.sampled_from(["{input}?", "Say {input}", "{input}"]), max_size=2),
    },
)
CORPORA = st.lists(
    st.tuples(st.lists(PATTERNS, min_size=1, max_size=8), st.sampled_from(["pattern", "variant"])),
    min_size=1,
    max_size=3,
)
OPTIONS = st.builds(
    Options,
    seed=st.integers(0, 5),
    ratios=st.sampled_from(
        [(80, 10, 10), (50, 25, 25), (1, 1, 1), (1, 0, 0), (9, 0, 1), (8, 2, 0)]
    ),
    augment=st.booleans(),
)


@settings(max_examples=effort(150, nightly=1500))
@given(CORPORA, OPTIONS)
def test_every_build_keeps_its_promises(
    corpora: list[tuple[list[Any], str]], options: Options
) -> None:
    with tempfile.TemporaryDirectory() as name:
        documents = [
            corpus(examples, name=f"c{n}", holdout=holdout, phrasings=["Complete: {input}"])
            for n, (examples, holdout) in enumerate(corpora)
        ]
        folder = write_corpora(Path(name), *documents)
        assume(not errors_in(look(folder, options)[1]))
        build = compiled(folder, options)
    rows, sites = rows_in(build), sites_in(build)
    everything = [(split, row) for split in SPLITS for row in rows[split]]

    prompts = Counter(row.prompt for _, row in everything)
    assert max(prompts.values()) == 1
    train_prompts = {row.prompt for row in rows["train"]}
    train_forms = {normal_form(prompt) for prompt in train_prompts}
    train_groups = {sites[row.pattern].group for row in rows["train"]}
    assert {row.category for _, row in everything} == {row.category for row in rows["train"]}
    for split, row in everything:
        assert (row.probe == "recall") == (split == "train")
        if row.probe == "novel":
            assert sites[row.pattern].group not in train_groups
            assert row.phrasing == "bare"
            assert sites[row.pattern].split == split
        if row.probe == "variant":
            assert sites[row.pattern].group in train_groups
            assert row.phrasing != "bare"
        if row.probe != "recall":
            assert normal_form(row.prompt) not in train_forms
    if not options.augment:
        assert all(row.phrasing != "template" for _, row in everything)
    for split, ratio in zip(SPLITS, options.ratios, strict=True):
        assert ratio or not rows[split]
        assert parse_rows(dump_rows(rows[split])) == rows[split]


def sixty(holdout: str = "pattern", **fields: Any) -> list[dict[str, Any]]:
    categories = [f"c{n % 6}" for n in range(60)]
    patterns = [pattern(n, category, **fields) for n, category in enumerate(categories)]
    return [corpus(patterns, holdout=holdout)]


def by_probe(rows: tuple[Row, ...]) -> Counter[str]:
    return Counter(row.probe for row in rows)


def test_rules_are_dealt_out_by_category_and_in_total(tmp_path: Path) -> None:
    rows = rows_in(compiled(write_corpora(tmp_path, *sixty())))
    assert by_probe(rows["valid"]) == {"novel": 6, "variant": 24}
    assert by_probe(rows["test"]) == {"novel": 6, "variant": 24}
    assert by_probe(rows["train"]) == {"recall": 48 * 3}
    for split in ("valid", "test"):
        found = Counter(row.category for row in rows[split] if row.probe == "novel")  # type: ignore[index]
        assert found == {f"c{n}": 1 for n in range(6)}


def test_lookups_are_all_trained_and_keep_one_wording_back(tmp_path: Path) -> None:
    build = compiled(write_corpora(tmp_path, *sixty(holdout="variant")))
    rows = rows_in(build)
    assert by_probe(rows["train"]) == {"recall": 60 * 3}
    assert by_probe(rows["valid"]) == by_probe(rows["test"]) == {"variant": 30}
    assert {site.split for site in sites_in(build).values()} == {"train"}


def test_the_wording_of_an_author_is_held_out_before_a_template(tmp_path: Path) -> None:
    patterns = [pattern(n, variants=[f"two plus {n}", f"add {n} to two"]) for n in range(20)]
    rows = rows_in(compiled(write_corpora(tmp_path, corpus(patterns, holdout="variant"))))
    assert {row.phrasing for row in (*rows["valid"], *rows["test"])} == {"author"}
    assert {row.phrasing for row in rows["train"]} == {"bare", "author", "template"}


def test_what_is_demonstrated_is_held_out_only_if_there_is_nothing_else(tmp_path: Path) -> None:
    patterns = [pattern(n, variants=[f"two plus {n}"], phrasings=["{input} ?"]) for n in range(9)]
    lone = [pattern(n, variants=[f"two plus {n}"], phrasings=[]) for n in range(9, 12)]
    demo = [f"two plus {n}" for n in range(12)]
    document = corpus([*patterns, *lone], holdout="variant", demo=demo)
    rows = rows_in(compiled(write_corpora(tmp_path, document)))
    held_out = {row.prompt for row in (*rows["valid"], *rows["test"])}
    assert held_out == {f"2 + {n} = ?" for n in range(9)} | {f"two plus {n}" for n in (9, 10, 11)}


def test_a_wording_that_differs_in_case_only_is_no_question(tmp_path: Path) -> None:
    patterns = [pattern(n, variants=[f"2  +  {n} ="], phrasings=[]) for n in range(10)]
    rows = rows_in(compiled(write_corpora(tmp_path, corpus(patterns, holdout="variant"))))
    assert not rows["valid"]
    assert not rows["test"]


def test_no_augment_leaves_no_template(tmp_path: Path) -> None:
    build = compiled(write_corpora(tmp_path, *sixty()), Options(augment=False))
    rows = rows_in(build)
    assert [len(rows[split]) for split in SPLITS] == [48, 6, 6]
    assert {row.phrasing for split in SPLITS for row in rows[split]} == {"bare"}


def test_equal_inputs_share_a_group_and_a_split(tmp_path: Path) -> None:
    twins = [
        pattern(n, input=text, id=f"p{n}.{k}", output=str(k))
        for n in range(30)
        for k, text in enumerate((f"Twin {n}", f"TWIN  {n}"))
    ]
    sites = sites_in(compiled(write_corpora(tmp_path, corpus(twins))))
    for n in range(30):
        one, other = sites[f"p{n}.0"], sites[f"p{n}.1"]
        assert (one.group, one.split) == (other.group, other.split)
    assert len({site.group for site in sites.values()}) == 30


def test_a_group_with_a_lookup_in_it_is_trained(tmp_path: Path) -> None:
    rules = corpus([pattern(n) for n in range(40)], name="rules")
    facts = corpus([pattern(n, input=f"2  + {n} =") for n in range(40)], "facts", holdout="variant")
    sites = sites_in(compiled(write_corpora(tmp_path, rules, facts)))
    assert {site.split for site in sites.values()} == {"train"}


def test_copies_of_a_pattern_become_one(tmp_path: Path) -> None:
    one = corpus([pattern(1), pattern(1), pattern(2)], phrasings=[])
    other = corpus([pattern(1, variants=["two and one"])], name="other", phrasings=[])
    build = compiled(write_corpora(tmp_path, one, other), Options(ratios=(1, 0, 0)))
    prompts = sorted(row.prompt for row in rows_in(build)["train"])
    assert prompts == ["2 + 1 =", "2 + 2 =", "two and one"]
    assert len(sites_in(build)) == 2


def test_another_seed_gives_other_splits_and_the_same_sizes(tmp_path: Path) -> None:
    folder = write_corpora(tmp_path, *sixty())
    one, other = (compiled(folder, Options(seed=seed)) for seed in (1, 2))
    assert one.manifest.data != other.manifest.data
    assert [len(rows) for rows in rows_in(one).values()] == [
        len(rows) for rows in rows_in(other).values()
    ]


def test_a_category_too_small_to_test_is_named(tmp_path: Path) -> None:
    documents = [corpus([*sixty()[0]["examples"], pattern(99, "tiny")])]
    findings = look(write_corpora(tmp_path, *documents), Options())[1]
    assert [f.code for f in findings] == ["ENG312"]
    assert "`tiny` (1 pattern)" in findings[0].message


def test_a_pattern_is_found_where_it_stands(tmp_path: Path) -> None:
    folder = write_corpora(tmp_path, corpus([pattern(1, id="one"), pattern(2, id="two")]))
    (folder / "sub").mkdir()
    (folder / "sums.yaml").rename(folder / "sub" / "sums.yaml")
    site = sites_in(compiled(folder))["two"]
    line = (folder / "sub" / "sums.yaml").read_text().splitlines()[site.line - 1]
    assert (site.file, site.corpus) == ("sub/sums.yaml", "sums")
    assert line[site.column - 1 :].startswith('input: "2 + 2 ="')


@pytest.mark.parametrize("augment", [True, False])
def test_a_demonstration_shows_named_prompts_and_some_of_each_probe(
    tmp_path: Path, augment: bool
) -> None:
    named = ["Complete: 2 + 1 =", "2 + 2 ="]
    documents = sixty()
    documents[0]["demo"] = named
    build = compiled(write_corpora(tmp_path, *documents), Options(augment=augment))
    demo = build.manifest.demo
    rows = {row.id: row for split in rows_in(build).values() for row in split}
    assert len({prompt.prompt for prompt in demo}) == len(demo) <= 12
    assert all(rows[p.row].prompt == p.prompt and rows[p.row].answer == p.answer for p in demo)
    assert {p.probe for p in demo} == (
        {"recall", "variant", "novel"} if augment else {"recall", "novel"}
    )
    prompts = {row.prompt for row in rows.values()}
    assert [p.prompt for p in demo][: len(prompts & set(named))] == [
        p for p in named if p in prompts
    ]
