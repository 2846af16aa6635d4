"""Models of the hub: the real client against a hub on this machine."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from engram.core.errors import EngramError
from engram.models import find, pull
from engram.models.record import RECORD_NAME
from tests.models.conftest import names_in
from tests.models.hub_server import COMMIT, REPO, TinyHub


def test_a_pull_keeps_the_commit_and_every_digest(cache: Path, hub: TinyHub) -> None:
    model = pull(REPO)
    assert model.revision == COMMIT
    record = json.loads((model.folder / RECORD_NAME).read_text())
    assert record["revision"] == COMMIT
    assert {file["path"] for file in record["files"]} == set(hub.fetched)


def test_only_what_a_model_needs_is_fetched(cache: Path, hub: TinyHub) -> None:
    pull(REPO)
    assert sorted(hub.fetched) == [
        "config.json",
        "generation_config.json",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
    ]


def test_finding_it_afterwards_asks_nobody(cache: Path, hub: TinyHub) -> None:
    model = pull(REPO)
    hub.asked.clear()
    assert find(REPO) == model
    assert pull(REPO) == model
    assert hub.asked == []


def test_a_short_name_is_the_same_path(cache: Path, hub: TinyHub) -> None:
    with pytest.raises(EngramError, match=r"The hub has no model HuggingFaceTB/SmolLM-135M"):
        pull("smollm-135m")


def test_a_pinned_commit_is_asked_for_and_kept_apart(cache: Path, hub: TinyHub) -> None:
    model = pull(f"{REPO}@{COMMIT}")
    assert model.folder.name == f"org--tiny@{COMMIT}"
    assert f"/api/models/{REPO}/revision/{COMMIT}" in hub.asked


def test_another_commit_than_the_pinned_one_is_refused(cache: Path, hub: TinyHub) -> None:
    hub.answered = "d" * 40
    with pytest.raises(EngramError, match="answered with commit ddd"):
        pull(f"{REPO}@{COMMIT}")


def test_an_unknown_revision_is_named(cache: Path, hub: TinyHub) -> None:
    with pytest.raises(EngramError, match="no revision 'v9' of org/tiny"):
        pull(f"{REPO}@v9")


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
def test_a_file_altered_on_the_way_is_refused(cache: Path, hub: TinyHub, name: str) -> None:
    def alter(path: str, content: bytes) -> bytes:
        return bytes([content[0] ^ 1]) + content[1:] if path == name else content

    hub.alter = alter
    with pytest.raises(EngramError, match=f"{name} of {REPO} is refused"):
        pull(REPO)
    with pytest.raises(EngramError, match="not on this machine"):
        find(REPO)
    hub.alter = lambda _, content: content
    assert pull(REPO).revision == COMMIT


def test_a_pull_that_was_cut_short_keeps_what_had_arrived(cache: Path, hub: TinyHub) -> None:
    def cut(path: str, content: bytes) -> bytes:
        if path == "model.safetensors":
            raise ConnectionAbortedError
        return content

    hub.alter = cut
    with pytest.raises(EngramError, match="could not be fetched") as caught:
        pull(REPO)
    assert "run the same command again" in str(caught.value.help)
    hub.alter = lambda _, content: content
    hub.fetched.clear()
    pull(REPO)
    assert hub.fetched == ["model.safetensors"]


def test_what_an_older_commit_left_behind_is_not_mixed_in(cache: Path, hub: TinyHub) -> None:
    left = cache / "partial" / "org--tiny" / "files"
    left.mkdir(parents=True)
    (left / "merges.txt").write_text("from another commit")
    (left / "config.json").write_text("{}")
    model = pull(REPO)
    assert not (model.folder / "merges.txt").exists()


def test_two_pulls_at_once_fetch_once(cache: Path, hub: TinyHub) -> None:
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(pull, [REPO, REPO])
    assert first == second
    assert len(hub.fetched) == len(set(hub.fetched))
    assert names_in(cache / "models") == ["org--tiny"]


def test_a_repository_without_safetensors_says_what_is_lacking(cache: Path, hub: TinyHub) -> None:
    (hub.folder / "model.safetensors").unlink()
    with pytest.raises(EngramError, match=r"it has no weights \(model\*\.safetensors\)"):
        pull(REPO)


def test_no_network_says_what_to_do(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(EngramError, match="could not be fetched from the hub") as caught:
        pull(REPO)
    assert "smollm2-135m" in str(caught.value.help)
