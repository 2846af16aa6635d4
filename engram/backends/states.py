"""What the frozen layers compute of every row: once and kept, or where it cannot be, each time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Generic

from engram.backends.base import OnNote, OnRows
from engram.backends.kept import Form, Kept, State, place_for
from engram.backends.plan import FORWARD_ROWS, by_length


class States(Generic[State]):
    """States of rows of ``lengths``, each [length, width], at the door of the lowest adapted block.

    Nothing below that block changes while an adapter is trained, so ``compute``, which gives those
    of some rows as [rows, longest, width], is called once for each and its result kept: in memory
    up to a bound, then in a file in ``folder``. Without a folder, or without room in it, it is
    called at each use, which ``on_note`` hears of; ``on_rows`` hears of rows that are ready.
    """

    def __init__(
        self,
        lengths: Sequence[int],
        width: int,
        form: Form[State],
        compute: Callable[[Sequence[int]], State],
        folder: Path | None,
        on_rows: OnRows,
        on_note: OnNote,
    ) -> None:
        self.lengths, self.width, self.form = lengths, width, form
        self.compute, self.on_note = compute, on_note
        self.kept: Kept[State] | None = None
        ready = 0
        try:
            for indices in self._keep_all(folder):
                ready += len(indices)
                on_rows(len(indices))
        except OSError as error:
            self._forget(error)
        on_rows(len(lengths) - ready)

    def of(self, indices: Sequence[int]) -> State:
        """[rows, longest, width]; what lies beyond the end of a row means nothing."""
        states: list[State] = []
        try:
            states = [self.kept.get(index) for index in indices] if self.kept else []
        except OSError as error:
            self._forget(error)
        return self.form.stacked(states) if states else self.compute(indices)

    def close(self) -> None:
        """Let go of what is kept: whoever asks again gets it computed."""
        if self.kept:
            self.kept.close()
        self.kept = None

    def _keep_all(self, folder: Path | None) -> Iterator[list[int]]:
        """Compute all states, if there is a place for them; gives the rows that are ready."""
        kept = place_for(self.lengths, self.width, self.form, folder)
        self.kept = kept
        if kept is None:
            return
        for indices in by_length(self.lengths, FORWARD_ROWS):
            hidden = self.compute(indices)
            for line, index in enumerate(indices):
                kept.put(index, self.form.part(hidden, line, self.lengths[index]))
            yield indices

    def _forget(self, error: OSError) -> None:
        """Compute from now on, for what was kept is lost."""
        self.close()
        why = error.strerror or str(error)
        self.on_note(
            f"What the frozen layers compute cannot be kept on disk ({why}): it is computed anew "
            "at every step, which takes longer."
        )
