"""``engram compile``: a table, a proof, an id, and what to do next."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from engram.cli.compile import command
from engram.cli.exits import exit_code_of
from engram.cli.findings import FORMATS
from engram.compiler import verify_build
from engram.core.errors import EngramError
from tests.compiler.factories import corpus, pattern, write_corpora


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(command, list(map(str, arguments)), standalone_mode=False)


@pytest.fixture
def corpora(tmp_path: Path) -> Path:
    return write_corpora(tmp_path / "corpora", corpus([pattern(n) for n in range(20)]))


def test_a_build_is_shown_and_can_be_verified(corpora: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = run(corpora, "-o", out)
    assert result.return_value == 0
    build = verify_build(out / "manifest.json")
    for text in (
        build.manifest.build_id,
        "0 crossing",
        "total",
        f"written:    {out}/manifest.json",
    ):
        assert text in result.output
    assert (
        result.output.splitlines()[-1] == f"next:       engram run --manifest {out}/manifest.json"
    )
    assert "unchanged:" in run(corpora, "-o", out).output


def test_errors_write_nothing_and_exit_with_1(tmp_path: Path) -> None:
    patterns = [pattern(1), pattern(2, input="2 + 1 =")]
    folder = write_corpora(tmp_path / "corpora", corpus(patterns))
    result = run(folder, "-o", tmp_path / "out")
    assert result.return_value == 1
    assert "ENG306" in result.output
    assert not (tmp_path / "out").exists()


def test_options_reach_the_manifest(corpora: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(corpora, "-o", out, "--seed", "7", "--ratios", "50/25/25", "--no-augment")
    options = verify_build(out).manifest.options
    assert (options.seed, options.ratios, options.augment) == (7, (50, 25, 25), False)


@pytest.mark.parametrize("ratios", ["80/20", "0/50/50", "a/b/c", "-1/1/1", "80.5/10/9.5", ""])
def test_ratios_that_are_none_exit_with_2(corpora: Path, tmp_path: Path, ratios: str) -> None:
    arguments = [str(corpora), "-o", str(tmp_path / "out"), f"--ratios={ratios}"]
    assert exit_code_of(lambda: command.main(arguments, standalone_mode=False)) == 2


def test_a_seed_beyond_json_exits_with_2(corpora: Path, tmp_path: Path) -> None:
    arguments = [str(corpora), "-o", str(tmp_path / "out"), f"--seed={2**80}"]
    assert exit_code_of(lambda: command.main(arguments, standalone_mode=False)) == 2


def test_json_says_the_same_to_a_program(corpora: Path, tmp_path: Path) -> None:
    document = json.loads(run(corpora, "-o", tmp_path / "out", "--format", "json").output)
    manifest = verify_build(tmp_path / "out").manifest
    assert document["build_id"] == manifest.build_id
    assert document["changed"] is True
    assert document["findings"] == []
    assert sum(c["rows"] for c in document["counts"]) == sum(o.rows for o in manifest.outputs)


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_has_the_same_exit_code(form: str, corpora: Path, tmp_path: Path) -> None:
    bad = write_corpora(tmp_path / "bad", corpus([pattern(1), pattern(2, input="2 + 1 =")]))
    codes = [run(c, "-o", tmp_path / "o", "--format", form).return_value for c in (corpora, bad)]
    assert codes == [0, 1]


def test_sarif_is_a_document_and_nothing_else(corpora: Path, tmp_path: Path) -> None:
    json.loads(run(corpora, "-o", tmp_path / "out", "--format", "sarif").stdout)


def test_strict_lets_warnings_fail_before_anything_is_written(tmp_path: Path) -> None:
    folder = write_corpora(tmp_path / "corpora", corpus([pattern(1)]))
    assert run(folder, "-o", tmp_path / "out", "--strict").return_value == 1
    assert not (tmp_path / "out").exists()
    assert run(folder, "-o", tmp_path / "out").return_value == 0


def test_the_lock_is_kept_and_said_in_a_line(corpora: Path, tmp_path: Path) -> None:
    first = run(corpora, "-o", tmp_path / "out").output
    assert "lock:       0 placed, 20 new, 0 moved\n" in first
    assert f"written:    {corpora / 'engram.lock'}\n" in first
    write_corpora(corpora, corpus([pattern(n) for n in range(21)]))
    second = run(corpora, "-o", tmp_path / "out").output
    assert "lock:       20 placed, 1 new, 0 moved\n" in second
    third = run(corpora, "-o", tmp_path / "out").output
    assert "lock:       21 placed, 0 new, 0 moved\n" in third
    assert f"unchanged:  {corpora / 'engram.lock'}\n" in third


def test_json_tells_a_program_of_the_lock(corpora: Path, tmp_path: Path) -> None:
    document = json.loads(run(corpora, "-o", tmp_path / "out", "--format", "json").output)
    assert document["lock"] == {
        "path": str(corpora / "engram.lock"),
        "placed": 0,
        "new": 20,
        "moved": 0,
        "changed": True,
    }


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_locked_fails_and_writes_nothing_if_the_lock_would_change(
    corpora: Path, tmp_path: Path
) -> None:
    before = snapshot(tmp_path)
    result = run(corpora, "-o", tmp_path / "out", "--locked")
    assert result.return_value == 1
    assert f"{corpora / 'engram.lock'}: error ENG503 there is no lock yet" in result.output
    assert snapshot(tmp_path) == before
    run(corpora, "-o", tmp_path / "out")
    assert run(corpora, "-o", tmp_path / "out", "--locked").return_value == 0


def test_resplit_places_everything_anew(corpora: Path, tmp_path: Path) -> None:
    run(corpora, "-o", tmp_path / "out")
    lock = (corpora / "engram.lock").read_bytes()
    run(corpora, "-o", tmp_path / "out", "--seed", "7")
    assert (corpora / "engram.lock").read_bytes() == lock
    result = run(corpora, "-o", tmp_path / "out", "--seed", "7", "--resplit")
    assert "lock:       0 placed, 20 new, 0 moved\n" in result.output
    assert (corpora / "engram.lock").read_bytes() != lock


def test_a_lock_that_cannot_be_read_stops_everything_but_resplit(
    corpora: Path, tmp_path: Path
) -> None:
    (corpora / "engram.lock").write_text("<<<<<<< ours\n")
    result = run(corpora, "-o", tmp_path / "out")
    assert result.return_value == 1
    assert f"{corpora / 'engram.lock'}:1:1: error ENG501 holds a merge conflict" in result.output
    assert run(corpora, "-o", tmp_path / "out", "--resplit").return_value == 0
    assert run(corpora, "-o", tmp_path / "out", "--locked").return_value == 0


def test_check_writes_nothing_and_fails_while_anything_is_stale(
    corpora: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    before = snapshot(tmp_path)
    result = run(corpora, "-o", out, "--check")
    assert result.return_value == 1
    assert f"stale:      {corpora / 'engram.lock'}\n" in result.output
    assert f"stale:      {out / 'manifest.json'}\n" in result.output
    assert snapshot(tmp_path) == before

    run(corpora, "-o", out)
    fresh = run(corpora, "-o", out, "--check")
    assert fresh.return_value == 0
    assert "stale" not in fresh.output
    (out / "manifest.json").write_bytes(b"")
    assert run(corpora, "-o", out, "--check").return_value == 1
    (corpora / "engram.lock").unlink()
    assert run(corpora, "-o", out, "--check", "--format", "json").return_value == 1
    assert not (corpora / "engram.lock").exists()


def test_a_lock_cannot_be_kept_and_made_anew_at_once(corpora: Path) -> None:
    arguments = [str(corpora), "--locked", "--resplit"]
    assert exit_code_of(lambda: command.main(arguments, standalone_mode=False)) == 2


def test_what_an_error_quotes_cannot_command_the_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = exit_code_of(lambda: _raise(EngramError("\x1b[2J is no file", help="\u202eName it.")))
    assert code == 2
    assert capsys.readouterr().err == "error: \\x1b[2J is no file\nhelp: \\u202eName it.\n"


def _raise(error: Exception) -> None:
    raise error
