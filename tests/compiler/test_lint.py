"""What is noticed about patterns that have the right form, one by one and side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engram.compiler import validate
from engram.core.finding import Finding
from tests.compiler.factories import Fields, corpus, pattern, write_corpora

SMALL = "ENG312"


def found_in(folder: Path, *corpora: Fields) -> list[Finding]:
    return [f for f in validate([write_corpora(folder, *corpora)]) if f.code != SMALL]


def codes(folder: Path, *corpora: Fields) -> list[str]:
    return [finding.code for finding in found_in(folder, *corpora)]


def both(output: str, other: str, **fields: Any) -> Fields:
    return corpus([pattern(1, output=output), pattern(1, output=other, **fields)])


def test_an_answer_that_goes_on_is_told_from_one_that_is_given_twice(tmp_path: Path) -> None:
    assert codes(tmp_path / "a", both("Paris", "Paris, France", accept=["Paris"])) == ["ENG315"]
    assert codes(tmp_path / "b", both("Paris", "Paris")) == ["ENG307"]
    assert codes(tmp_path / "c", both("Paris", "Rome", accept=["Paris"])) == ["ENG307"]


def test_an_answer_that_goes_on_and_is_not_accepted_is_a_contradiction_too(tmp_path: Path) -> None:
    assert codes(tmp_path, both("Paris", "Paris, France")) == ["ENG306", "ENG315"]


def test_prompts_that_differ_in_case_have_answers_that_go_on_too(tmp_path: Path) -> None:
    prompts = [pattern(1, input="Sum?", output="4"), pattern(2, input="sum?", output="42")]
    found = found_in(tmp_path, corpus(prompts, phrasings=[]))
    assert sorted(finding.code for finding in found) == ["ENG308", "ENG315"]
    assert "'sum?' is answered '42' here and '4' at" in next(
        f.message for f in found if f.code == "ENG315"
    )


def test_a_contradiction_is_found_across_files(tmp_path: Path) -> None:
    one, other = (corpus([pattern(1, output=word)], name=word) for word in ("red", "blue"))
    (finding,) = found_in(tmp_path, one, other)
    assert finding.code == "ENG306"
    assert finding.file.endswith("red.yaml")
    assert "blue.yaml" in finding.message


@pytest.mark.parametrize(
    ("templates", "idle"),
    [
        (["Q: {input}"], []),
        (["{input}"], [0]),
        (["Q: {input}", "Q: {input}", "{input}"], [1, 2]),
        (["same as {input}"], []),
        ([], []),
    ],
)
def test_a_template_is_idle_if_it_adds_no_prompt(
    tmp_path: Path, templates: list[str], idle: list[int]
) -> None:
    others = {"variants": ["same as 2 + 1 ="]}
    shared = corpus([pattern(1, **others), pattern(2)], phrasings=templates)
    own = corpus([pattern(3, phrasings=templates)])
    assert codes(tmp_path / "shared", shared) == ["ENG317"] * len(idle)
    assert codes(tmp_path / "own", own) == ["ENG317"] * len(idle)


def test_a_template_is_idle_if_every_pattern_has_that_prompt_already(tmp_path: Path) -> None:
    said = [pattern(n, variants=[f"Add: 2 + {n} ="]) for n in range(3)]
    assert codes(tmp_path / "all", corpus(said, phrasings=["Add: {input}"])) == ["ENG317"]
    some = corpus([*said, pattern(9)], phrasings=["Add: {input}"])
    assert codes(tmp_path / "some", some) == []


def test_templates_that_every_pattern_replaces_are_not_used(tmp_path: Path) -> None:
    own = [pattern(n, phrasings=["Add {input}"]) for n in range(3)]
    (finding,) = found_in(tmp_path / "all", corpus(own, phrasings=["Q: {input}"]))
    assert finding.message == "`phrasings` is not used: every pattern has its own"
    assert codes(tmp_path / "default", corpus(own)) == []
    assert codes(tmp_path / "none", corpus(own, phrasings=[])) == []


def test_a_licence_is_missed_only_beside_corpora_that_have_one(tmp_path: Path) -> None:
    bare, licensed = corpus([pattern(1)], name="a"), corpus([pattern(2)], name="b", license="MIT")
    assert codes(tmp_path / "bare", bare) == []
    (finding,) = found_in(tmp_path / "both", bare, licensed)
    assert (finding.code, finding.line) == ("ENG318", 2)
    assert "b.yaml has one" in finding.message


@pytest.mark.parametrize("style", ["|", ">", "|+", ">+", "|2"])
def test_a_line_feed_that_a_block_style_added_is_told(tmp_path: Path, style: str) -> None:
    head = "name: x\ndescription: d\nexamples:\n  - input: a\n    category: c\n"
    path = tmp_path / "x.yaml"
    path.write_text(f"{head}    output: {style}\n      b\n")
    assert [f.code for f in validate([path]) if f.code != SMALL] == ["ENG311"]
    path.write_text(f"{head}    output: {style[0]}-\n      b\n")
    assert [f.code for f in validate([path]) if f.code != SMALL] == []


@pytest.mark.parametrize("text", ["no", "no # more", "- no # more", "12:30"])
def test_a_file_that_is_no_corpus_is_only_told_that(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(text)
    assert [finding.code for finding in validate([path])] == ["ENG203"]


@pytest.mark.parametrize(
    ("expression", "why"),
    [(r"(a)\1", "backreferences"), ("(?=a)a", "look-around"), ("(a", "unclosed group")],
)
def test_an_expression_that_no_linear_engine_runs_is_refused(
    tmp_path: Path, expression: str, why: str
) -> None:
    patterns = [pattern(1, output="aa", match="regex", accept=["a+", expression])]
    (finding,) = found_in(tmp_path, corpus(patterns))
    assert (finding.code, finding.severity) == ("ENG302", "error")
    assert why in finding.message


@pytest.mark.parametrize(
    ("match", "output"),
    [
        ("number", "1e999999999"),
        ("number", "9" * 5_000),
        ("number", "NaN"),
        ("number", "0,123"),
        ("json", "[Infinity]"),
        ("json", "[" * 5_000 + "]" * 5_000),
    ],
    ids=lambda text: text[:12],
)
def test_an_output_that_its_own_rule_cannot_read_is_told(
    tmp_path: Path, match: str, output: str
) -> None:
    found = codes(tmp_path, corpus([pattern(1, output=output, match=match)]))
    assert found == ["ENG301"]
