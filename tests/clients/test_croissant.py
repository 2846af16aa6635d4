"""`mlcroissant` takes the metadata of a build without a word, and notices what was changed."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from engram.compiler import compile_corpora, verify_build
from engram.core.build import SPLITS, Row
from tests.compiler.factories import corpus, pattern, write_corpora

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("mlcroissant") is None,
    reason="the package mlcroissant is not installed",
)

READ = """\
import json, sys, mlcroissant
dataset = mlcroissant.Dataset(sys.argv[1])
issues = dataset.metadata.issues
told = {"errors": sorted(issues.errors), "warnings": sorted(issues.warnings), "rows": {}}
for split in sys.argv[2:]:
    told["rows"][split] = list(dataset.records(split))
print(json.dumps(told, default=bytes.decode))
"""
COMPLETE = {"license": "CC0-1.0", "published": "2026-11-25"}


def read(build: Path, *splits: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", READ, str(build / "croissant.json"), *splits]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def compiled(tmp_path: Path, **fields: str) -> Path:
    examples = [pattern(n, f"c{n % 2}", tags=["t"] * (n % 3)) for n in range(30)]
    compile_corpora(write_corpora(tmp_path / "in", corpus(examples, **fields)), tmp_path / "build")
    return tmp_path / "build"


def as_record(split: str, row: Row) -> dict[str, Any]:
    """A row as mlcroissant gives it: every field by its full name."""
    turns = [
        {f"{split}/messages/{name}": value for name, value in message.model_dump().items()}
        for message in row.messages
    ]
    fields = row.model_dump(mode="json") | {"messages": turns}
    return {f"{split}/{name}": value for name, value in fields.items()}


def test_the_metadata_are_valid_and_lead_to_every_row(tmp_path: Path) -> None:
    build = compiled(tmp_path, **COMPLETE)
    done = read(build, *SPLITS)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["errors"] == told["warnings"] == []
    rows = verify_build(build).rows
    assert told["rows"] == {
        split: [as_record(split, row) for row in rows[split]] for split in SPLITS
    }


def test_what_an_author_left_out_is_only_recommended(tmp_path: Path) -> None:
    told = json.loads(read(compiled(tmp_path)).stdout)
    assert told["errors"] == []
    assert len(told["warnings"]) == 2
    assert all("is recommended" in warning for warning in told["warnings"])


def test_a_flipped_byte_in_the_rows_is_refused(tmp_path: Path) -> None:
    build = compiled(tmp_path, **COMPLETE)
    (path,) = build.glob("data/*/train.jsonl")
    data = bytearray(path.read_bytes())
    data[data.index(b"2 + ")] ^= 1
    path.write_bytes(data)
    done = read(build, "train")
    assert done.returncode == 1
    assert "is not identical with the reference" in done.stderr
