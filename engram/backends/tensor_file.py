"""Files of tensors that are never half written, whatever writes them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from engram.core.errors import EngramError
from engram.files.atomic import UNFINISHED
from engram.files.reading import reason_of


def write_whole(path: Path, write: Callable[[Path], None]) -> None:
    """Let ``write`` write a neighbour of ``path``, and put it there: in full, or not at all.

    Raises EngramError where it cannot be written.
    """
    temporary = path.with_name(f"{UNFINISHED}{path.stem}.{os.getpid()}.safetensors")
    try:
        write(temporary)
        with temporary.open("rb+") as written:
            os.fsync(written.fileno())
        temporary.replace(path)
    except (OSError, RuntimeError) as error:
        raise EngramError(
            f"{path} cannot be written: {reason_of(error).rstrip('.')}.",
            help="Make room for it; the same command goes on from the last checkpoint.",
        ) from error
    finally:
        temporary.unlink(missing_ok=True)
