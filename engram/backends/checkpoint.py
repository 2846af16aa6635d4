"""Where training stands, in one file: a run that was killed goes on from it, to the same bits."""

from __future__ import annotations

from pathlib import Path

from engram.backends.learner import Learner
from engram.backends.progress import Progress
from engram.backends.stopped import CHECKPOINT as STATE

BEST = "best.safetensors"


def save_state(folder: Path, learner: Learner, progress: Progress) -> None:
    """Write weights, optimiser and progress together, in one atomic replacement."""
    learner.save_state(folder / STATE, {"progress": progress.dumped()})


def load_state(folder: Path, learner: Learner) -> Progress | None:
    """Put model and optimiser back where the checkpoint left them; None without one."""
    path = folder / STATE
    if not learner.ranks.first(path.exists()):
        return None
    return Progress.loaded(learner.load_state(path)["progress"])


def save_best(folder: Path, learner: Learner) -> None:
    """Keep the weights of the best epoch so far."""
    learner.save_weights(folder / BEST)


def load_best(folder: Path, learner: Learner) -> None:
    """Put the weights of the best epoch back."""
    learner.load_weights(folder / BEST)


def clear(folder: Path) -> None:
    """Remove what only an unfinished run needs."""
    for name in (STATE, BEST):
        (folder / name).unlink(missing_ok=True)
