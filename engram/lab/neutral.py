"""The bundled prompts that measure locality: everyday language, about nothing in a corpus."""

from __future__ import annotations

from hashlib import sha256
from importlib.resources import files


def neutral_prompts() -> tuple[str, ...]:
    """One hundred beginnings of sentences, questions and requests."""
    text = files("engram.lab").joinpath("neutral.txt").read_text(encoding="utf-8")
    return tuple(text.splitlines())


def neutral_digest() -> str:
    """The SHA-256 of the prompts, each ended by a line feed whatever a checkout did to the file."""
    return sha256("".join(f"{prompt}\n" for prompt in neutral_prompts()).encode()).hexdigest()
