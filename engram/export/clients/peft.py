"""PEFT: the adapter on the base, by ``PeftModel.from_pretrained``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engram.export.clients.talk import Job, Reply, serve
from engram.export.clients.transformers import answers, loaded

import peft  # isort: skip - after the threads are settled
from transformers import AutoTokenizer, GenerationConfig


def ask(job: Job) -> Iterator[Reply]:
    """Answers of the base with the adapter on it."""
    tokenizer = AutoTokenizer.from_pretrained(job.folder)
    model: Any = peft.PeftModel.from_pretrained(loaded(job.base), job.folder).eval()
    model.generation_config = GenerationConfig.from_pretrained(job.folder)
    yield from answers(model, tokenizer, job)


if __name__ == "__main__":
    serve(f"peft {peft.__version__}", ask)
