"""A build at a glance."""

from __future__ import annotations

from pathlib import Path

import pytest

from engram.compiler.power import smallest_change
from engram.core.build import Detectable
from engram.report.build_table import build_lines, build_table
from tests.compiler.factories import compiled, corpus, pattern, write_corpora


@pytest.mark.parametrize("category", ["c", "a_very_long_name_of_a_category_that_nobody_should_use"])
def test_the_table_adds_up_and_fits_a_terminal(tmp_path: Path, category: str) -> None:
    documents = [
        corpus([pattern(n, category) for n in range(20)]),
        corpus([pattern(n, "facts") for n in range(50, 60)], "facts", holdout="variant"),
    ]
    manifest = compiled(write_corpora(tmp_path, *documents)).manifest
    text = build_table(manifest)
    assert max(map(len, text.splitlines())) <= 80
    cells = [line.split() for line in text.splitlines()]
    assert cells[0] == ["train", "valid", "valid", "test", "test"]
    assert cells[1] == ["category", "recall", "variant", "novel", "variant", "novel", "all"]
    assert cells[3][1:] == ["48", "8", "2", "8", "2", "68"]
    assert cells[4] == ["facts", "30", "5", ".", "5", ".", "40"]
    assert cells[5] == ["total", "78", "13", "2", "13", "2", "108"]
    lines = build_lines(manifest)
    assert "78 train, 15 valid, 15 test; 30 groups" in lines[0]
    assert "0 crossing" in lines[1]
    assert lines[2:5] == [
        "test:       variant (template), n=13: differences under 46 points are noise",
        "            novel, n=2: too few to show a difference",
        f"build:      {manifest.build_id}",
    ]
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize(
    ("groups", "words"),
    [
        (6, "differences under 100 points are noise"),
        (36, "differences under 16 points are noise"),
        (86, "differences under 6.9 points are noise"),
        (5_000, "differences under 0.1 points are noise"),
        (10_000, "even a difference of 0.1 points can be more than noise"),
    ],
)
def test_what_the_test_set_can_show_is_a_sentence(tmp_path: Path, groups: int, words: str) -> None:
    manifest = compiled(write_corpora(tmp_path, corpus([pattern(n) for n in range(20)]))).manifest
    asked = Detectable(probe="novel", groups=groups, per_mille=smallest_change(groups))
    lines = build_lines(manifest.model_copy(update={"detectable": (asked,)}))
    assert f"test:       novel, n={groups:,}: {words}" in lines


def test_near_duplicates_are_counted(tmp_path: Path) -> None:
    same = ["What is the capital of France?", "What's the capital of France?"]
    patterns = [pattern(n, input=text, output="Paris") for n, text in enumerate(same)]
    manifest = compiled(write_corpora(tmp_path, corpus(patterns))).manifest
    assert "near:       1 pair of near-duplicates, each in one split: engram why ID" in (
        build_lines(manifest)
    )
