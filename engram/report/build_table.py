"""A build at a glance: how many rows of each category ask what, and in which split."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from engram.core.build import (
    SPLITS,
    Count,
    Detectable,
    LeakProof,
    Manifest,
    Probe,
    Split,
)
from engram.report.figures import PROBE_TITLES
from engram.report.text import counted, shorten

NONE = "."
WIDEST = 21

# Every row of train asks recall; the others ask about an unseen wording, or a pattern held out.
COLUMNS: tuple[tuple[Split, Probe], ...] = (
    ("train", "recall"),
    ("valid", "variant"),
    ("valid", "novel"),
    ("test", "variant"),
    ("test", "novel"),
)


def build_table(manifest: Manifest) -> str:
    """Rows by category, split and probe, with totals; at most 80 columns wide."""
    from tabulate import tabulate

    categories = sorted({count.category for count in manifest.counts})
    rows = [_row(shorten(name, WIDEST), _of(manifest.counts, name)) for name in categories]
    return tabulate(
        [*rows, _row("total", manifest.counts)],
        headers=["\ncategory", *(f"{split}\n{probe}" for split, probe in COLUMNS), "\nall"],
        tablefmt="simple",
        colalign=["left", *("right" for _ in COLUMNS), "right"],
        disable_numparse=True,
    )


def build_lines(manifest: Manifest) -> list[str]:
    """What a build is, in a few lines: its size, its proof, its id."""
    proof = manifest.leak_proof
    size = {split: sum(c.rows for c in manifest.counts if c.split == split) for split in SPLITS}
    rows = ", ".join(f"{size[split]:,} {split}" for split in SPLITS)
    return [
        f"rows:       {rows}; {counted(proof.groups, 'group')} of patterns",
        f"leak proof: {proof.pairs:,} pairs of prompts compared across splits, "
        f"{proof.crossing} crossing",
        *_near_line(proof),
        *_test_lines(manifest.detectable),
        f"build:      {manifest.build_id}",
    ]


def _near_line(proof: LeakProof) -> Iterator[str]:
    if proof.near:
        pairs = counted(proof.near, "pair")
        yield f"near:       {pairs} of near-duplicates, each in one split: engram why ID"


def _test_lines(detectable: Iterable[Detectable]) -> Iterator[str]:
    label = "test:"
    for asked in detectable:
        of = f"{PROBE_TITLES[asked.probe]}, n={asked.groups:,}"
        yield f"{label:<11} {of}: {_noise(asked.per_mille)}"
        label = ""


def _noise(per_mille: int | None) -> str:
    if per_mille is None:
        return "too few to show a difference"
    if per_mille == 0:
        return "even a difference of 0.1 points can be more than noise"
    # Rounded down, so that nothing is called noise that is none.
    points = f"{per_mille // 10}" if per_mille >= 100 else f"{per_mille // 10}.{per_mille % 10}"
    return f"differences under {points} points are noise"


def _row(name: str, counts: Iterable[Count]) -> list[str]:
    counts = list(counts)
    cells = [sum(c.rows for c in counts if (c.split, c.probe) == column) for column in COLUMNS]
    return [name, *(f"{cell:,}" if cell else NONE for cell in cells), f"{sum(cells):,}"]


def _of(counts: Iterable[Count], category: str) -> list[Count]:
    return [count for count in counts if count.category == category]
