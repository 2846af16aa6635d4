"""A model in the cache is what was put there, or it is refused."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from engram.core.errors import EngramError
from engram.models import find, pull, remove, shelves, stamps
from engram.models.record import RECORD_NAME
from engram.models.store import DamagedModelError
from tests.models.hub_server import REPO, TinyHub
from tests.tiny import KINDS, Kind, tiny_model


@pytest.mark.parametrize("reread", [False, True])
@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer_config.json"])
def test_one_flipped_bit_is_found(cache: Path, hub: TinyHub, name: str, reread: bool) -> None:
    path = pull(REPO).folder / name
    content = bytearray(path.read_bytes())
    content[10] ^= 1
    path.write_bytes(content)
    with pytest.raises(
        DamagedModelError, match=f"{name} was changed after it was pulled"
    ) as caught:
        find(REPO, reread=reread)
    assert f"engram models pull {REPO}" in str(caught.value.help)


def test_a_missing_and_an_added_file_are_found(cache: Path, hub: TinyHub) -> None:
    folder = pull(REPO).folder
    (folder / "merges.txt").write_text("")
    with pytest.raises(DamagedModelError, match=r"merges\.txt was not there"):
        find(REPO)
    (folder / "merges.txt").unlink()
    (folder / "generation_config.json").unlink()
    with pytest.raises(DamagedModelError, match=r"generation_config\.json is missing"):
        find(REPO)


def test_a_damaged_model_is_repaired_by_a_pull(cache: Path, hub: TinyHub) -> None:
    model = pull(REPO)
    (model.folder / "config.json").write_text("{}")
    assert pull(REPO) == model
    (model.folder / RECORD_NAME).write_text("{}")
    with pytest.raises(DamagedModelError, match="is damaged"):
        find(REPO)
    assert pull(REPO) == model
    (model.folder / RECORD_NAME).unlink()
    with pytest.raises(DamagedModelError, match="has no record"):
        find(REPO)
    assert pull(REPO) == model


def test_a_file_left_alone_is_read_once(
    cache: Path, hub: TinyHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stamps, "SETTLED_NS", -1)
    pull(REPO)
    monkeypatch.setattr(stamps, "sha256_of", lambda path: pytest.fail(f"{path} was read again"))
    find(REPO)


def test_a_file_that_changed_a_moment_ago_is_read_again(
    cache: Path, hub: TinyHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    pull(REPO)
    read: list[Path] = []
    digest = stamps.sha256_of
    monkeypatch.setattr(stamps, "sha256_of", lambda path: read.append(path) or digest(path))
    find(REPO)
    assert len(read) == 5


def test_a_time_set_back_does_not_hide_a_change(
    cache: Path, hub: TinyHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stamps, "SETTLED_NS", -1)
    path = pull(REPO).folder / "model.safetensors"
    before = path.stat()
    time.sleep(0.02)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    with path.open("r+b") as file:
        file.write(content)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(DamagedModelError):
        find(REPO)


def test_garbled_stamps_only_cost_a_reading(cache: Path, hub: TinyHub) -> None:
    model = pull(REPO)
    for garbage in ("", "[]", '{"config.json": 3}', '{"config.json": [[1], 2, 3]}'):
        (model.folder / stamps.STAMPS_NAME).write_text(garbage)
        assert find(REPO) == model


@pytest.mark.parametrize("kind", KINDS)
def test_a_folder_of_the_users_own_is_a_model(cache: Path, tmp_path: Path, kind: Kind) -> None:
    folder = tiny_model(tmp_path / kind, kind)
    model = find(str(folder))
    assert (model.folder, model.context_length, model.revision) == (folder, 512, None)
    assert model.parameters > 100_000
    assert pull(str(folder)) == model


def test_the_digest_of_a_folder_follows_its_content_alone(cache: Path, tmp_path: Path) -> None:
    one, two = find(str(tiny_model(tmp_path / "a"))), find(str(tiny_model(tmp_path / "b")))
    other = find(str(tiny_model(tmp_path / "c", seed=1)))
    assert (one.digest, one.tokenizer_digest) == (two.digest, two.tokenizer_digest)
    assert one.tokenizer_digest == other.tokenizer_digest
    assert one.digest != other.digest
    (tmp_path / "a" / "README.md").write_text("not part of the model")
    assert find(str(tmp_path / "a")).digest == one.digest
    template = tmp_path / "a" / "chat_template.jinja"
    template.write_text("{{ messages }}")
    assert find(str(tmp_path / "a")).tokenizer_digest != one.tokenizer_digest


def test_a_folder_that_is_no_model_says_what_it_lacks(cache: Path, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(EngramError, match=r"no weights \(.*\) and no tokenizer"):
        find(str(tmp_path))


def test_a_model_that_is_not_here_says_the_command(cache: Path) -> None:
    with pytest.raises(EngramError, match="phi-2 is not on this machine") as caught:
        find("phi-2")
    assert caught.value.help == "Get it with: engram models pull phi-2"


def test_removing_a_model(cache: Path, hub: TinyHub, tmp_path: Path) -> None:
    folder = pull(REPO).folder
    assert [record.name for record in shelves()] == [REPO]
    assert remove(REPO) == folder
    assert remove(REPO) is None
    assert shelves() == []
    with pytest.raises(EngramError, match="a folder of your own"):
        remove(str(tmp_path))


def test_a_cache_that_cannot_be_written_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ENGRAM_HOME", str(tmp_path / "file"))
    with pytest.raises(EngramError, match="cannot be written") as caught:
        pull(REPO)
    assert "ENGRAM_HOME" in str(caught.value.help)
