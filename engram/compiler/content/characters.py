"""Characters that a reader does not see, or not as what they are.

Scripts need some of them: joiners between Arabic or Indic letters and inside emoji, marks of
direction in Hebrew, variation selectors after ideographs. Where they do their work they are left
alone; anywhere else they make two texts differ that look the same, or hide one text in another.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from engram.compiler import rules
from engram.compiler.content.remark import Remark
from engram.compiler.normal import assigned, in_spans
from engram.core.rule import Rule

# Inclusive ranges, in hexadecimal. What is in none of them is harmless if Unicode assigns it.
_KINDS = {
    "control": "0-8 b-1f 7f-9f 2028-2029",
    "direction": "202a-202e 2066-2069",
    "mark": "61c 200e-200f",
    "joiner": "200c-200d",
    "blank": "ad 34f 115f-1160 17b4-17b5 180b-180f 200b 2060-2065 206a-206f 3164 feff ffa0 "
    "fff9-fffb 1bca0-1bca3 1d173-1d17a",
    "selector": "fe00-fe0f e0100-e01ef",
    "tag": "e0000-e007f",
    "unknown": "d800-dfff e000-f8ff f0000-ffffd 100000-10fffd",
}
_RIGHT_TO_LEFT = "590-8ff fb1d-fdff fe70-fefc 10800-10fff 1e800-1efff"
_JOINING = "600-8ff 900-dff f00-109f 1780-18af 1a20-1cff a800-abff fb50-fdff fe70-fefc 10a00-11fff"
_JOINING += " 1e900-1e95f"
_WITHOUT_SPACES = "e00-eff f00-109f 1780-17ff 19e0-19ff"
_PICTOGRAPHS = "a9 ae 203c 2049 2122 2139 2190-2bff 3030 303d 3297 3299 1f000-1faff"
_IDEOGRAPHS = "2e80-2fff 3000-303f 3400-4dbf 4e00-9fff f900-faff 20000-3fffd"
_MONGOLIAN = "1800-18af 11660-1167f"
_JAMO = "1100-11ff a960-a97f ac00-d7ff"

_BLACK_FLAG = "\N{WAVING BLACK FLAG}"
_OVERRIDES = "\u202d\u202e"
_OPENS = {"\u202a": "\u202c", "\u202b": "\u202c"} | dict.fromkeys("\u2066\u2067\u2068", "\u2069")
_PLAIN = re.compile(r"[\n\t -~]*")
_REGION = re.compile("\U0001f3f4[\U000e0061-\U000e007a\U000e0030-\U000e0039]{3,6}\U000e007f")


def odd_characters(text: str) -> Iterator[Remark]:
    """A remark for each rule about characters that ``text`` breaks; it names the first offender."""
    if _PLAIN.fullmatch(text) or not any(map(_kind, set(text))):
        return
    found: dict[Rule, list[int]] = {}
    context = _Context(text)
    for at, char in enumerate(text):
        kind = _kind(char)
        rule = _JUDGES[kind](context, at) if kind else None
        if rule:
            found.setdefault(rule, []).append(at)
    for rule, places in found.items():
        more = f" and {len(places) - 1:,} more" if len(places) > 1 else ""
        place = f"at character {places[0] + 1:,}"
        yield Remark(rule, f"holds {named(text[places[0]])} {place}{more}")


def named(char: str) -> str:
    """The character as Unicode writes it: ``U+200B ZERO WIDTH SPACE``."""
    name = unicodedata.name(char, "")
    return f"U+{ord(char):04X} {name}".rstrip()


@lru_cache(maxsize=1 << 16)
def _kind(char: str) -> str:
    """What may be wrong with a character by itself; nothing for most."""
    for kind, spans in _KINDS.items():
        if in_spans(char, spans):
            return kind
    return "" if assigned(char) or _is_new(char) else "unknown"


def _is_new(char: str) -> bool:
    from engram.compiler.content.unicode18 import ADDED

    return in_spans(char, ADDED)


@dataclass(frozen=True)
class _Context:
    """A text, and what is true of the whole of it."""

    text: str

    @cached_property
    def is_right_to_left(self) -> bool:
        """Whether some of it is written from right to left."""
        return _any_in(self.text, _RIGHT_TO_LEFT)

    @cached_property
    def is_balanced(self) -> bool:
        """Whether every embedding and isolate is closed, in order."""
        awaited: list[str] = []
        for char in self.text:
            if char in _OPENS:
                awaited.append(_OPENS[char])
            elif char in "\u202c\u2069" and (not awaited or awaited.pop() != char):
                return False
        return not awaited


def _judge_direction(context: _Context, at: int) -> Rule | None:
    needed = context.is_right_to_left and context.is_balanced
    return None if needed and context.text[at] not in _OVERRIDES else rules.DIRECTION


def _judge_mark(context: _Context, _at: int) -> Rule | None:
    return None if context.is_right_to_left else rules.INVISIBLE


def _judge_joiner(context: _Context, at: int) -> Rule | None:
    text = context.text
    before, after = _before(text, at), text[at + 1 : at + 2]
    if in_spans(before, _JOINING):
        return None
    emoji = (
        text[at] == "\u200d" and in_spans(before, _PICTOGRAPHS) and in_spans(after, _PICTOGRAPHS)
    )
    return None if emoji else rules.INVISIBLE


def _judge_blank(context: _Context, at: int) -> Rule | None:
    text = context.text
    around = text[max(at - 1, 0) : at] + text[at + 1 : at + 2]
    homes = {"\u200b": _WITHOUT_SPACES, "\u115f": _JAMO, "\u1160": _JAMO}
    home = homes.get(text[at], _MONGOLIAN if "\u180b" <= text[at] <= "\u180f" else "")
    return None if _any_in(around, home) else rules.INVISIBLE


def _judge_selector(context: _Context, at: int) -> Rule | None:
    text = context.text
    before = text[at - 1 : at]
    if before and _kind(before) == "selector":
        return rules.HIDDEN
    if text[at] > "\ufe0f":
        return None if in_spans(before, _IDEOGRAPHS) else rules.HIDDEN
    return None if before in tuple("0123456789#*") or before > "\x7f" else rules.INVISIBLE


def _judge_tag(context: _Context, at: int) -> Rule | None:
    text = context.text
    start = text.rfind(_BLACK_FLAG, max(at - 8, 0), at)
    flag = _REGION.match(text, start) if start >= 0 else None
    return None if flag and at < flag.end() else rules.HIDDEN


_JUDGES: dict[str, Callable[[_Context, int], Rule | None]] = {
    "control": lambda _context, _at: rules.CONTROL,
    "direction": _judge_direction,
    "mark": _judge_mark,
    "joiner": _judge_joiner,
    "blank": _judge_blank,
    "selector": _judge_selector,
    "tag": _judge_tag,
    "unknown": lambda _context, _at: rules.MEANINGLESS,
}


def _before(text: str, at: int) -> str:
    """The character before, or the one that a variation selector there belongs to."""
    if at > 1 and _kind(text[at - 1]) == "selector":
        at -= 1
    return text[at - 1 : at]


def _any_in(text: str, spans: str) -> bool:
    return any(in_spans(char, spans) for char in text)
