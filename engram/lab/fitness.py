"""Whether a model can be taught a corpus, asked before anything is compiled.

What only a tokenizer knows: which texts it takes for tokens of its own, and how long a row becomes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from engram.compiler import rules
from engram.compiler.growth import templates_of
from engram.compiler.state import Entry, Phrase, State
from engram.core.build import Options
from engram.core.finding import Finding
from engram.core.rule import Rule
from engram.lab.prompt import TooLong
from engram.lab.watch import Nobody

if TYPE_CHECKING:
    from engram.lab.prompt import Prompter
    from engram.lab.watch import Watch

Field = tuple[str | int, ...]


class Fitness:
    """A pass of the compiler for one model. The state goes through it as it is."""

    def __init__(self, name: str, prompter: Prompter, watch: Watch | None = None) -> None:
        self.name = name
        self.prompter = prompter
        self.watch = watch or Nobody()

    def __call__(self, state: State, _options: Options) -> tuple[State, list[Finding]]:
        """The state, and what in it the model cannot be taught."""
        findings: list[Finding] = []
        unfit: set[str] = set()
        for entry in state.entries:
            found = list(self._tokens_in(entry))
            findings += found
            if any(finding.code == rules.MODEL_CONTROL.code for finding in found):
                unfit.add(entry.key)
        findings += self._rows(
            [phrase for phrase in state.phrases if phrase.entry.key not in unfit]
        )
        return state, findings

    @cached_property
    def _control(self) -> re.Pattern[str]:
        tokenizer = self.prompter.tokenizer
        return _any_of(tokenizer.convert_ids_to_tokens(sorted(self.prompter.control)))

    @cached_property
    def _added(self) -> re.Pattern[str]:
        added = self.prompter.tokenizer.added_tokens_decoder
        return _any_of(
            token.content for index, token in added.items() if index not in self.prompter.control
        )

    def _tokens_in(self, entry: Entry) -> Iterator[Finding]:
        for path, text in _texts(entry):
            for tokens, rule, what in (
                (self._control, rules.MODEL_CONTROL, "a control token"),
                (self._added, rules.MODEL_TOKEN, "one token"),
            ):
                found = tokens.search(text)
                if found:
                    name = f"`{path[0]}`" if len(path) == 1 else f"an item of `{path[0]}`"
                    message = f"{name} holds {found[0]!r}, which is {what} to {self.name}"
                    yield entry.finding(rule, message, *path)

    def _rows(self, phrases: list[Phrase]) -> Iterator[Finding]:
        told: set[str] = set()
        self.watch.begin(f"{self.name}, rows", len(phrases))
        for phrase in phrases:
            fault = None if phrase.entry.key in told else self._fault_in(phrase)
            if fault:
                told.add(phrase.entry.key)
                rule, words = fault
                message = f"{self.name} cannot be taught this pattern: {words}"
                yield phrase.entry.finding(rule, message)
            self.watch.advance(1)
        self.watch.end()

    def _fault_in(self, phrase: Phrase) -> tuple[Rule, str] | None:
        try:
            self.prompter.pair(phrase.prompt, phrase.entry.pattern.output)
        except TooLong as error:
            return rules.OVERLONG, str(error)
        except ValueError as error:
            return rules.UNTEACHABLE, str(error)
        return None


def _any_of(tokens: Iterable[str]) -> re.Pattern[str]:
    """An expression for any of the tokens that can be seen; some vocabularies add blanks."""
    seen = sorted({token for token in tokens if token.strip()}, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, seen)) or r"(?!)")


def _texts(entry: Entry) -> Iterator[tuple[Field, str]]:
    pattern = entry.pattern
    yield ("input",), pattern.input
    yield ("output",), pattern.output
    for name, texts in (("variants", pattern.variants), ("phrasings", templates_of(entry))):
        yield from (((name, index), text) for index, text in enumerate(texts))
