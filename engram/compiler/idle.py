"""Templates that make no prompt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from engram.compiler.rules import IDLE_PHRASING
from engram.compiler.state import CheckedCorpus, Entry
from engram.compiler.wording import shown
from engram.core.corpus import INPUT_SLOT
from engram.core.finding import Finding


def idle_phrasings(corpora: Sequence[CheckedCorpus], entries: Iterable[Entry]) -> Iterator[Finding]:
    """A finding for each template that gives no pattern a prompt that it would not have without."""
    users: dict[int, list[Entry]] = {id(home): [] for home in corpora}
    for entry in entries:
        own = entry.pattern.phrasings
        if id(entry.home) not in users:
            continue
        if own is None:
            users[id(entry.home)].append(entry)
            continue
        for index in _idle(own, [entry]):
            yield entry.finding(IDLE_PHRASING, _message(own[index]), "phrasings", index)
    for home in corpora:
        if "phrasings" in home.corpus.model_fields_set:
            yield from _of_corpus(home, users[id(home)])


def _of_corpus(home: CheckedCorpus, users: list[Entry]) -> Iterator[Finding]:
    templates, document = home.corpus.phrasings, home.document
    if templates and not users:
        message = "`phrasings` is not used: every pattern has its own"
        yield IDLE_PHRASING.finding(document.file.shown, document.at(("phrasings",)), message)
        return
    for index in _idle(templates, users):
        at = document.at(("phrasings", index))
        yield IDLE_PHRASING.finding(document.file.shown, at, _message(templates[index]))


def _idle(templates: Sequence[str], users: list[Entry]) -> Iterator[int]:
    seen = {INPUT_SLOT}
    worded: dict[str, frozenset[str]] = {}
    for index, template in enumerate(templates):
        if template in seen or not any(_adds(template, entry, worded) for entry in users):
            yield index
        seen.add(template)


def _adds(template: str, entry: Entry, worded: dict[str, frozenset[str]]) -> bool:
    """Whether no author wrote what the template fills in to; ``worded`` keeps what they wrote."""
    pattern = entry.pattern
    if entry.key not in worded:
        worded[entry.key] = frozenset(pattern.variants)
    return template.replace(INPUT_SLOT, pattern.input) not in worded[entry.key]


def _message(template: str) -> str:
    return f"the template {shown(template)} makes no prompt that is not there without it"
