from __future__ import annotations

from pathlib import Path

from engram.compiler import validate
from tests.compiler.factories import corpus, pattern, write_corpora


def found(folder: Path) -> set[str]:
    return {finding.code for finding in validate([folder])}


def test_a_prompt_to_show_is_one_of_the_corpus(tmp_path: Path) -> None:
    sums = corpus([pattern(n) for n in range(12)], demo=["2 + 99 ="])
    assert "ENG303" in found(write_corpora(tmp_path, sums))


def test_what_a_faulty_pattern_would_have_asked_is_not_missed(tmp_path: Path) -> None:
    faulty = pattern(99) | {"match": "exactly"}
    sums = corpus([pattern(n) for n in range(12)] + [faulty], demo=["2 + 99 ="])
    assert found(write_corpora(tmp_path, sums)) == {"ENG205"}
