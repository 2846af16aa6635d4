"""Two reports compared: on common rows only, by group, with the exact test."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engram.compiler import compile_corpora
from engram.core.build import PROBE_NAMES
from engram.core.errors import EngramError, RefusedBuild
from engram.core.results import Answer, Answered, Report
from engram.lab.compare import compare
from engram.lab.evaluated import difference_of, evaluated
from engram.lab.record import write_recipe
from engram.lab.stats import mcnemar_exact
from engram.report.write import write_report
from tests.lab.conftest import write_corpora
from tests.report.factories import make_answered, make_chain, make_recipe, make_report


def asked(row: str, *, right: bool, **fields: object) -> Answered:
    values = {"group": f"g-{row}", "tuned_correct": right, **fields}
    return make_answered(row, tuned=Answer(text=f"{right}", stopped=True), **values)


def report(*answers: Answered, **chain: object) -> Report:
    return make_report(answers=answers, chain=make_chain(**chain))


def test_gained_and_lost_are_told_with_both_answers() -> None:
    a = report(asked("r1", right=False), asked("r2", right=True), asked("r3", right=True))
    b = report(asked("r1", right=True), asked("r2", right=False), asked("r3", right=True))
    found = compare(a, b)
    lost, gained = found.flips
    assert (lost.row, lost.gained, lost.a.text, lost.b.text) == ("r2", False, "True", "False")
    assert (gained.row, gained.gained, gained.place) == ("r1", True, "corpora/greetings.yaml:7")
    novel = found.probes["novel"]
    assert (novel.n, novel.gained, novel.lost, novel.p) == (3, 1, 1, 1.0)
    assert found.probes["recall"].n == 0
    assert found.probes["recall"].p is None


def test_only_what_both_were_asked_in_the_same_way_is_compared() -> None:
    a = report(
        asked("both", right=False),
        asked("old", right=True),
        asked("answer", right=True, expected="hi"),
        asked("probe", right=True, probe="recall"),
        asked("silent", right=True),
    )
    b = report(
        asked("both", right=False),
        asked("new", right=True),
        asked("answer", right=False),
        asked("probe", right=False),
        make_answered("silent", tuned=None, tuned_correct=None),
    )
    found = compare(a, b)
    assert found.rows == 1
    left = found.not_compared
    assert (left.only_a, left.only_b, left.changed) == (2, 1, 2)
    assert found.flips == ()


def test_a_group_is_right_when_all_that_both_were_asked_of_it_is() -> None:
    a = report(*(asked(f"r{i}", right=True, group="g") for i in range(3)))
    b = report(*(asked(f"r{i}", right=i != 1, group="g") for i in range(3)))
    novel = compare(a, b).probes["novel"]
    assert (novel.n, novel.a_correct, novel.b_correct, novel.lost) == (1, 1, 0, 1)


def test_what_was_set_otherwise_is_named() -> None:
    a, b = report(), report(backend="torch", build_id="9" * 64)
    b = b.model_copy(update={"recipe": make_recipe().model_copy(update={"rank": 4})})
    assert compare(a, b).differ == {
        "build_id": ("b" * 64, "9" * 64),
        "backend": ("mlx", "torch"),
        "rank": (16, 4),
    }


answers = st.lists(
    st.tuples(st.integers(0, 20), st.sampled_from(PROBE_NAMES), st.booleans(), st.integers(0, 4)),
    max_size=30,
    unique_by=lambda one: one[0],
).map(
    lambda rows: report(
        *(asked(f"r{n}", right=ok, probe=probe, group=f"g{g}") for n, probe, ok, g in rows)
    )
)


@given(answers, answers)
def test_the_other_way_round_gains_and_losses_change_places(a: Report, b: Report) -> None:
    one, other = compare(a, b), compare(b, a)
    assert {f.row for f in one.flips if f.gained} == {f.row for f in other.flips if not f.gained}
    assert one.rows == other.rows
    total = one.rows + one.not_compared.changed
    assert total + one.not_compared.only_a == len(a.answers)
    assert total + one.not_compared.only_b == len(b.answers)


@given(answers)
def test_nothing_flips_from_a_run_to_itself(a: Report) -> None:
    found = compare(a, a)
    assert found.flips == ()
    assert found.differ == {}
    assert found.rows == len(a.answers)
    assert all(paired.gained == paired.lost == 0 for paired in found.probes.values())


@given(answers, answers)
def test_the_test_is_mcnemars_on_groups(a: Report, b: Report) -> None:
    for paired in compare(a, b).probes.values():
        assert paired.b_correct - paired.a_correct == paired.gained - paired.lost
        assert paired.gained + paired.lost <= paired.n
        assert paired.p == mcnemar_exact(paired.gained, paired.lost)


def keep(build: Path, run_id: str, made: Report) -> Path:
    folder = build / "runs" / run_id
    folder.mkdir(parents=True)
    write_recipe(folder, made.recipe, "mlx", "float32")
    write_report(made, folder)
    return folder


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return keep(tmp_path / "build", "ab12", report(asked("r1", right=True)))


def test_a_run_is_found_by_id_folder_and_report(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    manifest = run.parent.parent / "manifest.json"
    monkeypatch.chdir(run)
    for name in ("ab", str(run), f"{run}/", str(run / "report.json"), "report.json", "../ab12"):
        found = evaluated(name, manifest)
        assert found.report.answers[0].row == "r1"
        assert found.manifest.resolve() == manifest


def test_a_run_without_a_report_says_what_to_do(run: Path, tmp_path: Path) -> None:
    (run / "report.json").unlink()
    for name in ("ab12", str(run), str(tmp_path / "nothing")):
        with pytest.raises(EngramError, match="There is no report") as error:
            evaluated(name, run.parent.parent / "manifest.json")
        assert "engram eval --run" in (error.value.help or "")


def test_a_copy_of_a_report_alone_is_as_good(run: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copy(run / "report.json", tmp_path / "old.json"))
    assert evaluated(str(copy), tmp_path / "manifest.json").report.answers[0].row == "r1"


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[" * 100_000, b"\xff", b'{"answers": [{"row": "\\ud800"}]}']
)
@pytest.mark.parametrize("sealed", [True, False])
def test_a_damaged_report_is_refused_in_one_sentence(run: Path, data: bytes, sealed: bool) -> None:
    (run / "report.json").write_bytes(data)
    if not sealed:
        (run / "SHA256SUMS").unlink()
    with pytest.raises(RefusedBuild, match=r"report\.json is refused") as error:
        evaluated(str(run), run)
    assert "\n" not in error.value.message


def test_a_report_whose_figures_were_changed_is_refused(run: Path) -> None:
    path = run / "report.json"
    path.write_text(path.read_text().replace('"tuned_correct": true', '"tuned_correct": false'))
    with pytest.raises(RefusedBuild, match="SHA256SUMS"):
        evaluated(str(run), run)


def test_a_pipe_in_place_of_a_report_is_not_waited_for(run: Path) -> None:
    import os

    (run / "report.json").unlink()
    os.mkfifo(run / "report.json")
    with pytest.raises(RefusedBuild, match="not a regular file"):
        evaluated(str(run), run)


def test_builds_that_are_at_hand_are_compared_too(tmp_path: Path) -> None:
    found = []
    for name, patterns in (("old", 20), ("new", 23)):
        compiled = compile_corpora(
            write_corpora(tmp_path / name / "corpora", patterns=patterns), tmp_path / name / "build"
        )
        build_id = json.loads(compiled.manifest_path.read_bytes())["build_id"]
        folder = keep(compiled.folder, "ab12", report(build_id=build_id))
        found.append(evaluated(str(folder), Path()))
    difference = difference_of(*found)
    assert difference
    assert len(difference.came) == 3
    assert difference_of(found[0], found[0]) is None
    found[0].manifest.write_bytes(b"{}")
    assert difference_of(*found) is None
