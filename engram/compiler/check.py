"""Pass 2: documents become corpora and patterns; what does not have their form is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from engram.compiler import rules
from engram.compiler.documents import Document
from engram.compiler.lines import entries_of
from engram.compiler.problems import Problem, problems_in, whole
from engram.compiler.sites import InDocument
from engram.compiler.state import CheckedCorpus, Entry, State
from engram.compiler.wording import finding_of
from engram.core.build import Options
from engram.core.config import Limits
from engram.core.corpus import TABLE_FIELDS, Corpus, CorpusFields
from engram.core.finding import Finding
from engram.files.fault import raised

# The lists of a corpus: what is wrong with one item says nothing against the others.
LISTS = ("examples", "templates", "rows")


def check(state: State, _options: Options) -> tuple[State, list[Finding]]:
    """The state with every corpus and pattern that can be used, and what is wrong with the rest."""
    corpora: list[CheckedCorpus] = []
    entries: list[Entry] = []
    bound: list[tuple[str, ...]] = []
    findings: list[Finding] = []
    for document in state.documents:
        model = CorpusFields if document.file.is_fields else Corpus
        corpus = whole(document.parsed.data, model)
        problems = [] if corpus else problems_in(document.parsed.data, model)
        findings += _told(document, problems, state.config.limits.faults)
        usable = _usable(document, model, corpus, problems)
        if usable:
            corpora.append(usable.home)
            entries += _listed(usable)
            entries += _lined(usable, state.config.limits, findings)
            by_row = _tabled(usable, state.config.limits, findings)
            entries += (entry for of_row in by_row for entry in of_row)
            bound += (tuple(e.key for e in of_row) for of_row in by_row if len(of_row) > 1)
    findings += _same_names(corpora)
    state = replace(state, corpora=tuple(corpora), entries=tuple(entries), bound=tuple(bound))
    return state, findings


@dataclass(frozen=True, slots=True)
class _Usable:
    """A corpus without what is wrong in it. ``indexes`` are the places of what its lists keep."""

    home: CheckedCorpus
    indexes: Mapping[str, tuple[int, ...]]


def _told(document: Document, problems: list[Problem], most: int) -> Iterator[Finding]:
    """The findings for the first problems of a document, and how many others there are."""
    yield from filter(None, (finding_of(document, problem) for problem in problems[:most]))
    if problems[most:]:
        message = f"{len(problems) - most:,} more faults are not told"
        at = document.at(problems[most].path)
        advice = f"Mend those that are, or {raised('faults')}."
        yield rules.LIMIT.finding(document.file.shown, at, message, advice)


def _usable(
    document: Document,
    model: type[CorpusFields],
    corpus: CorpusFields | None,
    problems: list[Problem],
) -> _Usable | None:
    """The corpus without what is wrong in it, so that the rest is still looked at."""
    data = document.parsed.data
    if not isinstance(data, dict):
        return None
    bad = {(problem.path[0], problem.path[1]) for problem in problems if problem.path[1:]}
    indexes = {
        name: tuple(index for index in range(len(data[name])) if (name, index) not in bad)
        for name in LISTS
        if isinstance(data.get(name), list)
    }
    if problems:
        data = _header(data, problems) | _lists(data, indexes)
        if any(name not in data for name in TABLE_FIELDS):
            data = {name: value for name, value in data.items() if name not in TABLE_FIELDS}
    try:
        home = CheckedCorpus(corpus or model.model_validate(data), document, whole=not problems)
    except ValidationError:
        return None
    return _Usable(home, indexes)


def _header(data: dict[str, Any], problems: list[Problem]) -> dict[str, Any]:
    bad = {problem.path[0] for problem in problems if problem.path}
    kept = {key: value for key, value in data.items() if key not in bad and key not in LISTS}
    # What is not a list among the lists is the name of a file of rows.
    if isinstance(data.get("rows"), str) and "rows" not in bad:
        kept["rows"] = data["rows"]
    return {"name": "unnamed", "description": ""} | kept


def _lists(data: dict[str, Any], indexes: Mapping[str, tuple[int, ...]]) -> dict[str, Any]:
    return {name: [data[name][index] for index in kept] for name, kept in indexes.items() if kept}


def _listed(usable: _Usable) -> Iterator[Entry]:
    home = usable.home
    patterns = home.corpus.examples if isinstance(home.corpus, Corpus) else ()
    for pattern, index in zip(patterns, usable.indexes.get("examples", ())):
        yield Entry(pattern, home, InDocument(home.document, index))


def _lined(usable: _Usable, limits: Limits, findings: list[Finding]) -> Iterator[Entry]:
    if usable.home.document.lines:
        for found in entries_of(usable.home, usable.home.document.lines, limits):
            if isinstance(found, Entry):
                yield found
            else:
                findings += found


def _tabled(usable: _Usable, limits: Limits, findings: list[Finding]) -> list[list[Entry]]:
    corpus = usable.home.corpus
    if not isinstance(corpus, Corpus) or not corpus.templates:
        return []
    # Imported late: most corpora have no table.
    from engram.compiler.tables import fill

    templates, rows = usable.indexes["templates"], usable.indexes.get("rows", ())
    by_row, found = fill(usable.home, corpus, templates, rows, limits)
    findings += found
    return by_row


def _same_names(corpora: list[CheckedCorpus]) -> Iterator[Finding]:
    first: dict[str, CheckedCorpus] = {}
    for home in corpora:
        name = home.corpus.name
        other = first.setdefault(name, home)
        if other is not home and ("name",) in home.document.parsed.values:
            message = f"a corpus named `{name}` also stands in {other.document.file.shown}"
            at = home.document.at(("name",))
            yield rules.DUPLICATE_NAME.finding(home.document.file.shown, at, message)
