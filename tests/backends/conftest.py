"""Models for the backends' tests: tiny, random, of every architecture; those of MLX by default."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.tiny import KINDS, tiny_model


def on_mlx(folder: Path) -> Any:
    pytest.importorskip("mlx", reason="the MLX backend needs the run extra")
    from engram.backends import load_backend

    return load_backend("mlx").load(folder)


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("models")
    return {kind: tiny_model(root / kind, kind) for kind in KINDS}


@pytest.fixture(params=KINDS)
def model(request: pytest.FixtureRequest, folders: dict[str, Path]) -> Any:
    return on_mlx(folders[request.param])


@pytest.fixture
def llama(folders: dict[str, Path]) -> Any:
    return on_mlx(folders["llama"])
