"""Decoding many prompts that begin alike: greedily from a guess, and by sampling."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from engram.backends.base import Encoded, Generated, OnRows, Tokens
from engram.backends.plan import FORWARD_ROWS, by_length, common_prefix

# Chooses the next token ids, [rows], from logits, [rows, vocabulary].
Choose = TypeVar("Choose")
# What one pass over prompts and guesses leaves, and what rows that go on have of it.
Passed = TypeVar("Passed")
Going = TypeVar("Going")


@dataclass(frozen=True, slots=True)
class Draft:
    """Prompts and guesses in one pass, and the positions that are read: ``most`` from ``first`` on.

    ``inputs``: token ids after what all share. ``places``: [rows, longest guess + 1], where among
    the positions that are read each token of a guess, and the one after it, is predicted.
    """

    inputs: list[Tokens]
    first: int
    most: int
    places: list[list[int]]


def draft(rows: Sequence[Encoded], guesses: Sequence[Tokens], shared: int) -> Draft:
    """How rows are read with a guess of each, after ``shared`` first tokens."""
    inputs = [(*row.prompt[shared:], *guess) for row, guess in zip(rows, guesses)]
    begins = [len(row.prompt) - 1 - shared for row in rows]
    first, longest = min(begins), max(len(line) for line in inputs)
    most = max(len(guess) for guess in guesses) + 1
    places = [
        [min(begin + i, len(line) - 1) - first for i in range(most)]
        for begin, line in zip(begins, inputs)
    ]
    return Draft(inputs, first, longest - first, places)


class Decoding(ABC, Generic[Choose, Passed, Going]):
    """Answers to many prompts, of which the first ``shared`` tokens are the same.

    A framework computes three things: one pass over prompts and guesses, what rows that go on keep
    of it, and one more token of each of these.
    """

    def __init__(self, prompts: Sequence[Tokens], stop: int, limit: int) -> None:
        self.stop, self.limit = stop, limit
        self.shared = common_prefix(prompts)

    @abstractmethod
    def verify(
        self, batch: Sequence[Encoded], guesses: Sequence[Tokens], choose: Choose, alike: int
    ) -> tuple[Passed, list[list[int]]]:
        """One pass over prompts and guesses, and the choice after each position of a guess.

        Each row is chosen for ``alike`` times, and gets at least ``len(guess) + 1`` choices each
        time: after the prompt, and after each guessed token.
        """

    @abstractmethod
    def line_up(self, passed: Passed, lines: list[int], ends: list[int]) -> Going:
        """What of a pass the rows at ``lines`` go on from, each cut at the end of what it keeps."""

    @abstractmethod
    def next(self, going: Going, last: list[int], choose: Choose) -> list[int]:
        """One more token of each row that goes on, after its ``last``."""

    @abstractmethod
    def keep(self, going: Going, rows: list[int]) -> None:
        """Drop all rows that go on but these."""

    def answers(self, asked: Sequence[Encoded], greedy: Choose, on_rows: OnRows) -> list[Generated]:
        """What greedy decoding gives, in the order asked.

        The guess, ``Encoded.answer``, is fed along with the prompt. Where every most likely token
        agrees with it, greedy decoding would have produced just that; where one does not, decoding
        goes on from there. (Speculative decoding with the expected answer as the draft; Leviathan
        et al., 2023.)
        """
        results: list[Generated | None] = [None] * len(asked)
        for indices in by_length([len(row) for row in asked], FORWARD_ROWS):
            batch = [asked[index] for index in indices]
            for index, result in zip(indices, self._batch(batch, greedy)):
                results[index] = result
            on_rows(len(indices))
        return [result for result in results if result is not None]

    def sampled(
        self, prompts: Sequence[Tokens], runs: int, choose: Choose, on_rows: OnRows
    ) -> list[list[Generated]]:
        """``runs`` sampled answers to each prompt, in the order given. A prompt is read once."""
        results: list[list[Generated]] = [[] for _ in prompts]
        for indices in by_length([len(prompt) for prompt in prompts], max(1, FORWARD_ROWS // runs)):
            batch = [Encoded(prompts[index], ()) for index in indices for _ in range(runs)]
            for place, result in enumerate(self._batch(batch, choose, alike=runs)):
                results[indices[place // runs]].append(result)
            on_rows(len(batch))
        return results

    def _batch(self, batch: Sequence[Encoded], choose: Choose, alike: int = 1) -> list[Generated]:
        """Answers to rows of which ``alike`` in turn are equal."""
        guesses = [row.answer[: self.limit] for row in batch]
        passed, chosen = self.verify(batch[::alike], guesses[::alike], choose, alike)
        said = [self._agreed(guess, tokens) for guess, tokens in zip(guesses, chosen)]
        live = [line for line, tokens in enumerate(said) if not self._done(tokens)]
        if live:
            ends = [len(batch[line].prompt) + len(said[line]) - 1 for line in live]
            going = self.line_up(passed, [line // alike for line in live], ends)
            self._go_on(going, [said[line] for line in live], choose)
        return [self._generated(tokens) for tokens in said]

    def _go_on(self, going: Going, said: list[list[int]], choose: Choose) -> None:
        """Decode token by token, all rows at once, until each has stopped or is at the limit."""
        live = said
        while live:
            for tokens, token in zip(live, self.next(going, [t[-1] for t in live], choose)):
                tokens.append(token)
            rows = [row for row, tokens in enumerate(live) if not self._done(tokens)]
            if len(rows) < len(live):
                self.keep(going, rows)
                live = [live[row] for row in rows]

    def _agreed(self, guess: Sequence[int], chosen: Sequence[int]) -> list[int]:
        """The guess as far as it was chosen too, and then the choice, unless the guess is whole."""
        for place, token in enumerate(guess):
            if chosen[place] != token:
                return [*guess[:place], chosen[place]]
        return list(guess) if self._done(guess) else [*guess, chosen[len(guess)]]

    def _done(self, tokens: Sequence[int]) -> bool:
        return bool(tokens) and (tokens[-1] == self.stop or len(tokens) >= self.limit)

    def _generated(self, tokens: Sequence[int]) -> Generated:
        stopped = tokens[-1] == self.stop
        return Generated(tuple(tokens[:-1] if stopped else tokens), stopped)
