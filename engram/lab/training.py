"""The first half of an experiment: an adapter, trained on every row of train.jsonl."""

from __future__ import annotations

from engram.backends.base import Step
from engram.core.build import Row
from engram.core.errors import EngramError
from engram.core.recipe import Recipe
from engram.core.results import Training
from engram.lab.experiment import Experiment, alone
from engram.lab.presets import PRESETS
from engram.lab.prompt import encode_rows
from engram.lab.record import read_training, write_recipe, write_training
from engram.lab.watch import Watch


def train(experiment: Experiment, watch: Watch) -> Training:
    """How training went. Nothing is trained twice, and a run that was stopped goes on."""
    with alone(experiment, watch):
        done = read_training(experiment.folder, experiment.question)
        if done is None:
            write_recipe(experiment.folder, experiment.recipe)
            done = _train(experiment, watch)
            if done.stopped != "diverged" or done.best_epoch:
                write_training(experiment.folder, done, experiment.question)
            experiment.language_model.forget_checkpoint(experiment.folder)
        else:
            watch.say(f"Trained before: {experiment.adapter}")
    if done.stopped == "diverged":
        raise _diverged(experiment, done)
    return done


def _train(experiment: Experiment, watch: Watch) -> Training:
    rows = encode_rows(experiment.prompter, experiment.build, experiment.rows("train"))
    valid = encode_rows(experiment.prompter, experiment.build, _steering(experiment))
    # A row that cannot be asked is better known before training than after it.
    encode_rows(experiment.prompter, experiment.build, experiment.rows("test"))
    model = experiment.language_model
    shown = _Shown(watch)
    try:
        return model.train(rows, valid, experiment.recipe, experiment.folder, shown.step)
    finally:
        shown.end()


def _steering(experiment: Experiment) -> list[Row]:
    """The rows of valid.jsonl that a trained pattern answers: novel ones would steer elsewhere."""
    return [row for row in experiment.rows("valid") if row.probe == "variant"]


class _Shown:
    """Progress in rows, with the loss. A run that goes on from a checkpoint begins where it was."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self.visited: int | None = None

    def step(self, step: Step) -> None:
        if self.visited is None:
            self.watch.begin("training", step.total)
            self.visited = max(0, step.visited - step.rows)
            self.watch.advance(self.visited)
        self.watch.advance(step.visited - self.visited, f"epoch {step.epoch}, loss {step.loss:.3f}")
        self.visited = step.visited

    def end(self) -> None:
        if self.visited is not None:
            self.watch.end()


def _diverged(experiment: Experiment, training: Training) -> EngramError:
    recipe = experiment.recipe
    kept = (
        f"The adapter of epoch {training.best_epoch}, the best so far, is kept in "
        f"{experiment.adapter}."
        if training.best_epoch
        else "No epoch was better than the base, so there is no adapter to keep."
    )
    return EngramError(
        f"Training diverged at step {training.steps}: the loss is no longer falling, or is not a "
        f"number. {kept}",
        help=f"Lower the learning rate: --learning-rate {_lower(recipe):g} "
        f"(it was {recipe.learning_rate:g}).",
    )


def _lower(recipe: Recipe) -> float:
    """Half the learning rate that was too high, and never above that of the preset."""
    half = recipe.learning_rate / 2
    return min(half, float(PRESETS.get(recipe.preset, {}).get("learning_rate", half)))


def finished(experiment: Experiment) -> Training:
    """How the training of this experiment went. Raises EngramError if it has not been trained."""
    training = read_training(experiment.folder, experiment.question)
    if training is None:
        raise EngramError(
            f"There is no trained adapter for this build and recipe (run {experiment.run_id}).",
            help="Train it first with `engram train`, or do all of it with `engram run`.",
        )
    return training
