"""Whatever a stranger sends: data or a located finding, in 2 seconds and 300 MB, and no crash."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.compiler.hostile import EVERYTHING, written
from tests.warden import Outcome, outcomes

SECONDS = 2
MEGABYTES = 300

# `file: error CODE`, `file:line:column: error CODE`, or that nothing is wrong with so many files.
LOCATED = re.compile(r"^(\S.*: (error|warning) ENG\d{3} |[\d,]+ files?, [\d,]+ patterns?: )", re.M)
# A line feed ends a line, and that is all that the terminal is told to do.
CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Outcome]]:
    """What `engram validate` makes of each, in a process of its own."""
    folder = tmp_path_factory.mktemp("hostile")
    yield _looked_at(folder, EVERYTHING)
    # Nested deeper than Python's own removal of folders can follow.
    subprocess.run(["rm", "-rf", folder], check=True)


def _looked_at(folder: Path, names: Sequence[str]) -> dict[str, Outcome]:
    commands = {name: _command(folder / name, name) for name in names}
    found = dict(zip(names, outcomes(list(commands.values()), folder), strict=True))
    # A busy machine is no defect: what took too long may try again.
    for _ in range(2):
        slow = [name for name in names if found[name].seconds >= SECONDS]
        again = outcomes([commands[name] for name in slow], folder)
        found.update(
            (name, outcome)
            for name, outcome in zip(slow, again, strict=True)
            if outcome.seconds < found[name].seconds
        )
    return found


def _command(folder: Path, name: str) -> list[str]:
    folder.mkdir()
    return ["validate", str(written(name, folder))]


def test_there_are_at_least_sixty_of_them() -> None:
    assert len(set(EVERYTHING)) == len(EVERYTHING) >= 60


@pytest.mark.parametrize("name", EVERYTHING)
def test_a_hostile_file_ends_in_data_or_a_located_finding(
    results: dict[str, Outcome], name: str
) -> None:
    outcome = results[name]
    assert outcome.code in (0, 1), outcome.output[-2000:]
    assert "Traceback" not in outcome.output
    assert LOCATED.search(outcome.output), outcome.output[:2000]
    assert not CONTROL.search(outcome.output)
    assert outcome.seconds < SECONDS
    assert outcome.megabytes < MEGABYTES
