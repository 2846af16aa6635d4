"""Two runs compared, for a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Iterator

from tabulate import tabulate

from engram.core.build import PROBE_NAMES
from engram.core.compared import Compared, Contestant, Flip, Paired
from engram.report.difference import difference_text
from engram.report.figures import NONE, PROBE_TITLES, p_value, percent
from engram.report.mistakes import said
from engram.report.text import counted, shorten, visible

WIDTH = 80
MOST = 25
DIGESTS = 12


def compared_text(compared: Compared) -> str:
    """Who is compared, the paired test of each probe, what flipped, and how the builds differ."""
    parts = (
        _head(compared),
        _probes(compared),
        _flips("Lost", [flip for flip in compared.flips if not flip.gained]),
        _flips("Gained", [flip for flip in compared.flips if flip.gained]),
        _builds(compared),
    )
    return "\n\n".join(part for part in parts if part)


def _head(compared: Compared) -> str:
    lines = [_named("A", compared.a), _named("B", compared.b)]
    for name, (then, now) in compared.differ.items():
        lines.append(shorten(f"   {name}: {_value(then)} -> {_value(now)}", WIDTH))
    return "\n".join(lines)


def _named(letter: str, one: Contestant) -> str:
    return shorten(
        f"{letter}  run {one.run_id[:DIGESTS]} of build {one.build_id[:DIGESTS]}: "
        f"{one.model}, {one.preset}",
        WIDTH,
    )


def _value(value: object) -> str:
    text = str(value)
    return text[:DIGESTS] if len(text) == 64 else text


def _probes(compared: Compared) -> str:
    rows = [_probe(PROBE_TITLES[name], compared.probes[name]) for name in PROBE_NAMES]
    table = tabulate(
        rows,
        headers=["", "A", "B", "n", "gained", "lost", "p"],
        tablefmt="simple",
        colalign=["left", *["right"] * 6],
        disable_numparse=True,
    )
    return (
        f"{table}\n\n"
        "Shares of groups with every answer right, on the rows that both were asked;\n"
        "p: McNemar's exact one on the groups gained and lost.\n"
        f"{_coverage(compared)}"
    )


def _probe(title: str, paired: Paired) -> list[str]:
    if not paired.n:
        return [title, NONE, NONE, "0", NONE, NONE, NONE]
    return [
        title,
        percent(paired.a_correct / paired.n),
        percent(paired.b_correct / paired.n),
        str(paired.n),
        str(paired.gained),
        str(paired.lost),
        p_value(paired.p),
    ]


def _coverage(compared: Compared) -> str:
    left = compared.not_compared
    told = f"{counted(compared.rows, 'row')} compared"
    counts = {"only in A": left.only_a, "only in B": left.only_b, "asked otherwise": left.changed}
    others = [f"{n:,} {why}" for why, n in counts.items() if n]
    return f"{told}; not compared: {', '.join(others)}." if others else f"{told}, which is all."


def _flips(title: str, flips: list[Flip]) -> str:
    if not flips:
        return ""
    lines = [f"{title}: {counted(len(flips), 'answer')}"]
    lines += [line for flip in flips[:MOST] for line in _flip(flip)]
    if len(flips) > MOST:
        lines.append(f"  ... and {len(flips) - MOST:,} more: --format json has them all")
    return "\n".join(lines)


def _flip(flip: Flip) -> Iterator[str]:
    yield f"  {visible(flip.place)} ({PROBE_TITLES[flip.probe]})"
    texts = {
        "asked": flip.prompt,
        "expected": flip.expected,
        "A said": said(flip.a),
        "B said": said(flip.b),
    }
    for name, text in texts.items():
        yield f"    {name:<9} {shorten(text, WIDTH - 14)}"


def _builds(compared: Compared) -> str:
    if compared.builds is not None:
        return f"From the build of A to that of B:\n\n{difference_text(compared.builds)}"
    if compared.a.build_id == compared.b.build_id:
        return ""
    return (
        "They are of two builds, which are not both at hand as they were then: what came\n"
        "and went is not listed. `engram diff OLD NEW` compares builds that are."
    )
