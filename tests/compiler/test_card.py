"""The card and the Croissant file say what the build is, whatever the corpora are called."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engram.compiler import compile_corpora
from engram.compiler.card import LISTS, TEXTS
from engram.core.build import Row
from engram.files.yaml import parse
from tests.compiler.factories import Fields, corpus, pattern, write_corpora


def texts(tmp_path: Path, *corpora: Fields) -> tuple[str, Fields, Fields]:
    """The card of a build, what stands in its YAML, and the Croissant file."""
    compiled = compile_corpora(write_corpora(tmp_path / "in", *corpora), tmp_path / "build")
    assert compiled.manifest
    card = (tmp_path / "build/README.md").read_text(encoding="utf-8")
    croissant = json.loads((tmp_path / "build/croissant.json").read_bytes())
    return card, parse(card.split("---\n")[1]).data, croissant


def sums(name: str = "sums", **fields: object) -> Fields:
    start = 1000 * len(name)
    return corpus([pattern(n) for n in range(start, start + 12)], name, **fields)


def test_every_column_of_a_row_has_a_feature() -> None:
    assert {"messages", *TEXTS, *LISTS} == set(Row.model_fields)


def test_the_card_names_the_build_and_the_files(tmp_path: Path) -> None:
    card, front, _ = texts(tmp_path, sums())
    manifest = json.loads((tmp_path / "build/manifest.json").read_bytes())
    assert front["engram_build"] == manifest["build_id"]
    (config,) = front["configs"]
    assert [file["path"] for file in config["data_files"]] == [
        output["path"] for output in manifest["outputs"]
    ]
    assert all(output["sha256"] in card for output in manifest["outputs"])


@pytest.mark.parametrize(
    ("licences", "told"),
    [
        (["CC0-1.0", "CC0-1.0"], "cc0-1.0"),
        (["MIT", "CC0-1.0"], "other"),
        (["My own: terms"], "other"),
        (["CC0-1.0", None], None),
        ([None], None),
    ],
)
def test_the_card_tells_one_licence_or_that_it_is_another_matter(
    tmp_path: Path, licences: list[str | None], told: str | None
) -> None:
    corpora = [
        sums("s" * (n + 1), **({"license": licence} if licence else {}))
        for n, licence in enumerate(licences)
    ]
    _, front, croissant = texts(tmp_path, *corpora)
    assert front.get("license") == told
    assert len(croissant.get("license", ())) == len({name for name in licences if name})


def test_a_description_is_text_and_no_markup(tmp_path: Path) -> None:
    card, _, croissant = texts(
        tmp_path, sums(description="a\n---\n# <b>b</b> \u200b <!-- -->", version="*1*")
    )
    assert r"- **sums** \*1\*: a --- \# \<b\>b\</b\> U+200B \<\!-- --\>" in card
    assert croissant["description"] == "sums: a\n---\n# <b>b</b> \u200b <!-- -->"


def test_many_corpora_are_counted_and_not_named(tmp_path: Path) -> None:
    _, front, croissant = texts(tmp_path, *(sums("s" * n) for n in range(1, 8)))
    assert front["pretty_name"] == croissant["name"] == "Patterns of 7 corpora"


def test_the_newest_day_is_when_it_was_published(tmp_path: Path) -> None:
    corpora = [sums("a", published="2024-02-29"), sums("bb", published="2023-12-31"), sums("ccc")]
    _, _, croissant = texts(tmp_path, *corpora)
    assert croissant["datePublished"] == "2024-02-29"
