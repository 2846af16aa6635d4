"""``engram doctor``: what this machine has and how fast it computes."""

from __future__ import annotations

import textwrap
from typing import Any

import click

from engram.cli.examples import examples
from engram.cli.form import FORM, print_json
from engram.cli.machine import Facts, examine
from engram.report.units import size

LABEL = 12
WIDTH = 80
KINDS = {"cpu": "CPU", "cuda": "CUDA", "metal": "Metal", "mps": "MPS"}


@click.command(
    epilog=examples(
        "engram doctor",
        "engram doctor --json > machine.json",
    ),
)
@FORM
def command(form: str) -> None:
    """Say what this machine has and how fast it computes.

    Nothing is fetched or changed. The exit code is 0 even where something is missing: what is
    missing, and what to do about it, is printed.
    """
    facts = examine()
    if form == "json":
        from engram.core.printed import Machine

        print_json(Machine.model_validate(facts))
    else:
        click.echo("\n".join(lines_of(facts)))


def lines_of(facts: Facts) -> list[str]:
    """The facts as lines for a terminal of 80 columns."""
    head = f"engram {facts['engram']}, Python {facts['python']}, {facts['platform']}"
    lines = [click.style(head, bold=True), "", *_compute(facts), "", *_models(facts)]
    lines += ["", "Packages", *_packages(facts["versions"])]
    for problem in facts["problems"]:
        first, *rest = problem.split("\n")
        lines += ["", *textwrap.wrap(f"warning: {first}", WIDTH, break_long_words=False)]
        lines += [f"  {line}" for line in rest]
    return lines


def _compute(facts: Facts) -> list[str]:
    lines = ["Computing", _line("backend", _named(facts, facts["versions"]))]
    if facts["backend"] and facts["why"]:
        lines.append(_line("", f"since {facts['why']}"))
    if device := facts["device"]:
        lines += [
            _line("device", f"{KINDS[device['kind']]}, {device['name']}"),
            _line("precision", facts["precision"]),
        ]
    lines += [_line("threads", str(facts["threads"])), *_blas(facts)]
    if facts["speed"]:
        lines.append(_line("speed", _speed(facts["speed"])))
    lines += [line for other in facts["others"] for line in _other(other, facts["versions"])]
    return [*lines, _line("memory", _memory(facts["memory"]))]


def _named(backend: Facts, versions: Facts) -> str:
    """A backend and its version."""
    name = backend["backend"]
    return f"{name} {versions.get(name) or ''}".rstrip() if name else "none"


def _speed(speed: Facts) -> str:
    verdict = "fast" if speed["fast"] else "slow: this processor can do far more"
    return f"{speed['gflops']:,.0f} GFLOP/s in float32 ({verdict})"


def _other(backend: Facts, versions: Facts) -> list[str]:
    """A backend that is not used: what it would do, or how to get it."""
    if not backend["speed"]:
        missing = "does not work" if backend["origin"] else "is not there"
        return [
            _line("also", f"{backend['backend']} {missing}"),
            *(_line("", line) for line in textwrap.wrap(backend["help"] or "", WIDTH - LABEL - 2)),
        ]
    kind = KINDS.get(backend["device"]["kind"], backend["device"]["kind"])
    origin = backend["origin"]
    named = f"{backend['backend']} ({origin})" if origin else _named(backend, versions)
    return [_line("also", f"{named} on {kind}"), _line("", _speed(backend["speed"]))]


def _blas(facts: Facts) -> list[str]:
    if blas := facts["blas"]:
        return [_line("BLAS", f"{blas['name']} {blas['version']}"), _line("", blas["path"])]
    needs_none = facts["device"] and facts["device"]["kind"] != "cpu"
    return [_line("BLAS", "not needed" if needs_none else "none loaded")]


def _memory(memory: Facts) -> str:
    known = [f"{size(memory[key])} {key}" for key in ("available", "total") if memory[key]]
    return ", ".join(known) or "unknown"


def _models(facts: Facts) -> list[str]:
    cache = facts["cache"]
    lines = [
        "Models",
        _line("folder", cache["folder"]),
        _line("disk", f"{size(cache['free'])} free"),
    ]
    for model in facts["models"]:
        at = model["revision"][:12]
        lines.append(_line("here", f"{model['name']} ({size(model['bytes'])}, {at})"))
    if not facts["models"]:
        lines.append(_line("here", "none yet; `engram models pull smollm2-135m` gets the default"))
    return lines


def _packages(versions: dict[str, Any]) -> list[str]:
    """Two to a line."""
    cells = [f"{name:<17}{version or 'not installed'}" for name, version in versions.items()]
    pairs = zip(cells[::2], [*cells[1::2], ""], strict=False)
    return [f"  {left:<38}{right}".rstrip() for left, right in pairs]


def _line(label: str, text: str) -> str:
    return f"  {label:<{LABEL}}{text}".rstrip()
