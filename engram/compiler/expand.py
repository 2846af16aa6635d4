"""Pass 4: patterns become prompts; what contradicts or repeats another is found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from engram.compiler.clashes import clashes, same_ids
from engram.compiler.demo import unknown_demos
from engram.compiler.growth import templates_of, too_many_prompts
from engram.compiler.idle import idle_phrasings
from engram.compiler.normal import normal_form
from engram.compiler.repeats import first_and_repeated
from engram.compiler.state import Entry, Phrase, State
from engram.core.build import Options, Phrasing
from engram.core.corpus import INPUT_SLOT
from engram.core.finding import Finding
from engram.files.canonical import digest
from engram.files.fault import Position

# If two patterns lead to one prompt, the plainer phrasing keeps it.
KINDS: tuple[Phrasing, ...] = ("bare", "author", "template")


def expand(state: State, options: Options) -> tuple[State, list[Finding]]:
    """The state with every prompt once, and what contradicts or repeats what."""
    large = dict(too_many_prompts(state.entries, state.config.limits))
    entries = sorted(state.entries, key=lambda entry: entry.key)
    everything = [
        phrase
        for entry in entries
        for phrase in phrases_of(entry, () if id(entry.home) in large else templates_of(entry))
    ]
    findings = [*large.values(), *same_ids(state.entries)]
    homes = [home for home in state.corpora if id(home) not in large]
    findings += unknown_demos(homes, everything)
    findings += idle_phrasings(homes, state.entries)
    kinds = KINDS if options.augment else KINDS[:-1]
    wanted = (phrase for kind in kinds for phrase in everything if phrase.kind == kind)
    first, repeated = first_and_repeated(wanted, lambda phrase: phrase.prompt)
    findings += clashes(repeated.values())
    speakers = _speakers(state.entries)
    phrases = tuple(first.values())
    if speakers:
        phrases = tuple(_said_by(speakers, phrase) for phrase in phrases)
    sharing = tuple(tuple(phrase.entry.key for phrase in same) for same in repeated.values())
    return replace(state, phrases=phrases, sharing=sharing), findings


def _said_by(speakers: Mapping[str, Entry], phrase: Phrase) -> Phrase:
    speaker = speakers.get(phrase.entry.key, phrase.entry)
    return phrase if phrase.entry is speaker else phrase._replace(entry=speaker)


def phrases_of(entry: Entry, templates: Iterable[str]) -> list[Phrase]:
    """The prompts of one pattern: bare, worded by its author, and from templates."""
    asked = entry.pattern.input
    prompts: dict[str, Phrasing] = {asked: "bare"}
    for variant in entry.pattern.variants:
        prompts.setdefault(variant, "author")
    for template in templates:
        prompts.setdefault(template.replace(INPUT_SLOT, asked), "template")
    return [Phrase(prompt, kind, entry, normal_form(prompt)) for prompt, kind in prompts.items()]


def _speakers(entries: Iterable[Entry]) -> dict[str, Entry]:
    """For each key that copies of a pattern share, the one of them that speaks for it."""
    copies = first_and_repeated(entries, lambda entry: entry.key)[1]
    return {key: min(same, key=_by_content) for key, same in copies.items()}


def _by_content(entry: Entry) -> tuple[str, tuple[str, Position]]:
    # By what it says and not by where it stands, so that moving a copy changes nothing.
    return (digest(entry.pattern.model_dump_json().encode()), entry.order)
