"""What authors write: a corpus of patterns (schema version 1)."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

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
MATCHES = ("exact", "prefix", "number", "json", "regex")
_JUDGE = r"^judge:[A-Za-z0-9][A-Za-z0-9_.-]*$"


def _match(value: object) -> object:
    if value in MATCHES or (isinstance(value, str) and len(value) <= 100 and _is_judge(value)):
        return value
    raise PydanticCustomError("literal_error", "no way to compare answers")


_is_judge = re.compile(_JUDGE).match
# How engram compares answers, or the judge of another distribution (``engram.core.judges``).
Match = Annotated[
    str,
    BeforeValidator(_match),
    WithJsonSchema(
        {
            "anyOf": [
                {"enum": [*MATCHES]},
                {"title": "judge:NAME", "type": "string", "pattern": _JUDGE, "maxLength": 100},
            ]
        }
    ),
]
Holdout = Literal["pattern", "variant"]
NearDuplicates = Literal["same_answer", "any", "off"]
Percent = Annotated[int, Field(ge=1, le=100)]
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


class RowTemplate(Pattern):
    """What each row of a table makes a pattern of: ``{column}`` stands for the row's cell.

    Slots may stand in every text but ``id`` and ``phrasings``; ``{{`` and ``}}`` are braces.
    """

    category: Text = Field(description="The category of the patterns; may hold slots.")
    id: Name | None = Field(
        default=None,
        description="The template's own name. With one, its input may be reworded and the "
        "patterns stay what they are.",
    )


class CorpusFields(Noun):
    """What a corpus says of itself, and of all its patterns."""

    name: Name = Field(description="The corpus, in reports.")
    description: str = Field(description="What the patterns are and where they come from.")
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
    near_duplicates: NearDuplicates = Field(
        default="same_answer",
        description="Which patterns with inputs that are nearly equal share a group, and so a "
        "split. same_answer: those with an equal answer (rewordings). any: all of them. off: none.",
    )
    near_percent: Percent = Field(
        default=75,
        description="From how many percent of likeness on inputs are nearly equal.",
    )
    demo: TextList = Field(
        default=(), description="Prompts of this corpus to show first in a demonstration."
    )


INCOMPLETE = "corpus_incomplete"

# What a table consists of. One part is nothing without the others.
TABLE_FIELDS = ("templates", "rows", "key")


def lacking(fields: Collection[str]) -> list[str]:
    """What a corpus that has these fields lacks: patterns, or parts of its table."""
    if any(name in fields for name in TABLE_FIELDS):
        return [name for name in TABLE_FIELDS if name not in fields]
    return [] if "examples" in fields else ["examples"]


def is_table_file(name: str) -> bool:
    """Whether a corpus may name this file as the one that holds its rows."""
    return re.fullmatch(_TABLE_FILE, name) is not None


def _schema_of_parts(schema: dict[str, Any]) -> None:
    parts: Any = [*TABLE_FIELDS]
    schema["anyOf"] = [{"required": [name]} for name in ("examples", *parts)]
    schema["dependentRequired"] = {name: [n for n in parts if n != name] for name in parts}
    # Without these fields there is nothing in their place, least of all an empty list.
    properties: Any = schema["properties"]
    for name in ("examples", *parts):
        properties[name].pop("default")


def _kind_of_rows(value: object) -> str:
    return "file" if isinstance(value, str) else "inline"


Cells = dict[str, Text]
# A file beside the corpus: no name leads into another folder.
_TABLE_FILE = r"^[^/\\\x00-\x1f\x7f]+\.csv$"
TableFile = Annotated[str, StringConstraints(pattern=_TABLE_FILE, max_length=100)]
InlineRows = Annotated[tuple[Cells, ...], Field(strict=False, min_length=1)]
Rows = Annotated[
    Annotated[InlineRows, Tag("inline")] | Annotated[TableFile, Tag("file")],
    Discriminator(_kind_of_rows),
]


class Corpus(CorpusFields):
    """One source file: a name, what it is about, and its patterns.

    The patterns stand in ``examples``, or come of a table: of ``rows``, each named by its ``key``,
    put into ``templates``. A corpus may have both.
    """

    model_config = ConfigDict(json_schema_extra=_schema_of_parts)

    examples: Annotated[tuple[Pattern, ...], Field(strict=False, min_length=1)] = Field(
        default=(), description="The patterns."
    )
    templates: Annotated[tuple[RowTemplate, ...], Field(strict=False, min_length=1)] = Field(
        default=(), description="Patterns with a {column} where each row has its cell."
    )
    rows: Rows = Field(
        default=(), description="The rows: mappings of columns to texts, or a CSV file beside it."
    )
    key: Text = Field(default="", description="The column whose cells name the rows.")

    @model_validator(mode="after")
    def _is_whole(self) -> Corpus:
        missing = lacking(self.model_fields_set)
        if missing:
            raise PydanticCustomError(INCOMPLETE, "lacks {fields}", {"fields": ", ".join(missing)})
        return self
