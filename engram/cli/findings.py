"""Printing findings, in the format that was asked for or that the surroundings call for."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from engram.cli import complete
from engram.cli.exits import FOUND_ERRORS, OK
from engram.cli.form import form_option
from engram.core.config import Config
from engram.core.credentials import covered
from engram.core.finding import Finding, errors_in

FORMATS = ("text", "concise", "json", "github", "sarif")


def _customary() -> str:
    return "github" if os.environ.get("GITHUB_ACTIONS") == "true" else "text"


FORMAT = form_option(
    *FORMATS,
    default=_customary,
    help="How findings are printed. [default: text; github under GitHub Actions]",
)
SELECT = click.option(
    "--select",
    multiple=True,
    shell_complete=complete.rules,
    metavar="RULES",
    help="Report these only (codes, beginnings of codes, names), and what no build can be made of.",
)
IGNORE = click.option(
    "--ignore",
    multiple=True,
    shell_complete=complete.rules,
    metavar="RULES",
    help="Do not report these. Both stand above [tool.engram] in pyproject.toml.",
)
STRICT = click.option("--strict", is_flag=True, help="Let warnings fail, too.")

MODEL = click.option(
    "--model",
    metavar="NAME",
    shell_complete=complete.models,
    help="Also ask whether this model can be taught the corpora.",
)


def fitness_of(name: str | None) -> list[Any]:
    """The pass that asks a model, if one is named; it must be here already."""
    if name is None:
        return []
    from engram import models
    from engram.cli.bars import watcher
    from engram.core.extras import run_extra

    model = models.find(name)
    with run_extra():
        from engram.lab.fitness import Fitness
        from engram.lab.prompt import prompter

        return [Fitness(model.name, prompter(model.folder, model.context_length), watcher())]


def config_for(paths: Sequence[Path], select: Sequence[str], ignore: Sequence[str]) -> Config:
    """The settings of the project that the corpora are in, where flags do not say otherwise."""
    from engram.compiler.settings import settings_for

    given = {name: _words(flags) for name, flags in (("select", select), ("ignore", ignore))}
    config = settings_for(paths)
    return config.model_copy(update={name: words for name, words in given.items() if words})


def _words(flags: Sequence[str]) -> tuple[str, ...]:
    return tuple(word.strip() for flag in flags for word in flag.split(",") if word.strip())


def findings_in(form: str, findings: Sequence[Finding]) -> str:
    """The findings in a format for people, or for the services that they look at (not in JSON)."""
    if form == "github":
        from engram.compiler.rules import RULES
        from engram.report.findings.github import as_github

        return as_github(findings, RULES)
    if form == "sarif":
        from engram.compiler.page import page_of
        from engram.compiler.rules import RULES
        from engram.report.findings.sarif import as_sarif

        return as_sarif(findings, RULES, page_of, _lines(findings)) + "\n"
    from engram.report.findings.text import as_concise, as_text
    from engram.report.screen import Screen

    screen = Screen.here()
    if form == "concise":
        return as_concise(findings, screen)
    return as_text(findings, _lines(findings), screen)


def outcome(findings: Sequence[Finding], *, strict: bool) -> int:
    """The exit code that findings mean, in every format."""
    failed = findings if strict else errors_in(findings)
    return FOUND_ERRORS if failed else OK


def _lines(findings: Sequence[Finding]) -> dict[str, dict[int, str]]:
    """The lines that findings are about, without the secrets that they may hold."""
    from engram.compiler.rules import RULES
    from engram.files.lines import lines_of
    from engram.report.findings.capped import lines_wanted

    wanted = lines_wanted(findings, RULES)
    found = {file: lines_of(Path(file), numbers) for file, numbers in wanted.items()}
    return {
        file: {number: covered(line) for number, line in lines.items()}
        for file, lines in found.items()
    }
