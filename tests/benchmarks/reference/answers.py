"""Answers to test.jsonl by the base: engram's evaluation, or mlx_lm.generate prompt by prompt.

    python answers.py engram|mlx_lm JOB RECIPE

Both in single precision, with the BLAS that engram loads, and up to as many tokens of an answer.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from job import Job, tell

from engram.backends import load_backend
from engram.backends.base import Encoded, ignored
from engram.lab.prompt import Prompter, prompter


def by_engram(job: Job, prompts: Prompter) -> tuple[float, list[str]]:
    """Seconds, and the answers."""
    model = load_backend().load(Path(job.model))
    asked = [Encoded(tuple(row.prompt), tuple(row.answer)) for row in job.test]
    start = time.perf_counter()
    said = model.answer(asked, job.stop, job.limit, ignored)
    seconds = time.perf_counter() - start
    return seconds, [prompts.text(one.tokens) for one in said]


def by_mlx_lm(job: Job) -> tuple[float, list[str]]:
    """Seconds, and the answers."""
    load_backend()
    import mlx.core as mx
    from mlx_lm import generate, load

    model, tokenizer = load(job.model)
    model.set_dtype(mx.float32)
    mx.eval(model.parameters())
    start = time.perf_counter()
    said = [generate(model, tokenizer, row.prompt, max_tokens=job.limit) for row in job.test]
    return time.perf_counter() - start, said


def main() -> None:
    """Ask, tell."""
    side = sys.argv.pop(1)
    job = Job.told()
    if side == "engram":
        prompts = prompter(Path(job.model), sys.maxsize)
        seconds, said = by_engram(job, prompts)
    else:
        seconds, said = by_mlx_lm(job)
    tell(job, seconds=seconds, answers=said)


if __name__ == "__main__":
    main()
