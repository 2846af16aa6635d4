"""``--json`` and ``--quiet``: one document, or what was asked for, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from engram.cli.schema import NAME, PRINTED, output_schema, schema_text
from tests.cli.trained import FLAGS, engram, trained_run
from tests.cli.tree import commands

SCHEMA = Path(__file__).parents[2] / "schemas" / NAME
Output = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with corpora, their build and a trained run of a tiny model."""
    folder = tmp_path_factory.mktemp("json")
    trained_run(folder)
    (folder / "rows.csv").write_text("input,output,category\na,b,c\n1,2,3\n,4,5\n")
    return folder


@pytest.fixture(autouse=True)
def there(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place)
    monkeypatch.setenv("ENGRAM_HOME", str(place / "home"))
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)


def run_id() -> str:
    return next(path.name for path in Path("build/runs").iterdir() if len(path.name) == 16)


def arguments(name: str) -> list[str]:
    """What to say to a command so that it prints the document of that name in the schema."""
    tiny = ["--model", "./llama", *FLAGS]
    return {
        "init": ["init", "project"],
        "import": ["import", "rows.csv", "-o", "new/rows.yaml", "--force"],
        "validate": ["validate", "corpora"],
        "explain-rule": ["explain", "ENG204"],
        "compile": ["compile", "corpora", "-o", "other"],
        "why": [
            "why",
            json.loads(
                Path("build/data").glob("*/train.jsonl").__next__().read_text().splitlines()[0]
            )["pattern"],
        ],
        "diff": ["diff", "build", "build"],
        "run": ["run", *tiny],
        "train": ["train", *tiny],
        "eval": ["eval", *tiny],
        "eval-compare": ["eval", "--compare", run_id(), run_id()],
        "demo": ["demo", *tiny],
        "export": ["export", run_id(), "--to", "mlx", "-o", "exported", "--unchecked"],
        "runs-show": ["runs", "show", run_id()],
        "runs-remove": ["runs", "remove", "--all-but", "1", "--yes"],
        "models-pull": ["models", "pull", "./llama"],
        "models-verify": ["models", "verify", "./llama"],
        "models-path": ["models", "path", "./llama"],
        "models-remove": ["models", "remove", "phi-2"],
    }.get(name, name.split("-"))


@pytest.mark.parametrize("name", PRINTED)
def test_a_command_prints_one_document_that_the_schema_describes(
    name: str, place: Path, capfd: Output
) -> None:
    (place / "new").mkdir(exist_ok=True)
    assert engram(*arguments(name), "--json") == 0
    document = json.loads(capfd.readouterr().out)
    schema = json.loads(SCHEMA.read_text("utf-8"))
    jsonschema.validate(document, schema | {"$ref": f"#/$defs/{name}"})


def test_every_command_that_prints_a_result_prints_it_as_json() -> None:
    known = {name.replace("-", " ") for name in PRINTED}
    for name, command in commands().items():
        flags = {flag for parameter in command.params for flag in parameter.opts}
        assert ({"--json", "--format"} <= flags) == (name in known), name


def test_the_committed_schema_has_not_drifted() -> None:
    assert SCHEMA.read_text("utf-8") == schema_text()
    jsonschema.Draft202012Validator.check_schema(output_schema())


QUIET = ("import", "validate", "compile", "run", "train", "eval", "demo", "models-pull")


@pytest.mark.parametrize("name", QUIET)
def test_a_quiet_command_shows_no_progress(name: str, place: Path, capfd: Output) -> None:
    assert engram(*arguments(name), "--quiet") == 0
    told = capfd.readouterr()
    assert told.err == ""
    for word in ("next:", "written:", "adapter:", "findings", "explain"):
        assert word not in told.out


@pytest.mark.parametrize("flags", [["--json"], ["--format", "json"]])
def test_what_stands_before_a_subcommand_holds_for_it(flags: list[str], capfd: Output) -> None:
    assert engram("runs", *flags, "show", run_id()) == 0
    assert json.loads(capfd.readouterr().out)["run"]["id"] == run_id()


@pytest.mark.parametrize(
    ("line", "advice"),
    [
        (["validate", "corpora", "--json", "--format", "sarif"], "leave out --format sarif"),
        (["validate", "corpora", "--diff", "--json"], "leave out --format json"),
        (["demo", "--json", "--script"], "leave out --format json"),
        (["demo", "--json", "--web"], "leave out --format json"),
        (["runs", "remove", "--all-but", "1", "--json"], "say --yes"),
    ],
)
def test_two_forms_at_once_are_refused(line: list[str], advice: str, capfd: Output) -> None:
    assert engram(*line) == 2
    told: Any = capfd.readouterr()
    assert advice in told.err
    assert told.out == ""


def test_an_error_leaves_standard_output_empty(capfd: Output) -> None:
    assert engram("why", "no such pattern", "--json") != 0
    told = capfd.readouterr()
    assert told.out == ""
    assert "error:" in told.err
