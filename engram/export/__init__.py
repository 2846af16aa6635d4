"""Export, in order: verify the run, ask the adapter, write, ask the export, describe, put in place.

The run's chain of digests is checked as ``engram eval`` does. What is written is then loaded by the
program that it is for, in a process of its own, and asked the same rows; only an export that
answers as the adapter does appears under its name.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engram import __version__
from engram.core.exported import ExportRecord, Parity, Wish
from engram.export.asking import Client, ask, need
from engram.export.card import CARD, card_bytes
from engram.export.clients.talk import Job
from engram.export.kinds import Kind, kind_of
from engram.export.parity import compared, references
from engram.export.source import Source
from engram.export.staging import RECORD, check_place, files_in, publish, staged
from engram.lab import Experiment
from engram.lab.experiment import alone
from engram.lab.record import adapter_digest
from engram.lab.training import finished
from engram.lab.watch import Nobody, Watch
from engram.report.write import json_bytes

__all__ = ["Exported", "Wish", "export"]


@dataclass(frozen=True)
class Exported:
    """What became of an export. ``record`` is null, and nothing was written, if it was refused."""

    out: Path
    parity: Parity | None
    record: ExportRecord | None


def export(experiment: Experiment, wish: Wish, out: Path, watch: Watch | None = None) -> Exported:
    """Export a trained run into the folder ``out``.

    Raises RefusedBuild if the run is not what its digests say, and EngramError for a wish that
    cannot be fulfilled, a client that is missing, or a folder that is in the way.
    """
    watch, out = watch or Nobody(), Path(out)
    finished(experiment)
    source, kind = Source(experiment, wish), kind_of(wish)
    kind.check(source)
    check_place(out)
    client = None if wish.unchecked else need(kind.client)
    with alone(experiment, watch), staged(out) as folder:
        parity = _written(source, kind, client, folder, watch)
        if parity is not None and not parity.passed:
            return Exported(out, parity, None)
        (folder / CARD).write_bytes(card_bytes(source, kind, parity))
        record = _record(source, parity, folder)
        (folder / RECORD).write_bytes(json_bytes(record.model_dump(mode="json")))
        publish(folder, out)
    return Exported(out, parity, record)


def _written(
    source: Source, kind: Kind, client: Client | None, folder: Path, watch: Watch
) -> Parity | None:
    """Fill the folder, and say how what is in it answers; null if it is not asked."""
    experiment, wish = source.experiment, source.wish
    if client is None:
        kind.write(source, folder, watch)
        return None
    asked, limit = references(experiment, wish.rows, watch)
    kind.write(source, folder, watch)
    prompts = tuple(one.row.prompt for one in asked)
    context = max(len(one.prompt) for one in asked) + limit
    job = Job(str(folder.resolve()), str(source.base.resolve()), prompts, limit, context)
    name, replies = ask(client, job, watch)
    return compared(experiment, asked, replies, name, wish.threshold)


def _record(source: Source, parity: Parity | None, folder: Path) -> ExportRecord:
    experiment = source.experiment
    return ExportRecord(
        engram=__version__,
        wish=source.wish,
        run_id=experiment.run_id,
        build_id=experiment.build.manifest.build_id,
        model=experiment.model.name,
        model_digest=experiment.model.digest,
        adapter_digest=adapter_digest(experiment.folder),
        parity=parity,
        files=files_in(folder),
    )
