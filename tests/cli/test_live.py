"""Text that is drawn in place."""

from __future__ import annotations

import io
import os

import pytest

from engram.cli.live import Live, can_draw
from tests.cli.terminal import screen


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_each_text_takes_the_place_of_the_one_before() -> None:
    stream = Terminal()
    stream.write("above\n")
    with Live(stream) as live:
        for text in ("one", "one and more\ntwo\nthree", "1\n2"):
            live.draw(text)
    stream.write("below")
    assert screen(stream.getvalue()) == ["above", "1", "2", "below"]


def test_the_cursor_is_there_again_whatever_happens() -> None:
    stream = Terminal()
    with pytest.raises(ZeroDivisionError), Live(stream) as live:
        live.draw(str(1 // 0))
    assert stream.getvalue().endswith("\x1b[?25h")


@pytest.mark.parametrize(
    ("columns", "lines", "term", "drawn"),
    [
        (80, 24, "xterm", True),
        (59, 24, "xterm", False),
        (80, 23, "xterm", False),
        (80, 24, "dumb", False),
    ],
)
def test_it_is_drawn_only_where_it_fits(
    monkeypatch: pytest.MonkeyPatch, columns: int, lines: int, term: str, drawn: bool
) -> None:
    monkeypatch.setattr(
        "shutil.get_terminal_size", lambda *_, **__: os.terminal_size((columns, lines))
    )
    monkeypatch.setenv("TERM", term)
    assert can_draw(Terminal()) is drawn
    assert can_draw(io.StringIO()) is False
