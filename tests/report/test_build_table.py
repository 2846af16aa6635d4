"""A build at a glance."""

from __future__ import annotations

from pathlib import Path

import pytest

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
    assert manifest.build_id in lines[2]
    assert max(map(len, lines)) <= 80
