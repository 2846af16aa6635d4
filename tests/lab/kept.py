"""Folders of runs as the laboratory leaves them, without a model."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from engram.lab.record import ADAPTER, PARTS, write_recipe, write_training
from engram.report.write import write_report
from tests.report.factories import make_chain, make_recipe, make_report, make_training

DATA = "c" * 64


def begin(runs: Path, run_id: str, *, age: float = 0.0) -> Path:
    """A run that came to nothing yet, last touched so many seconds ago."""
    folder = runs / run_id
    (folder / ADAPTER).mkdir(parents=True)
    write_recipe(folder, make_recipe(), "mlx", "float32")
    (folder / ".lock").touch()
    return dated(folder, age)


def stop(runs: Path, run_id: str, step: int = 50, *, age: float = 0.0) -> Path:
    """A run that was stopped at a checkpoint."""
    folder = begin(runs, run_id)
    progress = json.dumps({"step": step, "losses": [[1, 0.0, 3.0, 1e-3]]})
    header = json.dumps({"__metadata__": {"progress": progress}}).encode()
    data = len(header).to_bytes(8, "little") + header + bytes(100)
    (folder / "checkpoint.safetensors").write_bytes(data)
    return dated(folder, age)


def train(runs: Path, run_id: str, *, data: str = DATA, age: float = 0.0) -> Path:
    """A run that is trained, on this data."""
    folder = begin(runs, run_id)
    for name in PARTS:
        (folder / ADAPTER / name).write_bytes(name.encode())
    write_training(folder, make_training(), {"data": data})
    return dated(folder, age)


def evaluate(runs: Path, run_id: str, *, data: str = DATA, age: float = 0.0, **fields: Any) -> Path:
    """A run that is trained and evaluated."""
    folder = train(runs, run_id, data=data)
    chain = make_chain(run_id=run_id, data=data)
    write_report(make_report(chain=chain, **fields), folder)
    return dated(folder, age)


def dated(folder: Path, age: float) -> Path:
    """The folder, whose files are as old as that."""
    for path in folder.rglob("*"):
        changed = path.stat().st_mtime - age
        os.utime(path, (changed, changed))
    return folder
