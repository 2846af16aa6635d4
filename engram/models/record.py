"""``engram-model.json``: what a model in the cache is made of, file by file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from engram.core.errors import EngramError
from engram.core.noun import Noun
from engram.models.digests import digest_of
from engram.models.layout import TOKENIZER

RECORD_NAME = "engram-model.json"


class ModelFile(Noun):
    """One file of a model, by its name within the folder."""

    path: str
    bytes: int
    sha256: str


class Record(Noun):
    """Where a model came from and every file of it. Written when the model is whole, and last.

    ``revision`` is a version or the hub's commit; ``source`` is ``wheel`` or ``hub``.
    """

    version: Literal[1] = 1
    name: str
    source: Literal["wheel", "hub"]
    location: str
    revision: str
    files: Annotated[tuple[ModelFile, ...], Field(strict=False)]

    @property
    def digests(self) -> dict[str, str]:
        return {file.path: file.sha256 for file in self.files}

    @property
    def digest(self) -> str:
        """One digest over all files."""
        return digest_of(self.digests)

    @property
    def tokenizer_digest(self) -> str:
        """One digest over the files that turn text into token ids, the chat template among them."""
        return digest_of(self.digests, TOKENIZER)


def read_record(folder: Path) -> Record | None:
    """The record in a folder, or None where there is none. Raises ``EngramError`` if damaged."""
    path = folder / RECORD_NAME
    try:
        return Record.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise EngramError(f"{path} is damaged or was written by another engram.") from error


def write_record(folder: Path, record: Record) -> None:
    """Write the record into a folder that holds the files it lists."""
    text = record.model_dump_json(indent=2) + "\n"
    (folder / RECORD_NAME).write_bytes(text.encode())
