"""Which text is put to which check, and where the remark becomes a finding."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from engram.compiler import rules
from engram.compiler.content.characters import odd_characters
from engram.compiler.content.lookalikes import lookalikes
from engram.compiler.content.personal import personal
from engram.compiler.content.remark import Remark
from engram.compiler.content.tokens import chat_tokens
from engram.compiler.state import CheckedCorpus, Entry
from engram.core.credentials import KEPT as SHOWN
from engram.core.credentials import MASK, credentials_in
from engram.core.finding import Finding

Check = Callable[[str], Iterable[Remark]]
Place = tuple[str | int, ...]


def of_pattern(entry: Entry) -> Iterator[Finding]:
    """The findings about what the texts of a pattern hold."""
    pattern = entry.pattern
    yield from _of(entry, ("input",), pattern.input, TAUGHT)
    yield from _of(entry, ("output",), pattern.output, TAUGHT)
    for name, texts, checks in (
        ("variants", pattern.variants, TAUGHT),
        ("accept", pattern.accept, KEPT),
        ("phrasings", pattern.phrasings or (), TAUGHT),
        ("tags", pattern.tags, NOTED),
    ):
        for index, text in enumerate(texts):
            yield from _of(entry, (name, index), text, checks)
    if pattern.source:
        yield from _of(entry, ("source",), pattern.source, NOTED)


def of_corpus(home: CheckedCorpus) -> Iterator[Finding]:
    """The findings about what the texts at the top of a corpus hold."""
    corpus, document = home.corpus, home.document
    texts: list[tuple[Place, str, tuple[Check, ...]]] = [
        (("description",), corpus.description, NOTED),
        (("version",), corpus.version or "", NOTED),
        (("license",), corpus.license or "", NOTED),
    ]
    if "phrasings" in corpus.model_fields_set:
        texts += [(("phrasings", n), text, TAUGHT) for n, text in enumerate(corpus.phrasings)]
    for path, text, checks in texts:
        for remark in _remarks(text, checks):
            message = f"{_called(path)} {remark.words}"
            yield remark.rule.finding(document.file.shown, document.at(path), message)


def _of(entry: Entry, path: Place, text: str, checks: tuple[Check, ...]) -> Iterator[Finding]:
    for remark in _remarks(text, checks):
        yield entry.finding(remark.rule, f"{_called(path)} {remark.words}", *path)


def _remarks(text: str, checks: tuple[Check, ...]) -> Iterator[Remark]:
    return (remark for check in checks for remark in check(text))


def _called(path: Place) -> str:
    return f"`{path[0]}`" if len(path) == 1 else f"an item of `{path[0]}`"


def _secrets(text: str) -> Iterator[Remark]:
    for found in credentials_in(text):
        beginning = text[found.start : found.start + SHOWN] + MASK
        yield Remark(rules.SECRET, f"holds what looks like {found.kind}: {beginning!r}")


# What is noted about a pattern, what a build keeps to judge answers by, and what a model is taught.
NOTED: tuple[Check, ...] = (odd_characters, _secrets)
KEPT: tuple[Check, ...] = (*NOTED, lookalikes, personal)
TAUGHT: tuple[Check, ...] = (*KEPT, chat_tokens)
