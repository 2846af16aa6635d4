"""Training speed beside mlx_lm.lora: the same rows, BLAS and number of trainable parameters.

    python tests/benchmarks/bench_training.py [--rows 96] [--rounds 3] [--stock]

engram adapts 8 layers at rank 16, mlx_lm.lora 16 layers at rank 8 (its default number of layers):
as many parameters. Each trains one epoch over the same rows of the shipped corpora, by turns, in a
process of its own. The figure is example tokens (prompt and answer, no padding) per second of
training, model loading excluded on both sides. ``--stock`` adds mlx_lm.lora without a fast BLAS,
for a few iterations, since it is very slow.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from statistics import median

from tabulate import tabulate

CORPORA = Path(__file__).parents[2] / "corpora"
BATCH = 16
STOCK_ITERS = 2

ENGRAM = """
import json, sys
from pathlib import Path
from engram import lab
from engram.backends import load_backend
from engram.backends.base import Encoded
from engram.models import find
rows = [Encoded(tuple(p), tuple(a)) for p, a in json.load(open(sys.argv[1]))]
recipe = lab.recipe(epochs=1, batch_size=int(sys.argv[3]), rank=16, layers=8)
model = load_backend().load(find("smollm2-135m").folder)
done = model.train(rows, [], recipe, Path(sys.argv[2]), lambda _: None)
print(json.dumps({"tokens": done.tokens, "seconds": done.seconds, "parameters": done.parameters}))
"""
MLX_LM = """
import sys
if sys.argv.pop(1) == "fast":
    from engram.runtime import prepare
    prepare()
import json
import mlx.core as mx
import mlx_lm.lora
from mlx.utils import tree_flatten
load = mlx_lm.lora.load
def in_single_precision(*args, **kwargs):
    model, *rest = load(*args, **kwargs)
    model.set_dtype(mx.float32)
    return model, *rest
mlx_lm.lora.load = in_single_precision
train = mlx_lm.lora.train
class Speed:
    def on_train_loss_report(self, info):
        self.rate = info["iterations_per_second"]
    def on_val_loss_report(self, info):
        pass
def measured(*args, **kwargs):
    speed = Speed()
    train(*args, **{**kwargs, "training_callback": speed})
    sizes = (v.size for _, v in tree_flatten(kwargs["model"].trainable_parameters()))
    print(json.dumps({"rate": speed.rate, "parameters": sum(sizes)}))
mlx_lm.lora.train = measured
mlx_lm.lora.main()
"""


def encoded(manifest: Path, count: int) -> tuple[list[tuple[list[int], list[int]]], list[str]]:
    """The first rows of train.jsonl as token ids, and as the lines that mlx_lm reads."""
    from engram import verify_build
    from engram.lab.prompt import encode_rows, prompter
    from engram.models import find

    build, model = verify_build(manifest), find("smollm2-135m")
    rows = build.rows["train"][:count]
    tokens = encode_rows(prompter(model.folder, model.context_length), build, rows)
    lines = [row.model_dump_json() for row in rows]
    return [(list(one.prompt), list(one.answer)) for one in tokens], lines


def engram(rows: Path, folder: Path) -> tuple[float, int]:
    """Tokens per second and trainable parameters of engram, the lower layers' pass included."""
    command = [sys.executable, "-c", ENGRAM, str(rows), str(folder), str(BATCH)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found = json.loads(done.stdout.splitlines()[-1])
    return found["tokens"] / found["seconds"], found["parameters"]


def mlx_lm(blas: str, data: Path, folder: Path, tokens: int, iters: int) -> tuple[float, int]:
    """Example tokens per second and trainable parameters of mlx_lm.lora."""
    from engram.models import find

    config = folder / "config.yaml"
    config.write_text("lora_parameters: {rank: 8, scale: 2.0, dropout: 0.0}\n")
    command = [
        sys.executable, "-c", MLX_LM, blas, "--model", str(find("smollm2-135m").folder),
        "--data", str(data), "--train", "--iters", str(iters), "--batch-size", str(BATCH),
        "--num-layers", "16", "--adapter-path", str(folder / "theirs"), "--val-batches", "1",
        "--steps-per-report", str(iters), "--steps-per-eval", "100000", "--mask-prompt",
        "--config", str(config),
    ]  # fmt: skip
    environment = os.environ | ({} if blas == "fast" else {"ENGRAM_BLAS": "off"})
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    found = next(json.loads(line) for line in done.stdout.splitlines() if line.startswith("{"))
    return tokens / iters * found["rate"], found["parameters"]


def table(found: dict[str, list[tuple[float, int]]]) -> str:
    """The median speed of each side, and ours over theirs, round by round."""
    ours = [speed for speed, _ in found["engram"]]
    lines: list[Iterable[object]] = []
    for name, sides in found.items():
        speeds = [speed for speed, _ in sides]
        ratio = median(a / b for a, b in zip(ours, speeds))
        lines.append([name, sides[0][1], median(speeds), ratio])
    headers = ["", "parameters", "tokens/s", "engram is faster by"]
    return tabulate(lines, headers=headers, floatfmt=("", ",.0f", ".1f", ".2f"), intfmt=",")


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=96)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--stock", action="store_true")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        compile_ = [sys.executable, "-m", "engram", "compile", str(CORPORA), "-o", f"{name}/build"]
        subprocess.run(compile_, check=True, capture_output=True)
        rows, lines = encoded(folder / "build/manifest.json", chosen.rows)
        (folder / "rows.json").write_text(json.dumps(rows))
        data = folder / "data"
        data.mkdir()
        for split in ("train", "valid"):
            (data / f"{split}.jsonl").write_text("\n".join(lines) + "\n")
        tokens, iters = sum(len(p) + len(a) for p, a in rows), len(rows) // BATCH
        found: dict[str, list[tuple[float, int]]] = {"engram": [], "mlx_lm.lora, same BLAS": []}
        for turn in range(chosen.rounds):
            found["engram"].append(engram(folder / "rows.json", folder / f"ours{turn}"))
            theirs = mlx_lm("fast", data, folder, tokens, iters)
            found["mlx_lm.lora, same BLAS"].append(theirs)
        if chosen.stock:
            share = tokens * STOCK_ITERS * BATCH // len(rows)
            stock = mlx_lm("stock", data, folder, share, STOCK_ITERS)
            found["mlx_lm.lora, stock wheel"] = [stock]
        print(table(found))


if __name__ == "__main__":
    main()
