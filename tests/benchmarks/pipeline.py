"""The pipeline that a user would write in place of a compiler: the other side of bench_scale.py.

    python tests/benchmarks/pipeline.py PATTERNS.jsonl OUT

Reads patterns, groups near-duplicates with datasketch, splits with scikit-learn's
StratifiedGroupKFold (one of ten folds for test, one for valid), and writes three JSONL files.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from datasketch import MinHash, MinHashLSH
from sklearn.model_selection import StratifiedGroupKFold

THRESHOLD = 0.75


def shingles(text: str) -> list[bytes]:
    """Runs of three characters."""
    text = " ".join(text.lower().split())
    return [text[at : at + 3].encode() for at in range(max(1, len(text) - 2))]


def groups_of(patterns: list[dict[str, str]]) -> list[int]:
    """A group number for each pattern: that of the first one it is like."""
    index = MinHashLSH(threshold=THRESHOLD)
    sketches = MinHash.generator(shingles(p["input"]) for p in patterns)
    groups: list[int] = []
    for at, sketch in enumerate(sketches):
        near = [n for n in index.query(sketch) if patterns[n]["output"] == patterns[at]["output"]]
        groups.append(groups[min(near)] if near else at)
        index.insert(at, sketch, check_duplication=False)
    return groups


def main(source: Path, out: Path) -> None:
    """Split the patterns in ``source`` into three files in ``out``."""
    with source.open(encoding="utf-8") as lines:
        patterns = [json.loads(line) for line in lines]
    categories = [pattern["category"] for pattern in patterns]
    folds = StratifiedGroupKFold(n_splits=10, shuffle=True, random_state=42)
    parts = [part for _, part in folds.split(patterns, categories, groups_of(patterns))]
    splits = {
        "test": parts[0],
        "valid": parts[1],
        "train": [at for part in parts[2:] for at in part],
    }
    out.mkdir(parents=True, exist_ok=True)
    for name, places in splits.items():
        with (out / f"{name}.jsonl").open("w", encoding="utf-8") as file:
            for at in places:
                pattern = patterns[at]
                turns = [
                    {"role": "user", "content": pattern["input"]},
                    {"role": "assistant", "content": pattern["output"]},
                ]
                file.write(json.dumps({"messages": turns, "category": pattern["category"]}) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
