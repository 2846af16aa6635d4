"""``engram demo`` with prompts of one's own: given, in a file, typed."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

pytest.importorskip("mlx", reason="running needs the run extra")

from click.testing import CliRunner

from engram.cli import cli
from engram.cli.typed import lines, unescaped
from tests.cli.terminal import converse, screen
from tests.cli.trained import engram, trained_run

Output = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def chosen(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    return trained_run(tmp_path_factory.mktemp("demo"))


def test_prompts_are_asked_in_the_order_given(
    chosen: list[str], capsys: Output, tmp_path: Path
) -> None:
    file = tmp_path / "prompts.txt"
    file.write_bytes(b"\xef\xbb\xbfgood day number 2\r\n\r\n  \nwhat\\nnow\n")
    given = ["--prompt", "hello 1", "--prompt", r"a\\n", "--prompts", str(file)]
    capsys.readouterr()
    assert engram("demo", *chosen, *given, "--script") == 0
    out = capsys.readouterr().out
    prompts = [line for line in out.splitlines() if line.startswith("prompt: ")]
    assert prompts == [
        "prompt: hello 1",
        r"prompt: a\n",
        "prompt: good day number 2",
        r"prompt: what\nnow",
    ]
    blocks = out.split("\n\n")
    assert "expected: bye 1" in blocks[0]
    assert "base (wrong" in blocks[0]
    assert "from: not in the build" in blocks[1]
    assert "expected" not in blocks[1]
    assert "expected: bye 2" in blocks[2]


def test_a_transcript_is_the_same_every_time(chosen: list[str], capsys: Output) -> None:
    transcripts = []
    for _ in range(2):
        capsys.readouterr()
        assert engram("demo", *chosen, "--script") == 0
        transcripts.append(capsys.readouterr().out)
    assert transcripts[0] == transcripts[1]
    assert "prompt: hello 0" in transcripts[0]
    assert not {"\x1b", "│", "✗"} & set(transcripts[0])


def test_prompts_come_from_standard_input_and_stand_side_by_side(chosen: list[str]) -> None:
    done = CliRunner().invoke(cli, ["demo", *chosen, "--prompts", "-"], input="hello 3\nwho?\n")
    assert done.exit_code == 0, done.output
    assert "── 1/2 recall" in done.output or "-- 1/2 recall" in done.output
    assert "2/2 not in the build" in done.output
    assert "0 of 1 right" in done.output


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        (["--prompt", ""], "nothing to ask"),
        (["--prompts", "-"], "nothing to ask"),
        (["-i", "--prompt", "a"], "leave out --prompt"),
        (["-i", "--prompts", "-"], "leave out --prompts"),
        (["-i", "--script"], "leave out --script"),
        (["-i"], "needs a terminal"),
        (["--web", "--prompt", "a"], "leave out --prompt"),
        (["--web", "--script"], "leave out --script"),
        (["--web", "-i"], "leave out --interactive"),
        (["--port", "8000"], "no page without --web; leave out --port"),
        (["--ipv6"], "no page without --web; leave out --ipv6"),
        (["--open"], "no page without --web; leave out --open"),
        (["--web", "--port", "0"], "1<=x<=65535"),
        (["--prompts", "no/such/file"], "No such file"),
    ],
)
def test_what_cannot_be_asked_is_a_usage_error(
    chosen: list[str],
    given: list[str],
    fault: str,
    capsys: Output,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\n\n")))
    assert engram("demo", *chosen, *given) == 2
    assert fault in " ".join(capsys.readouterr().err.split())


def test_bytes_that_are_not_utf_8_are_refused_with_the_prompt(
    chosen: list[str], capsys: Output, tmp_path: Path
) -> None:
    file = tmp_path / "prompts.txt"
    file.write_bytes(b"caf\xe9\n")
    assert engram("demo", *chosen, "--prompts", str(file)) == 2
    err = capsys.readouterr().err
    assert "The model cannot be asked 'caf\\udce9': it is not valid UTF-8." in err


def test_a_conversation_goes_on_until_there_is_no_more(chosen: list[str]) -> None:
    command = [sys.executable, "-m", "engram", "demo", *chosen, "-i"]
    typed = ["hello 4\n", "\n", "<|im_end|>\n", "who?\n", "\x04"]
    code, output = converse(command, typed, "> ", columns=80)
    assert code == 0
    shown = screen(output)
    assert max(map(len, shown)) <= 80
    asked = shown.index("> hello 4")
    assert shown[asked + 1] == "expected  bye 4"
    assert shown[asked + 3].startswith("base")
    assert "wrong" in shown[asked + 3]
    other = shown.index("> who?")
    assert shown[other + 2].startswith("base")
    assert "wrong" not in shown[other + 2]
    # Every token was drawn: the same head again and again, in one place.
    assert output.count("tuned") > 2 * sum("tuned" in line for line in shown)


def test_on_a_terminal_the_demonstration_is_drawn_as_it_comes(chosen: list[str]) -> None:
    command = [sys.executable, "-m", "engram", "demo", *chosen, "--prompt", "hello 5"]
    code, output = converse(command, [], "", columns=120)
    assert code == 0
    shown = screen(output)
    assert max(map(len, shown)) == 120
    assert shown[0].startswith("── 1/1 recall ──")
    assert shown[1] == "prompt    hello 5"
    assert shown[-2].startswith("base: 0 of 1 right")
    assert sum(line.startswith("prompt") for line in shown) == 1


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("plain", "plain"),
        (r"a\nb", "a\nb"),
        (r"a\\nb", r"a\nb"),
        (r"a\\\nb", "a\\\nb"),
        (r"\d+\t", r"\d+\t"),
        ("end\\", "end\\"),
    ],
)
def test_line_breaks_and_backslashes_can_be_typed(typed: str, text: str) -> None:
    assert unescaped(typed) == text


def test_spaces_around_a_prompt_are_kept() -> None:
    assert lines(["a \n", "\n", " b"]) == ["a ", " b"]
