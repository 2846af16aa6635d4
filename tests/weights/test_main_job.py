"""The main job on the default model's real weights, with the network taken away."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from engram import models

pytestmark = pytest.mark.weights

CORPORA = Path(__file__).parents[2] / "corpora"
WITHOUT_SOCKETS = """
import socket, sys
def refuse(*_, **__):
    raise AssertionError("the network was used")
socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse
from engram.cli import main
main()
"""


def isolated(*arguments: object) -> subprocess.CompletedProcess[str]:
    """engram in a network namespace without any network, or with sockets that refuse to connect."""
    command = [sys.executable, "-c", WITHOUT_SOCKETS, *map(str, arguments)]
    unshare = shutil.which("unshare")
    probe = [unshare or "false", "--user", "--map-root-user", "--net", "true"]
    if unshare and subprocess.run(probe, capture_output=True, check=False).returncode == 0:
        command = [*probe[:-1], *command]
    environment = os.environ | {"COLUMNS": "80", "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    models.pull(models.DEFAULT)
    out = tmp_path_factory.mktemp("job") / "build"
    done = isolated("compile", CORPORA, "-o", out)
    assert done.returncode == 0, done.stderr
    return out / "manifest.json"


def test_a_quick_run_teaches_twenty_patterns_without_a_network(manifest: Path) -> None:
    pytest.importorskip("mlx", reason="the main job needs the run extra")
    done = isolated("run", "--quick", "--offline", "--backend", "mlx", "--manifest", manifest)
    assert done.returncode == 0, done.stderr
    (path,) = manifest.parent.glob("runs/*/report.json")
    report = json.loads(path.read_bytes())
    assert report["chain"]["backend"] == "mlx"
    assert report["training"]["rows"] >= 50
    assert report["base"]["probes"]["recall"]["accuracy"] <= 0.2
    assert report["tuned"]["probes"]["recall"]["n"] == 20
    assert report["tuned"]["probes"]["recall"]["accuracy"] >= 0.9
    assert report["change"]["recall"]["p"] < 0.001
    assert report["tuned"]["probes"]["variant"]["n"] > 0
    assert all(":" in one["place"] for one in report["answers"])


def test_what_was_learnt_is_exported_and_answers_the_same_in_mlx_lm(manifest: Path) -> None:
    (run,) = manifest.parent.glob("runs/*/report.json")
    out = manifest.parent.parent / "exported"
    done = isolated(
        "export", run.parent.name, "--manifest", manifest, "--to", "mlx", "-o", out, "--rows", 12
    )
    assert done.returncode == 0, done.stderr
    record = json.loads((out / "engram-export.json").read_bytes())
    assert record["parity"]["same"] == record["parity"]["stopped"] == 12
    assert "license: apache-2.0" in (out / "README.md").read_text()
