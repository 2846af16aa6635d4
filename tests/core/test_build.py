"""The nouns of a build: what they take, what they refuse, and what they are if nothing is said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from engram.core.build import LARGEST, Manifest, Options, Phrasing, Probe, Row, probe_name
from tests.compiler.factories import compiled, corpus, pattern, write_corpora


def test_unless_an_author_says_otherwise_eight_parts_of_ten_are_trained_with_seed_42() -> None:
    assert (Options().seed, Options().ratios, Options().augment) == (42, (80, 10, 10), True)


@pytest.mark.parametrize(
    ("field", "least", "most"), [("seed", 0, 2**53 - 1), ("ratios", 0, 1_000_000)]
)
def test_options_are_numbers_within_bounds(field: str, least: int, most: int) -> None:
    def options(number: int) -> Options:
        value: Any = [80, number, 10] if field == "ratios" else number
        return Options.model_validate({field: value})

    for number in (least, most):
        assert number in (options(number).seed, *options(number).ratios)
    for number in (least - 1, most + 1):
        with pytest.raises(ValidationError):
            options(number)


def test_the_largest_number_is_the_last_one_that_a_double_tells_from_its_neighbours() -> None:
    assert float(LARGEST) != float(LARGEST + 1) == float(LARGEST + 2)


@pytest.mark.parametrize(
    ("probe", "phrasing", "name"),
    [
        ("recall", "bare", "recall"),
        ("recall", "template", "recall"),
        ("recall", "author", "recall"),
        ("variant", "author", "variant"),
        ("variant", "bare", "variant"),
        ("variant", "template", "variant_template"),
        ("novel", "bare", "novel"),
        ("novel", "template", "novel"),
    ],
)
def test_only_variants_are_told_apart_by_who_worded_them(
    probe: Probe, phrasing: Phrasing, name: str
) -> None:
    assert probe_name(probe, phrasing) == name


def test_what_a_json_library_made_of_a_build_is_the_same_build(tmp_path: Path) -> None:
    near = [pattern(n, input=f"the capital of country {'abcd'[n]}", output="x") for n in range(2)]
    same = [
        pattern(n, input=text, output="y") for n, text in enumerate(("what is it", "What is it"))
    ]
    numbers = [pattern(n, variants=[f"two and {n}"]) for n in range(30)]
    artifacts = compiled(write_corpora(tmp_path, corpus([*near, *same, *numbers])))
    manifest = artifacts.manifest
    assert Manifest.model_validate(json.loads(manifest.model_dump_json())) == manifest
    for name, content in artifacts.files.items():
        if name.endswith("train.jsonl"):
            row = Row.model_validate_json(content.splitlines()[0])
            assert Row.model_validate(json.loads(content.splitlines()[0])) == row
            assert (row.prompt, row.answer) == tuple(part.content for part in row.messages)


def test_a_manifest_is_of_version_1() -> None:
    assert Manifest.model_fields["manifest_version"].default == 1
    for version in (0, 2):
        with pytest.raises(ValidationError, match="Input should be 1"):
            Manifest.model_validate({"manifest_version": version})
