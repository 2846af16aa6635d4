"""Runs that are evaluated, by their ids or by where they are; no model is needed to read them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from engram.compiler import verify_build
from engram.compiler.difference import difference
from engram.compiler.verify import read_manifest
from engram.core.build import MANIFEST_NAME, Build
from engram.core.difference import Difference
from engram.core.errors import EngramError, RefusedBuild
from engram.core.results import Report
from engram.files.fault import Fault
from engram.files.reading import read_regular
from engram.lab.record import find_run, reason_of
from engram.report.write import REPORT, SUMS, sealed

MOST_BYTES = 1 << 30


class Evaluated(NamedTuple):
    """A report, and the manifest of the build that its run is kept in."""

    report: Report
    manifest: Path


def evaluated(run: str, manifest: Path) -> Evaluated:
    """The report of a run: the folder of a run, its report.json, or (the start of) the id of a run
    of the build that ``manifest`` locks.

    Raises EngramError if there is none, and RefusedBuild if it is damaged.
    """
    path = Path(run)
    if os.sep in run or os.path.lexists(path):
        file = path if path.suffix == ".json" else path / REPORT
        # build/runs/ID/report.json
        manifest = Path(os.path.realpath(file)).parent.parent.parent / MANIFEST_NAME
    else:
        file = find_run(manifest.parent / "runs", run) / REPORT
    if not os.path.lexists(file):
        raise EngramError(
            f"There is no report {file}.", help="Evaluate that run first: engram eval --run ID"
        )
    return Evaluated(report_in(file), manifest)


def report_in(file: Path) -> Report:
    """The report in a file, as it was written. Raises RefusedBuild where it was changed since."""
    data = read_regular(file, MOST_BYTES)
    if isinstance(data, Fault):
        raise _damaged(file, data.message)
    sums = read_regular(file.parent / SUMS, MOST_BYTES)
    # A report that was copied elsewhere has no digest beside it.
    known = b"" if isinstance(sums, Fault) else sums
    if file.name.encode() in known and not sealed(file.name, data, known):
        raise _damaged(file, f"it is not what {SUMS} beside it says it is")
    try:
        return Report.model_validate_json(data)
    except ValidationError as error:
        raise _damaged(
            file, f"it is no report that this engram knows: {reason_of(error)}"
        ) from error


def difference_of(a: Evaluated, b: Evaluated) -> Difference | None:
    """How the builds of two runs differ; None if they are one, or if one is not at hand, whole."""
    if a.report.chain.build_id == b.report.chain.build_id:
        return None
    old, new = _build_of(a), _build_of(b)
    return difference(old, new) if old and new else None


def _build_of(one: Evaluated) -> Build | None:
    try:
        if read_manifest(one.manifest).build_id != one.report.chain.build_id:
            return None
        return verify_build(one.manifest)
    except EngramError:
        return None


def _damaged(file: Path, why: str) -> RefusedBuild:
    return RefusedBuild(
        f"The report {file} is refused: {why}.",
        help="Evaluate that run again: engram eval --run ID",
    )
