"""How long validate takes on ten thousand patterns of YAML, beside check-jsonschema.

    python -m pip install --group bench
    python tests/benchmarks/bench_validate.py [PATTERNS]

Both read the same files; check-jsonschema is given the exported schema, once with ruamel.yaml's C
parser and once without it, which a plain installation of check-jsonschema does not bring. engram
looks at everything, and once more when nothing has changed. Every command is a process of its own,
and they run by turns.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from bench_scale import patterns
from measured import Cost, cost_of
from tabulate import tabulate

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "schemas" / "corpus.v1.json"
ENGRAM = [sys.executable, "-m", "engram", "validate"]
CHECK = ["--schemafile", str(SCHEMA)]
WITHOUT_C = "sys.modules['_ruamel_yaml'] = None"
FILES = 10
ROUNDS = 3


def write(folder: Path, count: int) -> list[Path]:
    """So many patterns in ten files."""
    paths = [folder / f"bench{number}.yaml" for number in range(FILES)]
    texts = [[f"name: bench{number}\ndescription: Made up\nexamples:\n"] for number in range(FILES)]
    for number, pattern in enumerate(patterns(count)):
        fields = "\n    ".join(f'{key}: "{value}"' for key, value in pattern.items())
        texts[number * FILES // count].append(f"  - {fields}\n")
    for path, text in zip(paths, texts, strict=True):
        path.write_text("".join(text), encoding="utf-8")
    return paths


def python(first: str) -> list[str]:
    """check-jsonschema in a Python that does something else first."""
    return [sys.executable, "-c", f"import sys; {first}\nfrom check_jsonschema import main; main()"]


def main(count: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name:
        paths = [str(path) for path in write(Path(name), count)]
        commands = {
            "engram validate": [*ENGRAM, "--no-cache", *paths],
            "engram validate, unchanged": [*ENGRAM, *paths],
            "check-jsonschema, C parser": [*python(""), *CHECK, *paths],
            "check-jsonschema": [*python(WITHOUT_C), *CHECK, *paths],
        }
        cost_of(commands["engram validate, unchanged"])
        costs: dict[str, list[Cost]] = {name: [] for name in commands}
        for _ in range(ROUNDS):
            for what, command in commands.items():
                costs[what].append(cost_of(command))
    best = {what: min(of_one, key=lambda cost: cost.processor) for what, of_one in costs.items()}
    first = best["engram validate"]
    rows = [
        [what, cost.wall, cost.processor, count / cost.processor, cost.processor / first.processor]
        for what, cost in best.items()
    ]
    print(f"{count:,} patterns in {FILES} files; the best of {ROUNDS} runs each\n")
    headers = ("", "wall s", "CPU s", "patterns / CPU s", "x engram")
    print(tabulate(rows, headers=headers, floatfmt=("", ".2f", ".2f", ",.0f", ".1f")))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
