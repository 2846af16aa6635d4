"""A secret in a corpus fails the build, and no output shows it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from engram.cli.compile import command as compile_command
from engram.cli.validate import command as validate_command
from engram.core.credentials import KEPT, credentials_in
from tests.compiler.factories import corpus, pattern, write_corpora
from tests.core.test_credentials import SHAPES

FINGERPRINT = re.compile(r'"engramFinding/v1": "[0-9a-f]{32}"')
FORMATS = ("text", "concise", "json", "github", "sarif")


def shows(output: str, text: str) -> bool:
    (found,) = credentials_in(text)
    secret = text[found.start + KEPT : found.end]
    # What the issuer puts first is no secret.
    return any(secret[at : at + 6] in output for at in range(len(secret) // 2, len(secret) - 5))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every shape in every field: what finds fault with one of them must not quote it."""
    patterns = [
        pattern(
            number,
            input=f"{text} ",
            output=f" {text}",
            variants=[text, text],
            accept=[text],
            tags=[text],
            source=text,
            phrasings=[f"{{input}} {text}", f"{{input}} {text}"],
        )
        for number, text in enumerate([*SHAPES.values(), next(iter(SHAPES.values()))])
    ]
    return write_corpora(tmp_path_factory.mktemp("secrets"), corpus(patterns))


@pytest.mark.parametrize("form", FORMATS)
def test_no_format_shows_a_secret(folder: Path, form: str) -> None:
    result = CliRunner().invoke(
        validate_command, [str(folder), "--format", form], standalone_mode=False
    )
    assert result.return_value == 1
    assert "ENG421" in result.output
    # A fingerprint digests the path, too, and six of its digits may be anybody's.
    output = FINGERPRINT.sub("", result.output)
    assert [name for name, text in SHAPES.items() if shows(output, text)] == []


def test_a_build_is_refused_without_showing_a_secret(folder: Path, tmp_path: Path) -> None:
    arguments = [str(folder), "-o", str(tmp_path / "build")]
    result = CliRunner().invoke(compile_command, arguments, standalone_mode=False)
    assert result.return_value == 1
    assert [name for name, text in SHAPES.items() if shows(result.output, text)] == []
    assert not (tmp_path / "build").exists()


def test_a_diff_shows_no_secret(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    text = SHAPES["github_token"]
    path.write_text(
        f"name: x\ndescription: d\nexamples:\n  - input: 404\n    output: {text}\n    category: c\n"
    )
    result = CliRunner().invoke(validate_command, [str(path), "--diff"], standalone_mode=False)
    assert '+  - input: "404"' in result.output
    assert not shows(result.output, text)
