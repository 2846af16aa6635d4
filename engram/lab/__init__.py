"""The laboratory: one experiment in order. Verify the build, train, evaluate, show, report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engram import __version__
from engram.backends import AUTO
from engram.core.recipe import EvalSettings, Recipe
from engram.core.results import Exchange, Report
from engram.core.training import Training
from engram.lab import evaluation
from engram.lab import training as trainer
from engram.lab.conversation import Conversation
from engram.lab.experiment import Experiment, alone, open_experiment, reopen
from engram.lab.log import Follower, Log, NoFollower
from engram.lab.measure import reading_limit
from engram.lab.presets import QUICK, recipe
from engram.lab.tracking import need_mlflow, tracked
from engram.lab.watch import Nobody, Watch, stage
from engram.models import find, pull
from engram.report.write import REPORT, read_report, write_report

__all__ = [
    "Conversation",
    "Experiment",
    "Outcome",
    "Watch",
    "converse",
    "demo",
    "evaluate",
    "open_experiment",
    "recipe",
    "reopen",
    "run",
    "settings_for",
    "train",
]


NOBODY = NoFollower()


@dataclass(frozen=True)
class Outcome:
    """What a run found, and the files that say so."""

    report: Report
    folder: Path
    files: tuple[Path, ...]


def run(
    manifest: str | Path,
    recipe: Recipe | None = None,
    *,
    settings: EvalSettings | None = None,
    offline: bool = False,
    watch: Watch | None = None,
    mlflow: str | None = None,
    backend: str = AUTO,
    precision: str | None = None,
) -> Outcome:
    """Train on the build that ``manifest`` locks, evaluate base against tuned, and report.

    ``recipe`` and ``settings`` default to those of the default model and preset. A missing model is
    fetched unless ``offline``. What was computed before for the same question is not computed
    again. ``mlflow`` is the URI of an MLflow that is to show the run, too. ``backend`` is mlx,
    torch or auto, and ``precision`` float32, bfloat16 or null for the faster one. Raises
    RefusedBuild if a byte of the build is not what the manifest says, and EngramError for anything
    that the environment lacks.
    """
    recipe = recipe or default_recipe()
    watch = watch or Nobody()
    need_mlflow(mlflow)
    experiment = open_experiment(
        Path(manifest), recipe, find if offline else pull, backend, precision
    )
    with tracked(mlflow, experiment, watch) as follower:
        train(experiment, watch, follower)
        return evaluate(experiment, settings or settings_for(recipe), watch, follower)


def train(experiment: Experiment, watch: Watch, follower: Follower = NOBODY) -> Training:
    """How training went; the adapter is in ``experiment.adapter``.

    ``follower`` hears of all that is added to the run's log.
    """
    return trainer.train(experiment, watch, follower)


def evaluate(
    experiment: Experiment, settings: EvalSettings, watch: Watch, follower: Follower = NOBODY
) -> Outcome:
    """The report on a trained experiment, written to its folder."""
    training = trainer.finished(experiment)
    with alone(experiment, watch):
        report = _known(experiment, settings)
        if report is None:
            report = evaluation.evaluate(experiment, training, settings, watch)
            Log(experiment, follower).evaluated(report)
        else:
            watch.say(f"Evaluated before: {experiment.folder / REPORT}")
        files = write_report(report, experiment.folder)
    return Outcome(report, experiment.folder, tuple(files))


def demo(
    experiment: Experiment,
    settings: EvalSettings,
    watch: Watch,
    prompts: Sequence[str] | None = None,
) -> tuple[Exchange, ...]:
    """Base and tuned on ``prompts``, by default on those that the manifest lists.

    Raises EngramError for a prompt that the model cannot be asked.
    """
    talk = converse(experiment, settings)
    asked = talk.listed() if prompts is None else prompts
    with stage(watch, "demo", len(asked)) as done:
        exchanges = []
        for prompt in asked:
            exchanges.append(talk.ask(prompt))
            done(1)
    return tuple(exchanges)


def converse(experiment: Experiment, settings: EvalSettings) -> Conversation:
    """A trained experiment, ready to be asked one prompt after another."""
    trainer.finished(experiment)
    return Conversation(experiment, reading_limit(experiment, settings))


def settings_for(recipe: Recipe) -> EvalSettings:
    """How a run of this recipe is judged by default: smaller samples for a quick one."""
    return QUICK if recipe.quick else EvalSettings()


def default_recipe() -> Recipe:
    """The recipe that reaches the goal on the default model."""
    return recipe()


def _known(experiment: Experiment, settings: EvalSettings) -> Report | None:
    """The report of an earlier evaluation, if it answers the very same question."""
    try:
        report = read_report(experiment.folder)
    except (OSError, ValueError):
        return None
    same = report.chain == experiment.chain(settings) and report.settings == settings
    # Another version may judge otherwise.
    return report if same and report.engram == __version__ else None
