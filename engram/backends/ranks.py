"""Ranks: processes that train and evaluate one run together, each on a share of the rows.

One rank is the plain case: it has everything, and nothing is sent anywhere.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from engram.backends.pulse import Pulse
from engram.backends.wire import Gone, Wire

Item = TypeVar("Item")

# What launchers set in every process that they start, and the backend whose ranks these are.
LAUNCHED = {
    "mlx": ("MLX_RANK", "OMPI_COMM_WORLD_RANK"),
    "torch": ("TORCHELASTIC_RUN_ID", "LOCAL_WORLD_SIZE"),
}


def launched_for() -> str | None:
    """The backend for whose launcher this process is one of several; None if it was started alone.

    mlx.launch calls mpirun where it is asked for MPI, and accelerate what torchrun is made of.
    """
    for backend, names in LAUNCHED.items():
        if any(name in os.environ for name in names):
            return backend
    return None


class Ranks:
    """What one rank knows of all: here, that there is no other."""

    rank, size = 0, 1

    def dealt(self, items: Sequence[Item]) -> list[Item]:
        """The share of this rank: every ``size``-th item."""
        return list(items[self.rank :: self.size])

    def share(self, items: Sequence[Item]) -> list[Item]:
        """The share of this rank, which is never empty: one without takes what another has too.

        What it computes of that is to count for nothing.
        """
        return self.dealt(items) or list(items[:1])

    def gathered(self, value: Any) -> list[Any]:
        """What every rank gives, in their order, as JSON has it. All ranks call it at once."""
        return [value]

    def first(self, value: Any) -> Any:
        """What rank 0 gives, on every rank."""
        return value

    def summed(self, tensors: list[Any]) -> list[Any]:
        """The sums, over all ranks, of tensors of the same shapes; the same bits on every rank."""
        return tensors

    @contextmanager
    def file(self, path: Path) -> Iterator[Path]:
        """A path to what rank 0 has at ``path``, on every rank; folders are not shared."""
        yield path


ALONE = Ranks()


class Joined(Ranks):
    """One of several ranks: rank 0 has a wire to every other, and each of these one to rank 0."""

    def __init__(
        self,
        rank: int,
        size: int,
        wires: Sequence[Wire],
        pulse: Pulse,
        total: Callable[[list[Any]], list[Any]],
    ) -> None:
        self.rank, self.size = rank, size
        self.wires, self.pulse, self.total = wires, pulse, total

    def gathered(self, value: Any) -> list[Any]:
        """What every rank gives, through rank 0."""
        with self._heeded():
            if self.rank:
                self.wires[0].send(value)
                return list(self.wires[0].receive()[0])
            parts = [value, *(wire.receive()[0] for wire in self.wires)]
            for wire in self.wires:
                wire.send(parts)
            return parts

    def first(self, value: Any) -> Any:
        """What rank 0 gives."""
        return self._first(value)[0]

    def summed(self, tensors: list[Any]) -> list[Any]:
        """Sums by the framework's own means."""
        with self._heeded():
            return self.total(tensors)

    @contextmanager
    def file(self, path: Path) -> Iterator[Path]:
        """A copy of rank 0's file, for as long as the context lasts."""
        _, data = self._first(None, b"" if self.rank else path.read_bytes())
        if not self.rank:
            yield path
            return
        with TemporaryDirectory() as folder:
            copy = Path(folder) / path.name
            copy.write_bytes(data)
            yield copy

    def call(self, name: str, **arguments: Any) -> None:
        """Tell the others what is done next, as rank 0."""
        with self._heeded():
            for wire in self.wires:
                wire.send([name, arguments])

    def called(self) -> tuple[str, dict[str, Any]]:
        """What is done next, as any other rank."""
        with self._heeded():
            name, arguments = self.wires[0].receive()[0]
            return name, arguments

    def _first(self, value: Any, data: bytes = b"") -> tuple[Any, bytes]:
        with self._heeded():
            if self.rank:
                return self.wires[0].receive()
            for wire in self.wires:
                wire.send(value, data)
            return value, data

    @contextmanager
    def _heeded(self) -> Iterator[None]:
        """Whatever fails because a rank is gone ends here, in the words of whoever watches them."""
        try:
            yield
        except (Gone, OSError, RuntimeError) as error:
            raise self.pulse.verdict(error) from error
