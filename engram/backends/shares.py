"""What ranks do together of what all are asked: each answers the rows that are dealt to it."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from engram.backends.base import Encoded, Generated, LanguageModel, OnRows, Tokens
from engram.backends.plan import longest_first
from engram.backends.ranks import Joined

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class Shares:
    """What a rank does of what all are asked: the same methods at once, with the same rows."""

    def __init__(self, model: LanguageModel, ranks: Joined) -> None:
        self.model, self.ranks = model, ranks

    def answer(
        self, asked: Sequence[Encoded], stop: int, limit: int, on_rows: OnRows
    ) -> list[Generated]:
        """Greedy answers, in the order asked."""

        def own(rows: list[Encoded]) -> list[Any]:
            said = self.model.answer(rows, stop, limit, on_rows)
            return [(one.tokens, one.stopped) for one in said]

        told = self._shared(asked, own, on_rows)
        return [Generated(tuple(tokens), stopped) for tokens, stopped in told]

    def likelihood(
        self, rows: Sequence[Encoded], temperature: float, on_rows: OnRows
    ) -> list[float]:
        """Log-probabilities in nats."""
        return self._shared(
            rows, lambda some: self.model.likelihood(some, temperature, on_rows), on_rows
        )

    def next_token(self, prompts: Sequence[Tokens], on_rows: OnRows) -> npt.NDArray[np.float32]:
        """Log-probabilities of the next token, [prompts, vocabulary], in nats."""
        # Whoever only looks at old runs needs nothing numeric.
        import numpy as np

        def own(some: list[Tokens]) -> list[str]:
            found = self.model.next_token(some, on_rows)
            return [base64.b64encode(row.tobytes()).decode() for row in found]

        told = self._shared(prompts, own, on_rows)
        return np.stack([np.frombuffer(base64.b64decode(row), np.float32) for row in told])

    def _shared(
        self, items: Sequence[Any], own: Callable[[list[Any]], list[Any]], on_rows: OnRows
    ) -> list[Any]:
        """What ``own`` gives of each item, computed where it was dealt to. Long ones come first."""
        mine = self.ranks.dealt(longest_first([len(item) for item in items]))
        given = own([items[index] for index in mine]) if mine else []
        told: dict[int, Any] = {}
        for part in self.ranks.gathered(list(zip(mine, given, strict=True))):
            told |= dict(part)
        on_rows(len(items) - len(mine))
        return [told[index] for index in range(len(items))]
