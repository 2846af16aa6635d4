from __future__ import annotations

import json
import re
from hashlib import sha256
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner

from engram.core.training import LossPoint
from engram.report import write
from engram.report.schema import NAME, main, report_schema, schema_text
from engram.report.write import read_report, write_report
from tests.report.factories import make_report, make_training, make_wrong

SCHEMAS = Path(__file__).parents[2] / "schemas"


def test_a_written_report_validates_against_the_committed_schema(tmp_path):
    write_report(make_report(), tmp_path)
    schema = json.loads((SCHEMAS / NAME).read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads((tmp_path / "report.json").read_text("utf-8")), schema)


def test_the_schema_refuses_what_is_no_report(tmp_path):
    write_report(make_report(), tmp_path)
    report = json.loads((tmp_path / "report.json").read_text("utf-8"))
    validator = jsonschema.Draft202012Validator(report_schema())
    for broken in ({**report, "more": 1}, {**report, "engram": 1}, {**report, "base": None}):
        assert not validator.is_valid(broken)


def test_the_committed_schema_has_not_drifted():
    assert (SCHEMAS / NAME).read_text("utf-8") == schema_text()


def test_the_check_tells_when_it_has(tmp_path):
    file = tmp_path / NAME
    check = ["--check", str(file)]
    assert CliRunner().invoke(main, check).exit_code == 1
    assert CliRunner().invoke(main, [str(file)]).exit_code == 0
    assert CliRunner().invoke(main, check).exit_code == 0
    file.write_text(file.read_text("utf-8").replace('"n"', '"m"', 1), "utf-8")
    drifted = CliRunner().invoke(main, check)
    assert drifted.exit_code == 1
    assert "out of date" in drifted.output


def test_what_is_read_is_what_was_written(tmp_path):
    report = make_report(answers=(make_wrong("\u2028\x1b 首 \U0001f600"),))
    paths = write_report(report, tmp_path)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {path.name for path in paths} | {"SHA256SUMS"}
    assert read_report(tmp_path) == report


def test_the_files_are_ascii_with_plain_line_ends(tmp_path):
    write_report(make_report(answers=(make_wrong("首\u2028\x85"),)), tmp_path)
    for name in ("report.json", "comparison.json"):
        data = (tmp_path / name).read_bytes()
        assert data.isascii()
        assert not re.search(rb"[\x00-\x09\x0b-\x1f]", data)


def test_a_loss_that_ran_away_is_null(tmp_path):
    lost = LossPoint(step=2, epoch=0.1, loss=float("nan"), learning_rate=1.0)
    write_report(make_report(training=make_training(losses=(lost,))), tmp_path)
    report = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert report["training"]["losses"][0]["loss"] is None
    jsonschema.validate(report, report_schema())


def test_the_digests_are_written_last(tmp_path, monkeypatch):
    written = []
    monkeypatch.setattr(write, "write_file", lambda path, _: written.append(path.name))
    write_report(make_report(), tmp_path)
    assert written[-1] == "SHA256SUMS"
    assert set(written[:-1]) == {"report.json", "comparison.json", "report.md", "report.html"}


def test_the_digests_are_those_that_sha256sum_would_print(tmp_path):
    paths = write_report(make_report(), tmp_path)
    digests = {path.name: sha256(path.read_bytes()).hexdigest() for path in paths}
    lines = [f"{digests[name]}  {name}\n" for name in sorted(digests)]
    assert (tmp_path / "SHA256SUMS").read_text("utf-8") == "".join(lines)


@pytest.mark.parametrize("change", [lambda text: text + "\n", lambda _: "{}"])
def test_a_report_that_was_changed_is_refused(tmp_path, change):
    write_report(make_report(), tmp_path)
    path = tmp_path / "report.json"
    path.write_text(change(path.read_text("utf-8")), "utf-8")
    with pytest.raises(ValueError, match="not what SHA256SUMS says"):
        read_report(tmp_path)
