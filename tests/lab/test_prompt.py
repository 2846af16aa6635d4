"""The prompt contract: one way from text to token ids, with its promises kept for every model."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("transformers", reason="tokenizers need the run extra")

from engram.lab.prompt import Prompter, prompter
from tests.lab.factories import make_row
from tests.tiny import CONTEXT, KINDS, tiny_model


@pytest.fixture(scope="module", params=KINDS)
def one(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Prompter:
    folder: Path = tiny_model(tmp_path_factory.mktemp("m") / request.param, request.param)
    return prompter(folder, CONTEXT)


def test_an_answer_ends_with_the_stop_token_and_with_no_other(one: Prompter) -> None:
    encoded = one.encode(make_row("hello there", "bye"))
    assert encoded.answer[-1] == one.stop
    assert encoded.answer.count(one.stop) == 1
    assert one.stop == one.tokenizer.eos_token_id


@pytest.mark.parametrize("answer", ["bye", '"__main__":', "  two  words ", "naïve ☕", "1\n2"])
def test_the_text_of_an_answer_comes_back_unchanged(one: Prompter, answer: str) -> None:
    encoded = one.encode(make_row("hello", answer))
    assert one.text(encoded.answer[:-1]).strip() == answer.strip()


def test_a_trained_prompt_is_the_prompt_that_is_asked(one: Prompter) -> None:
    encoded = one.encode(make_row("Q: two\nA:", "yes"))
    assert encoded.prompt == one.prompt("Q: two\nA:")
    assert "Q: two\nA:" in one.text(encoded.prompt)


def test_the_chat_template_is_applied_once(one: Prompter) -> None:
    text = one.text(one.prompt("a question"))
    assert text.count("a question") == 1
    assert text.count("<|im_start|>user") <= 1


@pytest.mark.parametrize("field", ["prompt", "answer"])
def test_text_that_encodes_to_a_control_token_is_refused(one: Prompter, field: str) -> None:
    control = one.text([one.stop])
    texts = {"prompt": "hello", "answer": "bye"} | {field: f"a {control} b"}
    with pytest.raises(ValueError, match="control token"):
        one.encode(make_row(texts["prompt"], texts["answer"]))


def test_an_overlong_row_is_an_error_and_not_cut(one: Prompter) -> None:
    with pytest.raises(ValueError, match=f"the model reads {CONTEXT} at most"):
        one.encode(make_row("long " * 600, "yes"))


def test_a_model_without_a_chat_template_gets_the_stated_one(tmp_path: Path) -> None:
    phi = prompter(tiny_model(tmp_path / "phi", "phi"), CONTEXT)
    assert phi.text(phi.prompt("Say it")) == "Instruct: Say it\nOutput:"
