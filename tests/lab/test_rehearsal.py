"""What is rehearsed is made up by the base, the same every time, and is no part of a build."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engram import lab
from engram.core.recipe import Recipe
from engram.lab.rehearsal import begun, made_up
from engram.lab.watch import Nobody
from tests.lab.conftest import Heard

pytest.importorskip("mlx.core")


@given(st.lists(st.text()))
def test_every_text_comes_whole_and_begun(texts: list[str]) -> None:
    found = list(begun(texts))
    assert found[::2] == [text.strip() for text in texts]
    for whole, cut in zip(found[::2], found[1::2]):
        assert whole == cut or whole.startswith(cut + " ")
        assert cut or not whole.split(" ")[0]


def test_texts_are_cut_after_any_number_of_words() -> None:
    cut = list(begun(["one two three"] * 3))[1::2]
    assert cut == ["one", "one two", "one two three"]


def experiment_with(manifest: Path, recipe: Recipe, **changes: object) -> lab.Experiment:
    return lab.open_experiment(manifest, recipe.model_copy(update=changes))


def test_prompts_are_made_up_alike_every_time_and_by_another_seed_otherwise(
    manifest: Path, tiny_recipe: Recipe
) -> None:
    first = made_up(experiment_with(manifest, tiny_recipe, rehearsed=20), Nobody())
    again = made_up(experiment_with(manifest, tiny_recipe, rehearsed=20), Nobody())
    other = made_up(experiment_with(manifest, tiny_recipe, rehearsed=20, seed=7), Nobody())
    assert first == again
    assert first != other
    assert 10 < len(first) == len(set(first)) <= 20


def test_nothing_of_the_build_is_rehearsed(
    manifest: Path, tiny_recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = experiment_with(manifest, tiny_recipe, rehearsed=8)
    (row, *_) = experiment.rows("train")
    monkeypatch.setattr("engram.lab.rehearsal.begun", lambda _: [row.prompt, "", "a", "a"])
    assert made_up(experiment, Nobody()) == ["a"]


def test_control_tokens_are_not_rehearsed(
    manifest: Path, tiny_recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = experiment_with(manifest, tiny_recipe, rehearsed=8)
    stop = experiment.prompter.text([experiment.prompter.stop])
    monkeypatch.setattr("engram.lab.rehearsal.begun", lambda _: [f"a {stop}", "b"])
    assert made_up(experiment, Nobody()) == ["b"]


def test_a_run_without_rehearsal_asks_the_base_for_nothing(
    manifest: Path, tiny_recipe: Recipe
) -> None:
    heard = Heard()
    assert made_up(experiment_with(manifest, tiny_recipe, rehearsed=0), heard) == []
    assert heard.stages == []


def test_a_template_that_opens_with_the_user_is_told(manifest: Path, tiny_recipe: Recipe) -> None:
    experiment = experiment_with(manifest, tiny_recipe, rehearsed=8)
    template = "{% for m in messages %}{{ m['content'] + '\n' }}{% endfor %}"
    experiment.prompter.tokenizer.chat_template = template
    heard = Heard()
    assert made_up(experiment, heard) == []
    assert heard.lines == [
        "Nothing is rehearsed: the chat template begins with the user's own text."
    ]


def test_a_run_keeps_what_it_rehearsed_and_how_far_it_drifted(
    manifest: Path, tiny_recipe: Recipe
) -> None:
    experiment, heard = experiment_with(manifest, tiny_recipe, rehearsed=16), Heard()
    training = lab.train(experiment, heard)
    kept = json.loads((experiment.folder / "rehearsed.json").read_bytes())
    assert kept == made_up(experiment, Nobody())
    assert all(point.drift is not None for point in training.losses)
    assert {name: total == done for name, (total, done) in heard.counts.items()} == {
        "rehearsal": True,
        "preparing": True,
        "training": True,
    }
