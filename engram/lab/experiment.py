"""One experiment: a verified build, a model, a recipe, and the folder that its digests name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from engram import __version__
from engram.backends import AUTO, Backend, LanguageModel, load_backend
from engram.backends.ranks import ALONE, Joined, Ranks, launched_for
from engram.backends.together import Leading, agree, follow
from engram.compiler import verify_build
from engram.core.build import Build, Row
from engram.core.errors import EngramError, RefusedBuild
from engram.core.judges import PREFIX, judges_of
from engram.core.plugins import Plugin
from engram.core.recipe import EvalSettings, Recipe
from engram.core.results import Chain
from engram.files.canonical import digest_of
from engram.lab.prompt import Prompter, prompter
from engram.lab.record import ADAPTER, adapter_digest, find_run, read_origin, read_recipe
from engram.lab.sample import choose
from engram.lab.watch import Watch
from engram.models import Get, Model, find
from engram.models.turn import turn

SHORT = 16


@dataclass(frozen=True)
class Experiment:
    """What is asked: everything that can change the answer is in ``run_id``, and nothing else."""

    build: Build
    model: Model
    recipe: Recipe
    backend: Backend
    ranks: Ranks = ALONE

    @cached_property
    def question(self) -> dict[str, Any]:
        """What a training run depends on, by digest."""
        return {
            "data": self.build.manifest.data,
            "model_digest": self.model.digest,
            "tokenizer_digest": self.model.tokenizer_digest,
            "recipe_digest": digest_of(self.recipe.model_dump(exclude={"model"})),
            "backend": self.backend.title,
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
        model = self.backend.load(self.model.folder)
        return Leading(model, self.ranks) if isinstance(self.ranks, Joined) else model

    @cached_property
    def patterns(self) -> frozenset[str] | None:
        """The patterns of a quick run; null for all of them."""
        if self.recipe.quick is None:
            return None
        tested, others = self._quick_pools()
        chosen = choose(tested, self.recipe.quick, "quick")
        chosen += choose(others, self.recipe.quick - len(chosen), "quick")
        return frozenset(row.pattern for row in chosen)

    @cached_property
    def judges(self) -> tuple[Plugin, ...]:
        """The judges of other distributions that rows are judged by, as they are installed."""
        return judges_of(f"{PREFIX}{plugin.name}" for plugin in self.build.manifest.judges)

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
        how = settings.model_dump()
        if self.judges:
            how["judges"] = [judge.model_dump() for judge in self.judges]
        return Chain(
            run_id=self.run_id,
            build_id=self.build.manifest.build_id,
            model=self.model.name,
            adapter_digest=adapter_digest(self.folder),
            evaluation_digest=digest_of(how),
            **self.question,
        )


def open_experiment(
    manifest: Path,
    recipe: Recipe,
    get: Get = find,
    backend: str = AUTO,
    precision: str | None = None,
) -> Experiment:
    """An experiment on the build that ``manifest`` locks, which is verified first.

    ``get`` finds the model by its name, or fetches it: only once there is something to run it on.
    ``backend`` and ``precision``: see ``load_backend``.
    """
    build, loaded = verify_build(manifest), load_backend(backend, precision)
    return _on_all_ranks(Experiment(build, get(recipe.model), recipe, loaded))


def reopen(
    manifest: Path,
    run: str,
    get: Get = find,
    backend: str = AUTO,
    precision: str | None = None,
) -> Experiment:
    """The experiment of a run that is in the build's folder already, by (the start of) its id.

    It goes on with the backend and precision that it was begun with, unless others are asked for.
    """
    build = verify_build(manifest)
    folder = find_run(Path(build.folder) / "runs", run)
    recipe = read_recipe(folder)
    begun, dtype = read_origin(folder)
    loaded = load_backend(begun if backend == AUTO else backend, precision or dtype)
    experiment = Experiment(build, get(recipe.model), recipe, loaded)
    if experiment.run_id != folder.name:
        raise RefusedBuild(
            f"Run {folder.name} is not of this build, model and machine: the same recipe is run "
            f"{experiment.run_id} here.",
            help="Compile the corpora that it was made from, or train anew with `engram run`.",
        )
    return _on_all_ranks(experiment)


def _on_all_ranks(experiment: Experiment) -> Experiment:
    """The experiment as rank 0 has it; of any other rank, this does its share and never returns.

    Raises EngramError on rank 0 unless all have the same build, model and engram.
    """
    launched, backend = launched_for(), experiment.backend
    if launched not in {None, backend.name}:
        raise EngramError(
            f"This process was started as one of the ranks of {launched}, and {backend.name} "
            "computes.",
            help="Leave out --backend: mlx.launch starts ranks of mlx, torchrun those of torch.",
        )
    ranks = backend.join()
    if not isinstance(ranks, Joined):
        return experiment
    same = {"engram": __version__, "build_id": experiment.build.manifest.build_id}
    agree(ranks, {**same, **experiment.question})
    if ranks.rank:
        follow(lambda: experiment.language_model, ranks)
    return replace(experiment, ranks=ranks)


@contextmanager
def alone(experiment: Experiment, watch: Watch) -> Iterator[None]:
    """A context in which no other engram works on the same run; a second one says that it waits."""
    try:
        experiment.folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EngramError(
            f"The folder {experiment.folder} cannot be made: {error.strerror}.",
            help="Compile into a folder that you may write to: engram compile corpora -o BUILD",
        ) from error

    def waiting() -> None:
        watch.say(f"Waiting for another engram that works on {experiment.folder} ...")

    with turn(experiment.folder / ".lock", waiting):
        yield
