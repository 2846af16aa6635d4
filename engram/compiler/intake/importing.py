"""One file of rows becomes one corpus, and a report of the rows that did not."""

from __future__ import annotations

import base64
import json
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from engram.compiler.intake.copies import Copies
from engram.compiler.intake.record import Progress, Record, unwatched
from engram.compiler.intake.rows import Form, read_rows
from engram.compiler.intake.shapes import Shape, Unfit, Wanted, shape_of
from engram.compiler.intake.writing import Header, as_line, as_yaml
from engram.compiler.sources import REJECTED
from engram.core.config import Limits
from engram.core.corpus import Pattern
from engram.core.errors import EngramError
from engram.files.atomic import alone, remove, sweep_files, write_file, writing

# Up to here a person may still want to read and edit the patterns in YAML.
MOST_IN_YAML = 5_000
MOST_COLUMNS = 100


@dataclass(slots=True)
class Imported:
    """What came of an import. ``corpus`` are the files of the corpus, none if nothing was taken.

    ``rejected`` counts rows by reason, and ``report`` is the file that holds them; ``unused`` are
    the columns that nobody asked for.
    """

    shape: str = ""
    rows: int = 0
    taken: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    unused: list[str] = field(default_factory=list)
    corpus: list[Path] = field(default_factory=list)
    report: Path | None = None


@dataclass(frozen=True, slots=True)
class _Files:
    """The files that an import may write."""

    out: Path

    @property
    def yaml(self) -> Path:
        return self.out.with_name(f"{self.out.stem}.yaml")

    @property
    def lines(self) -> Path:
        return self.out.with_name(f"{self.out.stem}.jsonl")

    @property
    def header(self) -> Path:
        return self.out.with_name(f"{self.out.stem}.corpus.yaml")

    @property
    def report(self) -> Path:
        return self.out.with_name(self.out.stem + REJECTED)

    @property
    def all(self) -> tuple[Path, ...]:
        return (self.yaml, self.lines, self.header, self.report)


def import_rows(
    source: Path,
    out: Path,
    form: Form,
    header: Header,
    wanted: Wanted,
    *,
    delimiter: str | None = None,
    force: bool = False,
    progress: Progress = unwatched,
) -> Imported:
    """Write the corpus ``out`` (``.yaml`` or ``.jsonl``) from the rows in ``source``.

    More than ``MOST_IN_YAML`` patterns are written as JSON lines, whatever the suffix. A corpus of
    that name is replaced only with ``force``, and then in whatever form it is. Raises EngramError
    if the source cannot be read, if its columns are not understood, or if nothing can be written.
    """
    files = _Files(out)
    _check_free(files, source, force=force)
    imported = Imported()
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        # Without names in the file system until they are whole, so that nothing is left behind.
        with _unnamed(out.parent) as lines, _unnamed(out.parent) as report:
            records = read_rows(source, form, delimiter, progress)
            _sort(records, imported, _Intake(header.name, wanted, form), lines, report)
            with alone(out.parent):
                sweep_files(out.parent)
                # Reading may take long; somebody else may have written the corpus meanwhile.
                _check_free(files, source, force=force)
                _write(files, header, imported, lines, report)
    except OSError as error:
        raise EngramError(f"cannot write {out}: {error.strerror or error}") from error
    return imported


def _check_free(files: _Files, source: Path, *, force: bool) -> None:
    there = [path for path in files.all if os.path.lexists(path)]
    if any(path.exists() and path.samefile(source) for path in there):
        raise EngramError(f"{source} itself would be replaced", help="Give another -o.")
    if folders := [path for path in there if path.is_dir()]:
        raise EngramError(f"{folders[0]} is a folder", help="Give another -o.")
    if there and not force:
        raise EngramError(f"{there[0]} exists", help="Give another -o, or --force to replace it.")


@dataclass(slots=True)
class _Intake:
    """What is known of the rows so far."""

    name: str
    wanted: Wanted
    form: Form
    shape: Shape | None = None
    copies: Copies = field(default_factory=Copies)
    columns: dict[str, None] = field(default_factory=dict)

    def pattern(self, record: Record) -> Pattern:
        """The pattern that a record is; raises Unfit."""
        if record.data is None:
            kind, _, detail = record.fault.partition(": ")
            raise Unfit(kind, detail)
        if self.shape is None:
            table = self.form in ("csv", "tsv")
            self.shape = shape_of(record.data, self.wanted, self.name, table=table)
        if len(self.columns) < MOST_COLUMNS:
            self.columns.update(dict.fromkeys(record.data))
        pattern = self.shape.pattern(record.data)
        self.copies.admit(pattern, record.line)
        return pattern


def _sort(
    records: Iterator[Record],
    imported: Imported,
    intake: _Intake,
    lines: IO[bytes],
    report: IO[bytes],
) -> None:
    for record in records:
        imported.rows += 1
        try:
            lines.write(as_line(intake.pattern(record)))
            imported.taken += 1
        except Unfit as unfit:
            imported.rejected[unfit.kind] += 1
            report.write(_told(record, str(unfit)))
    if intake.shape:
        imported.shape = intake.shape.told
        imported.unused = [name for name in intake.columns if name not in intake.shape.uses]


def _told(record: Record, reason: str) -> bytes:
    told = {"line": record.line, "reason": reason}
    try:
        told["content"] = record.content.decode("utf-8")
    except UnicodeDecodeError:
        told["base64"] = base64.b64encode(record.content).decode("ascii")
    return json.dumps(told).encode("ascii") + b"\n"


def _write(
    files: _Files, header: Header, imported: Imported, lines: IO[bytes], report: IO[bytes]
) -> None:
    if imported.rejected:
        _copy(report, files.report)
        imported.report = files.report
    if not imported.taken:
        return
    text = _yaml(files, header, imported, lines)
    if text is None:
        _copy(lines, files.lines)
        # Last: without it the lines are no corpus yet.
        write_file(files.header, "".join(header.lines()).encode())
        imported.corpus = [files.lines, files.header]
    else:
        write_file(files.yaml, text)
        imported.corpus = [files.yaml]
    for path in files.all:
        if path not in (*imported.corpus, imported.report):
            remove(path)


def _yaml(files: _Files, header: Header, imported: Imported, lines: IO[bytes]) -> bytes | None:
    """The corpus as YAML, unless other lines were asked for or it would be too large to read."""
    if files.out.suffix == ".jsonl" or imported.taken > MOST_IN_YAML:
        return None
    lines.seek(0)
    patterns = (Pattern.model_validate_json(line) for line in lines)
    text = "".join(as_yaml(header, patterns)).encode()
    return text if len(text) <= Limits().file_bytes else None


def _copy(source: IO[bytes], path: Path) -> None:
    source.seek(0)
    with writing(path) as file:
        shutil.copyfileobj(source, file)


def _unnamed(folder: Path) -> IO[bytes]:
    return tempfile.TemporaryFile(dir=folder)
