"""Patterns that ask for the judge of another distribution: whether it is there, and content."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from engram.compiler import rules
from engram.compiler.state import Entry
from engram.compiler.wording import shown
from engram.core.corpus import MATCHES
from engram.core.finding import Finding
from engram.core.judges import GROUP, judge_name, load_judge
from engram.core.plugins import listed, plugins


def by_judges(entries: Iterable[Entry]) -> Iterator[Finding]:
    """A finding for each pattern whose judge is not there, or does not take its own output.

    Raises EngramError if a judge that is installed is broken.
    """
    asked = [(entry, name) for entry in entries if (name := judge_name(entry.pattern.match))]
    if not asked:
        return
    installed = plugins(GROUP)
    advice = f"{listed(GROUP)} engram's own: {', '.join(MATCHES)}."
    for entry, name in asked:
        output = entry.pattern.output
        if name not in installed:
            message = f"no distribution that is installed brings the judge `{name}`"
            yield entry.finding(rules.UNKNOWN_JUDGE, message, "match", help=advice)
        elif not load_judge(name)(output, output.strip()):
            message = f"to the judge `{name}` the output is not right: {shown(output)}"
            yield entry.finding(rules.MATCH, message, "output")
