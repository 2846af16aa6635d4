"""``engram validate``: check corpora and say everything that is wrong with them."""

from __future__ import annotations

from pathlib import Path

import click

from engram.cli.examples import examples
from engram.cli.findings import (
    FORMAT,
    IGNORE,
    MODEL,
    SELECT,
    STRICT,
    config_for,
    findings_in,
    fitness_of,
    outcome,
)
from engram.cli.form import QUIET, print_json, remark
from engram.compiler import Inspection, inspect
from engram.core.config import Config
from engram.core.credentials import covered
from engram.core.finding import errors_in


@click.command(
    epilog=examples(
        "engram validate corpora",
        "engram validate --fix corpora/facts.yaml",
        "engram validate corpora --select ENG2 --json",
        "engram validate corpora --model smollm2-135m",
    ),
)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@FORMAT
@SELECT
@IGNORE
@STRICT
@MODEL
@QUIET
@click.option("--fix", is_flag=True, help="First mend what can be mended without changing meaning.")
@click.option("--diff", is_flag=True, help="Show what --fix would change, and write nothing.")
@click.option("--no-cache", is_flag=True, help="Look again, even where nothing has changed.")
def command(
    paths: tuple[Path, ...],
    form: str,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    strict: bool,
    model: str | None,
    fix: bool,
    diff: bool,
    no_cache: bool,
) -> int:
    """Check the corpora in PATHS (files or folders; by default the folder `corpora`).

    Every finding has a place, a code and advice; `engram explain CODE` says more. Exits with 1 if
    one of them is an error.

    --fix quotes values that YAML does not take for text, puts keys in order, and adds the line by
    which an editor finds the schema, if it is there.
    """
    if diff and form == "json":
        raise click.UsageError("--diff is a form of its own; leave out --format json.")
    paths = paths or (Path("corpora"),)
    config = config_for(paths, select, ignore)
    if diff:
        _show_diff(paths, config)
    elif fix:
        _fix(paths, config)
    seen = inspect(paths, config, also=fitness_of(model), remembering=not no_cache)
    _report(seen, form, quiet=diff)
    return outcome(seen.findings, strict=strict)


def _fix(paths: tuple[Path, ...], config: Config) -> None:
    from engram.compiler.fix import mendable, sweep

    sweep(paths, config)
    for mended in mendable(paths, config):
        mended.write()
        remark(f"fixed: {mended.shown}", err=True)


def _show_diff(paths: tuple[Path, ...], config: Config) -> None:
    from engram.compiler.fix import mendable
    from engram.report.diff import as_diff
    from engram.report.screen import Screen

    here = Screen.here()
    screen = here if here.color else None
    for mended in mendable(paths, config):
        # Secrets are not for a screen or a log; around one, `patch` will rightly refuse.
        text = as_diff(mended.shown, covered(mended.before), covered(mended.after), screen)
        # In bytes where it is for `patch`, so that no line end is translated.
        click.echo(text if screen else text.encode(), nl=False)


def _report(seen: Inspection, form: str, *, quiet: bool) -> None:
    from engram.report.findings.counts import Looked, closing_line

    looked = Looked(seen.files, seen.patterns)
    if quiet:
        remark(closing_line(seen.findings, looked), err=True)
    elif form == "json":
        from engram.report.findings.record import validated

        print_json(validated(seen.findings, looked))
    else:
        click.echo(findings_in(form, seen.findings), nl=False)
        if form == "text" and seen.findings:
            worst = (*errors_in(seen.findings), *seen.findings)[0]
            remark(f"`engram explain {worst.code}` says more.")
        if form != "sarif":
            remark(closing_line(seen.findings, looked))
