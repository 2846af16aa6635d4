"""``engram compile``: compile corpora into a locked build."""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from engram.cli.examples import examples
from engram.cli.exits import FOUND_ERRORS
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
from engram.cli.form import QUIET, is_quiet, print_json
from engram.compiler import Compiled, Kept, compile_corpora
from engram.core.build import LARGEST, Manifest, Options
from engram.report.build_table import build_lines, build_table


def _ratios(
    _context: click.Context, _parameter: click.Parameter, value: str
) -> tuple[int, int, int]:
    found = re.fullmatch(r"([0-9]{1,6})[/:,]([0-9]{1,6})[/:,]([0-9]{1,6})", value)
    if found is None or not int(found[1]):
        raise click.BadParameter("give three whole numbers such as 80/10/10; train gets some")
    return (int(found[1]), int(found[2]), int(found[3]))


@click.command(
    epilog=examples(
        "engram compile corpora",
        "engram compile corpora -o build --seed 7 --ratios 90/5/5",
        "engram compile corpora --locked --strict    # in CI",
    ),
)
@click.argument("corpora", type=click.Path(path_type=Path), default=Path("corpora"))
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("build"),
    show_default=True,
    help="The folder of the build.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, LARGEST),
    metavar="NUMBER",
    default=42,
    show_default=True,
    help="Another seed, other splits.",
)
@click.option(
    "--ratios",
    metavar="TRAIN/VALID/TEST",
    callback=_ratios,
    default="80/10/10",
    show_default=True,
    help="The parts of train, valid and test.",
)
@click.option("--no-augment", is_flag=True, help="Leave out the phrasings from templates.")
@FORMAT
@SELECT
@IGNORE
@STRICT
@MODEL
@QUIET
@click.option("--locked", is_flag=True, help="Fail if engram.lock would change: for CI.")
@click.option("--resplit", is_flag=True, help="Forget engram.lock and place everything anew.")
@click.option("--check", is_flag=True, help="Write nothing; fail if anything would be written.")
def command(
    corpora: Path,
    out: Path,
    seed: int,
    ratios: tuple[int, int, int],
    no_augment: bool,
    form: str,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    strict: bool,
    model: str | None,
    locked: bool,
    resplit: bool,
    check: bool,
) -> int:
    """Compile the folder CORPORA into a build: splits, digests, and a proof that nothing leaks.

    The same corpora, options and lock give the same bytes anywhere. If there are errors, nothing is
    written. What has a place in CORPORA/engram.lock keeps it; what is new is given one there.
    """
    if locked and resplit:
        raise click.UsageError("--locked keeps the lock, and --resplit makes another.")
    compiled = compile_corpora(
        corpora,
        out,
        options=Options(seed=seed, ratios=ratios, augment=not no_augment),
        config=config_for([corpora], select, ignore),
        strict=strict,
        lock="locked" if locked else "resplit" if resplit else "keep",
        check=check,
        also=fitness_of(model),
    )
    if form == "json":
        print_json(_printed(compiled))
    else:
        click.echo(findings_in(form, compiled.findings), nl=False)
        _print_outcome(compiled, check=check, quiet=form == "sarif" or is_quiet())
    if check and (compiled.changed or (compiled.lock and compiled.lock.changed)):
        return FOUND_ERRORS
    return outcome(compiled.findings, strict=strict)


def _print_outcome(compiled: Compiled, *, check: bool, quiet: bool) -> None:
    if not (compiled.manifest and compiled.lock):
        click.echo("Nothing was written: mend what is above and compile again.", err=True)
    elif not quiet:
        _print_build(compiled.manifest)
        _print_files(compiled, compiled.lock, check=check)


def _print_build(manifest: Manifest) -> None:
    click.echo(build_table(manifest))
    click.echo()
    for line in build_lines(manifest):
        click.echo(line)


def _print_files(compiled: Compiled, lock: Kept, *, check: bool) -> None:
    click.echo(f"lock:       {lock.placed:,} placed, {lock.new:,} new, {lock.moved:,} moved")
    written = "stale:" if check else "written:"
    for path, changed in ((lock.path, lock.changed), (compiled.manifest_path, compiled.changed)):
        click.echo(f"{written if changed else 'unchanged:':<11} {path}")
    if not check:
        click.echo(f"next:       engram run --manifest {compiled.manifest_path}")


def _printed(compiled: Compiled) -> Any:
    from engram.core.printed import CompiledBuild, LockKept
    from engram.report.findings.capped import split_capped

    manifest = compiled.manifest
    return CompiledBuild(
        manifest=compiled.manifest_path if manifest else None,
        build_id=manifest.build_id if manifest else None,
        changed=compiled.changed,
        lock=LockKept(**asdict(compiled.lock)) if compiled.lock else None,
        counts=manifest.counts if manifest else (),
        detectable=manifest.detectable if manifest else (),
        leak_proof=manifest.leak_proof if manifest else None,
        **split_capped(compiled.findings),
    )
