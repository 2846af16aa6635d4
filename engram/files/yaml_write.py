"""YAML that reads back as exactly what was written: texts in double quotes, whatever they hold."""

from __future__ import annotations

import re

_ESCAPES = {"\\": r"\\", '"': r"\"", "\n": r"\n", "\t": r"\t", "\r": r"\r"}
# What is not shown or looks like something else, turns the direction of text, ends a line for some
# readers, or is no character.
_HIDDEN = re.compile(
    '[\\\\"\x00-\x1f\x7f-\xa0\u00ad\u061c\u115f\u1160\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f'
    "\u3000\u3164\ud800-\uf8ff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff\U000e0000-\U0010ffff]"
)
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
# Words that some YAML readers, old or new, take for something else than text.
_TAKEN = frozenset(["true", "false", "null", "yes", "no", "on", "off", "y", "n"])


def quoted(text: str) -> str:
    """``text`` in double quotes, on one line; raises ValueError for half of a surrogate pair."""
    text.encode()
    return f'"{_HIDDEN.sub(_escaped, text)}"'


def scalar(text: str) -> str:
    """``text`` as it reads best: bare if it is a plain word, else in double quotes."""
    plain = _WORD.fullmatch(text) and text.lower() not in _TAKEN
    return text if plain else quoted(text)


def _escaped(found: re.Match[str]) -> str:
    char = found.group()
    if char in _ESCAPES:
        return _ESCAPES[char]
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
