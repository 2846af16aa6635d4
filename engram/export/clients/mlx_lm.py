"""mlx-lm: ``load`` and ``stream_generate``, as its command line uses them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from engram.export.clients.talk import Job, Reply, messages, serve
from engram.runtime import prepare

prepare()

import mlx_lm  # noqa: E402 - after the BLAS


def ask(job: Job) -> Iterator[Reply]:
    """Answers of the fused model, or of the base with the adapter on it."""
    alone = (Path(job.folder) / "adapters.safetensors").exists()
    found = mlx_lm.load(job.base, adapter_path=job.folder) if alone else mlx_lm.load(job.folder)
    model: Any = found[0]
    tokenizer: Any = found[1]
    for prompt in job.prompts:
        asked = tokenizer.apply_chat_template(messages(prompt), add_generation_prompt=True)
        pieces = list(mlx_lm.stream_generate(model, tokenizer, asked, max_tokens=job.limit))
        text = "".join(piece.text for piece in pieces)
        yield Reply(list(asked), text, pieces[-1].finish_reason == "stop")


if __name__ == "__main__":
    serve(f"mlx-lm {mlx_lm.__version__}", ask)
