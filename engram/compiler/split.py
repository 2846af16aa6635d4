"""Pass 6: every group gets a split, and every prompt the question that it asks there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from engram.compiler.coverage import untested
from engram.compiler.holding import hold_out
from engram.compiler.moves import moved_patterns, moved_wordings
from engram.compiler.placing import place
from engram.compiler.state import Group, Seat, State
from engram.core.build import Options, Split
from engram.core.finding import Finding


def split(state: State, options: Options) -> tuple[State, list[Finding]]:
    """The state with a place for every group, and with what is held out of those in train.

    What is on record in the lock stays where it is.
    """
    groups, lock = state.groups, state.lock
    places = place(groups, lock, options)
    trained = [group for group in groups if places[group.key] == "train"]
    held_out = hold_out(state, trained, options)
    findings = [
        *untested(groups, places, held_out.held, options),
        *moved_patterns(lock, groups, places),
        *moved_wordings(held_out.lapsed),
    ]
    return replace(state, places=places, held_out=held_out), findings


def seats_of(state: State) -> Iterator[Seat]:
    """A seat for every prompt that is asked."""
    away = {held.phrase.prompt: held.split for held in state.held_out.held}
    for group in state.groups:
        yield from _seats(group, state.places[group.key], away)


def _seats(group: Group, place: Split, away: Mapping[str, Split]) -> Iterator[Seat]:
    """The seats of a group: all of a trained one, only the bare prompts of a held-out one."""
    for phrase in group.phrases:
        if place != "train":
            if phrase.kind == "bare":
                yield Seat(phrase, place, "novel")
        elif phrase.prompt in away:
            yield Seat(phrase, away[phrase.prompt], "variant")
        else:
            yield Seat(phrase, "train", "recall")
