"""A tokenizer that loses text is refused before anything is trained with it."""

from __future__ import annotations

from pathlib import Path

import pytest
from tokenizers import Tokenizer, normalizers

from engram.core.errors import EngramError
from engram.models.trial import try_tokenizer
from tests.tiny import KINDS, Kind, tiny_model


@pytest.mark.parametrize("kind", KINDS)
def test_a_faithful_tokenizer_passes(tmp_path: Path, kind: Kind) -> None:
    try_tokenizer(tiny_model(tmp_path, kind))


def test_one_that_strips_accents_is_refused(tmp_path: Path) -> None:
    path = tiny_model(tmp_path) / "tokenizer.json"
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFD(), normalizers.StripAccents()])
    tokenizer.save(str(path))
    with pytest.raises(EngramError, match="does not give text back as it was"):
        try_tokenizer(tmp_path)


def test_one_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(EngramError, match="cannot be read"):
        try_tokenizer(tmp_path)


def test_another_format_is_left_to_the_backend(tmp_path: Path) -> None:
    try_tokenizer(tmp_path)
