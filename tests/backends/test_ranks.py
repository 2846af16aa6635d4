"""Ranks: what each has of the rows, what they say to one another, and what becomes of it."""

from __future__ import annotations

import math
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engram.backends import ranks as room
from engram.backends.choice import chosen
from engram.backends.learner import Told
from engram.backends.learning import joined
from engram.backends.meeting import meet
from engram.backends.pulse import Pulse
from engram.backends.ranks import ALONE, Joined, Ranks
from engram.backends.together import agree
from engram.backends.wire import Gone, Wire
from engram.core.errors import EngramError


def together(size: int, what: Callable[[Joined], Any]) -> list[Any]:
    """What every one of so many ranks comes to, each in a thread of this process."""
    invitation: list[bytes] = []
    said = threading.Event()
    found: list[Any] = [None] * size

    def spread(data: bytes) -> bytes:
        if data:
            invitation.append(data)
            said.set()
        assert said.wait(10)
        return invitation[0]

    def one(rank: int) -> None:
        ranks = meet(rank, size, "127.0.0.1", spread, lambda tensors: tensors)
        assert isinstance(ranks, Joined)
        try:
            found[rank] = what(ranks)
        except EngramError as error:
            found[rank] = error

    threads = [threading.Thread(target=one, args=(rank,)) for rank in range(size)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert not any(thread.is_alive() for thread in threads)
    return found


@pytest.fixture(autouse=True)
def no_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ranks are threads here: none is to end this process."""
    monkeypatch.setattr(Pulse, "_watch", lambda _: None)
    monkeypatch.setattr("engram.backends.pulse.PATIENCE", 0.0)


def test_every_item_is_dealt_to_one_rank_and_nobody_has_nothing_to_do() -> None:
    def shares(ranks: Joined) -> Any:
        return ranks.dealt(range(5)), ranks.dealt([7]), ranks.share([7])

    found = together(3, shares)
    assert [one[0] for one in found] == [[0, 3], [1, 4], [2]]
    assert [one[1] for one in found] == [[7], [], []]
    assert [one[2] for one in found] == [[7], [7], [7]]


def test_one_rank_has_everything() -> None:
    assert meet(0, 1, "127.0.0.1", lambda data: data, lambda tensors: tensors) is ALONE
    assert ALONE.dealt([1, 2]) == ALONE.share([1, 2]) == [1, 2]
    assert ALONE.gathered(3) == [3]
    assert ALONE.first(3) == 3


def test_all_ranks_hear_all_in_order() -> None:
    values = together(3, lambda ranks: ranks.gathered({"rank": ranks.rank, "loss": math.inf}))
    assert values == [[{"rank": r, "loss": math.inf} for r in range(3)]] * 3


def test_what_rank_0_has_is_what_all_have(tmp_path: Path) -> None:
    (tmp_path / "0").write_bytes(b"\x00weights" * 300_000)

    def read(ranks: Joined) -> Any:
        with ranks.file(tmp_path / str(ranks.rank)) as path:
            return path.read_bytes(), ranks.first(ranks.rank)

    assert together(3, read) == [(b"\x00weights" * 300_000, 0)] * 3
    assert [path.name for path in tmp_path.iterdir()] == ["0"], "nothing is written here"


def test_the_shares_of_a_step_are_told_as_one_step() -> None:
    own = [
        (Told(1.0, 0.5, [True], [0.1]), 0.75, 0.25),
        (Told(2.0, 0.1, [False], [3.0]), 0.25, 0.75),
        # Has neither rows nor prompts of its own: what it computed counts for nothing.
        (Told(9.0, 9.0, [False], [9.0]), 0.0, 0.0),
    ]
    found = together(3, lambda ranks: joined(ranks, 2, *own[ranks.rank]))
    assert found[0].loss == pytest.approx(0.75 * 1.0 + 0.25 * 2.0)
    assert found[0].drift == pytest.approx(0.25 * 0.5 + 0.75 * 0.1)
    assert (found[0].exact, found[0].worst) == ([True, False], [0.1, 3.0])
    assert found[1] == found[2] == found[0]


def test_rows_of_a_step_come_back_in_their_order() -> None:
    own = [Told(1.0, None, [True, False], [0.0, 2.0]), Told(1.0, None, [False], [1.0])]
    found = together(2, lambda ranks: joined(ranks, 3, own[ranks.rank], 0.5, 0.0))
    assert found[0].worst == [0.0, 1.0, 2.0]
    assert found[0].exact == [True, False, False]
    assert found[0].drift is None


def test_ranks_with_different_builds_do_not_begin() -> None:
    builds = ["aaaa", "aaaa", "bbbb"]
    found = together(3, lambda ranks: agree(ranks, {"build_id": builds[ranks.rank]}))
    assert found[1:] == [None, None], "the others wait for rank 0 to end them"
    assert "Rank 2 has another build_id than rank 0: bbbb and aaaa" in str(found[0])


def test_a_rank_that_is_gone_is_an_error_that_says_how_to_go_on() -> None:
    def leave(ranks: Joined) -> Any:
        if ranks.rank:
            for wire in (*ranks.wires, *ranks.pulse.wires.values()):
                wire.link.close()
            return None
        return ranks.gathered(1)

    error = together(2, leave)[0]
    assert isinstance(error, EngramError)
    assert "goes on from the last checkpoint" in str(error)


def test_a_call_without_the_secret_is_not_answered() -> None:
    invitation: list[bytes] = []

    def spread(data: bytes) -> bytes:
        import json

        host, port, secret = json.loads(data)
        for word, rank in (("guess", 1), (secret, 1)):
            for kind in ("talk", "pulse"):
                wire = Wire(socket.create_connection((host, port)))
                wire.send([word, rank, kind])
                if word == secret and kind == "talk":
                    wire.send("mine")
                invitation.append(data)
                kept.append(wire)
        return data

    kept: list[Wire] = []
    ranks = meet(0, 2, "127.0.0.1", spread, lambda tensors: tensors)
    assert ranks.gathered("ours") == ["ours", "mine"]


def test_messages_arrive_whole_and_the_end_is_known() -> None:
    left, right = (Wire(link) for link in _pair())
    sender = threading.Thread(target=left.send, args=([1, "é"], b"\x01" * 3_000_000))
    sender.start()
    assert right.receive() == ([1, "é"], b"\x01" * 3_000_000)
    sender.join()
    left.link.close()
    with pytest.raises(Gone):
        right.receive()


def _pair() -> tuple[socket.socket, socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        one = socket.create_connection(server.getsockname())
        return one, server.accept()[0]


@pytest.mark.parametrize(
    ("variable", "backend"), [("MLX_RANK", "mlx"), ("TORCHELASTIC_RUN_ID", "torch")]
)
def test_the_backend_is_that_of_the_launcher(
    monkeypatch: pytest.MonkeyPatch, variable: str, backend: str
) -> None:
    assert room.launched_for() is None
    monkeypatch.setenv(variable, "1")
    assert chosen().name == backend


def test_a_launcher_of_another_backend_leaves_a_run_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch", reason="the torch backend needs the torch extra")
    from engram.backends.torch.ranks import join

    monkeypatch.setenv("MLX_RANK", "1")
    assert isinstance(join("cpu"), Ranks)
    assert join("cpu").size == 1
