from __future__ import annotations

import re
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

from engram.lab.neutral import neutral_digest, neutral_prompts

CORPORA = Path(__file__).parents[2] / "corpora"
TAUGHT = re.compile(
    r"\b(python|code|errors?|exceptions?|imports?|http|ports?|capitals?|dates?|json|symbols?"
    r"|formats?|convert|functions?|loops?|lists?)\b|[0-9]",
    re.IGNORECASE,
)


def test_there_are_a_hundred_different_prompts():
    prompts = neutral_prompts()
    assert len(prompts) == len(set(prompts)) == 100
    assert all(prompt == prompt.strip() and len(prompt) > 20 for prompt in prompts)


def test_they_are_about_nothing_that_the_corpora_teach():
    assert [prompt for prompt in neutral_prompts() if TAUGHT.search(prompt)] == []
    corpora = "\n".join(path.read_text("utf-8") for path in CORPORA.glob("*.yaml"))
    assert [prompt for prompt in neutral_prompts() if prompt in corpora] == []


def test_the_digest_is_that_of_the_file():
    data = files("engram.lab").joinpath("neutral.txt").read_bytes()
    assert neutral_digest() == sha256(data.replace(b"\r\n", b"\n")).hexdigest()
