"""The same bytes anywhere: in any file order, locale, time zone, folder, and hash seed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest

from tests.compiler.factories import corpus, pattern, write_corpora

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def corpora(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Corpora with something of everything: ids, wordings, twins, letters beyond ASCII, folders."""
    folder = tmp_path_factory.mktemp("corpora")
    rules = [pattern(n, f"c{n % 4}") for n in range(40)]
    facts = [
        pattern(n, f"ß-{n}"[2:] + "x", input=f"Größe {n} İ ﬁ?", variants=[f"Wie groß ist {n}?"])
        for n in range(12)
    ]
    twins = [
        pattern(n, input=text, id=f"t{n}-{text[0]}")
        for n in range(9)
        for text in (f"a {n}", f"A {n}")
    ]
    write_corpora(folder, corpus(rules), corpus(facts, "facts", holdout="variant"))
    # So many with one answer are not all compared with each other, but sketched.
    towns = [
        f"{one}{two}" for one in ("Bel", "Cor", "Dra", "Fen") for two in ("ton", "ford", "dale")
    ]
    same = [
        pattern(n, "t", input=text.format(town, other), output="yes")
        for n, (town, other) in enumerate(product(towns, towns[:4]))
        for text in ("Is the road from {} to {} open?", "Is the road open from {} to {}?")
    ]
    write_corpora(folder, corpus(same, "roads", phrasings=[]))
    write_corpora(folder / "sub", corpus(twins, "twins"), corpus(rules[:3], "again"))
    return folder


def compile_there(corpora: Path, folder: Path, **environment: str) -> dict[str, bytes]:
    """Compile by the command line, in a process of its own; the bytes of build and fresh lock."""
    command = [sys.executable, "-m", "engram", "compile", str(corpora), "-o", "out"]
    folder.mkdir(exist_ok=True)
    variables = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    done = subprocess.run(command, cwd=folder, env=variables, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    lock = folder / corpora / "engram.lock"
    found = {"engram.lock": lock.read_bytes()} | {
        str(path.relative_to(folder / "out")): path.read_bytes()
        for path in sorted((folder / "out").rglob("*"))
        if path.is_file() and path.name != "provenance.json"
    }
    lock.unlink()
    return found


@pytest.fixture(scope="module")
def expected(corpora: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return compile_there(corpora, tmp_path_factory.mktemp("first"), PYTHONHASHSEED="0")


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONHASHSEED": "1", "LC_ALL": "C", "TZ": "Pacific/Kiritimati"},
        {"PYTHONHASHSEED": "2", "LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8", "TZ": "UTC"},
        {"PYTHONHASHSEED": "3", "LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"},
        {"PYTHONOPTIMIZE": "2", "PYTHONUTF8": "1"},
    ],
)
def test_the_environment_changes_nothing(
    corpora: Path, expected: dict[str, bytes], tmp_path: Path, environment: dict[str, str]
) -> None:
    assert compile_there(corpora, tmp_path, **environment) == expected


@pytest.mark.parametrize("name", ["C", "latin"])
def test_the_name_of_a_file_is_what_it_is_in_any_locale(tmp_path: Path, name: str) -> None:
    """Python reads file names in the encoding of the locale, which may not be UTF-8."""
    folder = write_corpora(tmp_path / "in", corpus([pattern(n) for n in range(12)], "uml"))
    (folder / "uml.yaml").rename(folder / "ümläut.yaml")
    environment = {"LC_ALL": name, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    if name == "latin":
        environment |= {"LC_ALL": "de_DE.ISO-8859-1", "LOCPATH": str(latin_1(tmp_path))}
    found = compile_there(folder, tmp_path / "there", **environment)
    assert found == compile_there(folder, tmp_path / "here", LC_ALL="C.UTF-8")
    assert "ümläut.yaml".encode() in found["manifest.json"]


def latin_1(folder: Path) -> Path:
    """A folder with a locale whose encoding is not UTF-8."""
    tool = shutil.which("localedef")
    made = tool and subprocess.run(
        [tool, "-i", "de_DE", "-f", "ISO-8859-1", str(folder / "de_DE.ISO-8859-1")],
        capture_output=True,
        check=False,
    )
    if not made or made.returncode:
        pytest.skip("localedef, or its description of de_DE, is not installed")
    return folder


def test_the_order_in_which_files_came_to_be_changes_nothing(
    corpora: Path, expected: dict[str, bytes], tmp_path: Path
) -> None:
    for number, order in enumerate((sorted, lambda paths: sorted(paths, reverse=True))):
        copy = tmp_path / f"copy of corpora {number}"
        for path in order(list(corpora.rglob("*.yaml"))):
            target = copy / path.relative_to(corpora)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
        assert compile_there(copy, tmp_path / str(number)) == expected


def test_a_relative_path_and_a_trailing_slash_change_nothing(
    corpora: Path, expected: dict[str, bytes], tmp_path: Path
) -> None:
    shutil.copytree(corpora, tmp_path / "in")
    assert compile_there(Path("in"), tmp_path) == expected
    assert compile_there(Path("../in/sub/.."), tmp_path / "elsewhere") == expected


def test_the_c_parser_changes_nothing(
    corpora: Path, expected: dict[str, bytes], tmp_path: Path
) -> None:
    blocker = tmp_path / "site"
    blocker.mkdir()
    (blocker / "_ruamel_yaml.py").write_text("raise ImportError('not installed here')\n")
    path = os.pathsep.join([str(blocker), str(ROOT)])
    assert compile_there(corpora, tmp_path / "pure", PYTHONPATH=path) == expected


@pytest.mark.parametrize("command", [["validate", "in"], ["compile", "in"], ["--help"]])
def test_nothing_numeric_is_imported(corpora: Path, tmp_path: Path, command: list[str]) -> None:
    shutil.copytree(corpora, tmp_path / "in")
    script = (
        "import sys\n"
        "from engram.cli import cli\n"
        "try:\n"
        f"    cli.main({command!r}, standalone_mode=False)\n"
        "finally:\n"
        "    heavy = {'numpy', 'mlx', 'transformers', 'torch', 'scipy', 'engram.lab'}\n"
        "    found = heavy & set(sys.modules)\n"
        "    print('found:', sorted(found))\n"
    )
    variables = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, env=variables, capture_output=True, check=True
    )
    assert done.stdout.decode().splitlines()[-1] == "found: []"
