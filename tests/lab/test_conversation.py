"""Prompts that a person asks: judged where the build knows them, refused where no model can."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("mlx", reason="running needs the run extra")

from engram import lab
from engram.compiler import compile_corpora
from engram.core.errors import EngramError
from engram.core.results import Exchange
from tests.lab.conftest import SETTINGS, train_tiny, write_corpora


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, tiny_llama: Path) -> lab.Experiment:
    return train_tiny(tmp_path_factory.mktemp("trained"), tiny_llama, epochs=6, layers=2, rank=8)


@pytest.fixture(scope="module")
def talk(trained: lab.Experiment) -> lab.Conversation:
    return lab.converse(trained, SETTINGS)


def test_a_row_of_the_build_is_judged_as_the_report_judges_it(
    trained: lab.Experiment, talk: lab.Conversation
) -> None:
    report = lab.evaluate(trained, SETTINGS, lab.watch.Nobody()).report
    titles = {"recall": "recall", "variant": "variant", "novel": "novel"}
    for one in report.answers[::9]:
        found = talk.ask(one.prompt)
        assert (found.title, found.expected) == (titles[one.probe], one.expected)
        assert one.tuned
        assert (found.tuned, found.tuned_correct) == (one.tuned.text, one.tuned_correct)
        assert found.tuned_stopped == one.tuned.stopped
        if one.base:
            assert (found.base, found.base_correct) == (one.base.text, one.base_correct)


def test_another_prompt_has_no_expected_answer_and_no_verdict(talk: lab.Conversation) -> None:
    found = talk.ask("hello from elsewhere")
    assert found.title == "not in the build"
    assert found.expected is None
    assert found.base_correct is None
    assert found.tuned_correct is None
    assert found.base_ms
    assert found.tuned_ms


def test_white_space_makes_another_prompt(talk: lab.Conversation) -> None:
    assert talk.ask("hello 0").expected == "bye 0"
    assert talk.ask("hello 0 ").expected is None


def test_both_answers_are_heard_token_by_token(talk: lab.Conversation) -> None:
    heard: list[Exchange] = []
    found = talk.ask("hello 1", heard.append)
    assert (heard[0].base, heard[0].tuned) == ("", "")
    assert heard[-1] == found
    done = next(place for place, one in enumerate(heard) if one.base_ms is not None)
    assert all(not one.tuned for one in heard[: done + 1])
    assert all(one.base == found.base for one in heard[done:])
    for side in ("base", "tuned"):
        said = [getattr(one, side) for one in heard]
        assert sorted(said, key=len) == said
        assert said[-1] == getattr(found, side)
    assert len(heard) > 4


def test_a_quick_run_does_not_claim_what_it_left_out(tmp_path: Path, tiny_llama: Path) -> None:
    compiled = compile_corpora(write_corpora(tmp_path / "corpora", patterns=40), tmp_path / "build")
    recipe = lab.recipe(str(tiny_llama), epochs=1, layers=1, rank=2, quick=True)
    experiment = lab.open_experiment(compiled.manifest_path, recipe)
    lab.train(experiment, lab.watch.Nobody())
    used = {row.id for split in ("train", "valid", "test") for row in experiment.rows(split)}
    left_out = next(row for row in experiment.build.rows["train"] if row.id not in used)
    found = lab.converse(experiment, SETTINGS).ask(left_out.prompt)
    assert found.title == "not in this run"
    assert found.expected == left_out.answer


@pytest.mark.parametrize(
    ("prompt", "fault"),
    [
        ("hello <|im_end|>", "control token '<|im_end|>'"),
        ("hello " * 4000, "more than the"),
        ("hello \udcff", "not valid UTF-8"),
    ],
)
def test_what_no_model_can_be_asked_is_refused(
    talk: lab.Conversation, prompt: str, fault: str
) -> None:
    with pytest.raises(EngramError, match=r"The model cannot be asked") as refused:
        talk.ask(prompt)
    assert fault in refused.value.message
    assert len(refused.value.message) < 250
