"""``engram models pull`` and what follows it, on a hub of the test's own."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from engram.cli import cli
from engram.cli.exits import exit_code_of
from engram.cli.meter import Meter
from tests.models.conftest import cache, hub
from tests.models.hub_server import REPO, TinyHub

__all__ = ["cache", "hub"]


def engram(*arguments: str) -> int:
    return exit_code_of(lambda: cli.main(list(arguments), standalone_mode=False))


def test_pull_list_verify_path_and_remove(
    cache: Path, hub: TinyHub, capsys: pytest.CaptureFixture[str]
) -> None:
    assert engram("models", "pull", REPO) == 0
    pulled = capsys.readouterr()
    assert f"{REPO} is here" in pulled.out
    assert f"{REPO}: downloading" in pulled.err
    assert engram("models", "--format", "json") == 0
    (row,) = (row for row in json.loads(capsys.readouterr().out) if row["name"] == REPO)
    assert row["here"] is True
    assert engram("models") == 0
    assert REPO in capsys.readouterr().out
    assert engram("models", "verify", REPO) == 0
    assert row["digest"] in capsys.readouterr().out
    assert engram("models", "path", REPO) == 0
    assert Path(capsys.readouterr().out.strip()) == cache / "models" / "org--tiny"
    assert engram("models", "remove", REPO) == 0
    assert engram("models", "path", REPO) == 2


def test_verify_finds_a_flipped_bit(
    cache: Path, hub: TinyHub, capsys: pytest.CaptureFixture[str]
) -> None:
    engram("models", "pull", REPO)
    weights = cache / "models" / "org--tiny" / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    assert engram("models", "verify", REPO) == 2
    assert "model.safetensors was changed" in capsys.readouterr().err


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_a_bar_and_is_left_clean() -> None:
    terminal = Terminal()
    with Meter("tiny", terminal) as meter:
        meter.show("downloading", 50_000_000, 100_000_000)
        meter.show("converting", 0, 0)
    shown = terminal.getvalue().split("\r\x1b[2K")
    assert shown[1] == f"tiny: downloading [{'=' * 12}{' ' * 12}] 50 MB of 100 MB"
    assert shown[2] == "tiny: converting ..."
    assert shown[-1] == ""


def test_a_log_gets_one_line_for_each_step() -> None:
    log = io.StringIO()
    with Meter("tiny", log) as meter:
        for done in range(5):
            meter.show("downloading", done, 2_000_000)
        meter.show("checking", 0, 0)
    assert log.getvalue() == "tiny: downloading 2.0 MB\ntiny: checking\n"
