"""What a user may call a model: a short name, a hub id, or a folder."""

from __future__ import annotations

import difflib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from engram.core.errors import EngramError
from engram.models.registry import BRANCH, MODELS, ModelSpec

HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", re.ASCII)
REVISION = re.compile(r"[A-Za-z0-9][\w.-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Reference:
    """A model that was asked for, before it is known to be here. One of ``folder``, ``repo`` and
    ``spec`` at least is set; ``revision`` is what the user pinned or the registry names.
    """

    name: str
    spec: ModelSpec | None = None
    repo: str | None = None
    revision: str = BRANCH
    folder: Path | None = None

    @property
    def shelf(self) -> str:
        """The name of its folder in the cache; a hub id loses its slash, which no id has twice."""
        return self.name.replace("/", "--")


def resolve(name: str) -> Reference:
    """What a name means: a registered model, a hub id ``org/name``, either with ``@revision``, or
    a local folder. A short name is itself even where a folder is called so; ``./name`` is that one.

    Raises ``EngramError`` for anything else, listing the known names.
    """
    base, at, revision = name.partition("@")
    short = base in MODELS and os.sep not in name
    if not short and (folder := _folder(name)) is not None:
        return Reference(name=str(folder), folder=folder)
    if at and not REVISION.fullmatch(revision):
        raise EngramError(
            f"{name!r} has no usable revision after the @.",
            help="A revision is a commit, a tag or a branch, such as name@1a2b3c4.",
        )
    if base in MODELS:
        return _registered(MODELS[base], name, revision)
    if HUB_ID.fullmatch(base) and "--" not in base and ".." not in base:
        return Reference(name=name, repo=base, revision=revision or BRANCH)
    raise _unknown(name)


def _folder(name: str) -> Path | None:
    """The local folder of that name. A relative one that looks like a hub id must hold a model."""
    path = Path(name).expanduser()
    if name.startswith((".", "~", os.sep)) or path.is_absolute():
        if not path.is_dir():
            raise EngramError(f"There is no folder {name}.", help=_known())
        return path.resolve()
    return path.resolve() if (path / "config.json").is_file() else None


def _registered(spec: ModelSpec, name: str, revision: str) -> Reference:
    if spec.source == "wheel":
        if revision:
            raise EngramError(
                f"{spec.name} is one fixed version and takes no @revision.",
                help=f"Use `{spec.name}`, or a hub model such as `smollm2-135m-hub@{revision}`.",
            )
        return Reference(name=name, spec=spec, revision=spec.revision)
    return Reference(name=name, spec=spec, repo=spec.location, revision=revision or spec.revision)


def _unknown(name: str) -> EngramError:
    close = difflib.get_close_matches(name.lower(), MODELS, n=1)
    guess = f" Did you mean `{close[0]}`?" if close else ""
    return EngramError(f"There is no model called {name!r}.{guess}", help=_known())


def _known() -> str:
    return f"Known: {', '.join(MODELS)}; or a hub id like org/name, or a folder."
