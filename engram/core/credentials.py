"""Credentials in a text: found by the shapes that their issuers gave them, and never shown in full.

Only shapes that hardly anything else has are listed, so that hashes, UUIDs and encoded pictures are
left alone: a prefix of the issuer's, or the name of a secret before a value that looks random.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import NamedTuple

KEPT = 4  # how many characters of a credential may be shown
MASK = "…"
COVER = "*"

# Every credential of one word has a run like this; most texts have no word that is long enough.
LONG = 20
_RUN = re.compile(rf"[A-Za-z0-9_+/=.:~-]{{{LONG}}}")

# What is repeated before something else has to come has an upper bound, so that no text costs much.
# What the name of a shape is to a reader, and the expression of what follows a word boundary.
_ISSUED = (
    ("an AWS access key", r"(?:A3T[A-Z0-9]|ABIA|ACCA|AKIA|ASIA)[A-Z0-9]{16}\b"),
    ("a GitHub token", r"gh[oprsu]_[A-Za-z0-9_]{36,}|github_pat_[A-Za-z0-9_]{22,}"),
    (
        "a GitLab token",
        r"gl(?:agent|cbt|dt|ft|imt|oas|pat|ptt|rt|soat)-[A-Za-z0-9_-]{20,}"
        r"|GR1348941[A-Za-z0-9_-]{20,}",
    ),
    ("a Slack token", r"xox[abeoprs]-[A-Za-z0-9-]{16,}|xapp-[0-9]-[A-Za-z0-9-]{20,}"),
    ("a Slack webhook", r"hooks\.slack\.com/(?:services|workflows)/T[A-Za-z0-9_/]{20,}"),
    ("a Discord webhook", r"discord(?:app)?\.com/api/webhooks/[0-9]+/[A-Za-z0-9_-]{30,}"),
    ("a Discord token", r"[MNO][A-Za-z0-9_-]{23,25}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,}"),
    ("a Stripe key", r"[rs]k_(?:live|test)_[A-Za-z0-9]{16,}|whsec_[A-Za-z0-9]{32,}"),
    ("a Twilio key", r"(?:AC|SK)[0-9a-f]{32}\b"),
    (
        "an API key of a language model",
        r"sk-(?:admin|ant|None|or|proj|svcacct)-[A-Za-z0-9_-]{20,}|sk-[A-Za-z0-9]{32,}"
        r"|sk-[A-Za-z0-9_-]{0,99}T3BlbkFJ[A-Za-z0-9_-]{20,}|gsk_[A-Za-z0-9]{32,}|r8_[A-Za-z0-9]{32,}"
        r"|pcsk_[A-Za-z0-9_]{32,}|pplx-[A-Za-z0-9]{32,}|xai-[A-Za-z0-9]{32,}"
        r"|lsv2_[a-z]{2}_[0-9a-f_]{32,}",
    ),
    ("a Hugging Face token", r"hf_[A-Za-z0-9]{30,}|api_org_[A-Za-z0-9]{30,}"),
    ("a Google key", r"AIza[A-Za-z0-9_-]{35}|GOCSPX-[A-Za-z0-9_-]{20,}|ya29\.[A-Za-z0-9_-]{20,}"),
    ("a PyPI token", r"pypi-[A-Za-z0-9_-]{40,}"),
    ("an npm token", r"npm_[A-Za-z0-9]{36}|_authToken=\s*[A-Za-z0-9_-]{20,}"),
    (
        "a token of a package registry",
        r"rubygems_[0-9a-f]{48}|dckr_pat_[A-Za-z0-9_-]{20,}|cio[A-Za-z0-9]{32}\b"
        r"|oy2[a-z0-9]{43}\b|AKC[A-Za-z0-9]{17,}|AP[0-9A-F](?=[A-Z0-9]*[a-z])[A-Za-z0-9]{17,}",
    ),
    ("a JSON web token", r"eyJ[A-Za-z0-9_-]{8,500}\.eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]+)?"),
    ("a SendGrid key", r"SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"),
    ("a Mailchimp key", r"[0-9a-f]{32}-us[0-9]{1,2}\b"),
    ("a Mailgun key", r"key-[0-9a-f]{32}\b"),
    ("a Telegram bot token", r"[0-9]{8,10}:[A-Za-z0-9_-]{35}\b"),
    ("a Square key", r"sq0[a-z]{3}-[A-Za-z0-9_-]{22,}"),
    ("an Azure key", r"AccountKey=[A-Za-z0-9+/=]{40,}|[A-Za-z0-9_]{3}8Q~[A-Za-z0-9_~.-]{31,}"),
    (
        "a token of a web service",
        r"do[opr]_v1_[0-9a-f]{64}|shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}|dapi[0-9a-f]{32}\b"
        r"|lin_api_[A-Za-z0-9]{32,}|secret_[A-Za-z0-9]{40,}|ntn_[A-Za-z0-9]{40,}"
        r"|hvs\.[A-Za-z0-9_-]{24,}|glsa_[A-Za-z0-9_]{32,}|glc_[A-Za-z0-9=+/]{32,}"
        r"|NRAK-[A-Z0-9]{27}|PMAK-[0-9a-f]{24}-[0-9a-f]{34}|sbp_[0-9a-f]{40}"
        r"|ATATT3[A-Za-z0-9_=-]{40,}|figd_[A-Za-z0-9_-]{36,}|sntry[su]_[A-Za-z0-9_=+/]{32,}"
        r"|pscale_[a-z]+_[A-Za-z0-9_.-]{32,}|dp\.[a-z]{2,6}\.[A-Za-z0-9]{40,}"
        r"|pat[A-Za-z0-9]{14}\.[0-9a-f]{64}|[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_-]{60,}",
    ),
    ("a private key", r"PuTTY-User-Key-File-[0-9]|AGE-SECRET-KEY-1[A-Z0-9]{58}"),
)
_PRIVATE_KEY = r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END|\Z)"
_IN_URL = r"://[^\s/:@'\"{}<>$]*:(?P<password>[^\s/@'\"{}<>$]+)@(?P<host>[\w.-]+)"
# The name of a secret, and a value that has to look random before anyone is troubled with it.
_NAMED = (
    r"(?i:(?:access|account|api|iam|secret)[_-]?key|secret|token|passw(?:or)?d|passphrase|pwd)"
    r"(?:\\?[\"'])?\s*(?::=|=>|=|:)\s*(?P<quote>\\?[\"'])?"
    r"(?P<value>[A-Za-z0-9+/_=-]{20,500})(?(quote)(?P=quote))(?![\w.(\[-])"
)

# A stand-in says that it is one, or repeats the one character.
_STAND_IN = re.compile(
    r"(?i)your|placeholder|change_?me|redacted|dummy|insert|replace|\.\.\.|\u2026|([x*.0_-])\1{7}"
)
_NO_PASSWORD = re.compile(
    r"(?i)admin|guest|pass|passwd|password|postgres|pw|pwd|root|secret|token|user|\W+|x+"
)
_HERE = re.compile(r"localhost|127\.0\.0\.1|0\.0\.0\.0|host|hostname")


_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class Credential(NamedTuple):
    """What looks like a credential: what kind, and where in the text."""

    kind: str
    start: int
    end: int


def credentials_in(text: str) -> list[Credential]:
    """Everything in ``text`` that looks like a credential, in order and without overlaps."""
    if not _may_hold_one(text):
        return []
    apart: list[Credential] = []
    for one in sorted((*_issued(text), *_named(text)), key=lambda one: (one.start, -one.end)):
        if not apart or one.start >= apart[-1].end:
            apart.append(one)
    return apart


def masked(text: str) -> str:
    """``text`` with what looks like a credential cut to its first characters."""
    kept = 0
    parts: list[str] = []
    for found in credentials_in(text):
        parts += (text[kept : found.start + KEPT], MASK)
        kept = found.end
    return "".join((*parts, text[kept:])) if parts else text


def covered(text: str) -> str:
    """``text`` in the same lines and columns, with what looks like a credential blacked out."""
    for found in credentials_in(text):
        hidden = re.sub(r"[^\n]", COVER, text[found.start + KEPT : found.end])
        text = text[: found.start + KEPT] + hidden + text[found.end :]
    return text


def _may_hold_one(text: str) -> bool:
    if "PRIVATE KEY" in text or ("://" in text and "@" in text):
        return True
    return max(map(len, text.split()), default=0) >= LONG and _RUN.search(text) is not None


def _issued(text: str) -> Iterator[Credential]:
    for found in _any_issued().finditer(text):
        if found["password"]:
            stands_in = _STAND_IN.search(found[0]) or _NO_PASSWORD.fullmatch(found["password"])
            if not stands_in and not _HERE.fullmatch(found["host"]):
                yield Credential("a password in a URL", *found.span("password"))
        elif "PRIVATE KEY" in found[0] or not _STAND_IN.search(found[0]):
            yield Credential(_kind_at(text, found.start()), *found.span())


def _named(text: str) -> Iterator[Credential]:
    for found in _any_named().finditer(text):
        value = found["value"]
        if _looks_random(value) and not _STAND_IN.search(value):
            yield Credential("a secret value", *found.span("value"))


def _kind_at(text: str, start: int) -> str:
    kinds = (kind for kind, shape in _ISSUED if re.compile(shape).match(text, start))
    return next(kinds, "a private key")


@cache
def _any_issued() -> re.Pattern[str]:
    issued = "|".join(shape for _, shape in _ISSUED)
    return re.compile(rf"\b(?:{issued})|{_PRIVATE_KEY}|{_IN_URL}")


@cache
def _any_named() -> re.Pattern[str]:
    return re.compile(_NAMED)


def _looks_random(value: str) -> bool:
    if value.startswith("/") or _UUID.fullmatch(value) or len(set(value)) < 10:
        return False
    digits = sum(char.isdigit() for char in value)
    letters = sum(char.isalpha() for char in value)
    # In words, even run together, a small letter mostly follows another; at random it seldom does.
    kinds = [(char.isupper(), char.isdigit()) for char in value]
    changes = sum(one != other for one, other in pairwise(kinds))
    return (digits >= 3 and letters >= 3) or changes * 9 >= len(value) * 4
