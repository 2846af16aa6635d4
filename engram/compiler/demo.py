"""Which prompts a demonstration shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from heapq import nsmallest

from engram.compiler.proof import Rows
from engram.compiler.rows import RowLike
from engram.compiler.rules import DEMO
from engram.compiler.state import CheckedCorpus, Phrase
from engram.compiler.wording import shown
from engram.core.build import PROBES, SPLITS, DemoPrompt
from engram.core.finding import Finding
from engram.files.canonical import rank_of

MOST = 12
OF_EACH_PROBE = 2


def unknown_demos(corpora: Iterable[CheckedCorpus], phrases: Iterable[Phrase]) -> Iterator[Finding]:
    """A finding for each prompt under ``demo`` that its corpus does not hold.

    A corpus with faults may well hold it, in a pattern that could not be used.
    """
    asking = [home for home in corpora if home.corpus.demo and home.whole]
    known = {(id(phrase.entry.home), phrase.prompt) for phrase in phrases} if asking else set()
    for home in asking:
        for index, prompt in enumerate(home.corpus.demo):
            if (id(home), prompt) not in known:
                message = f"no pattern of this corpus has the prompt {shown(prompt)}"
                at = home.document.at(("demo", index))
                yield DEMO.finding(home.document.file.shown, at, message)


def demo_prompts(corpora: Iterable[CheckedCorpus], rows: Rows, seed: int) -> tuple[DemoPrompt, ...]:
    """The prompts that authors named, then some of each probe; those only where there is a row."""
    by_prompt = {row.prompt: row for split in SPLITS for row in rows[split]}
    ordered = sorted(corpora, key=lambda home: home.corpus.name)
    named = [by_prompt.get(prompt) for home in ordered for prompt in home.corpus.demo]
    chosen: dict[str, RowLike] = {}
    for row in named:
        if row and len(chosen) < MOST - OF_EACH_PROBE * len(PROBES):
            chosen[row.id] = row
    for probe in PROBES:
        pool = [row for row in rows["train" if probe == "recall" else "test"] if row.probe == probe]
        others = nsmallest(
            OF_EACH_PROBE,
            (row for row in pool if row.id not in chosen),
            key=lambda row: (row.phrasing == "template", rank_of(seed, "demo", row.id)),
        )
        chosen.update((row.id, row) for row in others)
    return tuple(
        DemoPrompt(prompt=row.prompt, answer=row.answer, probe=row.probe, row=row.id)
        for row in chosen.values()
    )
