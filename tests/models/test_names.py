"""What a user may call a model, and what engram says to anything else."""

from __future__ import annotations

from pathlib import Path

import pytest

from engram.core.errors import EngramError
from engram.models import DEFAULT, MODELS
from engram.models.names import resolve
from tests.tiny import tiny_model


@pytest.mark.parametrize("name", MODELS)
def test_every_short_name_resolves(name: str) -> None:
    reference = resolve(name)
    assert reference.spec == MODELS[name]
    assert reference.shelf == name


def test_a_hub_id_resolves_with_and_without_a_revision() -> None:
    assert (resolve("org/name").repo, resolve("org/name").revision) == ("org/name", "main")
    pinned = resolve("org/name@v1.0")
    assert (pinned.repo, pinned.revision, pinned.shelf) == ("org/name", "v1.0", "org--name@v1.0")


def test_a_registered_hub_model_may_be_pinned() -> None:
    pinned = resolve("phi-2@abc123")
    assert (pinned.repo, pinned.revision) == ("microsoft/phi-2", "abc123")
    assert pinned.spec == MODELS["phi-2"]


def test_a_folder_resolves_to_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny_model(tmp_path / "mine" / "model")
    assert resolve(str(tmp_path)).folder == tmp_path
    monkeypatch.chdir(tmp_path)
    assert resolve("mine/model").folder == tmp_path / "mine" / "model"
    assert resolve("./mine").folder == tmp_path / "mine"


@pytest.mark.parametrize("name", ["smollm2-135m", "phi-2", "phi-2@abc123"])
def test_a_folder_never_takes_over_a_short_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    tiny_model(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert resolve(name).folder is None
    assert resolve(name).spec == MODELS[name.partition("@")[0]]
    for spelt in (f"./{name}", f"{name}/", str(tmp_path / name)):
        assert resolve(spelt).folder == tmp_path / name


@pytest.mark.parametrize("name", ["smolm2-135m", "SmolLM2-135M", "smollm2_135m"])
def test_a_near_miss_is_guessed(name: str) -> None:
    with pytest.raises(EngramError, match=r"Did you mean `smollm2-135m`\?"):
        resolve(name)


@pytest.mark.parametrize(
    "name",
    ["", "gpt-9", "a/b/c", "../x/y/z", "org/../x", "org/na me", "org--a/b--c", "org/a@", "x@y"],
)
def test_anything_else_is_refused(name: str) -> None:
    with pytest.raises(EngramError):
        resolve(name)


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(EngramError) as caught:
        resolve("gpt-9")
    assert all(name in str(caught.value.help) for name in MODELS)


def test_a_fixed_version_takes_no_revision() -> None:
    with pytest.raises(EngramError, match="takes no @revision"):
        resolve(f"{DEFAULT}@main")
