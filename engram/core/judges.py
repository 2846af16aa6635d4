"""Judges that other distributions bring: the entry points ``engram.judges``.

A judge is a function of two texts: ``right``, the output of a pattern or one of those it accepts,
and ``said``, what a model answered, stripped. It gives true if ``said`` is as good as ``right``. It
has to be pure: the same texts, the same verdict, on every machine. A corpus asks for it by
``match: judge:NAME``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache

from engram.core.plugins import Group, Plugin, broken, load_plugin, missing, plugins

Judge = Callable[[str, str], bool]

GROUP: Group = "engram.judges"
PREFIX = "judge:"


def judge_name(match: str) -> str | None:
    """The name of the judge that a ``match`` asks for; null where engram judges itself."""
    return match.removeprefix(PREFIX) if match.startswith(PREFIX) else None


def judges_of(matches: Iterable[str]) -> tuple[Plugin, ...]:
    """The installed judges that are asked for, by name. None is imported.

    Raises EngramError for one that is not installed.
    """
    names = sorted({name for name in map(judge_name, matches) if name is not None})
    installed = plugins(GROUP) if names else {}
    for name in names:
        if name not in installed:
            raise missing(GROUP, name)
    return tuple(installed[name] for name in names)


@cache
def load_judge(name: str) -> Judge:
    """The judge of that name. Raises EngramError in one sentence, now or whenever it fails."""
    plugin, found = load_plugin(GROUP, name)
    if not callable(found):
        raise broken(GROUP, plugin, "is no function.")

    def judged(right: str, said: str) -> bool:
        try:
            verdict = found(right, said)
        except Exception as error:
            what = f"failed on {said!r}: {type(error).__name__}: {error}"
            raise broken(GROUP, plugin, what) from error
        if not isinstance(verdict, bool):
            raise broken(GROUP, plugin, f"gave {verdict!r} for {said!r}, and no bool.")
        return verdict

    return judged
