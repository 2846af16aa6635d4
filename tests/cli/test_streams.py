"""The standard streams: a reader that goes away ends nothing, and says nothing of the outcome."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.compiler.factories import corpus, pattern, write_corpora


def without_a_reader(*arguments: object) -> int:
    """The exit code of a command whose output and messages go into a pipe that nobody reads."""
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "engram", *map(str, arguments)]
    try:
        return subprocess.run(command, stdout=writing, stderr=writing, check=False).returncode
    finally:
        os.close(writing)


@pytest.fixture
def corpora(tmp_path: Path) -> Path:
    return write_corpora(tmp_path / "corpora", corpus([pattern(n) for n in range(8)]))


def test_a_build_is_made_whoever_reads_of_it(corpora: Path, tmp_path: Path) -> None:
    assert without_a_reader("compile", corpora, "-o", tmp_path / "build") == 0
    assert (tmp_path / "build/manifest.json").is_file()


def test_faults_are_faults_whoever_reads_of_them(corpora: Path) -> None:
    (corpora / "broken.yaml").write_text("name: [")
    assert without_a_reader("validate", corpora) == 1
    assert without_a_reader("validate", corpora / "nowhere") == 2
