"""``engram explain``: what a rule finds, why, and what to write instead."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

import click

from engram.compiler.page import page_of, rule_named
from engram.compiler.rules import RULES
from engram.core.rule import Rule
from engram.report.page import page_on_screen
from engram.report.screen import Screen
from engram.report.text import wrap


@click.command()
@click.argument("rule", required=False)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "markdown", "json"]),
    default="text",
    show_default=True,
    help="For a terminal, for a document, or for a program.",
)
def command(rule: str | None, form: str) -> None:
    """Explain RULE (a code such as ENG204, or a name), or list all rules."""
    if rule is None:
        click.echo(_list(form), nl=False)
        return
    found = rule_named(rule)
    if form == "json":
        click.echo(json.dumps(_record(found) | {"page": page_of(found)}, indent=2))
    elif form == "markdown":
        click.echo(page_of(found), nl=False)
    else:
        screen = _screen()
        page = page_on_screen(page_of(found), screen)
        click.echo(f"{page}\n{screen.paint(_standing(found), dim=True)}")


def _list(form: str) -> str:
    rules = sorted(RULES.values(), key=lambda rule: rule.code)
    if form == "json":
        return json.dumps([_record(rule) for rule in rules], indent=2) + "\n"
    if form == "markdown":
        rows = (
            f"| {rule.code} | {rule.severity} | {rule.name} | {rule.summary} |" for rule in rules
        )
        return "\n".join(["| code | severity | name | finds |", "|---|---|---|---|", *rows]) + "\n"
    tail = "E: error, W: warning. `engram explain CODE` says more, with examples."
    return "\n".join([*_table(rules, _screen()), "", tail]) + "\n"


def _table(rules: list[Rule], screen: Screen) -> Iterator[str]:
    names = max(len(rule.name) for rule in rules)
    for rule in rules:
        head = f"{rule.code} {rule.severity[0].upper()} {rule.name:<{names}}  "
        for line in wrap(rule.summary, screen.width - len(head)):
            yield head + line.rstrip()
            head = " " * len(head)


def _screen() -> Screen:
    screen = Screen.here()
    return screen if sys.stdout.isatty() else Screen(screen.width, False, screen.unicode)


def _record(rule: Rule) -> dict[str, object]:
    return {
        "code": rule.code,
        "name": rule.name,
        "severity": rule.severity,
        "ignorable": not rule.fatal,
        "summary": rule.summary,
        "help": rule.help,
    }


def _standing(rule: Rule) -> str:
    may = "cannot be ignored" if rule.fatal else "can be ignored"
    return f"{rule.code} is {'an' if rule.severity == 'error' else 'a'} {rule.severity}; it {may}."
