"""``engram import``: rows that others wrote become a corpus."""

from __future__ import annotations

import os
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args

import click
from pydantic import TypeAdapter, ValidationError

from engram.cli.examples import examples
from engram.cli.exits import FOUND_ERRORS, OK
from engram.cli.form import FORM, QUIET, is_quiet, print_json
from engram.core.corpus import Holdout, Name

MOST_REASONS = 10
# What helps against a reason that ends so.
ADVICE = {
    "a letter or a digit first": "--tidy writes _ for what no category may hold.",
    "is a number and not text": "--numbers takes numbers for the texts they are written as.",
}
# More patterns than these are not looked at again by `import` itself.
MOST_CHECKED = 20_000


@click.command(
    epilog=examples(
        "engram import capitals.csv -o corpora/capitals.yaml --category =capital",
        "engram import chats.jsonl -o corpora/chats.jsonl --holdout variant",
        "engram import words.tsv -o corpora/words.yaml --input en --output fr --tidy",
    ),
)
@click.argument("source", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="The corpus: NAME.yaml, or NAME.jsonl for many patterns.",
)
@click.option(
    "--from",
    "kind",
    type=click.Choice(["csv", "tsv", "jsonl", "json", "parquet"]),
    help="What SOURCE is. [default: what its suffix says]",
)
@click.option("--input", metavar="COLUMN", help="The column of the inputs.")
@click.option("--output", metavar="COLUMN", help="The column of the outputs.")
@click.option("--category", metavar="COLUMN|=WORD", help="The column, or one for all rows.")
@click.option("--id", metavar="COLUMN", help="The column of the ids.")
@click.option("--numbers", is_flag=True, help="Take numbers for the texts they are written as.")
@click.option("--tidy", is_flag=True, help="Write _ for what no category may hold.")
@click.option("--delimiter", metavar="CHARACTER", help="What parts the cells of a table.")
@click.option("--name", help="The name of the corpus. [default: that of the file]")
@click.option("--description", help="What the patterns are and where they come from.")
@click.option("--license", help="An SPDX licence identifier.")
@click.option(
    "--holdout",
    type=click.Choice(get_args(Holdout)),
    default="pattern",
    show_default=True,
    help="pattern for rules, variant for lookups.",
)
@click.option("--force", is_flag=True, help="Replace the corpus of that name, in whatever form.")
@FORM
@QUIET
def command(source: Path, out: Path, form: str, **flags: Any) -> int:
    """Make a corpus of the rows in SOURCE: CSV, TSV, JSON lines, a JSON array or Parquet.

    Chat `messages`, instruction/input/output, input/output, prompt/completion and question/answer
    are recognised; other columns are named with --input and --output. What is not taken is kept in
    NAME.rejected.jsonl with its line and the reason. Exits with 1 if nothing was taken, or if the
    corpus has errors.
    """
    from engram.cli.meter import Meter
    from engram.compiler.intake import import_rows
    from engram.compiler.settings import settings_for

    header = _header(source, out, flags)
    config = settings_for([out])
    with Meter(source.name) as meter:
        imported = import_rows(
            source,
            out,
            _kind(source, flags["kind"]),
            header,
            _wanted(flags),
            delimiter=_delimiter(flags["delimiter"]),
            force=flags["force"],
            progress=lambda done, total: meter.show("reading", done, total),
        )
    findings = _findings(imported, config)
    if form == "json":
        print_json(_printed(imported, findings))
    elif is_quiet():
        _show_wrong(imported, findings)
    else:
        _show(source, imported, findings)
    from engram.core.finding import errors_in

    return OK if imported.taken and not errors_in(findings) else FOUND_ERRORS


def _kind(source: Path, kind: Any) -> Any:
    from engram.compiler.intake import FORMS

    kind = kind or FORMS.get(source.suffix.lower())
    if kind is None:
        raise click.UsageError(f"What is {source}? Say --from csv, tsv, jsonl, json or parquet.")
    return kind


