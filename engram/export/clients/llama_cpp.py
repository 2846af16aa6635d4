"""llama.cpp, through llama-cpp-python: the GGUF file by its own chat template."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import llama_cpp

from engram.export.clients.talk import Job, Reply, messages, serve


def opened(path: Path, context: int) -> Any:
    """The model in a GGUF file, with room for so many tokens."""
    return llama_cpp.Llama(str(path), n_ctx=context, verbose=False)


def ask(job: Job) -> Iterator[Reply]:
    """Greedy answers, as ``create_chat_completion`` gives them."""
    (path,) = Path(job.folder).glob("*.gguf")
    model = opened(path, job.context)
    for prompt in job.prompts:
        found = model.create_chat_completion(
            messages(prompt), max_tokens=job.limit, temperature=0.0, repeat_penalty=1.0
        )
        choice, read = found["choices"][0], found["usage"]["prompt_tokens"]
        asked = model.input_ids[:read].tolist()
        yield Reply(asked, choice["message"]["content"] or "", choice["finish_reason"] == "stop")


if __name__ == "__main__":
    serve(f"llama-cpp-python {llama_cpp.__version__}", ask)
