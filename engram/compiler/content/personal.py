"""E-mail addresses and telephone numbers that may be somebody's.

What is reserved for examples is left alone: example.com and its kin (RFC 2606 and 6761), 555
numbers in North America, and what Ofcom and ACMA keep free for drama. So is what merely has the
shape: matrix products, remote repositories, numbers without a country.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from engram.compiler import rules
from engram.compiler.content.remark import Remark

_MAIL = re.compile(
    r"(?:(?<=mailto:)|(?<![\w.+%:/-]))(?P<local>[A-Za-z0-9][\w.+%-]*)@(?P<host>(?:[A-Za-z0-9-]+\.)+(?P<top>[A-Za-z]{2,24}))"
    r"(?![\w@(\[/-]|\.\w|:[\w/~])"
)
# Of the long top-level domains, those that people have addresses under: `q@k.transpose` is none.
_TOP = re.compile(
    r"[a-z]{2}|com|org|net|edu|gov|mil|int|info|biz|name|pro|dev|app|email|mail|online|site|tech"
    r"|cloud|xyz|academy|agency|company|consulting|digital|group|life|live|media|museum|network"
    r"|news|shop|social|solutions|space|store|studio|team|today|world|zone"
)
_RESERVED = re.compile(
    r"(?:.*\.)?(?:example(?:\.(?:com|org|net|edu))?|test|invalid|localhost|local"
    r"|(?:domain|email|company|mail|host|server|users\.noreply\.github)\.com)",
    re.IGNORECASE,
)
_NOBODY = re.compile(
    r"git|user(?:name)?|name|you|your\.?name|someone|foo|bar|no-?reply", re.IGNORECASE
)

_SEPARATOR = r"[ .\u00a0\u2011-]?"
_PHONE = re.compile(
    # International: a plus sign, a country, and digits in groups.
    rf"(?<![\w.+)=*/^-])\+(?P<country>[1-9][0-9]{{0,2}})(?:{_SEPARATOR}\(?[0-9]{{1,5}}\)?)"
    rf"(?:{_SEPARATOR}[0-9]{{2,5}}){{1,5}}(?![\w.]?[0-9])"
    # North American: area code, exchange, line.
    r"|(?<![\w.+-])(?:1[ .-])?(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}[.-])[2-9][0-9]{2}[.-][0-9]{4}"
    r"(?![\w-]|\.[0-9])"
)
# What every number has: a plus sign before a digit, or the four digits of an American line.
_DIGITS = re.compile(r"\+[1-9]|[.-][0-9]{4}")
_FREE = re.compile(
    r"1?(?:555[0-9]{7}|[2-9][0-9]{2}555[0-9]{4})"  # North America
    r"|44(?:1632960|2079460|1134960|1144960|1154960|1164960|1174960|1184960|1214960|1314960"
    r"|1414960|1514960|1614960|1914980|2890180|2920180|7700900|8081570|9098790|3069990)[0-9]{3}"
    r"|61(?:[2378]5550[0-9]{4}|[2378]7010[0-9]{4}|491570[0-9]{3})|[0-9]*?(?:0{7}|1234567)[0-9]*"
)
_FEWEST, _MOST = 10, 15  # digits, by E.164; shorter ones are too often something else
_AMERICAN = 11


def personal(text: str) -> Iterator[Remark]:
    """A remark if ``text`` holds an e-mail address, and one if it holds a telephone number."""
    if "@" in text and any(map(_is_somebodys, _MAIL.finditer(text))):
        yield Remark(rules.MAIL, "holds an e-mail address")
    if _DIGITS.search(text) and any(map(_is_a_number, _PHONE.finditer(text))):
        yield Remark(rules.PHONE, "holds a telephone number")


def _is_somebodys(found: re.Match[str]) -> bool:
    top = found["top"].lower() if found["top"].isupper() else found["top"]
    if not _TOP.fullmatch(top) or _RESERVED.fullmatch(found["host"]):
        return False
    return not _NOBODY.fullmatch(found["local"])


def _is_a_number(found: re.Match[str]) -> bool:
    digits = re.sub("[^0-9]", "", found[0])
    if not _FEWEST <= len(digits) <= _MOST or _FREE.fullmatch(digits):
        return False
    american = digits.startswith("1") and found["country"]
    return not american or (len(digits) == _AMERICAN and digits[1] not in "01")
