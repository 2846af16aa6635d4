"""``engram explain``: what a rule finds, why, and what to write instead."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from engram.cli import complete
from engram.cli.examples import examples
from engram.cli.form import form_option, print_json
from engram.compiler.page import page_of, rule_named
from engram.compiler.rules import RULES
from engram.core.rule import Rule
from engram.report.page import page_on_screen
from engram.report.screen import Screen
from engram.report.text import wrap


@click.command(
    epilog=examples(
        "engram explain",
        "engram explain ENG204",
        "engram explain retyped-value --format markdown",
    ),
)
@click.argument("rule", required=False, shell_complete=complete.rules)
@form_option(
    "text",
    "markdown",
    "json",
    default=lambda: "text",
    help="For a terminal, for a document, or for a program. [default: text]",
)
def command(rule: str | None, form: str) -> None:
    """Explain RULE (a code such as ENG204, or a name), or list all rules."""
    if rule is None:
        _print_list(form)
        return
    found = rule_named(rule)
    if form == "json":
        from engram.core.printed import RulePage

        print_json(RulePage(**_record(found), page=page_of(found)))
    elif form == "markdown":
        click.echo(page_of(found), nl=False)
    else:
        screen = Screen.here()
        page = page_on_screen(page_of(found), screen)
        click.echo(f"{page}\n{screen.paint(_standing(found), dim=True)}")


def _print_list(form: str) -> None:
    rules = sorted(RULES.values(), key=lambda rule: rule.code)
    if form == "json":
        from engram.core.printed import RuleEntry

        print_json([RuleEntry(**_record(rule)) for rule in rules])
    elif form == "markdown":
        click.echo("| code | severity | name | finds |\n|---|---|---|---|")
        for rule in rules:
            click.echo(f"| {rule.code} | {rule.severity} | {rule.name} | {rule.summary} |")
    else:
        click.echo("\n".join(_table(rules, Screen.here())))
        click.echo("\nE: error, W: warning. `engram explain CODE` says more, with examples.")


def _table(rules: list[Rule], screen: Screen) -> Iterator[str]:
    names = max(len(rule.name) for rule in rules)
    for rule in rules:
        head = f"{rule.code} {rule.severity[0].upper()} {rule.name:<{names}}  "
        for line in wrap(rule.summary, screen.width - len(head)):
            yield head + line.rstrip()
            head = " " * len(head)


def _record(rule: Rule) -> dict[str, Any]:
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
