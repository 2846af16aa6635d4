"""Letters of another script that pass for Latin ones, in the middle of a Latin word."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engram.compiler import rules
from engram.compiler.content.characters import named
from engram.compiler.content.remark import Remark
from engram.compiler.wording import shown

# Cyrillic, then Greek: the letters that most typefaces draw as they draw a Latin letter.
_LOOKALIKES = frozenset(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0455\u0456\u0458\u04bb\u0501\u051b\u051d"
    "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0423\u0425\u0405\u0406\u0408"
    "\u03bf\u03bd\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7"
)
_WORD = re.compile(r"[^\W\d_]+")
_LAST_LATIN = "\u024f"


def lookalikes(text: str) -> Iterator[Remark]:
    """A remark if ``text`` holds a Latin word in which some letters only look Latin."""
    if text.isascii() or _LOOKALIKES.isdisjoint(text):
        return
    for word in _WORD.findall(text):
        false = [char for char in word if char in _LOOKALIKES]
        true = [char for char in word if char.isascii()]
        others = any(char > _LAST_LATIN and char not in _LOOKALIKES for char in word)
        if false and len(true) > 1 and not others:
            words = f"spells {shown(word)} with {named(false[0])} among Latin letters"
            yield Remark(rules.LOOKALIKE, words)
            return
