from __future__ import annotations

from engram.core.results import Answer
from engram.lab.compare import compare
from engram.report.flips import MOST, compared_text
from tests.report.factories import make_answered, make_chain, make_report


def run(right, *, prompt="Say\x1b hello", **chain):
    answers = [
        make_answered(
            f"r{n}",
            group=f"g{n}",
            prompt=prompt,
            tuned=Answer(text="首" * 60 if ok else "no\u202e", stopped=True),
            tuned_correct=ok,
        )
        for n, ok in enumerate(right)
    ]
    return make_report(answers=answers, chain=make_chain(**chain))


def test_the_text_fits_80_columns_and_shows_nothing_invisible():
    other = run([False, True], build_id="9" * 64, model="m" * 300)
    text = compared_text(compare(run([True, False]), other))
    lines = text.splitlines()
    assert max(map(len, lines)) <= 80
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "   build_id: bbbbbbbbbbbb -> 999999999999" in lines
    assert text.index("Lost: 1 answer") < text.index("Gained: 1 answer")
    assert "not both at hand" in text


def test_each_probe_has_its_n_and_p():
    text = compared_text(compare(run([False] * 8), run([True] * 8)))
    (novel,) = [line for line in text.splitlines() if line.startswith("novel")]
    assert novel.split() == ["novel", "0.0%", "100.0%", "8", "8", "0", "0.008"]
    (recall,) = [line for line in text.splitlines() if line.startswith("recall")]
    assert recall.split() == ["recall", "-", "-", "0", "-", "-", "-"]
    assert "8 rows compared, which is all." in text


def test_a_long_list_is_cut():
    n = MOST + 3
    text = compared_text(compare(run([True] * n), run([False] * n)))
    assert f"Lost: {n} answers" in text
    assert "  ... and 3 more: --format json has them all" in text
