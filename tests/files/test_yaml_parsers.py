"""A build must not depend on whether a C parser is installed: both give the same document."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engram.core.config import DEFAULT_LIMITS, Limits
from engram.files import yaml_events, yaml_parsers
from engram.files.yaml_data import Parsed
from engram.files.yaml_events import Doubtful, quick_events

pytest.importorskip("_ruamel_yaml")

# fmt: off
SCRAPS = st.sampled_from([
    "a", "b c", " ", "  ", "\n", "\n  ", "- ", "- - ", ": ", ":", "? ", '"', "'", "|", ">", "|-",
    ">+", "|2", "#", " # c", "[", "]", ", ", "{", "}", "é", "\u3000", "\xa0", "😀", "\\n", "\\",
    "\\x41", "\\u00e9", "\\ud800", "\\U0001f600", "404", "true", "null", "~", "---", "\n---\n",
    "...", "!", "&a ", "*a", "<<", "=", "@", "`", "%", "\t", "name", "examples:\n", "''", '""',
    "\n  - input: ", "key: |\n  text\n", "key: >\n  fold\n\n  more\n   deep\n", "k: [a, b]\n",
    'k: "q\n  w"\n', "-", "--", "?x", ":x", "a:b", "a#b", "x: - y", "\n\n", "|\n \n  x\n",
])
# fmt: on
SCALARS = st.text("ab x:#'\"é{}[],\\|>-?!&*%@`4\u3000\xa0", max_size=8)


@st.composite
def documents(draw: st.DrawFn) -> str:
    """Documents that are nearly, and often quite, what people write."""
    lines = ["name: x", "examples:"]
    for _ in range(draw(st.integers(1, 4))):
        style = draw(st.sampled_from(["", '"', "'", "|", ">", "|-", ">-", "|+", "|2"]))
        value = draw(SCALARS)
        if style in ('"', "'"):
            value = value.replace("\\", "").replace(style, "") + draw(
                st.sampled_from(["", "\n   y"])
            )
            lines.append(f"  - input: {style}{value}{style}")
        elif style:
            pads = draw(st.lists(st.sampled_from(["      ", "     ", "    ", ""]), max_size=3))
            lines += [f"  - input: {style}", *(pad + value for pad in pads)]
        else:
            lines.append(f"  - input: {value}")
        lines.append(f"    tags: [{', '.join(draw(st.lists(SCALARS, max_size=2)))}]")
        lines.append(draw(st.sampled_from(["    output: x", "", "    # c", "  x"])))
    return "\n".join(lines) + draw(st.sampled_from(["", "\n"]))


# With these, nearly every text is too long for the slow parser as a whole.
TIGHT = (Limits(slow_chars=1), Limits(slow_chars=30))


def without_c(text: str, limits: Limits) -> Parsed:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(yaml_events, "CParser", None)
        return yaml_parsers.parse(text, limits)


def assert_agreement(text: str) -> None:
    for limits in (DEFAULT_LIMITS, *TIGHT):
        assert yaml_parsers.parse(text, limits) == without_c(text, limits)


@given(st.lists(SCRAPS, max_size=14).map("".join))
def test_both_parsers_agree_on_scraps(text: str) -> None:
    assert_agreement(text)


@given(documents())
def test_both_parsers_agree_on_documents(text: str) -> None:
    assert_agreement(text)


@pytest.mark.parametrize(
    "text",
    [
        "a: x\ty\n",
        "a: |\n  \n    x\n",
        "a: |#c\n",
        "a: {b:c}\n",
        "a: [b:c]\n",
        '["a":b]\n',
        'a: "\\ud83d\\ude00"\n',
        ">\n---\n",
        "x\n",
        "a: *b\n",
        "a: 1\n---\nb: 2\n",
    ],
)
def test_where_they_are_known_to_part_the_python_parser_decides(text: str) -> None:
    def all_events() -> None:
        list(quick_events(text))

    with pytest.raises(Doubtful):
        all_events()


def test_without_the_c_parser_everything_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "a: 'x'\nb:\n- 404\n- c: >-\n    folded\n    text\n"
    with_it = yaml_parsers.parse(text, DEFAULT_LIMITS)
    monkeypatch.setattr(yaml_events, "CParser", None)
    assert yaml_parsers.parse(text, DEFAULT_LIMITS) == with_it
