"""The base of every noun: immutable, strict, and closed to unknown fields."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Noun(BaseModel):
    """A frozen record. No value is coerced (``404`` is not ``"404"``); extra keys are errors."""

    # Built when it is first used: a command uses few of the nouns, and building takes a while.
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)


# Strict pydantic takes only a tuple for a tuple. YAML and JSON have lists, so the container (and
# only the container) is lax.
Texts = Annotated[tuple[str, ...], Field(strict=False)]
# The same of whole numbers, where a number need not be whole.
Float = Annotated[float, Field(strict=False)]
