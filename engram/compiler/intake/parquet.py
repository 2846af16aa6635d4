"""The rows of a Parquet file, by pyarrow."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from engram.compiler.intake.json_values import Number
from engram.compiler.intake.record import BATCH, Progress, Record
from engram.core.errors import EngramError
from engram.core.extras import extra

INSTALL = "Install what reading Parquet needs: pip install 'engram[parquet]'"


def parquet_rows(path: Path, progress: Progress) -> Iterator[Record]:
    """The records of a Parquet file; a record's line is the number of its row."""
    with extra(INSTALL):
        import pyarrow
        import pyarrow.parquet
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            number = 0
            for batch in file.iter_batches(batch_size=BATCH):
                progress(number, 0)
                for row in batch.to_pylist():
                    number += 1
                    content = json.dumps(row, default=str).encode()
                    yield Record(number, content, {name: _value(row[name]) for name in row})
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        why = str(error).partition("\n")[0]
        raise EngramError(f"{path} cannot be read as Parquet: {why}") from error


def _value(value: Any) -> Any:
    # As JSON has them: a number is told apart from the text that it could be written as.
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return Number(str(value))
    return value
