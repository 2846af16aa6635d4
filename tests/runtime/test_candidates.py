"""The mkl package is found wherever pip can put it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from engram.runtime.candidates import SONAMES, candidates, mkl_libraries


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment of its own, empty."""
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setattr(sys, "path", [str(tmp_path / "lib/python3/site-packages")])
    return tmp_path


def install(site: Path, library: Path, record: str) -> Path:
    """What pip leaves behind: a library, and a record of it beside the packages."""
    info = site / "mkl-2025.0.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: mkl\nVersion: 2025.0.0\n")
    (info / "RECORD").write_text(f"{record},,\n")
    library.parent.mkdir(parents=True, exist_ok=True)
    library.touch()
    return library


def test_in_a_virtual_environment(environment: Path) -> None:
    site = environment / "lib/python3/site-packages"
    path = install(site, environment / "lib/libmkl_rt.so.3", "../../libmkl_rt.so.3")
    assert mkl_libraries() == [path]


def test_beside_packages_installed_with_target(
    environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = environment / "target"
    monkeypatch.setattr(sys, "path", [str(target)])
    path = install(target, target / "lib/libmkl_rt.so.2", "../../lib/libmkl_rt.so.2")
    assert mkl_libraries() == [path]


def test_no_mkl_is_no_candidate(environment: Path) -> None:
    assert mkl_libraries() == []


def test_the_newest_comes_first(environment: Path) -> None:
    site = environment / "lib/python3/site-packages"
    install(site, environment / "lib/libmkl_rt.so.2", "../../libmkl_rt.so.2")
    (environment / "lib/libmkl_rt.so.10").touch()
    assert [path.name for path in mkl_libraries()] == ["libmkl_rt.so.10", "libmkl_rt.so.2"]


def test_the_system_comes_before_the_package(environment: Path) -> None:
    site = environment / "lib/python3/site-packages"
    path = install(site, environment / "lib/libmkl_rt.so.3", "../../libmkl_rt.so.3")
    found = list(candidates("x86_64"))
    assert found[: len(SONAMES)] == list(SONAMES)
    assert found[-1] == str(path)
