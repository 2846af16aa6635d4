"""Greedy decoding from a guess, and sampling: batched, with the shared prefix computed once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import mlx.core as mx
import numpy as np

from engram.backends.base import Encoded, Generated, OnRows, Tokens
from engram.backends.mlx.anatomy import Anatomy
from engram.backends.mlx.caches import AfterPrefix, Rows
from engram.backends.mlx.forward import (
    Prefix,
    after,
    at,
    embedded,
    padded,
    read,
    run_prefix,
    through,
)
from engram.backends.plan import FORWARD_ROWS, by_length, common_prefix

# Chooses the next token ids, [rows], from logits, [rows, vocabulary].
Choose = Callable[[mx.array], mx.array]


def greedy(logits: mx.array) -> mx.array:
    """The most likely token of each row."""
    return mx.argmax(logits, axis=-1)


class Decoder:
    """Answers many prompts that begin alike. The common beginning is computed once."""

    def __init__(self, anatomy: Anatomy, prompts: Sequence[Tokens], stop: int, limit: int) -> None:
        self.anatomy, self.stop, self.limit = anatomy, stop, limit
        self.shared = common_prefix(prompts)
        start = embedded(anatomy, prompts[0][: self.shared])
        self.prefix: Prefix = run_prefix(anatomy.blocks, start)
        mx.eval([record.keys for record in self.prefix.records if record.keys is not None])

    def answers(self, asked: Sequence[Encoded], on_rows: OnRows) -> list[Generated]:
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
        caches, chosen = self._verify(batch[::alike], guesses[::alike], choose, alike)
        said = [self._agreed(guess, tokens) for guess, tokens in zip(guesses, chosen)]
        going = [line for line, tokens in enumerate(said) if not self._done(tokens)]
        if going:
            ends = [len(batch[line].prompt) + len(said[line]) - 1 for line in going]
            rows = _lined_up(caches, [line // alike for line in going], ends)
            self._go_on(rows, [said[line] for line in going], choose)
        return [self._generated(tokens) for tokens in said]

    def _verify(
        self, batch: Sequence[Encoded], guesses: Sequence[Tokens], choose: Choose, alike: int
    ) -> tuple[list[AfterPrefix], list[list[int]]]:
        """One pass over prompts and guesses: caches, and the choice after each position of a guess.

        Each row is chosen for ``alike`` times, and gets ``len(guess) + 1`` choices each time: after
        the prompt, and after each guessed token.
        """
        inputs = [(*row.prompt[self.shared :], *guess) for row, guess in zip(batch, guesses)]
        caches = after(self.prefix)
        begins = [len(row.prompt) - 1 - self.shared for row in batch]
        first, longest = min(begins), max(len(line) for line in inputs)
        embeddings = self.anatomy.embed(padded(inputs))
        hidden = read(self.anatomy.blocks, embeddings, caches, first, longest - first)
        most = max(len(guess) for guess in guesses) + 1
        places = [
            [min(begin + i, len(line) - 1) - first for i in range(most)]
            for begin, line in zip(begins, inputs)
        ]
        states = mx.repeat(at(hidden, mx.array(places)), alike, axis=0)
        chosen = choose(self.anatomy.logits(states.reshape(-1, states.shape[-1])))
        mx.eval(chosen, [(cache.keys, cache.values) for cache in caches])
        table = np.array(chosen).reshape(len(batch) * alike, most).tolist()
        return caches, [line[: len(guesses[i // alike]) + 1] for i, line in enumerate(table)]

    def _go_on(self, caches: list[Rows], said: list[list[int]], choose: Choose) -> None:
        """Decode token by token, all rows at once, until each has stopped or is at the limit."""
        live = list(range(len(said)))
        while live:
            last = mx.array([said[line][-1] for line in live])[:, None]
            mask = caches[0].mask()
            hidden = through(self.anatomy.blocks, self.anatomy.embed(last), caches, mask)
            chosen = choose(self.anatomy.logits(hidden[:, -1]))
            for line, token in zip(live, np.array(chosen).tolist()):
                said[line].append(token)
            going = [at for at, line in enumerate(live) if not self._done(said[line])]
            if len(going) < len(live):
                for cache in caches:
                    cache.keep(mx.array(going, dtype=mx.int32))
                live = [live[place] for place in going]

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


def _lined_up(caches: Sequence[AfterPrefix], lines: list[int], ends: list[int]) -> list[Rows]:
    """Caches for the rows that go on, each cut at the end of what was accepted."""
    keep = mx.array(lines, dtype=mx.int32)
    return [Rows(cache.keys[keep], cache.values[keep], ends) for cache in caches]
