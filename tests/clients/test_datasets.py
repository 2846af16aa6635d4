"""`datasets.load_dataset` takes a build, its data folder, and never yesterday's rows."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from engram.compiler import compile_corpora, verify_build
from engram.core.build import SPLITS, Build, Options
from tests.compiler.factories import Fields, corpus, pattern, write_corpora

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("datasets") is None, reason="the package datasets is not installed"
)

LOAD = """\
import json, sys, datasets
loaded = datasets.load_dataset(sys.argv[1])
print(json.dumps({
    split: {"rows": rows.to_list(), "types": {name: str(f) for name, f in rows.features.items()}}
    for split, rows in loaded.items()
}))
"""
TEXT = "Value('string')"
TYPES = {
    "messages": f"List({{'role': {TEXT}, 'content': {TEXT}}})",
    **dict.fromkeys(["id", "pattern", "category", "probe", "phrasing", "match"], TEXT),
    **dict.fromkeys(["accept", "tags"], f"List({TEXT})"),
}


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where `datasets` keeps what it loaded: one place for all tests, as on a user's machine."""
    return tmp_path_factory.mktemp("cache")


def load(path: Path, cache: Path) -> dict[str, Any]:
    """What `load_dataset` makes of a folder, without network, in a process of its own."""
    environment = {name: value for name, value in os.environ.items() if name[:3] != "HF_"}
    environment |= {"HF_HOME": str(cache), "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", LOAD, str(path)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    loaded: dict[str, Any] = json.loads(done.stdout)
    return loaded


def rows_of(build: Build) -> dict[str, Any]:
    return {
        split: [row.model_dump(mode="json") for row in build.rows[split]]
        for split in SPLITS
        if build.rows[split]
    }


def sums(first: int = 0) -> Fields:
    # Lists that are empty in almost every row: from those alone nobody could tell their type.
    examples = [pattern(n, f"c{n % 2}") for n in range(first, first + 40)]
    return corpus([*examples, pattern(99, "c0", accept=["one hundred and one"], tags=["odd"])])


def test_a_build_gives_its_three_splits_and_after_a_rebuild_the_new_rows(
    tmp_path: Path, cache: Path
) -> None:
    for first in (0, 1):
        compile_corpora(write_corpora(tmp_path / "in", sums(first)), tmp_path / "build")
        loaded = load(tmp_path / "build", cache)
        assert list(loaded) == list(SPLITS)
        assert {split: of["rows"] for split, of in loaded.items()} == rows_of(
            verify_build(tmp_path / "build")
        )
        assert all(of["types"] == TYPES for of in loaded.values())


def test_the_data_folder_gives_the_same(tmp_path: Path, cache: Path) -> None:
    compile_corpora(write_corpora(tmp_path / "in", sums(2)), tmp_path / "build")
    build = verify_build(tmp_path / "build")
    loaded = load(tmp_path / "build" / build.manifest.data_folder, cache)
    assert {split: of["rows"] for split, of in loaded.items()} == rows_of(build)
    assert all(of["types"] == TYPES for of in loaded.values())


def test_splits_that_are_empty_are_not_missed(tmp_path: Path, cache: Path) -> None:
    options = Options(ratios=(1, 0, 0))
    compile_corpora(write_corpora(tmp_path / "in", sums()), tmp_path / "build", options=options)
    assert list(load(tmp_path / "build", cache)) == ["train"]
