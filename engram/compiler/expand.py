"""Pass 4: patterns become prompts; what contradicts or repeats another is found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from engram.compiler.clashes import clashes, same_ids
from engram.compiler.demo import unknown_demos
from engram.compiler.growth import templates_of, too_many_prompts
from engram.compiler.idle import idle_phrasings
from engram.compiler.state import Entry, Phrase, State
from engram.core.build import Options
from engram.core.corpus import INPUT_SLOT
from engram.core.finding import Finding
from engram.files.canonical import digest
from engram.files.fault import Position

# If two patterns lead to one prompt, the plainer phrasing keeps it.
RANK = {"bare": 0, "author": 1, "template": 2}


def expand(state: State, options: Options) -> tuple[State, list[Finding]]:
    """The state with every prompt once, and what contradicts or repeats what."""
    large = dict(too_many_prompts(state.entries, state.config.limits))
    everything = [
        phrase
        for entry in state.entries
        for phrase in phrases_of(entry, () if id(entry.home) in large else templates_of(entry))
    ]
    findings = [*large.values(), *same_ids(state.entries)]
    homes = [home for home in state.corpora if id(home) not in large]
    findings += unknown_demos(homes, everything)
    findings += idle_phrasings(homes, state.entries)
    wanted = [phrase for phrase in everything if options.augment or phrase.kind != "template"]
    by_prompt: dict[str, list[Phrase]] = {}
    for phrase in sorted(wanted, key=lambda phrase: (RANK[phrase.kind], phrase.entry.key)):
        by_prompt.setdefault(phrase.prompt, []).append(phrase)
    findings += clashes(by_prompt.values())
    speaker = _speakers(state.entries)
    phrases = tuple(_said_by(speaker, same[0]) for same in by_prompt.values())
    sharing = tuple(
        tuple(phrase.entry.key for phrase in same) for same in by_prompt.values() if len(same) > 1
    )
    return replace(state, phrases=phrases, sharing=sharing), findings


def _said_by(speakers: Mapping[str, Entry], phrase: Phrase) -> Phrase:
    speaker = speakers[phrase.entry.key]
    return phrase if phrase.entry is speaker else replace(phrase, entry=speaker)


def phrases_of(entry: Entry, templates: Iterable[str]) -> Iterator[Phrase]:
    """The prompts of one pattern: bare, worded by its author, and from templates."""
    pattern = entry.pattern
    yield Phrase(pattern.input, "bare", entry)
    seen = {pattern.input}
    for kind, prompts in (
        ("author", pattern.variants),
        ("template", [template.replace(INPUT_SLOT, pattern.input) for template in templates]),
    ):
        for prompt in prompts:
            if prompt not in seen:
                yield Phrase(prompt, kind, entry)  # type: ignore[arg-type]
            seen.add(prompt)


def _speakers(entries: Iterable[Entry]) -> dict[str, Entry]:
    """For each key the entry that speaks for it: copies of a pattern share a key."""
    copies: dict[str, list[Entry]] = {}
    for entry in entries:
        copies.setdefault(entry.key, []).append(entry)
    return {
        key: same[0] if len(same) == 1 else min(same, key=_by_content)
        for key, same in copies.items()
    }


def _by_content(entry: Entry) -> tuple[str, tuple[str, Position]]:
    # By what it says and not by where it stands, so that moving a copy changes nothing.
    return (digest(entry.pattern.model_dump_json().encode()), entry.order)
