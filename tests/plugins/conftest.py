"""Distributions that bring a judge: one that works, and what strangers may get wrong."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engram.core.judges import load_judge
from tests.distribution import install

ROMAN = """
VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}

def value(text):
    if text.isdigit():
        return int(text)
    values = [VALUES[letter] for letter in text] + [0]
    return sum(v if v >= w else -v for v, w in zip(values, values[1:]))

def same(right, said):
    try:
        return value(right) == value(said)
    except KeyError:
        return False
"""
POINTS = "[engram.judges]\nroman = engram_roman:same\n"
CORPUS = """\
name: kings
description: Which king?
holdout: variant
license: CC0-1.0
examples:
"""

Installer = Callable[..., Path]


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installer]:
    """Installs a distribution for this process and those that it starts, and forgets it after."""

    def put(version: str = "1.0", source: str = ROMAN, name: str = "engram-roman") -> Path:
        module = name.replace("-", "_")
        folder = install(
            tmp_path / f"site-{name}-{version}",
            name,
            version,
            POINTS.replace("engram_roman", module),
            **{module: source},
        )
        monkeypatch.syspath_prepend(folder)
        there = os.environ.get("PYTHONPATH", "")
        monkeypatch.setenv("PYTHONPATH", f"{folder}{os.pathsep}{there}")
        forget()
        return folder

    def forget() -> None:
        load_judge.cache_clear()
        importlib.invalidate_caches()
        for module in [name for name in sys.modules if name.startswith("engram_")]:
            del sys.modules[module]

    yield put
    forget()


@pytest.fixture
def corpora(tmp_path: Path) -> Path:
    """Corpora whose answers a Roman judges."""
    folder = tmp_path / "corpora"
    folder.mkdir()
    kings = [("Sun King", "XIV"), ("Citizen King", "I"), ("Saint", "IX"), ("Well-Beloved", "XV")]
    text = CORPUS + "".join(
        f'  - {{input: "Number of the {king}?", output: "{number}", category: kings, '
        f'match: "judge:roman", variants: ["The {king} was the how-manieth?"]}}\n'
        for king, number in kings
    )
    (folder / "kings.yaml").write_text(text)
    return folder
