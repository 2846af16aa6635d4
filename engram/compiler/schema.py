"""``python -m engram.compiler.schema`` writes the JSON Schemas of corpora to ``schemas/``.

With ``--check`` it only says whether the files there are those that would be written.
"""

from __future__ import annotations

import sys
from pathlib import Path

from engram.compiler.corpus_schema import schema_files


def main(arguments: list[str]) -> int:
    """Write the schemas, or with ``--check`` compare them; the exit code."""
    outdated = 0
    for name, content in schema_files().items():
        path = Path("schemas") / name
        if arguments == ["--check"]:
            same = path.is_file() and path.read_bytes() == content
            outdated += not same
            sys.stdout.write(f"{path}: {'up to date' if same else 'differs from the model'}\n")
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
            sys.stdout.write(f"{path}: written\n")
    return 1 if outdated else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
