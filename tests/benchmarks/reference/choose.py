"""Chooses the rows of the reference job from the build of the shipped corpora.

    python tests/benchmarks/reference/choose.py

Whole patterns, with all their trained rows, until train.jsonl has 270: those first that have a
held-out wording in test.jsonl, one of each category, then another of each, and so on while they
fit; the order within a category is that of the digests of the patterns' ids. test.jsonl has the
held-out wordings. The files are committed, so that the job stays the same while the corpora grow:
run this only to begin a new series of figures.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from pathlib import Path

from engram import compile_corpora, verify_build
from engram.core.build import Row

CORPORA = Path(__file__).parents[3] / "corpora"
ROWS = 270


def chosen(train: Sequence[Row], test: Sequence[Row]) -> set[str]:
    """The ids of the patterns whose trained rows are 270 together."""
    sizes: dict[str, int] = defaultdict(int)
    for row in train:
        sizes[row.pattern] += 1
    tested = (row for row in test if row.probe == "variant")
    left, found = ROWS, set[str]()
    for pattern in dict.fromkeys((*in_turn(tested), *in_turn(train))):
        if sizes[pattern] <= left:
            left -= sizes[pattern]
            found.add(pattern)
    return found


def in_turn(rows: Iterable[Row]) -> Iterator[str]:
    """The patterns of the rows, those of one category as far apart as can be."""
    categories: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        categories[row.category].add(row.pattern)
    orders = [sorted(categories[name], key=digest) for name in sorted(categories)]
    for patterns in zip_longest(*orders):
        yield from (pattern for pattern in patterns if pattern is not None)


def digest(pattern: str) -> str:
    """What patterns are sorted by, so that no order of the corpora matters."""
    return hashlib.sha256(pattern.encode()).hexdigest()


def main() -> None:
    """Write both files."""
    with tempfile.TemporaryDirectory() as name:
        manifest = compile_corpora(CORPORA, Path(name)).manifest_path
        rows = verify_build(manifest).rows
    patterns = chosen(rows["train"], rows["test"])
    for split in ("train", "test"):
        kept = [row for row in rows[split] if row.pattern in patterns and row.probe != "novel"]
        text = "".join(f"{row.model_dump_json(ensure_ascii=True)}\n" for row in kept)
        Path(__file__).with_name(f"{split}.jsonl").write_text(text, encoding="ascii")
        print(f"{split}.jsonl: {len(kept)} rows")
    print(f"{len(patterns)} patterns")


if __name__ == "__main__":
    main()
