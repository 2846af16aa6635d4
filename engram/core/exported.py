"""Exports: what was asked for, what was written, and whether it answers as the adapter does."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import Field

from engram.core.noun import Float, Noun
from engram.core.results import Answer

EXPORT_VERSION = 1

Target = Literal["hf", "mlx", "peft", "gguf", "ollama"]
Quantise = Literal["f32", "f16", "bf16", "q8_0", "q4_0"]
Fault = Literal["prompt", "answer", "stop"]
TARGETS: tuple[Target, ...] = get_args(Target)
QUANTISATIONS: tuple[Quantise, ...] = get_args(Quantise)

# The share of rows that must be answered alike, unless another is asked for. Rounding to a few bits
# changes answers.
LEAST = 0.99
LEAST_QUANTISED: dict[str, float] = {"q8_0": 0.95, "q4_0": 0.9}


class Wish(Noun):
    """What is to be exported, and how it is put to the test.

    ``adapter``: of mlx, the adapter alone. ``quantise``: the type of the weights, null for the
    base's own. ``rows``: how many rows the export is asked. ``least``: the share of them that it
    must answer as the adapter does; null for the default of its type. ``unchecked``: nothing is
    asked.
    """

    to: Target
    adapter: bool = False
    quantise: Quantise | None = None
    rows: Annotated[int, Field(ge=1)] = 100
    least: Annotated[Float | None, Field(ge=0, le=1)] = None
    unchecked: bool = False

    @property
    def threshold(self) -> float:
        """The share of rows that must be answered alike."""
        return LEAST_QUANTISED.get(self.quantise or "", LEAST) if self.least is None else self.least


class Differing(Noun):
    """A row that an export answers otherwise.

    ``fault`` is the first thing that differs: the token ids of the ``prompt``, the text of the
    ``answer``, or whether the ``stop`` token came.
    """

    row: str
    place: str
    prompt: str
    fault: Fault
    adapter: Answer
    export: Answer


class Parity(Noun):
    """How many of ``rows`` an export answers in its ``client`` as the adapter does.

    ``same``: the same token ids of the prompt, the same text, and the same ending. ``stops`` counts
    the answers that the adapter ends with its stop token, and ``stopped`` those that the client
    ended by itself too.
    """

    client: str
    rows: int
    same: int
    least: Float
    stops: int
    stopped: int
    differing: Annotated[tuple[Differing, ...], Field(strict=False)]

    @property
    def share(self) -> float:
        return self.same / self.rows

    @property
    def passed(self) -> bool:
        """Whether enough answers are the same; one that never stops is not, whatever the share."""
        return self.share >= self.least and (self.stopped > 0 or self.stops == 0)


class ExportedFile(Noun):
    """One file of an export, by its name within the folder."""

    path: str
    bytes: int
    sha256: str


class ExportRecord(Noun):
    """``engram-export.json``: what an export was made of, file by file. It is written last."""

    version: Literal[1] = 1
    engram: str
    wish: Wish
    run_id: str
    build_id: str
    model: str
    model_digest: str
    adapter_digest: str
    parity: Parity | None
    files: Annotated[tuple[ExportedFile, ...], Field(strict=False)]
