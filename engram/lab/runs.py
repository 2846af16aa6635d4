"""The runs that a build keeps: listed, chosen and removed, without a model."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from engram.compiler.verify import read_manifest
from engram.core.errors import EngramError
from engram.core.kept import KeptRun, RunDetails
from engram.core.results import Report
from engram.files.atomic import UNFINISHED, alone, remove, sweep_unfinished
from engram.lab.record import RECIPE
from engram.lab.standing import details, held, standing

RUN_ID = re.compile(r"[0-9a-f]{16}")


class Runs:
    """The runs in the folder of a build, newest first, as they were when this was made.

    Folders that are neither called like a run nor hold a recipe are none.
    """

    def __init__(self, manifest: Path) -> None:
        folder = manifest if manifest.is_dir() else manifest.parent
        self.folder = folder / "runs"
        self.data = _data(manifest)
        found = (standing(path, self.data) for path in _folders(self.folder))
        self.all = tuple(sorted(found, key=lambda run: (-run.changed, run.id)))

    def named(self, names: Iterable[str]) -> tuple[KeptRun, ...]:
        """The runs whose ids begin so, in order, each once.

        Raises EngramError, with all the names that are no run's or several runs'.
        """
        found: dict[str, KeptRun] = {}
        faults = []
        for name in names:
            matching = [run for run in self.all if name and run.id.startswith(name)]
            if len(matching) == 1:
                found[matching[0].id] = matching[0]
            else:
                faults.append(f"{'More than one' if matching else 'No'} run begins with '{name}'.")
        if faults:
            known = ", ".join(run.id for run in self.all)
            known = f"Runs here: {known}" if known else f"There are no runs in {self.folder}."
            raise EngramError("\n".join(faults), help=known)
        return tuple(found.values())

    def stale(self) -> tuple[KeptRun, ...]:
        """The runs that were trained on something else than what the build holds now."""
        if self.data is None:
            raise EngramError(
                f"There is no whole build beside {self.folder}, so no run can be called stale.",
                help="Compile first: engram compile corpora -o build",
            )
        return tuple(run for run in self.all if run.current is False)

    def details(self, run: KeptRun) -> tuple[RunDetails, Report | None]:
        """All that is known of a run, and its report."""
        return details(self.folder / run.id, self.data)

    def remove(self, runs: Sequence[KeptRun]) -> list[KeptRun]:
        """Remove the runs, and say which ones were left because another engram works on them."""
        if not runs:
            return []
        try:
            with alone(self.folder):
                sweep_unfinished(self.folder)
                return [run for run in runs if not _removed(self.folder / run.id)]
        except OSError as error:
            raise EngramError(
                f"A run in {self.folder} cannot be removed: {error.strerror}.",
                help="See who owns it, and whether its folder may be written to.",
            ) from error


def _folders(folder: Path) -> list[Path]:
    try:
        paths = sorted(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise EngramError(f"{folder} cannot be read: {error.strerror}.") from error
    return [path for path in paths if _is_run(path)]


def _is_run(path: Path) -> bool:
    if path.name.startswith(".") or not path.is_dir():
        return False
    return bool(RUN_ID.fullmatch(path.name)) or os.path.lexists(path / RECIPE)


def _data(manifest: Path) -> str | None:
    """The digest of what the build holds now; None if there is none that is whole."""
    try:
        return read_manifest(manifest).data
    except EngramError:
        return None


def _removed(path: Path) -> bool:
    """Whether the run is gone; false if another engram works on it."""
    if path.is_symlink():
        path.unlink()
        return True
    with held(path) as free:
        if not free:
            return False
        # Out of sight in one step, so that a crash leaves no half of a run under its name.
        aside = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=path.parent))
        path.rename(aside / "run")
        remove(aside)
    return True
