"""What authors write: a corpus of patterns (schema version 1)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from engram.core.noun import Noun, Texts

INPUT_SLOT = "{input}"
DEFAULT_PHRASINGS = ("Complete: {input}", "Continue: {input}", "Finish this: {input}")

Text = Annotated[str, StringConstraints(min_length=1)]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=100)]
Template = Annotated[str, StringConstraints(pattern=r"\{input\}")]
# Days that there are, from 1900 to 2099: 1 to 28 of any month, then 29 and 30, 31, and 29 February.
Day = Annotated[
    str,
    StringConstraints(
        pattern=r"^((19|20)[0-9]{2}-((0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])"
        r"|(0[13-9]|1[0-2])-(29|30)|(0[13578]|1[02])-31)"
        r"|((19|20)(0[48]|[2468][048]|[13579][26])|2000)-02-29)$"
    ),
]
Match = Literal["exact", "prefix", "number", "json", "regex"]
Holdout = Literal["pattern", "variant"]
TextList = Annotated[tuple[Text, ...], Field(strict=False)]
Templates = Annotated[tuple[Template, ...], Field(strict=False)]


class Pattern(Noun):
    """One ``input -> output`` pair. White space in ``input`` and ``output`` is data."""

    input: Text = Field(description="The prompt, as a user would type it.")
    output: Text = Field(description="The one answer to learn.")
    category: Name = Field(description="Splits are stratified, and scores reported, by category.")
    id: Name | None = Field(
        default=None,
        description="A stable name. With one, the pattern keeps its split when it is reworded.",
    )
    variants: TextList = Field(default=(), description="Other wordings of the input, by hand.")
    accept: TextList = Field(default=(), description="Other answers that count as right.")
    match: Match = Field(default="exact", description="How an answer is compared with the output.")
    tags: Texts = Field(default=(), description="Free labels, carried into every row.")
    source: str | None = Field(default=None, description="Where the pattern is from.")
    phrasings: Templates | None = Field(
        default=None, description="Templates for this pattern, in place of those of its corpus."
    )


class Corpus(Noun):
    """One source file: a name, what it is about, and its patterns."""

    name: Name = Field(description="The corpus, in reports.")
    description: str = Field(description="What the patterns are and where they come from.")
    examples: Annotated[tuple[Pattern, ...], Field(strict=False, min_length=1)] = Field(
        description="The patterns."
    )
    schema_version: Literal[1] = Field(default=1, alias="schema", description="Format version.")
    version: str | None = Field(default=None, description="The version of the content.")
    published: Day | None = Field(
        default=None, description="The day of this version of the content, such as 2026-11-25."
    )
    license: str | None = Field(default=None, description="An SPDX licence identifier.")
    holdout: Holdout = Field(
        default="pattern",
        description="pattern: whole patterns are held out (a rule). "
        "variant: every pattern is trained and only wordings are held out (a lookup).",
    )
    phrasings: Templates = Field(
        default=DEFAULT_PHRASINGS,
        description="Templates that hold {input}. An empty list turns augmentation off.",
    )
    demo: TextList = Field(
        default=(), description="Prompts of this corpus to show first in a demonstration."
    )
