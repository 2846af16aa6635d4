"""What a run keeps in its folder: its recipe, and an adapter with its place in the chain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from engram import __version__
from engram.core.errors import EngramError, RefusedBuild
from engram.core.recipe import Recipe
from engram.core.training import Training
from engram.files import reading
from engram.files.atomic import write_file
from engram.files.canonical import digest, digest_of
from engram.files.fault import Fault
from engram.files.reading import read_regular
from engram.models.digests import sha256_of
from engram.report.write import json_bytes

RECIPE = "recipe.json"
REHEARSED = "rehearsed.json"
# What stands beside the recipe in its file: what made it, and what computes.
ORIGIN = ("engram", "backend", "dtype")
TRAINING = "training.json"
ADAPTER = "adapter"
# What an adapter is: its weights, and the numbers by which they are put on a model.
PARTS = ("adapters.safetensors", "adapter_config.json")
LINKS = "engram.json"
LOG = "log.jsonl"
# What a run has before it comes to anything.
AT_ONCE = (RECIPE, REHEARSED, LOG)
MOST_BYTES = 1 << 28

_MAPPING = TypeAdapter(dict[str, Any])


def write_recipe(folder: Path, recipe: Recipe, backend: str, dtype: str) -> None:
    """Keep recipe and backend in the run's folder, so that the run can be named later."""
    origin = {"engram": __version__, "backend": backend, "dtype": dtype}
    data = {**origin, **recipe.model_dump(mode="json")}
    write_file(folder / RECIPE, json_bytes(data))


def write_rehearsed(folder: Path, prompts: Sequence[str]) -> None:
    """Keep what is rehearsed where people can read it; nothing else does."""
    write_file(folder / REHEARSED, json_bytes(list(prompts)))


def read_recipe(folder: Path) -> Recipe:
    """The recipe in a run's folder. Raises RefusedBuild if it is damaged."""
    path = folder / RECIPE
    try:
        data = _MAPPING.validate_json(content_of(path))
        return Recipe(**{name: value for name, value in data.items() if name not in ORIGIN})
    except (OSError, ValueError) as error:
        raise RefusedBuild(
            f"{path} is damaged: {reason_of(error)}.",
            help=f"Remove {folder}, and train it again with `engram train`.",
        ) from error


def read_origin(folder: Path) -> tuple[str, str | None]:
    """The backend and the precision that a run was begun with, as ``load_backend`` takes them.

    Where its recipe, which is not damaged, is from before both were written, mlx was the only one.
    """
    data = _MAPPING.validate_json(content_of(folder / RECIPE))
    return data.get("backend", "mlx"), data.get("dtype")


def content_of(path: Path) -> bytes:
    """The bytes of a file of a run. Raises ValueError for what is none, such as a pipe."""
    data = read_regular(path, MOST_BYTES)
    if isinstance(data, Fault):
        raise ValueError(data.message)  # noqa: TRY004 - what is wrong is the data
    return data


def write_training(folder: Path, training: Training, question: Mapping[str, str]) -> None:
    """Keep the adapter's place in the chain, and last how training went: then it is trained."""
    data = json_bytes(training.model_dump(mode="json"))
    write_file(folder / ADAPTER / LINKS, json_bytes(_links(folder, data, question)))
    write_file(folder / TRAINING, data)


def read_training(folder: Path, question: Mapping[str, str]) -> Training | None:
    """How training went, if it is over; its adapter is checked against every link of the chain.

    Raises RefusedBuild if a link does not hold, or if a file is not what was written.
    """
    path = folder / TRAINING
    if not path.exists():
        return None
    try:
        data = path.read_bytes()
        training = Training.model_validate_json(data)
    except (OSError, ValueError) as error:
        raise _broken(folder, f"{TRAINING}: {reason_of(error)}") from error
    try:
        found = _MAPPING.validate_json((folder / ADAPTER / LINKS).read_bytes())
    except (OSError, ValueError) as error:
        raise _broken(folder, f"{ADAPTER}/{LINKS}: {reason_of(error)}") from error
    for name, value in _links(folder, data, question).items():
        if found.get(name) != value:
            what = name.replace("_", " ")
            raise _broken(folder, f"its {what} is not the one recorded in {ADAPTER}/{LINKS}")
    return training


def adapter_digest(folder: Path) -> str:
    """One SHA-256 over all that an adapter is, for the run in ``folder``."""
    try:
        return digest_of({name: sha256_of(folder / ADAPTER / name) for name in PARTS})
    except OSError as error:
        raise _broken(
            folder, f"{ADAPTER}/{Path(error.filename).name}: {reason_of(error)}"
        ) from error


def find_run(runs: Path, run: str) -> Path:
    """The folder of the one run among ``runs`` whose id begins so. Raises EngramError."""
    found = sorted(path.parent for path in runs.glob(f"*/{RECIPE}") if _begun(path.parent))
    matching = [path for path in found if run and path.name.startswith(run)]
    if len(matching) != 1:
        fault = "More than one run begins" if matching else "No run begins"
        raise EngramError(f"{fault} with '{run}'.", help=_known(runs, found))
    return matching[0]


def _begun(folder: Path) -> bool:
    """Whether a run came to anything: one that failed before its first checkpoint did not."""
    return any(path.name not in AT_ONCE and path.name[0] != "." for path in folder.iterdir())


def _known(runs: Path, found: list[Path]) -> str:
    if not found:
        manifest = runs.parent / "manifest.json"
        return f"Nothing was trained on this build yet: engram run --manifest {manifest}"
    return "Runs here: " + ", ".join(folder.name for folder in found)


def _links(folder: Path, training: bytes, question: Mapping[str, str]) -> dict[str, str]:
    """What an adapter was made from, and what was made: kept beside it."""
    return {
        **question,
        "adapter_digest": adapter_digest(folder),
        "training_digest": digest(training),
    }


def _broken(folder: Path, why: str) -> RefusedBuild:
    return RefusedBuild(
        f"The adapter in {folder / ADAPTER} is not the one that was trained: {why}.",
        help=f"Remove {folder}, and train it again with `engram train`.",
    )


def reason_of(error: OSError | ValueError) -> str:
    """In a few words, what is wrong with a file of a run."""
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False)[0]
        return ": ".join((*map(str, first["loc"]), first["msg"]))
    return reading.reason_of(error)
