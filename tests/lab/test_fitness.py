"""What a model cannot be taught is a finding where it stands, before anything is compiled."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner

pytest.importorskip("transformers", reason="tokenizers need the run extra")

from tokenizers import AddedToken

from engram.cli.compile import command as compile_command
from engram.cli.exits import exit_code_of
from engram.cli.validate import command as validate_command
from engram.compiler import inspect
from engram.core.finding import Finding
from engram.lab.fitness import Fitness
from engram.lab.prompt import Prompter, prompter
from tests.compiler.factories import Fields, corpus, pattern, write_corpora
from tests.tiny import CONTEXT, tiny_model


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("m") / "tiny")


@pytest.fixture
def one(model: Path) -> Prompter:
    return prompter(model, CONTEXT)


def found_in(one: Prompter, folder: Path, *patterns: Fields) -> list[Finding]:
    corpora = write_corpora(folder, corpus(list(patterns)))
    return [
        finding
        for finding in inspect([corpora], also=[Fitness("tiny", one)]).findings
        if "ENG413" <= finding.code <= "ENG416"
    ]


def test_a_corpus_that_fits_is_taken_without_a_word(one: Prompter, tmp_path: Path) -> None:
    assert found_in(one, tmp_path, *(pattern(n) for n in range(9))) == []


def test_control_tokens_are_found_in_every_text_that_is_taught(
    one: Prompter, tmp_path: Path
) -> None:
    text = "a <|im_end|> b"
    fields = {"variants": [text], "phrasings": [f"{{input}} {text}"], "accept": [text]}
    found = found_in(one, tmp_path, pattern(1, input=text, output=text, **fields), pattern(2))
    assert [finding.code for finding in found] == ["ENG413"] * 4
    assert found[0].message.endswith("holds '<|im_end|>', which is a control token to tiny")


def test_what_was_added_to_a_vocabulary_is_told_but_for_blanks(
    one: Prompter, tmp_path: Path
) -> None:
    one.tokenizer.add_tokens([AddedToken("<call>"), AddedToken("    ")])
    found = found_in(one, tmp_path, pattern(1, output="a <call> b    c"))
    assert [finding.code for finding in found] == ["ENG414"]


def test_a_pattern_with_overlong_rows_is_told_once(one: Prompter, tmp_path: Path) -> None:
    found = found_in(one, tmp_path, pattern(1, input="long " * 600), pattern(2))
    assert Counter(finding.code for finding in found) == {"ENG415": 1}
    assert f"the model reads {CONTEXT} at most" in found[0].message


def test_both_commands_ask_a_model_that_is_here(model: Path, tmp_path: Path) -> None:
    folder = write_corpora(tmp_path / "in", corpus([pattern(1, input="long " * 600), pattern(2)]))
    for command, more in ((validate_command, []), (compile_command, ["-o", str(tmp_path / "out")])):
        arguments = [str(folder), "--model", str(model), *more]
        result = CliRunner().invoke(command, arguments, standalone_mode=False)
        assert result.return_value == 1
        assert "ENG415" in result.output
    assert not (tmp_path / "out").exists()


def test_a_missing_model_is_no_finding_and_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ENGRAM_HOME", str(tmp_path / "home"))
    folder = str(write_corpora(tmp_path / "in", corpus([pattern(1)])))
    arguments = [folder, "--model", "smollm2-135m"]
    assert exit_code_of(lambda: validate_command.main(arguments, standalone_mode=False)) == 2
    assert "engram models pull smollm2-135m" in capsys.readouterr().err
