"""Decoding many prompts that begin alike: greedily from a guess, and by sampling."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from engram.backends.base import Encoded, Generated, OnRows, Tokens
from engram.backends.plan import by_positions, common_prefix

# Chooses the next token ids, [rows], from logits, [rows, vocabulary].
Choose = TypeVar("Choose")
# An array of the framework; what one pass over prompts and guesses leaves; and a layer's cache of
# rows that go on.
Array = TypeVar("Array")
Passed = TypeVar("Passed")
Going = TypeVar("Going")

# Positions in a pass over prompts and guesses, padding included, and rows that go on together.
READ_POSITIONS = 512
GOING_ROWS = 64


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


@dataclass(frozen=True, slots=True)
class Cut(Generic[Array]):
    """What a pass left of rows that go on: keys and values by layer, [rows, heads, length, width].

    ``ends``: how many positions count of each row.
    """

    keys: list[Array]
    values: list[Array]
    ends: list[int]


class Decoding(ABC, Generic[Choose, Array, Passed, Going]):
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
    def cut(self, passed: Passed, lines: list[int], ends: list[int]) -> Cut[Array]:
        """What of a pass the rows at ``lines`` go on from; the rest of it can be freed."""

    @abstractmethod
    def aligned(self, keys: Sequence[Array], values: Sequence[Array], ends: list[int]) -> Going:
        """One layer's cache of the rows of several passes, which are of several lengths."""

    @abstractmethod
    def next(self, going: list[Going], last: list[int], choose: Choose) -> list[int]:
        """One more token of each row that goes on, after its ``last``."""

    @abstractmethod
    def keep(self, going: list[Going], rows: list[int]) -> None:
        """Drop all rows that go on but these."""

    def line_up(self, cuts: Sequence[Cut[Array]]) -> list[Going]:
        """The rows of several passes, to go on together: a cache for each layer."""
        ends = [end for cut in cuts for end in cut.ends]
        keys, values = zip(*(cut.keys for cut in cuts)), zip(*(cut.values for cut in cuts))
        return [self.aligned(own, their, ends) for own, their in zip(keys, values)]

    def answers(self, asked: Sequence[Encoded], greedy: Choose, on_rows: OnRows) -> list[Generated]:
        """What greedy decoding gives, in the order asked.

        The guess, ``Encoded.answer``, is fed along with the prompt. Where every most likely token
        agrees with it, greedy decoding would have produced just that; where one does not, decoding
        goes on from there. (Speculative decoding with the expected answer as the draft; Leviathan
        et al., 2023.)
        """
        return [said for (said,) in self._said(asked, 1, greedy, on_rows)]

    def sampled(
        self, prompts: Sequence[Tokens], runs: int, choose: Choose, on_rows: OnRows
    ) -> list[list[Generated]]:
        """``runs`` sampled answers to each prompt, in the order given. A prompt is read once."""
        return self._said([Encoded(prompt, ()) for prompt in prompts], runs, choose, on_rows)

    def _said(
        self, asked: Sequence[Encoded], alike: int, choose: Choose, on_rows: OnRows
    ) -> list[list[Generated]]:
        """``alike`` answers to each row.

        Rows are read in small batches, so that little is padded. Those that go on do so in large
        ones, since a step reads all the weights however few rows it is for.
        """
        said: dict[int, list[list[int]]] = {}
        cuts: list[Cut[Array]] = []
        live: list[list[int]] = []
        lengths = [len(row) - self.shared for row in asked]
        for indices in by_positions(lengths, max(1, GOING_ROWS // alike), READ_POSITIONS):
            found, cut = self._read([asked[index] for index in indices], alike, choose)
            said |= zip(indices, found)
            cuts += [cut] if cut else []
            going = [tokens for some in found for tokens in some if not self._done(tokens)]
            live += going
            on_rows(alike * len(indices) - len(going))
            if len(live) >= GOING_ROWS:
                self._go_on(cuts, live, choose, on_rows)
                cuts, live = [], []
        if live:
            self._go_on(cuts, live, choose, on_rows)
        return [[self._generated(tokens) for tokens in said[index]] for index in range(len(asked))]

    def _read(
        self, batch: Sequence[Encoded], alike: int, choose: Choose
    ) -> tuple[list[list[list[int]]], Cut[Array] | None]:
        """What one pass settles of ``alike`` answers to each row, and what goes on from it."""
        guesses = [row.answer[: self.limit] for row in batch]
        passed, chosen = self.verify(batch, guesses, choose, alike)
        said = [
            [self._agreed(guess, tokens) for tokens in chosen[alike * line : alike * (line + 1)]]
            for line, guess in enumerate(guesses)
        ]
        lines, ends = [], []
        for line, (row, some) in enumerate(zip(batch, said)):
            for tokens in some:
                if not self._done(tokens):
                    lines.append(line)
                    ends.append(len(row.prompt) + len(tokens) - 1)
        return said, self.cut(passed, lines, ends) if lines else None

    def _go_on(
        self, cuts: Sequence[Cut[Array]], live: list[list[int]], choose: Choose, on_rows: OnRows
    ) -> None:
        """Decode token by token, all rows at once, until each has stopped or is at the limit."""
        going = self.line_up(cuts)
        while live:
            for tokens, token in zip(live, self.next(going, [t[-1] for t in live], choose)):
                tokens.append(token)
            rows = [row for row, tokens in enumerate(live) if not self._done(tokens)]
            if len(rows) < len(live):
                on_rows(len(live) - len(rows))
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
