"""Near-duplicates share a group; instances of a rule do not."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engram.compiler.likeness import percent, shingles
from engram.compiler.near import FEW
from engram.compiler.normal import normal_form
from engram.core.build import Options, PatternSite
from engram.core.finding import errors_in
from tests.compiler.factories import (
    Fields,
    compiled,
    corpus,
    look,
    pattern,
    rows_in,
    sites_in,
    write_corpora,
)
from tests.effort import effort


def two(one: str, other: str, *answers: str, **fields: Any) -> list[Fields]:
    """A corpus of two patterns, with one answer or two, and some others."""
    pair = [
        {"id": name, "input": text, "output": answer, "category": "c"}
        for name, text, answer in zip("ab", (one, other), (answers * 2)[:2], strict=True)
    ]
    others = [pattern(n, "c") for n in range(4)]
    return [corpus([*pair, *others], "two", phrasings=[], **fields)]


def grouped(folder: Path, documents: list[Fields]) -> dict[str, PatternSite]:
    return sites_in(compiled(write_corpora(folder, *documents)))


def together(folder: Path, documents: list[Fields]) -> bool:
    sites = grouped(folder, documents)
    return sites["a"].group == sites["b"].group


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("What is the capital of France?", "What's the capital of France?"),
        ("Q: What is the capital of France?\nA:", "What is the capital of France?"),
        ("Reverse a string in Python", "Reverse a Python string"),
        ("How many pounds are in a stone?", "How many pounds are there in a stone?"),
        ("Format this date: 2024-01-15 ->", "Please format this date: 2024-01-15 ->"),
        ("the author of Hamlet is", "who is the author of Hamlet?"),
    ],
)
def test_a_question_worded_twice_is_one_group(tmp_path: Path, one: str, other: str) -> None:
    assert together(tmp_path, two(one, other, "x"))
    assert together(tmp_path, two(one, other, "The answer", "the  Answer"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Convert 10 km to metres", "Convert 12 km to metres"),
        ("Format this date: 2024-01-15 ->", "Format this date: 2024-01-16 ->"),
        ("Convert to snake case: fooBar ->", "Convert to snake case: fooBaz ->"),
        ("Turn on the light", "Turn off the light"),
    ],
)
def test_instances_of_a_rule_stay_apart(tmp_path: Path, one: str, other: str) -> None:
    assert not together(tmp_path, two(one, other, "x", "y"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Is the number 7 prime?", "Is the number 11 prime?"),
        ("Is 2024-01-15 a valid date?", "Is 2024-01-16 a valid date?"),
    ],
)
def test_the_same_question_about_other_numbers_is_another(
    tmp_path: Path, one: str, other: str
) -> None:
    assert not together(tmp_path, two(one, other, "yes"))


def test_another_right_answer_counts_as_an_answer(tmp_path: Path) -> None:
    documents = two("What is the capital of France?", "What's the capital of France?", "a", "b")
    assert not together(tmp_path, documents)
    documents[0]["examples"][0]["accept"] = ["B"]
    assert together(tmp_path, documents)


def test_wordings_by_authors_count_and_templates_do_not(tmp_path: Path) -> None:
    documents = two("zig", "zag", "x")
    documents[0]["examples"][0]["variants"] = ["What is the capital of France?"]
    documents[0]["examples"][1]["variants"] = ["What's the capital of France?"]
    assert together(tmp_path, documents)
    templates = two("zig", "zag", "x")
    templates[0]["phrasings"] = ["Please be so kind as to complete the following line: {input}"]
    assert not together(tmp_path, templates)


def test_a_tie_says_how_alike_two_patterns_are(tmp_path: Path) -> None:
    one, other = "What is the capital of France?", "What's the capital of France?"
    sites = grouped(tmp_path, two(one, other, "Paris"))
    alike = percent(shingles(normal_form(one)), shingles(normal_form(other)))
    assert sites["a"].tie is None
    assert sites["b"].tie is not None
    assert (sites["b"].tie.to, sites["b"].tie.by, sites["b"].tie.percent) == ("a", "near", alike)


def test_the_leak_proof_lists_the_pairs_and_how_they_were_found(tmp_path: Path) -> None:
    documents = two("What is the capital of France?", "What's the capital of France?", "Paris")
    proof = compiled(write_corpora(tmp_path, *documents)).manifest.leak_proof
    assert proof.near == 1
    assert [(p.pattern, p.to, p.percent) for p in proof.near_pairs] == [("b", "a", 78)]
    assert proof.search.library == "rensa 0.5.0"
    assert [tuple(rule.model_dump().values()) for rule in proof.search.rules] == [
        ("two", "same_answer", 75)
    ]


@pytest.mark.parametrize(
    ("fields", "answers", "expected"),
    [
        ({"near_duplicates": "off"}, "x", False),
        ({"near_duplicates": "any"}, "xy", True),
        ({"near_percent": 78}, "x", True),
        ({"near_percent": 79}, "x", False),
        ({"near_percent": 100}, "x", False),
    ],
)
def test_a_corpus_says_what_is_near(
    tmp_path: Path, fields: Fields, answers: str, expected: bool
) -> None:
    one, other = "What is the capital of France?", "What's the capital of France?"
    assert together(tmp_path, two(one, other, *answers, **fields)) is expected


@pytest.mark.parametrize(
    ("first", "second", "answers", "expected"),
    [
        ({}, {}, "x", True),
        ({}, {"near_duplicates": "off"}, "x", False),
        ({"near_duplicates": "any"}, {}, "xy", False),
        ({"near_duplicates": "any"}, {}, "x", True),
        ({"near_duplicates": "any"}, {"near_duplicates": "any"}, "xy", True),
        ({"near_percent": 50}, {"near_percent": 90}, "x", False),
    ],
)
def test_two_corpora_must_both_allow_what_joins_their_patterns(
    tmp_path: Path, first: Fields, second: Fields, answers: str, expected: bool
) -> None:
    one, other = two("What is the capital of France?", "What's the capital of France?", *answers)[
        0
    ]["examples"][:2]
    documents = [
        corpus([one, pattern(1, "c")], "one", phrasings=[], **first),
        corpus([other, pattern(2, "c")], "other", phrasings=[], **second),
    ]
    assert together(tmp_path, documents) is expected


WORDS = st.lists(
    st.sampled_from(["what", "is", "the", "capital", "of", "France", "10", "12"]),
    min_size=1,
    max_size=7,
).map(" ".join)
PATTERNS = st.lists(
    st.fixed_dictionaries(
        {"input": WORDS, "output": st.sampled_from("xy"), "category": st.just("c")},
        optional={"variants": st.lists(WORDS, max_size=1, unique=True)},
    ),
    min_size=2,
    max_size=10,
)


@settings(max_examples=effort(60, nightly=600))
@given(PATTERNS, st.randoms(use_true_random=False), st.sampled_from(["same_answer", "any"]))
def test_groups_and_ties_do_not_depend_on_order(
    patterns: list[Fields], random: Any, policy: str
) -> None:
    ties = []
    for turn in range(2):
        with tempfile.TemporaryDirectory() as name:
            halves = [patterns[: len(patterns) // 2], patterns[len(patterns) // 2 :]]
            documents = [
                corpus(half, f"c{n if not turn else 1 - n}", phrasings=[], near_duplicates=policy)
                for n, half in enumerate(halves)
            ]
            folder = write_corpora(Path(name), *documents)
            assume(not errors_in(look(folder, Options())[1]))
            found = sites_in(compiled(folder)).values()
            ties.append({site.pattern: (site.group, site.tie, site.split) for site in found})
        random.shuffle(patterns)
    assert ties[0] == ties[1]


@settings(max_examples=effort(60, nightly=600))
@given(PATTERNS)
def test_nothing_is_asked_as_novel_that_a_trained_pattern_words_otherwise(
    patterns: list[Fields],
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = write_corpora(Path(name), corpus(patterns, phrasings=[]))
        assume(not errors_in(look(folder, Options())[1]))
        rows = rows_in(compiled(folder, Options(ratios=(2, 1, 1))))
    for split in ("valid", "test"):
        for novel in rows[split]:
            for trained in rows["train"]:
                alike = shingles(normal_form(novel.prompt)), shingles(normal_form(trained.prompt))
                figures = [
                    sorted(w for w in row.prompt.split() if w.isdigit()) for row in (novel, trained)
                ]
                if novel.answer == trained.answer and figures[0] == figures[1]:
                    assert novel.probe != "novel" or percent(*alike) < 75


def test_many_prompts_with_one_answer_are_sketched_and_found_all_the_same(tmp_path: Path) -> None:
    towns = [
        a + b + c
        for a in ("Mar", "Bel", "Dor", "Fal")
        for b in "aeiou"
        for c in ("ton", "ville", "grad")
    ]
    patterns = [
        {"id": f"{town}-{n}", "input": text.format(town), "output": "yes", "category": f"c{n}"}
        for town in towns
        for n, text in enumerate(
            (
                "Do the people in the north of {0} vote?",
                "In the north of {0} do the people vote?",
            )
        )
    ]
    assert len(patterns) > FEW
    documents = [corpus(patterns, phrasings=[], near_percent=95)]
    sites = grouped(tmp_path, documents)
    assert all(sites[f"{town}-0"].group == sites[f"{town}-1"].group for town in towns)
    assert len({site.group for site in sites.values()}) == len(towns)


def test_a_group_that_swallows_a_category_is_named(tmp_path: Path) -> None:
    same = [
        pattern(n, "big", input=f"What is the capital of France{mark}", output="Paris")
        for n, mark in enumerate(("", "?", "??"))
    ]
    others = [pattern(n, "big") for n in range(5)]
    findings = look(write_corpora(tmp_path, corpus([*same, *others])), Options())[1]
    assert [f.message for f in findings if f.code == "ENG330"] == [
        "3 of the 8 patterns of the category `big` are one group, which no split parts"
    ]
    more = [pattern(n, "big") for n in range(6)]
    findings = look(write_corpora(tmp_path, corpus([*same, *more])), Options())[1]
    assert "ENG330" not in {f.code for f in findings}


def test_small_corpora_need_no_sketches() -> None:
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from engram.compiler import validate\n"
        "validate([Path('corpora')])\n"
        "print('rensa' in sys.modules)\n"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, check=True)
    assert done.stdout.strip() == b"False"
