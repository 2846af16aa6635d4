"""What became of an export, in at most 80 columns."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engram.core.exported import Differing, ExportRecord, Parity
from engram.report.figures import percent
from engram.report.mistakes import said
from engram.report.text import counted, shorten, visible
from engram.report.units import size

WIDTH = 80
MOST_DIFFERING = 10
FAULTS = {
    "prompt": "its chat template or tokenizer makes other tokens of the prompt",
    "answer": "it answers otherwise",
    "stop": "it ends otherwise",
}


def exported_lines(record: ExportRecord, out: Path) -> Iterator[str]:
    """What was written, and how it was found to answer."""
    total = sum(file.bytes for file in record.files)
    yield f"exported: {visible(str(out))} ({counted(len(record.files), 'file')}, {size(total)})"
    if record.parity is None:
        yield "checked:  NOT AT ALL. Nobody knows yet whether it answers as the adapter does."
    else:
        yield from parity_lines(record.parity)


def parity_lines(parity: Parity) -> Iterator[str]:
    """How many rows were answered alike, and whether answers ended by themselves."""
    yield f"asked:    {counted(parity.rows, 'row')} in {parity.client}"
    yield (
        f"alike:    {parity.same} as the adapter answers ({percent(parity.share)}; "
        f"at least {percent(parity.least)} had to be)"
    )
    yield f"stopped:  {parity.stopped} of the {parity.stops} that end with the stop token"


def differing_lines(parity: Parity) -> Iterator[str]:
    """The rows that were answered otherwise, up to a number."""
    for one in parity.differing[:MOST_DIFFERING]:
        yield from _differing(one)
    if len(parity.differing) > MOST_DIFFERING:
        yield f"  ... and {len(parity.differing) - MOST_DIFFERING} more"


def _differing(one: Differing) -> Iterator[str]:
    yield f"  {visible(one.place)}: {FAULTS[one.fault]}"
    yield f"    asked     {shorten(one.prompt, WIDTH - 14)}"
    yield f"    adapter   {shorten(said(one.adapter), WIDTH - 14)}"
    yield f"    export    {shorten(said(one.export), WIDTH - 14)}"
