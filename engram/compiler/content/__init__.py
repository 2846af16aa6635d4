"""What the texts of a corpus must not carry: hidden characters, control tokens, secrets, people.

Every check takes a text and gives remarks; ``texts`` puts texts to checks. Most texts are so plain
that no check needs to see them, and the checks are not even imported.
"""

from __future__ import annotations

from collections.abc import Iterator

from engram.compiler.content.harmless import harmless
from engram.compiler.state import CheckedCorpus, Entry
from engram.core.finding import Finding


def of_pattern(entry: Entry) -> Iterator[Finding]:
    """The findings about what the texts of a pattern hold."""
    pattern = entry.pattern
    said = [pattern.input, pattern.output, *pattern.variants, *pattern.accept, *pattern.tags]
    if not harmless((*said, *(pattern.phrasings or ()), pattern.source or "")):
        from engram.compiler.content import texts

        yield from texts.of_pattern(entry)


def of_corpus(home: CheckedCorpus) -> Iterator[Finding]:
    """The findings about what the texts at the top of a corpus hold."""
    corpus = home.corpus
    noted = (corpus.description, corpus.version or "", corpus.license or "")
    if not harmless((*noted, *corpus.phrasings)):
        from engram.compiler.content import texts

        yield from texts.of_corpus(home)
