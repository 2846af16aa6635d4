from __future__ import annotations

import re

import pytest

from engram.core.gate import Gate, Verdict
from engram.report.screen import Screen
from engram.report.verdicts import verdicts_table

PLAIN = Screen(color=False)


def make_verdict(measured=0.997, *, figure="recall", bound=0.99, met=True, n=635, **fields):
    gate = Gate(figure=figure, operator=">=", bound=bound, **fields)
    reason = "" if measured is not None else "nothing of it was asked"
    return Verdict(gate=gate, measured=measured, n=n, met=met, reason=reason)


def test_a_gate_is_a_line_with_bound_value_n_and_outcome():
    lines = verdicts_table(
        [
            make_verdict(),
            make_verdict(0.5, lower=True, figure="novel", bound=0.6, met=False, n=36),
            make_verdict(None, figure="variant", met=False, n=0),
        ],
        PLAIN,
    ).splitlines()
    assert [re.split(r"\s{2,}", line.strip()) for line in lines[2:5]] == [
        ["recall", ">= 0.99", "0.997", "635", "met"],
        ["lower(novel)", ">= 0.6", "0.5", "36", "missed"],
        ["variant", ">= 0.99", "-", "0", "missed: nothing of it was asked"],
    ]
    assert lines[-1] == "2 of 3 gates missed."
    assert max(map(len, lines)) <= 80


def test_what_is_met_is_counted_too():
    assert verdicts_table([make_verdict()], PLAIN).endswith("\n1 gate met.")


@pytest.mark.parametrize(
    ("value", "bound", "shown"),
    [
        (0.98999999, 0.99, "0.98999999"),
        (0.99, 0.99, "0.99"),
        (2 / 3, 0.5, "0.6667"),
        (123456.7, 400, "123500"),
        (-2.5, 0, "-2.5"),
        (1e-7, 0, "1e-07"),
    ],
)
def test_a_value_is_never_rounded_across_its_bound(value, bound, shown):
    table = verdicts_table([make_verdict(value, bound=float(bound))], PLAIN)
    assert f" {shown} " in table


def test_colours_tell_met_from_missed():
    table = verdicts_table([make_verdict(), make_verdict(met=False)], Screen())
    assert "\x1b[32mmet" in table
    assert "\x1b[31m" in table
