"""A judge of another distribution: found, held to its word, and recorded by name and version."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from engram.compiler import compile_corpora, validate, verify_build
from engram.core.errors import EngramError, RefusedBuild
from engram.core.plugins import Plugin
from engram.lab.score import judge
from tests.cli.trained import engram
from tests.compiler.test_verify import forge
from tests.lab.conftest import write_corpora
from tests.lab.factories import make_row, said
from tests.plugins.conftest import ROMAN, Installer
from tests.tiny import tiny_model

SMALL = "ENG312"
FLAGS = [
    "--epochs",
    "1",
    "--layers",
    "1",
    "--rank",
    "2",
    "--batch-size",
    "8",
    "--rehearsed",
    "0",
    "--quick",
]
Output = pytest.CaptureFixture[str]


def test_it_judges_answers(installed: Installer) -> None:
    installed()
    row = make_row(answer="XIV", match="judge:roman", accept=("XLII",))
    for answer, right in [("XIV", True), ("14", True), ("42", True), ("XV", False), ("?", False)]:
        assert judge(row, said(answer)) is right
    assert not judge(row, said("14", stopped=False))


def test_validate_finds_it_and_one_that_is_not_there(installed: Installer, corpora: Path) -> None:
    found = [finding for finding in validate([corpora]) if finding.code != SMALL]
    assert {finding.code for finding in found} == {"ENG211"}
    assert found[0].line == 6
    assert found[0].column
    assert "No distribution that is installed has a judge." in found[0].help
    assert "exact, prefix, number, json, regex" in found[0].help
    installed()
    assert {finding.code for finding in validate([corpora])} <= {SMALL}
    file = corpora / "kings.yaml"
    file.write_text(file.read_text().replace('"XIV"', '"louis"').replace("roman", "greek", 1))
    found = [finding for finding in validate([corpora]) if finding.code != SMALL]
    assert [finding.code for finding in found] == ["ENG211"]
    assert "roman (engram-roman 1.0)" in found[0].help
    file.write_text(file.read_text().replace("greek", "roman"))
    found = [finding for finding in validate([corpora]) if finding.code != SMALL]
    assert [finding.code for finding in found] == ["ENG301"]
    assert "'louis'" in found[0].message


def test_what_a_judge_says_is_not_remembered(
    installed: Installer, corpora: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ENGRAM_HOME", str(tmp_path / "home"))
    folder = installed()
    assert engram("validate", str(corpora)) == 0
    shutil.rmtree(folder)
    assert engram("validate", str(corpora)) == 1


def test_a_build_names_it_and_is_refused_without_it(
    installed: Installer, corpora: Path, tmp_path: Path
) -> None:
    folder = installed("1.2")
    manifest = compile_corpora(corpora, tmp_path / "build").manifest_path
    expected = Plugin(name="roman", distribution="engram-roman", version="1.2")
    assert verify_build(manifest).manifest.judges == (expected,)
    assert json.loads(manifest.read_text())["judges"] == [expected.model_dump()]
    shutil.rmtree(folder)
    with pytest.raises(RefusedBuild, match=r"judged by roman \(engram-roman 1\.2\)") as refused:
        verify_build(manifest)
    assert refused.value.help == "Install it: pip install engram-roman==1.2"


FORGED: dict[str, Callable[[list[dict[str, str]]], list[dict[str, str]]]] = {
    "none": lambda judges: judges[1:],
    "one more, that is asked for by no row": lambda judges: [
        *judges,
        judges[0] | {"name": "greek"},
    ],
    "one less, that sorts before the first": lambda judges: [judges[0] | {"name": "attic"}],
    "one less, that sorts after the last": lambda judges: [judges[0] | {"name": "zulu"}],
}


@pytest.mark.parametrize("change", FORGED.values(), ids=FORGED)
def test_a_manifest_that_lists_other_judges_than_its_rows_ask_for_is_refused(
    change: Callable[[list[dict[str, str]]], list[dict[str, str]]],
    installed: Installer,
    corpora: Path,
    tmp_path: Path,
) -> None:
    installed()
    manifest = compile_corpora(corpora, tmp_path / "build").manifest_path
    forge(manifest.parent, lambda fields: fields.update(judges=change(fields["judges"])))
    with pytest.raises(RefusedBuild, match="lists other judges than its rows ask for"):
        verify_build(manifest)


def test_a_build_without_judges_that_lists_one_is_refused(
    installed: Installer, tmp_path: Path
) -> None:
    installed()
    corpora = write_corpora(tmp_path / "corpora")
    manifest = compile_corpora(corpora, tmp_path / "build").manifest_path
    roman = {"name": "roman", "distribution": "engram-roman", "version": "1.0"}
    forge(manifest.parent, lambda fields: fields.update(judges=[roman]))
    with pytest.raises(RefusedBuild, match="lists other judges than its rows ask for"):
        verify_build(manifest)


def test_a_build_that_needs_none_is_the_same_with_and_without(
    installed: Installer, tmp_path: Path
) -> None:
    corpora = write_corpora(tmp_path / "corpora")
    without = compile_corpora(corpora, tmp_path / "a").manifest_path.read_bytes()
    installed()
    assert compile_corpora(corpora, tmp_path / "b").manifest_path.read_bytes() == without
    assert b"judges" not in without


def test_a_report_names_the_version_and_another_version_judges_anew(
    installed: Installer, corpora: Path, tmp_path: Path, capfd: Output
) -> None:
    pytest.importorskip("mlx", reason="running needs the run extra")
    installed()
    manifest = compile_corpora(corpora, tmp_path / "build").manifest_path
    chosen = ["--manifest", str(manifest), "--model", str(tiny_model(tmp_path / "llama")), *FLAGS]
    reports = []
    for version in ("1.0", "1.1"):
        installed(version)
        capfd.readouterr()
        assert engram("run", *chosen, "--json") == 0
        told = capfd.readouterr()
        reports.append(json.loads(told.out)["report"])
        assert "Evaluated before" not in told.err
        assert reports[-1]["judges"][0]["version"] == version
    first, second = (report["chain"] for report in reports)
    assert first["run_id"] == second["run_id"]
    assert first["evaluation_digest"] != second["evaluation_digest"]
    for name in ("report.md", "report.html"):
        text = (manifest.parent / "runs" / first["run_id"] / name).read_text()
        assert "roman (engram-roman 1.1)" in text


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("import nowhere_to_be_found", "cannot be loaded: ModuleNotFoundError: No module named"),
        ("same = 3", "is no function"),
        ("same = lambda right, said: 1 / 0", "failed on 'XIV': ZeroDivisionError"),
        ("same = lambda right, said: 'yes'", "gave 'yes' for 'XIV', and no bool"),
    ],
)
def test_a_broken_one_ends_in_one_sentence(
    source: str, why: str, installed: Installer, corpora: Path, capfd: Output
) -> None:
    installed(source=source)
    assert engram("validate", str(corpora)) == 2
    told = capfd.readouterr().err
    assert f"The judge roman (engram-roman 1.0) {why}" in told
    assert "pip uninstall engram-roman" in told
    assert "Traceback" not in told


def test_two_of_one_name_are_told(installed: Installer, corpora: Path) -> None:
    installed()
    installed(name="engram-caesar", source=ROMAN)
    with pytest.raises(EngramError, match="Two distributions bring a judge of one name") as told:
        validate([corpora])
    assert "engram-caesar" in told.value.message
