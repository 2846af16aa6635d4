"""One experiment: a verified build, a model, a recipe, and the folder that its digests name."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from engram import __version__
from engram.backends import Backend, LanguageModel, load_backend
from engram.compiler import verify_build
from engram.core.build import Build, Row
from engram.core.errors import EngramError, RefusedBuild
from engram.core.recipe import EvalSettings, Recipe
from engram.core.results import Chain, Training
from engram.files.atomic import write_file
from engram.files.canonical import digest, digest_of
from engram.lab.prompt import Prompter, prompter
from engram.lab.sample import choose
from engram.models import Model, find
from engram.report.write import json_bytes

RECIPE = "recipe.json"
TRAINING = "training.json"
ADAPTER = "adapter"
WEIGHTS = "adapters.safetensors"
LINKS = "engram.json"
SHORT = 16


@dataclass(frozen=True)
class Experiment:
    """What is asked: everything that can change the answer is in ``run_id``, and nothing else."""

    build: Build
    model: Model
    recipe: Recipe
    backend: Backend

    @cached_property
    def question(self) -> dict[str, Any]:
        """What a training run depends on, by digest."""
        return {
            "data": self.build.manifest.data,
            "model_digest": self.model.digest,
            "tokenizer_digest": self.model.tokenizer_digest,
            "recipe_digest": digest_of(self.recipe.model_dump(exclude={"model"})),
            "backend": self.backend.name,
            "dtype": self.backend.dtype,
        }

    @cached_property
    def run_id(self) -> str:
        return digest_of(self.question)[:SHORT]

    @property
    def folder(self) -> Path:
        return Path(self.build.folder) / "runs" / self.run_id

    @property
    def adapter(self) -> Path:
        return self.folder / ADAPTER

    @cached_property
    def prompter(self) -> Prompter:
        return prompter(self.model.folder, self.model.context_length)

    @cached_property
    def language_model(self) -> LanguageModel:
        """The base in memory; loaded once, for base and tuned."""
        return self.backend.load(self.model.folder)

    @cached_property
    def patterns(self) -> frozenset[str] | None:
        """The patterns of a quick run; null for all of them."""
        if self.recipe.quick is None:
            return None
        tested, others = self._quick_pools()
        chosen = choose(tested, self.recipe.quick, "quick")
        chosen += choose(others, self.recipe.quick - len(chosen), "quick")
        return frozenset(row.pattern for row in chosen)

    def rows(self, split: str) -> tuple[Row, ...]:
        """The rows of a split that this experiment uses: all, unless it is a quick one."""
        rows = self.build.rows.get(split, ())  # type: ignore[call-overload]
        if self.patterns is None:
            return tuple(rows)
        return tuple(row for row in rows if row.pattern in self.patterns)

    def _quick_pools(self) -> tuple[list[Row], list[Row]]:
        """One trained row of each pattern: of those that are also tested, and of the others."""
        tested = {row.pattern for row in self.build.rows.get("test", ())}
        firsts = {row.pattern: row for row in reversed(self.build.rows["train"])}.values()
        return (
            [row for row in firsts if row.pattern in tested],
            [row for row in firsts if row.pattern not in tested],
        )

    def chain(self, settings: EvalSettings) -> Chain:
        """The digests from corpus to report."""
        return Chain(
            run_id=self.run_id,
            build_id=self.build.manifest.build_id,
            model=self.model.name,
            adapter_digest=adapter_digest(self.adapter),
            evaluation_digest=digest_of(settings.model_dump()),
            **self.question,
        )


def open_experiment(manifest: Path, recipe: Recipe) -> Experiment:
    """An experiment on the build that ``manifest`` locks, which is verified first."""
    build = verify_build(manifest)
    return Experiment(build, find(recipe.model), recipe, load_backend())


def reopen(manifest: Path, run: str) -> Experiment:
    """The experiment of a run that is in the build's folder already, by (the start of) its id."""
    build = verify_build(manifest)
    folder = _run_folder(Path(build.folder) / "runs", run)
    recipe = _read_recipe(folder / RECIPE)
    experiment = Experiment(build, find(recipe.model), recipe, load_backend())
    if experiment.run_id != folder.name:
        raise RefusedBuild(
            f"Run {folder.name} is not of this build, model and machine: the same recipe is run "
            f"{experiment.run_id} here.",
            help="Compile the corpora that it was made from, or train anew with `engram run`.",
        )
    return experiment


@contextmanager
def alone(experiment: Experiment) -> Iterator[None]:
    """A context in which no other engram works on the same run; a second one waits its turn."""
    from filelock import FileLock

    experiment.folder.mkdir(parents=True, exist_ok=True)
    with FileLock(experiment.folder / ".lock"):
        yield


def record_recipe(experiment: Experiment) -> None:
    """Write the recipe into the run's folder, so that the run can be named later."""
    data = {"engram": __version__, **experiment.recipe.model_dump(mode="json")}
    write_file(experiment.folder / RECIPE, json_bytes(data))


def record_training(experiment: Experiment, training: Training) -> None:
    """Write the adapter's place in the chain, and last how training went: then it is trained."""
    data = json_bytes(training.model_dump(mode="json"))
    write_file(experiment.adapter / LINKS, json_bytes(_links(experiment, data)))
    write_file(experiment.folder / TRAINING, data)


def trained(experiment: Experiment) -> Training | None:
    """How training went, if it is over; its adapter is checked against every link of the chain."""
    path = experiment.folder / TRAINING
    if not path.exists():
        return None
    try:
        data = path.read_bytes()
        training = Training.model_validate_json(data)
        links = json.loads((experiment.adapter / LINKS).read_bytes())
    except (OSError, ValueError) as error:
        raise _broken(experiment, f"{error}") from error
    for name, value in _links(experiment, data).items():
        if links.get(name) != value:
            raise _broken(experiment, f"its {name.replace('_', ' ')} is not the one recorded")
    return training


def _links(experiment: Experiment, training: bytes) -> dict[str, Any]:
    """What an adapter was made from, and what was made: kept beside it."""
    return {
        **experiment.question,
        "adapter_digest": adapter_digest(experiment.adapter),
        "training_digest": digest(training),
    }


def adapter_digest(folder: Path) -> str:
    """The SHA-256 of an adapter's weights."""
    try:
        return digest((folder / WEIGHTS).read_bytes())
    except OSError as error:
        raise RefusedBuild(f"There is no adapter in {folder}.") from error


def _broken(experiment: Experiment, why: str) -> RefusedBuild:
    return RefusedBuild(
        f"The adapter in {experiment.adapter} is not the one that was trained: {why}.",
        help=f"Remove {experiment.folder} and run the same command to train it again.",
    )


def _run_folder(runs: Path, run: str) -> Path:
    found = sorted(path.parent for path in runs.glob(f"*/{RECIPE}"))
    matching = [path for path in found if run and path.name.startswith(run)]
    if len(matching) != 1:
        fault = "More than one run begins" if matching else "No run begins"
        raise EngramError(f"{fault} with '{run}'.", help=_known(found))
    return matching[0]


def _known(folders: Sequence[Path]) -> str:
    if not folders:
        return "Nothing was trained on this build yet: engram run --manifest build/manifest.json"
    return "Runs here: " + ", ".join(folder.name for folder in folders)


def _read_recipe(path: Path) -> Recipe:
    try:
        data = json.loads(path.read_bytes())
        data.pop("engram", None)
        return Recipe(**data)
    except (OSError, ValueError, TypeError, ValidationError) as error:
        raise RefusedBuild(f"{path} is damaged: {error}") from error