def _header(source: Path, out: Path, flags: dict[str, Any]) -> Any:
    from engram.compiler.intake import Header

    if out.suffix not in (".yaml", ".jsonl"):
        raise click.UsageError(f"-o names a corpus: {out.stem}.yaml or {out.stem}.jsonl.")
    name = flags["name"] or out.stem
    _check_name(name, "--name")
    category = flags["category"] or ""
    if category.startswith("="):
        _check_name(category[1:], "--category")
    description = _text(flags["description"] or f"Imported from {source.name}")
    return Header(name, description, _text(flags["license"] or "") or None, flags["holdout"])


def _text(given: str) -> str:
    """What a terminal or a file system gave, with nothing in it that no corpus may hold."""
    return os.fsencode(given).decode("utf-8", "replace")


def _check_name(name: str, flag: str) -> None:
    try:
        TypeAdapter(Name).validate_python(name)
    except ValidationError:
        raise click.UsageError(
            f"{name!r} is no name: letters, digits, _, - and ., a letter or a digit first ({flag})."
        ) from None


def _wanted(flags: dict[str, Any]) -> Any:
    from engram.compiler.intake import Wanted

    return Wanted(**{field.name: flags[field.name] for field in fields(Wanted)})


def _delimiter(text: str | None) -> str | None:
    text = "\t" if text == r"\t" else text
    if text is not None and (len(text) != 1 or text in '"\r\n'):
        raise click.UsageError("--delimiter is one character.")
    return text


def _findings(imported: Any, config: Any) -> Any:
    """What ``engram validate`` says of the corpus."""
    from engram.compiler import validate
    from engram.compiler.sources import SUFFIXES

    known = imported.corpus and imported.corpus[0].suffix in SUFFIXES
    return validate(imported.corpus, config) if known and imported.taken <= MOST_CHECKED else []


def _show(source: Path, imported: Any, findings: Any) -> None:
    from engram.report.text import shorten, visible

    rejected = sum(imported.rejected.values())
    click.echo(f"read:      {imported.rows:,} rows of {visible(str(source))}")
    if imported.shape:
        click.echo(f"           {visible(imported.shape)}")
    click.echo(f"taken:     {imported.taken:,}")
    click.echo(f"rejected:  {rejected:,}{f', in {imported.report}' if rejected else ''}")
    for reason, count in imported.rejected.most_common(MOST_REASONS):
        click.echo(f"           {count:>7,}  {shorten(reason, 60)}")
    if len(imported.rejected) > MOST_REASONS:
        click.echo(f"           and {len(imported.rejected) - MOST_REASONS} more reasons")
    for end, advice in ADVICE.items():
        if any(reason.endswith(end) for reason in imported.rejected):
            click.echo(f"           {advice}")
    if imported.unused:
        click.echo(f"unused:    {shorten(', '.join(map(str, imported.unused)), 68)}")
    for path in imported.corpus:
        click.echo(f"written:   {path}")
    _show_wrong(imported, findings)
    if imported.taken > MOST_CHECKED:
        click.echo("           not looked at again, since there are many: validate says the rest")
    if imported.corpus:
        click.echo(f"next:      engram validate {imported.corpus[0].parent}")


def _show_wrong(imported: Any, findings: Any) -> None:
    from engram.cli.findings import findings_in

    click.echo(findings_in("text", findings), nl=False)
    if not imported.corpus:
        click.echo("Nothing was taken, so no corpus was written.", err=True)


def _printed(imported: Any, findings: Any) -> Any:
    from engram.core.printed import ImportedRows

    return ImportedRows(
        rows=imported.rows,
        taken=imported.taken,
        rejected=dict(imported.rejected.most_common()),
        shape=imported.shape,
        unused=tuple(map(str, imported.unused)),
        corpus=tuple(imported.corpus),
        report=imported.report,
        findings=tuple(findings),
    )
