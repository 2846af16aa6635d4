"""Small builders: a noun with everything filled in that a test does not care about."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from engram.core.build import Message, PatternSite, Row
from engram.core.results import Answer


def make_row(prompt: str = "Say hello", answer: str = "hello", **fields: Any) -> Row:
    values = {
        "id": f"{prompt}#0",
        "pattern": prompt,
        "category": "greetings",
        "probe": "recall",
        "phrasing": "bare",
        "match": "exact",
        "accept": (),
        "tags": (),
        **fields,
    }
    turns = (Message(role="user", content=prompt), Message(role="assistant", content=answer))
    return Row(messages=turns, **values)


def said(text: str, *, stopped: bool = True) -> Answer:
    return Answer(text=text, stopped=stopped)


def make_sites(rows: Iterable[Row], **groups: str) -> dict[str, PatternSite]:
    """A place for every pattern; a pattern is a group by itself unless ``groups`` names one."""
    return {
        row.pattern: PatternSite(
            pattern=row.pattern,
            group=groups.get(row.pattern, row.pattern),
            corpus="greetings",
            category=row.category,
            split="train" if row.probe == "recall" else "test",
            file="corpora/greetings.yaml",
            line=7,
            column=5,
        )
        for row in rows
    }
