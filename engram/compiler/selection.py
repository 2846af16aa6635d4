"""Which findings are wanted: by settings, by flags, and by comments in the corpora.

Fatal findings are always given, for no build can be made with them. A warning, or an error that may
be waived, is dropped if it is not selected, if it is ignored, or if a comment on its line ignores
it. Words that select are codes, beginnings of codes (``ENG3``) or names of rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from engram.compiler.ignores import Ignore
from engram.compiler.page import close_to
from engram.compiler.rules import RULES, UNUSABLE_IGNORE, UNUSED_IGNORE
from engram.core.config import Config
from engram.core.errors import EngramError
from engram.core.finding import Finding, errors_in

FAMILY = "ENG"


def codes_of(word: str) -> frozenset[str]:
    """The codes of the rules that a word selects: none if it is no code, beginning or name."""
    key = word.strip()
    if key.upper().startswith(FAMILY):
        return frozenset(code for code in RULES if code.startswith(key.upper()))
    return frozenset(rule.code for rule in RULES.values() if rule.name == key.lower())


def fault_in(word: str, *, ignored: bool) -> tuple[str, str] | None:
    """What is wrong with a word that selects or ignores, and advice; None if nothing is."""
    codes = codes_of(word)
    if not codes:
        return f"no rule is called {word!r}", close_to(word)
    if ignored and all(RULES[code].fatal for code in codes):
        message = f"{word} cannot be ignored: no build can be made of what it finds"
        return message, "Mend what it finds, or remove the word."
    return None


@dataclass(frozen=True, slots=True)
class Wanted:
    """The codes that settings leave."""

    selected: frozenset[str]
    ignored: frozenset[str]

    @classmethod
    def by(cls, config: Config) -> Wanted:
        """What ``config`` wants; raises EngramError for a word that means nothing."""
        for words, ignored in ((config.select, False), (config.ignore, True)):
            for word in words:
                fault = fault_in(word, ignored=ignored)
                if fault:
                    raise EngramError(fault[0], help=fault[1])
        selected = _all_of(config.select) if config.select else frozenset(RULES)
        return cls(selected, _all_of(config.ignore))

    def left_of(
        self, findings: Sequence[Finding], ignores: Sequence[Ignore], *, complete: bool
    ) -> list[Finding]:
        """The findings that are wanted, with those about the comments that ignore.

        A comment can only be called unused if the passes are ``complete``.
        """
        comments = _by_place(ignores)
        left = [finding for finding in findings if not _commented(finding, comments)]
        left += _about(ignores, findings, complete=complete and not errors_in(left))
        return [finding for finding in left if self._wants(finding)]

    def _wants(self, finding: Finding) -> bool:
        if RULES[finding.code].fatal:
            return True
        return finding.code in self.selected and finding.code not in self.ignored


def _all_of(words: Iterable[str]) -> frozenset[str]:
    return frozenset(code for word in words for code in codes_of(word))


def _by_place(ignores: Iterable[Ignore]) -> dict[tuple[str, int | None], set[str]]:
    places: dict[tuple[str, int | None], set[str]] = {}
    for ignore in ignores:
        places.setdefault((ignore.file.shown, ignore.line), set()).update(codes_of(ignore.word))
    return places


def _commented(finding: Finding, comments: dict[tuple[str, int | None], set[str]]) -> bool:
    codes = comments.get((finding.file, finding.line))
    return codes is not None and finding.code in codes and not RULES[finding.code].fatal


def _about(
    ignores: Sequence[Ignore], findings: Iterable[Finding], *, complete: bool
) -> Iterator[Finding]:
    """What is wrong with the comments."""
    if not ignores:
        return
    found = {(finding.file, finding.line, finding.code) for finding in findings}
    for ignore in ignores:
        file = ignore.file.shown
        fault = fault_in(ignore.word, ignored=True) if ignore.word else _NO_WORD
        if fault:
            yield UNUSABLE_IGNORE.finding(file, ignore.at, *fault)
            continue
        codes = codes_of(ignore.word)
        used = any((file, ignore.line, code) in found for code in codes)
        if complete and not used and not any(RULES[code].on_request for code in codes):
            message = f"{ignore.word} is ignored here, and finds nothing in line {ignore.line}"
            yield UNUSED_IGNORE.finding(file, ignore.at, message)


_NO_WORD = ("no rule is named here", "Write the codes in brackets: `# engram: ignore[ENG310]`.")
