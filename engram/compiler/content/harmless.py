"""Texts that no check of this room has anything to say about: nearly all, told at a glance."""

from __future__ import annotations

from collections.abc import Iterable

from engram.core.credentials import LONG

_WORD, _DIGIT, _PLUS, _DOT, _OTHER = b"a0+. "
_ODD = ord("!")


def _coded(code: int) -> int:
    char = chr(code)
    if char in "+.-" or char.isdigit():
        return {"+": _PLUS, ".": _DOT, "-": _DOT}.get(char, _DIGIT)
    if char.isalpha() or char in "_/=:~":
        return _WORD
    # Control tokens begin with brackets; addresses, and passwords in URLs, hold an at sign.
    return _OTHER if char in "\n\t" or (" " <= char <= "~" and char not in "<[@") else _ODD


# What each ASCII character is to the checks; others are not looked up.
_CODES = bytes(map(_coded, range(128))) + bytes([_ODD]) * 128
# Only characters that stand in credentials are alike after this.
_RUNS = bytes(ord(" ") if code in (_OTHER, _ODD) else _WORD for code in range(256))
_RUN = b"a" * LONG


def harmless(texts: Iterable[str]) -> bool:
    """Whether it is plain that no check of this room finds anything in any of these texts.

    Where it is not, the checks themselves are asked. None of them finds anything in a text of
    common ASCII characters without a bracket, an at sign, a long run of the characters that
    credentials are made of, and the signs that telephone numbers have before their digits.
    """
    text = "\n".join(texts)
    if not text.isascii() or "PRIVATE KEY" in text:
        return False
    coded = text.encode().translate(_CODES)
    if b"!" in coded or b"+0" in coded or b".0000" in coded:
        return False
    return _RUN not in coded.translate(_RUNS)
