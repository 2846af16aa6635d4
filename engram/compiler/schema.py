"""``python -m engram.compiler.schema`` writes the JSON Schema of a corpus to ``schemas/``.

With ``--check`` it only says whether the file there is the one that would be written.
"""

from __future__ import annotations

import sys
from pathlib import Path

from engram.compiler.corpus_schema import NAME, schema_bytes


def main(arguments: list[str]) -> int:
    """Write the schema, or with ``--check`` compare it; the exit code."""
    path = Path("schemas") / NAME
    if arguments == ["--check"]:
        same = path.is_file() and path.read_bytes() == schema_bytes()
        sys.stdout.write(f"{path}: {'up to date' if same else 'differs from the model'}\n")
        return 0 if same else 1
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(schema_bytes())
    sys.stdout.write(f"{path}: written\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
