"""Pass 3: what corpora and patterns say is looked over, one by one and side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engram.compiler import content
from engram.compiler.growth import too_many_steps
from engram.compiler.judged import by_judges
from engram.compiler.lint import lint, slow_regexes
from engram.compiler.plain import of_plain_scalars
from engram.compiler.rules import LICENSE
from engram.compiler.spelling import alike
from engram.compiler.state import CheckedCorpus, State
from engram.core.build import Options
from engram.core.finding import Finding


def review(state: State, _options: Options) -> tuple[State, list[Finding]]:
    """The state as it is, and what its authors may not have meant."""
    findings = [finding for document in state.documents for finding in of_plain_scalars(document)]
    for home in state.corpora:
        findings += content.of_corpus(home)
    costly = dict(too_many_steps(state.entries, state.config.limits))
    findings += costly.values()
    usual = [entry for entry in state.entries if id(entry) not in costly]
    for entry in usual:
        findings += lint(entry)
    findings += slow_regexes(usual)
    findings += by_judges(usual)
    for entry in state.entries:
        findings += content.of_pattern(entry)
    findings += unlicensed(state.corpora)
    findings += alike(state.entries)
    return state, findings


def unlicensed(corpora: Sequence[CheckedCorpus]) -> Iterator[Finding]:
    """A finding for each corpus without a licence, if there are some with one.

    The plain form has none, and what stays at home needs none.
    """
    licensed = [home for home in corpora if home.corpus.license]
    for home in corpora if licensed else ():
        if not home.corpus.license:
            message = f"`license` is missing; {licensed[0].document.file.shown} has one"
            at = home.document.at(("name",))
            yield LICENSE.finding(home.document.file.shown, at, message)
