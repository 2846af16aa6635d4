"""What has a place in the lock stays there, while corpora grow, shrink and are rewritten."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engram.compiler.lock import Line, Lock, name_of, parse_lock
from engram.compiler.normal import normal_form
from engram.compiler.split import seats_of
from engram.compiler.state import State
from engram.core.build import SPLITS, Options, Split
from engram.core.finding import Finding, errors_in
from tests.compiler.factories import Fields, corpus, look, pattern, write_corpora
from tests.effort import effort

WORDS = st.sampled_from(["a", "A", "b", "c", "d", "e f", "E  F", "Complete: a", "Complete: b"])
PATTERNS = st.fixed_dictionaries(
    {"input": WORDS, "output": st.just("x"), "category": st.sampled_from("pq")},
    optional={
        "id": st.sampled_from(["one", "two", "three", "four"]),
        "variants": st.lists(WORDS, max_size=2),
    },
)
CORPORA = st.tuples(
    st.lists(PATTERNS, min_size=1, max_size=6), st.sampled_from(["pattern", "variant"])
)
OPTIONS = st.builds(
    Options,
    seed=st.integers(0, 3),
    ratios=st.sampled_from([(80, 10, 10), (1, 1, 1), (1, 3, 3), (1, 0, 0), (8, 2, 0)]),
    augment=st.booleans(),
)
HISTORY = st.lists(st.tuples(CORPORA, OPTIONS), min_size=2, max_size=4)


def placed(
    documents: Sequence[Fields], lock: Lock | None = None, options: Options | None = None
) -> tuple[State, list[Finding]]:
    """What becomes of these corpora under a lock."""
    with tempfile.TemporaryDirectory() as name:
        return look(write_corpora(Path(name), *documents), options or Options(), lock)


def split_of(state: State) -> dict[str, Split]:
    """The split of every pattern, by its id or its input."""
    return {
        entry.pattern.id or entry.pattern.input: state.places[group.key]
        for group in state.groups
        for entry in group.entries
    }


def asked(state: State) -> Counter[tuple[Split, str]]:
    return Counter((seat.split, seat.probe) for seat in seats_of(state))


@settings(max_examples=effort(100, nightly=1000))
@given(HISTORY)
def test_whatever_becomes_of_corpora_what_was_trained_is_never_tested_as_new(
    history: list[tuple[tuple[list[Any], str], Options]],
) -> None:
    """Through any series of corpora, each compiled under the lock that the one before it left."""
    lock = Lock()
    trained: set[str] = set()
    steered: set[str] = set()
    for (examples, holdout), options in history:
        document = corpus(examples, holdout=holdout, phrasings=["Complete: {input}"])
        state, findings = placed([document], lock, options)
        if errors_in(findings):
            continue
        for seat in seats_of(state):
            form = normal_form(seat.phrase.prompt)
            if seat.probe == "novel":
                assert form not in trained
                assert seat.split == "valid" or form not in steered
            if seat.probe == "variant" and seat.phrase.kind == "author":
                assert form not in trained
        by_author = [seat for seat in seats_of(state) if seat.phrase.kind != "template"]
        trained |= {normal_form(s.phrase.prompt) for s in by_author if s.split == "train"}
        steered |= {normal_form(s.phrase.prompt) for s in by_author if s.split == "valid"}

        told = [f.message for f in findings if f.code == "ENG502"]
        told = [message for message in told if not message.startswith("the wording")]
        movers = {entry.key for entry in state.change.moved}
        crowds = [g for g in state.groups if movers & {entry.key for entry in g.entries}]
        assert len(told) == len(crowds)
        for name, spot in lock.spots.items():
            assert SPLITS.index(state.renewed.spots[name].split) <= SPLITS.index(spot.split)

        lock = state.renewed
        assert parse_lock(lock.text, "x") == (lock, [])
        again, findings = placed([document], lock, options)
        assert again.renewed == lock
        assert again.places == state.places
        assert {(s.phrase.prompt, s.split, s.probe) for s in seats_of(again)} == {
            (s.phrase.prompt, s.split, s.probe) for s in seats_of(state)
        }
        assert not [finding for finding in findings if finding.code == "ENG502"]


def sums(numbers: range, categories: int = 6, **fields: Any) -> list[Fields]:
    return [pattern(n, f"c{n % categories}", **fields) for n in numbers]


@settings(max_examples=effort(30, nightly=300))
@given(
    st.integers(60, 120),
    st.integers(1, 7),
    st.integers(0, 9),
    st.sampled_from(["pattern", "variant"]),
)
def test_adding_patterns_moves_nothing(size: int, categories: int, seed: int, holdout: str) -> None:
    options = Options(seed=seed)
    small = corpus(sums(range(size), categories), holdout=holdout)
    grown = corpus(sums(range(size + max(1, size // 20)), categories), holdout=holdout)
    before, _ = placed([small], options=options)
    after, findings = placed([grown], before.renewed, options)
    assert split_of(before).items() <= split_of(after).items()
    for seat in seats_of(before):
        same = [s for s in seats_of(after) if s.phrase.prompt == seat.phrase.prompt]
        assert [(s.split, s.probe) for s in same] == [(seat.split, seat.probe)]
    assert [finding.code for finding in findings if finding.code != "ENG312"] == []


@settings(max_examples=effort(20, nightly=200))
@given(st.sets(st.integers(0, 59), max_size=40), st.randoms(use_true_random=False))
def test_removing_renaming_reordering_recasing_and_reformatting_move_nothing(
    gone: set[int], random: Any
) -> None:
    everything = sums(range(60), 2)
    before, _ = placed([corpus(everything)])
    rewritten = [
        e | {"input": f"  {e['input'].replace('+', ' +')}".upper()}
        for n, e in enumerate(everything)
        if n not in gone or n < 20
    ]
    random.shuffle(rewritten)
    half = len(rewritten) // 2
    documents = [corpus(rewritten[:half], "first"), corpus(rewritten[half:], "second")]
    after, _ = placed(documents, before.renewed, Options(seed=1, ratios=(1, 1, 1)))
    was = {normal_form(name): split for name, split in split_of(before).items()}
    assert all(was[normal_form(name)] == split for name, split in split_of(after).items())
    assert (len(after.change.new), len(after.change.moved)) == (0, 0)
    assert after.renewed == before.renewed

    back, _ = placed([corpus(everything)], after.renewed)
    assert split_of(back) == split_of(before)


@settings(max_examples=effort(40, nightly=400))
@given(
    st.lists(st.integers(10, 40), min_size=1, max_size=12),
    st.sampled_from([(80, 10, 10), (50, 25, 25), (70, 20, 10), (90, 5, 5)]),
    st.integers(0, 9),
)
def test_a_fresh_lock_keeps_to_the_ratios_in_total_and_in_every_category(
    sizes: list[int], ratios: tuple[int, int, int], seed: int
) -> None:
    numbers = iter(range(sum(sizes)))
    patterns = [
        pattern(next(numbers), f"c{c}") for c, size in enumerate(sizes) for _ in range(size)
    ]
    state, _ = placed([corpus(patterns, phrasings=[])], options=Options(ratios=ratios, seed=seed))
    found = Counter((g.category, state.places[g.key]) for g in state.groups)
    for split, part in zip(SPLITS, ratios, strict=True):
        total = sum(n for (_, where), n in found.items() if where == split)
        assert abs(total * 100 - sum(sizes) * part) <= 100
        for c, size in enumerate(sizes):
            assert abs(found[f"c{c}", split] * 100 - size * part) < 200


def test_new_patterns_bring_a_category_back_to_the_ratios() -> None:
    lookups = corpus(sums(range(30), 1), holdout="variant")
    before, _ = placed([lookups])
    rules, _ = placed([corpus(sums(range(30), 1))], before.renewed)
    assert set(split_of(rules).values()) == {"train"}
    grown, _ = placed([corpus(sums(range(40), 1))], rules.renewed)
    assert Counter(split_of(grown).values()) == {"train": 32, "valid": 4, "test": 4}


def three(lock: dict[str, Line], **fields: Any) -> tuple[State, list[Finding]]:
    """Three patterns, the first with a variant, under a lock that places them by their ids."""
    patterns = [pattern(n, id=f"p{n}") for n in range(3)]
    patterns[0] |= fields
    return placed([corpus(patterns)], Lock(lock))


@pytest.mark.parametrize(
    ("one", "other", "place"),
    [
        ("train", "valid", "train"),
        ("test", "train", "train"),
        ("valid", "test", "valid"),
        ("test", "test", "test"),
    ],
)
def test_a_group_goes_to_the_place_nearest_to_train(one: Split, other: Split, place: str) -> None:
    lock = {"p0": Line(one, {}), "p1": Line(other, {}), "p2": Line("train", {})}
    state, findings = three(lock, variants=["2 + 1 ="])
    assert split_of(state) == {"p0": place, "p1": place, "p2": "train"}
    moved = {"p0": one, "p1": other, "p2": "train"}
    name, was = next(((n, s) for n, s in moved.items() if s != split_of(state)[n]), ("", ""))
    told = [finding for finding in findings if finding.code == "ENG502"]
    assert len(told) == bool(name)
    for finding in told:
        stays = "p1" if name == "p0" else "p0"
        assert finding.message.startswith(f"`{name}` moves from {was} to {place}: ")
        assert f"now in one group with `{stays}` (" in finding.message


def test_groups_that_come_apart_again_stay_where_they_went() -> None:
    lock = {"p0": Line("train", {}), "p1": Line("test", {}), "p2": Line("test", {})}
    merged, _ = three(lock, variants=["2 + 1 ="])
    apart, findings = three(dict(merged.renewed.lines))
    assert split_of(apart) == {"p0": "train", "p1": "train", "p2": "test"}
    assert [finding.code for finding in findings if finding.code == "ENG502"] == []


def test_a_category_without_anything_in_train_gets_a_group_of_valid_before_one_of_test() -> None:
    lock = {"p0": Line("test", {}), "p1": Line("valid", {}), "p2": Line("test", {})}
    state, findings = three(lock)
    assert split_of(state) == {"p0": "test", "p1": "train", "p2": "test"}
    (finding,) = [finding for finding in findings if finding.code == "ENG502"]
    assert finding.message == (
        "`p1` moves from valid to train: nothing else of its category is in train"
    )


def test_a_category_without_anything_in_train_gets_what_is_new_before_what_is_placed() -> None:
    lock = {"p0": Line("test", {}), "p1": Line("valid", {})}
    state, findings = three(lock)
    assert split_of(state) == {"p0": "test", "p1": "valid", "p2": "train"}
    assert "ENG502" not in {finding.code for finding in findings}


def test_rules_that_become_lookups_are_trained_and_that_is_said_by_group() -> None:
    lock = {"p0": Line("test", {}), "p1": Line("valid", {}), "p2": Line("train", {})}
    patterns = [pattern(n, id=f"p{n}", variants=["what is it?"]) for n in range(2)]
    patterns[0]["accept"] = ["3"]
    document = corpus([*patterns, pattern(2, id="p2")], holdout="variant", phrasings=[])
    state, findings = placed([document], Lock(lock))
    assert set(split_of(state).values()) == {"train"}
    (finding,) = [finding for finding in findings if finding.code == "ENG502"]
    assert finding.message == (
        "`p0`, `p1` move from valid and test to train: "
        "its corpus holds out wordings only (`holdout: variant`)"
    )


KNOWN = pattern(0, id="p0", variants=["nothing and two"])
NAMELESS = {key: value for key, value in KNOWN.items() if key != "id"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (NAMELESS, KNOWN),
        (KNOWN, NAMELESS),
        (KNOWN, KNOWN | {"id": "p9"}),
        (KNOWN, KNOWN | {"input": "zero plus two", "variants": []}),
        (KNOWN, pattern(0, input="Nothing  and TWO")),
        (NAMELESS, pattern(0, variants=["two and naught"])),
    ],
    ids=["id given", "id dropped", "id changed", "reworded", "a variant alone", "input kept"],
)
def test_a_pattern_is_known_by_its_id_and_by_its_wordings(old: Fields, new: Fields) -> None:
    other = pattern(1, id="p1")
    lock = Lock({old.get("id") or name_of(old["input"]): Line("test", {}), "p1": Line("train", {})})
    before, _ = placed([corpus([old, other])], lock)
    after, findings = placed([corpus([new, other])], before.renewed)
    assert split_of(after) == {new.get("id") or new["input"]: "test", "p1": "train"}
    assert (len(after.change.new), len(after.change.moved)) == (0, 0)
    assert "ENG502" not in {finding.code for finding in findings}


def test_a_pattern_that_gets_an_id_takes_over_its_line_and_no_name_stands_twice() -> None:
    before, _ = placed([corpus([NAMELESS, pattern(1)])])
    after, _ = placed([corpus([KNOWN, pattern(1)])], before.renewed)
    assert set(before.renewed.lines) == {name_of(KNOWN["input"]), name_of("2 + 1 =")}
    assert set(after.renewed.lines) == {"p0", name_of("2 + 1 =")}
    assert {name_of(KNOWN["input"]), name_of("nothing and two")} <= set(
        after.renewed.lines["p0"].wordings
    )


def test_patterns_that_differ_in_case_only_share_a_line_and_stay_two_patterns() -> None:
    twins = [pattern(0, input="x", output="1"), pattern(0, input="X", output="2")]
    state, _ = placed([corpus([*twins, pattern(1)])])
    assert set(state.renewed.lines) == {name_of("x"), name_of("2 + 1 =")}
    assert len(state.change.new) == 3
    assert {seat.phrase.prompt for seat in seats_of(state)} > {"x", "X"}


def wordings(*variants: str, **fields: Any) -> Fields:
    return pattern(0, id="p0", variants=list(variants), phrasings=[]) | fields


def held_in(state: State) -> dict[str, Split]:
    return {s.phrase.prompt: s.split for s in seats_of(state) if s.probe == "variant"}


def test_a_wording_stays_held_out_while_it_exists_and_is_so_again_when_it_returns() -> None:
    lock = Lock({"p0": Line("train", {name_of("two"): "valid"})})
    state, _ = placed([corpus([wordings("one", "two", "three")])], lock, Options(ratios=(8, 0, 2)))
    assert held_in(state) == {"two": "valid"}
    gone, _ = placed([corpus([wordings("one", "three")])], state.renewed)
    assert held_in(gone) == {}
    new, _ = placed([corpus([wordings("one", "four")])], gone.renewed, Options(ratios=(8, 0, 2)))
    assert held_in(new) == {"four": "test"}
    back, _ = placed([corpus([wordings("one", "TWO", "four")])], new.renewed)
    assert held_in(back) == {"TWO": "valid", "four": "test"}


def test_a_wording_that_was_trained_is_not_held_out_later() -> None:
    all_trained, _ = placed([corpus([wordings("one")])], options=Options(ratios=(1, 0, 0)))
    later, _ = placed([corpus([wordings("one")])], all_trained.renewed)
    assert held_in(later) == {}
    reworded, _ = placed([corpus([wordings("one", "two")])], later.renewed)
    assert set(held_in(reworded)) == {"two"}


def test_templates_left_out_once_are_held_out_again_as_before() -> None:
    document = corpus([pattern(n) for n in range(12)], holdout="variant")
    before, _ = placed([document])
    without, _ = placed([document], before.renewed, Options(augment=False))
    assert held_in(without) == {}
    assert without.renewed == before.renewed
    again, _ = placed([document], without.renewed)
    assert held_in(again) == held_in(before)


def test_a_wording_that_no_longer_differs_from_what_is_trained_is_trained_and_named() -> None:
    lock = Lock({"p0": Line("train", {name_of("one"): "test"})})
    state, findings = placed([corpus([wordings("one", "ONE")])], lock)
    assert held_in(state) == {}
    told = [finding for finding in findings if finding.code == "ENG502"]
    assert [finding.message for finding in told] == [
        "the wording 'ONE' of `p0` moves from test to train: "
        "it no longer differs from what is trained"
    ]
    assert state.renewed.spots[name_of("one")].held is None


def test_new_wordings_are_held_out_where_the_category_lacks_them() -> None:
    trained = {f"p{n}": Line("train", {name_of(f"w{n}"): "valid"}) for n in range(4)}
    patterns = [pattern(n, id=f"p{n}", variants=[f"w{n}"], phrasings=[]) for n in range(8)]
    state, _ = placed([corpus(patterns, holdout="variant")], Lock(trained))
    assert Counter(held_in(state).values()) == {"valid": 4, "test": 4}


def test_new_wordings_make_up_for_what_other_categories_lack() -> None:
    trained = {f"p{n}": Line("train", {name_of(f"w{n}"): "test"}) for n in range(3)}
    patterns = [
        pattern(n, "old" if n < 3 else "new", id=f"p{n}", variants=[f"w{n}"], phrasings=[])
        for n in range(4)
    ]
    state, _ = placed([corpus(patterns, holdout="variant")], Lock(trained))
    assert held_in(state) == {"w0": "test", "w1": "test", "w2": "test", "w3": "valid"}


def test_new_patterns_make_up_for_what_other_categories_lack() -> None:
    lock = {f"p{n}": Line("test" if n else "train", {}) for n in range(10)}
    patterns = [pattern(n, "old" if n < 10 else "new", id=f"p{n}") for n in range(20)]
    state, _ = placed([corpus(patterns)], Lock(lock))
    new = [split for name, split in split_of(state).items() if name not in lock]
    assert Counter(new) == {"train": 8, "valid": 2}
