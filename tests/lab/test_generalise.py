"""The preset generalise chooses its epoch by unseen instances of the rules that it trains."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engram import lab
from engram.compiler import compile_corpora
from engram.core.errors import EngramError
from engram.core.training import Training
from tests.lab.conftest import write_corpora

pytest.importorskip("mlx", reason="training needs the run extra")

RULE = """\
name: more
description: Numbers, and the next ones.
phrasings: []
key: one
rows: [{rows}]
templates:
  - {{input: "after {{one}}", output: "{{two}}", category: next}}
"""


@pytest.fixture
def rule(tmp_path: Path) -> Path:
    """The manifest of a rule whose rows of valid are all novel."""
    rows = ", ".join(f'{{one: "{n}", two: "{n + 1}"}}' for n in range(20, 60))
    (tmp_path / "corpora").mkdir()
    (tmp_path / "corpora/more.yaml").write_text(RULE.format(rows=rows), encoding="utf-8")
    return compile_corpora(tmp_path / "corpora", tmp_path / "build").manifest_path


def trained(manifest: Path, model: Path, preset: str, **changes: Any) -> Training:
    sizes = {"layers": 2, "rank": 4, "batch_size": 8, "rehearsed": 0, **changes}
    experiment = lab.open_experiment(manifest, lab.recipe(str(model), preset, **sizes))
    return lab.train(experiment, lab.watch.Nobody())


def test_only_generalise_looks_at_novel_rows_while_it_trains(rule: Path, tiny_llama: Path) -> None:
    losses = {
        preset: [point.valid_loss for point in trained(rule, tiny_llama, preset, epochs=3).curve]
        for preset in ("memorise", "generalise")
    }
    assert set(losses["memorise"]) == {None}
    found = [loss for loss in losses["generalise"] if loss is not None]
    assert len(found) == 3
    kept = trained(rule, tiny_llama, "generalise", epochs=3).best_epoch
    assert found[kept - 1] == min(found)


@pytest.mark.parametrize("quick", [False, True])
def test_without_novel_rows_there_is_nothing_to_choose_by(
    tmp_path: Path, tiny_llama: Path, *, quick: bool
) -> None:
    corpora = write_corpora(tmp_path / "corpora", holdout="variant")
    manifest = compile_corpora(corpora, tmp_path / "build").manifest_path
    with pytest.raises(EngramError, match="there are none") as error:
        trained(manifest, tiny_llama, "generalise", epochs=1, quick=quick)
    assert "--preset memorise" in (error.value.help or "")
    assert ("--quick" in (error.value.help or "")) is quick
