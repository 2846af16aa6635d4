"""Writes a folder for ``ollama create``: the GGUF file and a Modelfile."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from engram.export.gguf.writing import check_gguf, file_name, write_gguf
from engram.export.ollama.modelfile import Instruction, write_modelfile
from engram.export.ollama.template import go_template
from engram.export.source import Source
from engram.lab.watch import Watch

MODELFILE = "Modelfile"


def check_ollama(source: Source) -> None:
    """Raise EngramError for a model or a chat template that cannot be written for Ollama."""
    check_gguf(source)
    _template(source)


def write_ollama(source: Source, folder: Path, watch: Watch) -> None:
    """Write the weights, and how they are asked."""
    write_gguf(source, folder, watch)
    (folder / MODELFILE).write_text(write_modelfile(instructions(source)), encoding="utf-8")


def instructions(source: Source) -> list[Instruction]:
    """The Modelfile: the template, the stop token, and the most likely answer, as it was trained.

    Ollama's own default penalises repetition, which would change answers.
    """
    spec = source.experiment.model.spec
    base = spec.licence if spec else "not known"
    return [
        Instruction("FROM", f"./{file_name(source)}"),
        Instruction("TEMPLATE", _template(source)),
        Instruction("PARAMETER", source.experiment.prompter.text([source.stop]), "stop"),
        Instruction("PARAMETER", "0", "temperature"),
        Instruction("PARAMETER", "1", "repeat_penalty"),
        Instruction("LICENSE", f"Of the base: {base}. Of what it was taught: see README.md."),
    ]


def _template(source: Source) -> str:
    tokenizer: Any = source.experiment.prompter.tokenizer

    def chat(turns: Sequence[dict[str, str]], asking: bool) -> str:
        found: str = tokenizer.apply_chat_template(
            list(turns), tokenize=False, add_generation_prompt=asking
        )
        return found

    return go_template(chat)
