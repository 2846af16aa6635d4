"""Torch tensors of one precision, as they are kept between their uses."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch.nn.utils.rnn import pad_sequence


class TorchForm:
    """See engram.backends.kept.Form."""

    def __init__(self, dtype: torch.dtype, device: torch.device) -> None:
        self.dtype, self.device = dtype, device

    @property
    def size(self) -> int:
        return self.dtype.itemsize

    def part(self, batch: torch.Tensor, line: int, length: int) -> torch.Tensor:
        """[length, width], the beginning of a line of [rows, longest, width]."""
        return batch[line, :length]

    def copied(self, state: torch.Tensor) -> torch.Tensor:
        """A copy of its own."""
        return state.clone(memory_format=torch.contiguous_format)

    def to_bytes(self, state: torch.Tensor) -> bytes:
        """Its numbers in their order."""
        return state.contiguous().cpu().view(torch.uint8).numpy().tobytes()

    def from_bytes(self, data: bytes, shape: tuple[int, int]) -> torch.Tensor:
        """The array that has these bytes."""
        # Of a bytearray, since torch wants to be allowed to write.
        found = torch.frombuffer(bytearray(data), dtype=self.dtype).reshape(shape)
        return found.to(self.device)

    def stacked(self, states: Sequence[torch.Tensor]) -> torch.Tensor:
        """[rows, longest, width], zero where a row has ended."""
        return pad_sequence(list(states), batch_first=True)
