"""An Ollama export, asked as its Modelfile says, by llama.cpp, on which Ollama is built.

The Modelfile is read by its grammar, its template carried out, and its parameters used.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import llama_cpp

from engram.export.clients.llama_cpp import opened
from engram.export.clients.talk import Job, Reply, messages, serve
from engram.export.ollama.modelfile import read_modelfile
from engram.export.ollama.template import rendered


def ask(job: Job) -> Iterator[Reply]:
    """Answers by the template and the parameters of the Modelfile."""
    found = read_modelfile((Path(job.folder) / "Modelfile").read_text(encoding="utf-8"))
    said = {one.word or one.name: one.value for one in found}
    stops = [one.value for one in found if one.word == "stop"]
    model = opened(Path(job.folder) / said["FROM"], job.context)
    for prompt in job.prompts:
        text = rendered(said["TEMPLATE"], messages(prompt))
        # Ollama lets the file say what is put in front, and takes control tokens for what they are.
        asked = model.tokenize(text.encode(), add_bos=True, special=True)
        answer = model.create_completion(
            asked,
            max_tokens=job.limit,
            temperature=float(said["temperature"]),
            repeat_penalty=float(said["repeat_penalty"]),
            stop=stops,
        )["choices"][0]
        yield Reply(asked, answer["text"], answer["finish_reason"] == "stop")


if __name__ == "__main__":
    serve(f"llama-cpp-python {llama_cpp.__version__}, by the Modelfile", ask)
