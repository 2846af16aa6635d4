"""Tiny models of every architecture, each with trained adapters of every kind, on one build."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("mlx", reason="what is exported is trained with the run extra")

from engram import lab
from engram.compiler import compile_corpora
from engram.lab.watch import Nobody
from tests.lab.conftest import write_corpora
from tests.tiny import tiny_model

Trained = Callable[[str, str], lab.Experiment]


@pytest.fixture(scope="session")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("export")
    corpora = write_corpora(root / "corpora", holdout="variant", patterns=12)
    return compile_corpora(corpora, root / "build").manifest_path


@pytest.fixture(scope="session")
def trained(manifest: Path, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """Gives the run of a kind of model and a method, trained far enough to say something else."""
    models = tmp_path_factory.mktemp("models")
    found: dict[tuple[str, str], lab.Experiment] = {}

    def get(kind: str, method: str) -> lab.Experiment:
        if (kind, method) not in found:
            folder = tiny_model(models / kind, kind)  # type: ignore[arg-type]
            # So far that answers come to an end.
            numbers: dict[str, float] = {"rank": 8, "learning_rate": 0.01}
            if method == "full":
                numbers = {"learning_rate": 0.002}
            recipe = lab.recipe(
                str(folder),
                method=method,
                epochs=20,
                layers=3,
                batch_size=8,
                rehearsed=0,
                **numbers,
            )
            experiment = lab.open_experiment(manifest, recipe)
            lab.train(experiment, Nobody())
            found[kind, method] = experiment
        return found[kind, method]

    return get


@pytest.fixture(scope="session")
def llama(trained: Trained) -> lab.Experiment:
    return trained("llama", "lora")
