"""Pass 2: documents become corpora and patterns; what each says is checked by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from engram.compiler import rules
from engram.compiler.lint import lint
from engram.compiler.problems import Problem, problems_in
from engram.compiler.state import CheckedCorpus, Document, Entry, InDocument, State
from engram.compiler.wording import finding_of
from engram.core.build import Options
from engram.core.corpus import Corpus
from engram.core.finding import Finding


def check(state: State, _options: Options) -> tuple[State, list[Finding]]:
    """The state with every corpus and pattern that can be used, and what is wrong with the rest."""
    corpora: list[CheckedCorpus] = []
    findings: list[Finding] = []
    for document in state.documents:
        problems = problems_in(document.parsed.data)
        findings += filter(None, (finding_of(document, problem) for problem in problems))
        corpus = _usable(document, problems)
        if corpus:
            corpora.append(corpus)
    findings += _same_names(corpora)
    entries = tuple(entry for home in corpora for entry in _entries(home))
    for entry in entries:
        findings += lint(entry)
    return replace(state, corpora=tuple(corpora), entries=entries), findings


def _usable(document: Document, problems: list[Problem]) -> CheckedCorpus | None:
    """The corpus without what is wrong in it, so that the rest is still looked at."""
    data = document.parsed.data
    if not problems:
        corpus = Corpus.model_validate(data)
        return CheckedCorpus(corpus, tuple(range(len(corpus.examples))), document)
    if not isinstance(data, dict) or not isinstance(data.get("examples"), list):
        return None
    bad = {
        problem.path[1]
        for problem in problems
        if problem.path[0] == "examples" and problem.path[1:]
    }
    indexes = tuple(index for index in range(len(data["examples"])) if index not in bad)
    try:
        corpus = Corpus.model_validate(_header(data, problems) | _examples(data, indexes))
    except ValidationError:
        return None
    return CheckedCorpus(corpus, indexes, document)


def _header(data: dict[str, Any], problems: list[Problem]) -> dict[str, Any]:
    bad = {problem.path[0] for problem in problems}
    kept = {key: value for key, value in data.items() if key not in bad}
    return {"name": "unnamed", "description": ""} | kept


def _examples(data: dict[str, Any], indexes: tuple[int, ...]) -> dict[str, Any]:
    return {"examples": [data["examples"][index] for index in indexes]}


def _entries(home: CheckedCorpus) -> Iterator[Entry]:
    for pattern, index in zip(home.corpus.examples, home.indexes, strict=True):
        yield Entry(pattern, home, InDocument(home.document, index))


def _same_names(corpora: list[CheckedCorpus]) -> Iterator[Finding]:
    first: dict[str, CheckedCorpus] = {}
    for home in corpora:
        name = home.corpus.name
        other = first.setdefault(name, home)
        if other is not home and ("name",) in home.document.parsed.values:
            message = f"a corpus named `{name}` also stands in {other.document.file.shown}"
            at = home.document.at(("name",))
            yield rules.DUPLICATE_NAME.finding(home.document.file.shown, at, message)
