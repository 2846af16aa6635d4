"""transformers: ``AutoModelForCausalLM`` and ``generate``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engram.export.clients.talk import Job, Reply, messages, serve
from engram.runtime import settle

settle()

import torch  # noqa: E402 - after the threads are settled
import transformers  # noqa: E402
from transformers import AutoModelForCausalLM, AutoTokenizer  # noqa: E402


def device() -> str:
    """Where the model is put."""
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def ask(job: Job) -> Iterator[Reply]:
    """Answers of the fused model."""
    model = loaded(job.folder).eval()
    yield from answers(model, AutoTokenizer.from_pretrained(job.folder), job)


def loaded(folder: str) -> Any:
    """The model in a folder, in the type of its weights."""
    model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype="auto")
    return model.to(device())


def answers(model: Any, tokenizer: Any, job: Job) -> Iterator[Reply]:
    """Greedy answers; what ends one is what the model's generation config says."""
    ends = model.generation_config.eos_token_id
    ends = ends if isinstance(ends, list) else [ends]
    for prompt in job.prompts:
        asked = tokenizer.apply_chat_template(
            messages(prompt), add_generation_prompt=True, return_tensors="pt", return_dict=True
        ).to(model.device)
        read = asked["input_ids"].shape[-1]
        said = model.generate(**asked, max_new_tokens=job.limit)[0, read:].tolist()
        stopped = bool(said) and said[-1] in ends
        text = tokenizer.decode(said[:-1] if stopped else said)
        yield Reply(asked["input_ids"][0].tolist(), text, stopped)


if __name__ == "__main__":
    serve(f"transformers {transformers.__version__}", ask)
