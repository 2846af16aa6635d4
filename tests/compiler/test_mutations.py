"""Damaged builds, ten thousand of them at night: each is refused before anybody uses it."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from engram.compiler import compile_corpora, verify_build
from engram.core.errors import RefusedBuild
from tests.compiler.factories import corpus, in_memory, pattern, write_corpora
from tests.compiler.mutations import DAMAGES, Whole
from tests.effort import effort

MUTATIONS = effort(1_600, nightly=16_000)
SHARE = MUTATIONS // len(DAMAGES)


@pytest.fixture(scope="module")
def whole() -> Iterator[Whole]:
    """A small build, in memory where the system has a place for that."""
    with tempfile.TemporaryDirectory(dir=in_memory()) as name:
        folder = Path(name)
        patterns = [pattern(n, variants=[f"two and {n}"]) for n in range(8)]
        facts = [pattern(n, "facts") for n in range(100, 102)]
        documents = [corpus(patterns), corpus(facts, "facts", holdout="variant")]
        compile_corpora(write_corpora(folder / "corpora", *documents), folder / "build")
        yield Whole.at(folder / "build")


@pytest.mark.parametrize("kind", DAMAGES)
def test_every_random_damage_is_refused_and_the_file_is_named(whole: Whole, kind: str) -> None:
    refused: Counter[str] = Counter()
    for seed in range(SHARE):
        chance = Random(f"{kind} {seed}")  # noqa: S311 - not a secret
        damaged = DAMAGES[kind](whole, chance)
        said = _refusal_of(whole)
        assert said, f"{kind}, seed {seed}, was not noticed: {damaged}"
        # What is false in a manifest can show in the file that it is said of.
        named = [Path(name.lstrip("+")).name in said for name in damaged]
        assert any(named) or kind == "edit manifest", (seed, damaged, said)
        refused[kind] += 1
        _mend(whole, damaged)
    assert refused[kind] == SHARE
    assert verify_build(whole.folder).manifest


def _refusal_of(whole: Whole) -> str:
    try:
        verify_build(whole.folder)
    except RefusedBuild as refused:
        return refused.message
    return ""


def _mend(whole: Whole, damaged: list[str]) -> None:
    for name in damaged:
        if name.startswith("+"):
            path = whole.folder / name[1:]
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
        else:
            whole.make_whole(name)
