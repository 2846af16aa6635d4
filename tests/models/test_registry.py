"""The models that ship by name."""

from __future__ import annotations

import re

import pytest

from engram.models import DEFAULT, MODELS


def test_the_six_are_there() -> None:
    assert set(MODELS) == {
        "smollm2-135m",
        "smollm-135m",
        "smollm-360m",
        "qwen2-0.5b",
        "phi-2",
        "smollm2-135m-hub",
    }
    assert DEFAULT == "smollm2-135m"


def test_the_default_is_pinned_from_the_archive_to_every_file() -> None:
    spec = MODELS[DEFAULT]
    assert spec.archive is not None
    assert spec.member is not None
    digests = [spec.archive.sha256, spec.member.sha256, *spec.files.values()]
    assert len(digests) == 8
    assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in digests)


@pytest.mark.parametrize("name", MODELS)
def test_every_model_says_what_it_is(name: str) -> None:
    spec = MODELS[name]
    assert spec.name == name
    assert spec.parameters > 10**8
    assert spec.context_length in (2048, 8192, 32768)
    assert spec.licence in ("Apache-2.0", "MIT")
    assert spec.download < 3 * spec.parameters
    assert spec.note
