"""``[tool.engram]`` in pyproject.toml: found above the corpora, and refused with its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engram.compiler.settings import NAME, gates_for, settings_for, settings_in
from engram.core.config import Config, Limits
from engram.core.errors import EngramError


def write(folder: Path, text: str | bytes) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / NAME
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_all_settings_are_read(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        '[tool.engram]\nselect = ["ENG3"]\nignore = ["untested-category"]\n'
        "[tool.engram.limits]\ndepth = 7\n",
    )
    assert settings_in(path) == Config(
        select=("ENG3",), ignore=("untested-category",), limits=Limits(depth=7)
    )


def test_the_nearest_section_above_all_corpora_counts(tmp_path: Path) -> None:
    write(tmp_path, '[tool.engram]\nignore = ["ENG310"]\n')
    write(tmp_path / "a", "[project]\nname = 'engram-like, without the section'\n")
    write(tmp_path / "b", '[tool.engram]\nignore = ["ENG311"]\n')
    (tmp_path / "b" / "corpora").mkdir()
    (tmp_path / "b" / "x.yaml").write_text("")
    for paths, ignore in (
        (["a"], "ENG310"),
        (["b"], "ENG311"),
        (["b/corpora", "b/x.yaml"], "ENG311"),
        (["a", "b"], "ENG310"),
        (["b/not-there.yaml"], "ENG311"),
    ):
        assert settings_for([tmp_path / path for path in paths]).ignore == (ignore,)


def test_a_folder_that_is_named_from_within_is_looked_above(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, '[tool.engram]\nignore = ["ENG310"]\n')
    (tmp_path / "corpora").mkdir()
    monkeypatch.chdir(tmp_path / "corpora")
    assert settings_for([Path()]).ignore == ("ENG310",)


def test_gates_are_given_with_their_lines(tmp_path: Path) -> None:
    path = write(tmp_path, '[tool.engram]\ngates = [\n  "recall >= 0.99",\n  "novel > 0.5",\n]\n')
    (tmp_path / "sub").mkdir()
    assert gates_for(tmp_path / "sub") == (
        ("recall >= 0.99", f"{path}:3"),
        ("novel > 0.5", f"{path}:4"),
    )
    assert gates_for(write(tmp_path / "other", "[tool.engram]\n").parent) == ()


def test_without_a_section_there_are_the_defaults(tmp_path: Path) -> None:
    assert settings_for([tmp_path]) == Config()
    assert settings_in(write(tmp_path, "[tool]\n# engram\n")) is None
    assert settings_in(write(tmp_path, "[ broken, and none of our business")) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[tool.engram]\nselect = 'ENG3'\n", ":2: `engram.select` must be a list of rules"),
        ("[tool.engram]\nignore = [3]\n", ":2: `engram.ignore` must be a list of rules"),
        ("[tool.engram]\ngates = 'recall > 0.9'\n", ":2: `engram.gates` must be a list of gates"),
        ("[tool.engram.gates]\nrecall = '>= 1'\n", ":1: `engram.gates` must be a list of gates"),
        ("[tool.engram]\n\nselct = []\n", ":3: there is no setting `engram.selct`"),
        ("[tool.engram.limits]\ndepth = 0\n", ":2: `engram.limits.depth` must be a whole number"),
        ("[tool.engram.limits]\ndepth = true\n", ":2: `engram.limits.depth` must be a whole"),
        ("[tool.engram.limits]\ndeep = 1\n", ":2: there is no setting `engram.limits.deep`"),
        ("[tool.engram]\nlimits = 3\n", ":2: `engram.limits` must be a table of limits"),
        ("[tool]\nengram = 3\n", ": `engram` must be a table"),
        ('[tool.engram]\nignore = [\n  "ENG310",\n  "ENG9",\n]\n', ":4: no rule is called 'ENG9'"),
        ('[tool.engram]\nignore = ["ENG204"]\n', ":2: ENG204 cannot be ignored"),
        ("[tool.engram]\nselect = [}\n", ":2:11: "),
        ("[tool.engram]\nselect = ['\xff']\n".encode("latin-1"), ":2: is not UTF-8"),
        ("[tool.engram]\na = " + "[" * 5000, ": "),
    ],
)
def test_bad_settings_are_refused_with_their_line(
    text: str | bytes, message: str, tmp_path: Path
) -> None:
    path = write(tmp_path, text)
    with pytest.raises(EngramError) as refused:
        settings_in(path)
    assert refused.value.message.startswith(f"{path}{message}")
    assert refused.value.exit_code == 2


def test_what_is_no_file_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / NAME).mkdir()
    with pytest.raises(EngramError, match=NAME):
        settings_in(tmp_path / NAME)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=60) | st.binary(max_size=60))
def test_any_file_gives_settings_or_one_error(tmp_path: Path, text: str | bytes) -> None:
    body = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    try:
        settings_in(write(tmp_path, b"[tool.engram]\n" + body))
    except EngramError as error:
        told = error.message
    else:
        told = str(tmp_path)
    assert str(tmp_path) in told
