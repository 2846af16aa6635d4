from __future__ import annotations

from pathlib import Path

import pytest

from engram.core.home import home


def test_where_the_cache_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("ENGRAM_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("engram.core.home.sys.platform", "linux")
    assert home() == Path.home() / ".cache" / "engram"
    monkeypatch.setattr("engram.core.home.sys.platform", "darwin")
    assert home() == Path.home() / "Library" / "Caches" / "engram"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert home() == tmp_path / "engram"
    monkeypatch.setenv("ENGRAM_HOME", str(tmp_path / "own"))
    assert home() == tmp_path / "own"
