"""The first half of an experiment: an adapter, trained on every row of train.jsonl."""

from __future__ import annotations

from engram.backends.base import Lowered, Step
from engram.core.build import Probe, Row
from engram.core.errors import EngramError
from engram.core.recipe import BestBy, Recipe
from engram.core.training import Training
from engram.files.atomic import sweep_unfinished
from engram.lab.experiment import Experiment, alone
from engram.lab.log import Follower, Log
from engram.lab.presets import numbers
from engram.lab.prompt import encode_rows
from engram.lab.record import read_training, write_recipe, write_rehearsed, write_training
from engram.lab.rehearsal import made_up
from engram.lab.sample import choose
from engram.lab.watch import Watch

# The probe of valid.jsonl whose loss every epoch shows, and how many of its rows at most: those
# that choose the epoch are worth more time than those that only break a tie.
WATCHED: dict[BestBy, tuple[Probe, int]] = {"recall": ("variant", 64), "novel": ("novel", 256)}


def train(experiment: Experiment, watch: Watch, follower: Follower) -> Training:
    """How training went. Nothing is trained twice, and a run that was stopped goes on.

    ``follower`` hears of all that is added to the run's log.
    """
    with alone(experiment, watch):
        done = read_training(experiment.folder, experiment.question)
        if done is None:
            sweep_unfinished(experiment.folder, experiment.adapter)
            backend = experiment.backend
            write_recipe(experiment.folder, experiment.recipe, backend.name, backend.dtype)
            done = _train(experiment, watch, Log(experiment, follower))
            if done.stopped != "diverged" or done.best_epoch:
                write_training(experiment.folder, done, experiment.question)
            experiment.language_model.forget_checkpoint(experiment.folder)
        else:
            watch.say(f"Trained before: {experiment.adapter}")
    if done.stopped == "diverged":
        raise _diverged(experiment, done)
    return done


def _train(experiment: Experiment, watch: Watch, log: Log) -> Training:
    rows = encode_rows(experiment.prompter, experiment.build, experiment.rows("train"))
    valid = encode_rows(experiment.prompter, experiment.build, _watched(experiment))
    # A row that cannot be asked is better known before training than after it.
    encode_rows(experiment.prompter, experiment.build, experiment.rows("test"))
    rehearsed = made_up(experiment, watch)
    write_rehearsed(experiment.folder, rehearsed)
    prompts = [experiment.prompter.prompt(text) for text in rehearsed]
    shown = _Shown(watch, len(rows) + len(valid) + len(prompts))

    def on_step(step: Step) -> None:
        log.step(step)
        shown.step(step)

    def on_lowered(lowered: Lowered) -> None:
        log.lowered(lowered)
        watch.warn(_back(lowered))

    model, folder = experiment.language_model, experiment.folder
    try:
        done = model.train(
            rows,
            valid,
            experiment.recipe,
            folder,
            on_step,
            on_rows=shown.ready,
            on_epoch=log.epoch,
            rehearsed=prompts,
            on_lowered=on_lowered,
            on_note=watch.say,
        )
    finally:
        shown.end()
    log.trained(done)
    return done


def _watched(experiment: Experiment) -> list[Row]:
    """The sample of valid.jsonl by which the best epoch is chosen."""
    recipe = experiment.recipe
    probe, most = WATCHED[recipe.best_by]
    rows = [row for row in experiment.rows("valid") if row.probe == probe]
    if recipe.best_by == "novel" and not rows:
        raise EngramError(
            f"The preset {recipe.preset} chooses by novel rows of valid.jsonl, and there are none.",
            help="Use --preset memorise, or compile corpora with `holdout: pattern`"
            + (" and leave out --quick." if recipe.quick else "."),
        )
    return choose(rows, most, "valid")


class _Shown:
    """Rows that are made ready, then training: progress in rows, with the loss.

    A run that goes on from a checkpoint begins where it was.
    """

    def __init__(self, watch: Watch, rows: int) -> None:
        self.watch = watch
        self.rows = rows
        self.begun = False
        self.visited: int | None = None

    def ready(self, rows: int) -> None:
        if not self.begun:
            self.watch.begin("preparing", self.rows)
            self.begun = True
        self.watch.advance(rows)

    def step(self, step: Step) -> None:
        if self.visited is None:
            self.end()
            self.watch.begin("training", step.total)
            self.begun = True
            self.visited = 0 if step.step == 1 else step.visited - step.rows
            self.watch.advance(self.visited)
        self.watch.advance(step.visited - self.visited, f"epoch {step.epoch}, loss {step.loss:.3f}")
        self.visited = step.visited

    def end(self) -> None:
        if self.begun:
            self.watch.end()
        self.begun = False


def _back(lowered: Lowered) -> str:
    """What is said when training goes back."""
    where = f"epoch {lowered.epoch}, the best so far" if lowered.epoch else "the start"
    return (
        f"Training diverged at step {lowered.step}: it goes back to {where}, and on at half the "
        f"learning rate, {lowered.learning_rate:g} at most."
    )


def _diverged(experiment: Experiment, training: Training) -> EngramError:
    recipe = experiment.recipe
    kept = (
        f"The adapter of epoch {training.best_epoch}, the best so far, is kept in "
        f"{experiment.adapter}."
        if training.best_epoch
        else "No epoch was better than the base, so there is no adapter to keep."
    )
    again = "" if training.lowered_at is None else " again, at half the learning rate,"
    return EngramError(
        f"Training diverged{again} at step {training.steps}: the loss is no longer falling, or is "
        f"not a number. {kept}",
        help=f"Lower the learning rate: --learning-rate {_lower(recipe, training):g} "
        f"(it was {recipe.learning_rate:g}).",
    )


def _lower(recipe: Recipe, training: Training) -> float:
    """Half the last learning rate that was too high, and never above that of the preset."""
    half = recipe.learning_rate / (2 if training.lowered_at is None else 4)
    return min(half, float(numbers(recipe.preset, recipe.method).get("learning_rate", half)))


def finished(experiment: Experiment) -> Training:
    """How the training of this experiment went. Raises EngramError if it has not been trained."""
    training = read_training(experiment.folder, experiment.question)
    if training is None:
        raise EngramError(
            f"There is no trained adapter for this build and recipe (run {experiment.run_id}).",
            help="Train it first with `engram train`, or do all of it with `engram run`.",
        )
    return training
