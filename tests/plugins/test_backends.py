"""A backend of another distribution: chosen by name, listed, and part of what a run is."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

import pytest

pytest.importorskip("mlx", reason="the backend of these tests is MLX under another name")

from engram.backends import load_backend
from engram.cli.doctor import lines_of
from engram.cli.machine import examine
from engram.compiler import compile_corpora
from engram.core.errors import EngramError
from tests.cli.trained import FLAGS, engram
from tests.distribution import install
from tests.lab.conftest import write_corpora
from tests.tiny import tiny_model

POINTS = """\
[engram.backends]
abacus = engram_abacus:backend
rusty = engram_abacus:rusty
impostor = engram_abacus:impostor
"""
SOURCE = """
from dataclasses import replace
from engram.backends import load_backend

def backend(precision):
    return replace(load_backend("mlx", precision), name="abacus")

def rusty(precision):
    raise ValueError("no beads")

def impostor(precision):
    return load_backend("mlx", precision)
"""
Output = pytest.CaptureFixture[str]


@pytest.fixture(scope="module", autouse=True)
def abacus(tmp_path_factory: pytest.TempPathFactory):
    folder = install(
        tmp_path_factory.mktemp("abacus") / "site",
        "engram-abacus",
        "0.3",
        POINTS,
        engram_abacus=SOURCE,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        importlib.invalidate_caches()
        yield
    sys.modules.pop("engram_abacus", None)


def test_it_is_loaded_by_name_and_says_where_it_is_from() -> None:
    assert load_backend("abacus").title == "abacus (engram-abacus 0.3)"
    assert load_backend("mlx").title == "mlx"


def test_a_run_is_of_its_own_and_named_after_it(tmp_path: Path, capfd: Output) -> None:
    manifest = compile_corpora(
        write_corpora(tmp_path / "corpora"), tmp_path / "build"
    ).manifest_path
    model = tiny_model(tmp_path / "llama")
    chosen = ["--manifest", str(manifest), "--model", str(model), *FLAGS, "--rehearsed", "0"]
    ids = []
    for name in ("mlx", "abacus"):
        assert engram("train", *chosen, "--backend", name, "--json") == 0
        ids.append(json.loads(capfd.readouterr().out)["run_id"])
    assert ids[0] != ids[1]
    assert engram("eval", "--manifest", str(manifest), "--run", ids[1], "--json") == 0
    report = json.loads(capfd.readouterr().out)["report"]
    assert report["chain"]["backend"] == "abacus (engram-abacus 0.3)"


@pytest.mark.parametrize(
    ("name", "why"),
    [("rusty", "cannot be made: ValueError: no beads"), ("impostor", "makes no engram.backends")],
)
def test_a_broken_one_ends_in_one_sentence(name: str, why: str) -> None:
    with pytest.raises(EngramError, match=rf"The backend {name} \(engram-abacus 0.3\) {why}"):
        load_backend(name)


def test_the_command_line_knows_it(capfd: Output) -> None:
    assert engram("train", "--backend", "nothing") == 2
    assert "'nothing' is not one of auto, mlx, torch, abacus" in capfd.readouterr().err
    assert engram("train", "--help") == 0
    assert "[auto|mlx|torch|abacus|" in capfd.readouterr().out.replace("\n", "")


def test_doctor_lists_it() -> None:
    facts = examine()
    others = {other["backend"]: other for other in facts["others"]}
    assert others["abacus"]["origin"] == "engram-abacus 0.3"
    assert others["abacus"]["speed"]
    assert "no beads" in others["rusty"]["help"]
    text = "\n".join(lines_of(facts))
    assert "abacus (engram-abacus 0.3) on" in text
    assert "rusty does not work" in text
