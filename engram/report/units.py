"""Numbers as people read them."""

from __future__ import annotations

from engram.report.text import counted

UNITS = ("B", "kB", "MB", "GB", "TB")
PERIODS = (("day", 86_400), ("hour", 3_600), ("minute", 60))


def size(count: float) -> str:
    """A number of bytes in three digits or so: ``540 MB``, ``5.6 GB``. A kB is 1,000 bytes."""
    for unit in UNITS[:-1]:
        if count < 999.5:
            return _three(count, unit)
        count /= 1000
    return _three(count, UNITS[-1])


def _three(count: float, unit: str) -> str:
    return (
        f"{count:.1f} {unit}" if count < 9.95 and unit not in UNITS[:2] else f"{count:.0f} {unit}"
    )


def parameters(count: int) -> str:
    """A number of weights: ``135M``, ``2.8B``."""
    return f"{count / 1e9:.1f}B" if count >= 999_500_000 else f"{count / 1e6:.0f}M"


def age(seconds: float) -> str:
    """How long ago something was, in its largest unit: ``just now``, ``3 hours ago``."""
    for unit, length in PERIODS:
        if seconds >= length:
            return f"{counted(int(seconds // length), unit)} ago"
    return "just now"


def duration(seconds: float) -> str:
    """``98.4 s``, ``5 min 31 s`` or ``2 h 05 min``: as exact as a person cares for."""
    if seconds < 100:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, left = divmod(minutes, 60)
    return f"{hours} h {left:02} min" if hours else f"{minutes} min {rest:02} s"
