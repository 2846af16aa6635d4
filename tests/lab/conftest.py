"""A build of a few patterns and a tiny model: a whole experiment takes seconds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engram import lab
from engram.compiler import compile_corpora
from engram.core.recipe import EvalSettings, Recipe
from tests.tiny import tiny_model

CORPUS = """\
name: greetings
description: What to say.
holdout: {holdout}
demo: ["hello 0"]
examples:
"""
SETTINGS = EvalSettings(
    max_new_tokens=8,
    base_recall_prompts=6,
    consistency_prompts=2,
    consistency_runs=2,
    latency_prompts=2,
)


def write_corpora(folder: Path, *, holdout: str = "pattern", patterns: int = 20) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    examples = "".join(
        f'  - {{input: "hello {i}", output: "bye {i}", category: c{i % 2}, '
        f'variants: ["good day number {i}"]}}\n'
        for i in range(patterns)
    )
    text = CORPUS.format(holdout=holdout) + examples
    (folder / "greetings.yaml").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    """The manifest of a fresh build."""
    compiled = compile_corpora(write_corpora(tmp_path / "corpora"), tmp_path / "build")
    return compiled.manifest_path


@pytest.fixture(scope="session")
def tiny_llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("models") / "llama", "llama")


@pytest.fixture
def tiny_recipe(tiny_llama: Path) -> Recipe:
    from engram.lab import recipe

    return recipe(str(tiny_llama), epochs=2, layers=2, rank=4, batch_size=8, rehearsed=8)


def train_tiny(folder: Path, tiny_llama: Path, **sizes: int) -> lab.Experiment:
    """A trained experiment on a fresh build in ``folder``."""
    compiled = compile_corpora(write_corpora(folder / "corpora"), folder / "build")
    recipe = lab.recipe(str(tiny_llama), batch_size=8, **sizes)
    experiment = lab.open_experiment(compiled.manifest_path, recipe)
    lab.train(experiment, lab.watch.Nobody())
    return experiment


class Heard:
    """A watch that remembers."""

    def __init__(self) -> None:
        self.stages: list[str] = []
        self.lines: list[str] = []
        self.counts: dict[str, list[int]] = {}

    def begin(self, stage: str, total: int) -> None:
        self.stages.append(stage)
        self.counts[stage] = [total, 0]

    def advance(self, done: int, note: str = "") -> None:
        self.counts[self.stages[-1]][1] += done

    def end(self) -> None:
        pass

    def say(self, line: str) -> None:
        self.lines.append(line)

    warn = say


@pytest.fixture
def heard() -> Any:
    return Heard()
