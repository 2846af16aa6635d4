"""Whatever ends a compilation: the old build or the new one is there, whole, and no litter after.

The lock is written by the same means, and is the old one or the new one, too.
"""

from __future__ import annotations

import errno
import os
import resource
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from select import select
from typing import Any

import pytest

from engram.compiler import compile_corpora, verify_build
from engram.core.build import Options
from engram.core.errors import EngramError
from engram.files.atomic import UNFINISHED
from tests.compiler.factories import corpus, in_memory, pattern, write_corpora
from tests.effort import effort

ERRORS = (errno.ENOSPC, errno.EIO, errno.EACCES)[: effort(1, nightly=3)]
KILLS = effort(20, nightly=400)

# Everything that writing files and folders asks of the system.
CALLS = (
    "chmod", "fchmod", "fdopen", "fsync", "mkdir", "open", "rename", "replace", "rmdir", "unlink"
)  # fmt: skip


@dataclass
class Bench:
    """A folder of corpora and a build of an older state of them, as often as one is wanted."""

    folder: Path
    old: str = ""
    new: str = ""
    saved: Path = field(init=False)

    def __post_init__(self) -> None:
        self.saved = self.folder / "saved"
        write_corpora(self.saved / "in", corpus([pattern(n) for n in range(6)]))
        self.old = self.compile(self.saved)
        write_corpora(self.saved / "in", corpus([pattern(n) for n in range(9)]))
        self.reset()
        self.new = self.compile(self.work)
        assert self.old != self.new

    @property
    def work(self) -> Path:
        return self.folder / "work"

    def reset(self) -> None:
        """Corpora that are newer than the build beside them."""
        shutil.rmtree(self.work, ignore_errors=True)
        shutil.copytree(self.saved, self.work)

    def compile(self, where: Path) -> str:
        """Compile in ``where``; the id of the build."""
        compiled = compile_corpora(where / "in", where / "out")
        assert compiled.manifest
        return compiled.manifest.build_id

    def check(self) -> str:
        """The id of the build, which is whole; after another run nothing unfinished is left."""
        found = verify_build(self.work / "out").manifest.build_id
        assert found in (self.old, self.new)
        # That the lock was written does not move anything when it is read.
        assert self.compile(self.work) == self.new
        assert verify_build(self.work / "out").manifest.build_id == self.new
        assert not list(self.work.rglob(f"{UNFINISHED}*"))
        return found


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with tempfile.TemporaryDirectory(dir=in_memory()) as name:
        yield Bench(Path(name))


class Steps:
    """Counts the calls to the system; ``act`` is called before, or after, the one numbered."""

    def __init__(self, number: int, act: Callable[[], None], *, after: bool = False) -> None:
        self.number, self.act, self.after, self.count = number, act, after, 0

    def install(self, patch: pytest.MonkeyPatch) -> None:
        for name in CALLS:
            patch.setattr(os, name, self._watched(getattr(os, name)))

    def _watched(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            self.count += 1
            now = self.count == self.number
            if now and not self.after:
                self.act()
            result = real(*arguments, **options)
            if now and self.after:
                self.act()
            return result

        return call


def steps_of(bench: Bench) -> int:
    """How many calls a compilation makes."""
    bench.reset()
    steps = Steps(0, lambda: None)
    with pytest.MonkeyPatch.context() as patch:
        steps.install(patch)
        bench.compile(bench.work)
    return steps.count


def forked(act: Callable[[], object]) -> int:
    """A process that does something and is then gone without a word."""
    child = os.fork()
    if not child:
        try:
            act()
        finally:
            os._exit(0)
    return child


@pytest.mark.parametrize("error", ERRORS)
def test_any_call_that_fails_leaves_the_old_build_or_the_new_one(bench: Bench, error: int) -> None:
    def fail() -> None:
        raise OSError(error, os.strerror(error))

    total = steps_of(bench)
    assert total > 20
    seen = set()
    for number in range(1, total + 1):
        bench.reset()
        with pytest.MonkeyPatch.context() as patch:
            Steps(number, fail).install(patch)
            with suppress(EngramError):
                compile_corpora(bench.work / "in", bench.work / "out")
        seen.add(bench.check())
    assert seen == {bench.old, bench.new}


def test_a_kill_at_any_call_leaves_the_old_build_or_the_new_one(bench: Bench) -> None:
    def die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def compile_until(number: int, after: bool) -> None:
        with pytest.MonkeyPatch.context() as patch:
            Steps(number, die, after=after).install(patch)
            bench.compile(bench.work)

    killed = 0
    seen = set()
    for number in range(1, steps_of(bench) + 1):
        for after in (False, True):
            bench.reset()
            child = forked(lambda n=number, a=after: compile_until(n, a))  # type: ignore[misc]
            _, status = os.waitpid(child, 0)
            killed += os.WIFSIGNALED(status)
            seen.add(bench.check())
    assert killed > 2 * 20
    assert seen == {bench.old, bench.new}


def test_a_kill_at_any_moment_leaves_the_old_build_or_the_new_one(
    bench: Bench,
) -> None:
    chance = Random(1)  # noqa: S311 - not a secret
    bench.reset()
    started = time.perf_counter()
    os.waitpid(forked(lambda: bench.compile(bench.work)), 0)
    usual = time.perf_counter() - started
    killed = 0
    while killed < KILLS:
        bench.reset()
        killed += killed_after(chance.uniform(0, usual), lambda: bench.compile(bench.work))
        bench.check()


def killed_after(seconds: float, act: Callable[[], object]) -> bool:
    """Whether a process that does something had to be killed, since it was not done by then."""
    reading, writing = os.pipe()
    child = forked(act)
    os.close(writing)
    # The other end is closed when the process ends.
    select([reading], [], [], seconds)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    os.close(reading)
    return os.WIFSIGNALED(status)


def test_files_that_may_not_grow_leave_the_old_build_or_the_new_one(bench: Bench) -> None:
    largest = max(path.stat().st_size for path in (bench.work / "out").rglob("*") if path.is_file())

    def compile_within(size: int) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        bench.compile(bench.work)

    for size in range(0, largest + 512, max(largest // 24, 1)):
        bench.reset()
        os.waitpid(forked(lambda s=size: compile_within(s)), 0)  # type: ignore[misc]
        bench.check()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Callable[..., Path]]:
    """Mounts a small disk, with options, at one place; the place."""
    place = tmp_path / "disk"
    place.mkdir()

    def mount(*options: str) -> Path:
        subprocess.run(["umount", place], capture_output=True, check=False)
        command = ["mount", "-t", "tmpfs", "-o", ",".join(options), "tmpfs", place]
        try:
            subprocess.run(command, capture_output=True, check=True)
        except (OSError, subprocess.CalledProcessError):
            pytest.skip("mounting a file system is not allowed here")
        return place

    yield mount
    subprocess.run(["umount", place], capture_output=True, check=False)


def test_a_full_disk_leaves_the_old_build_or_the_new_one(
    bench: Bench, disk: Callable[..., Path]
) -> None:
    seen = set()
    for pages in range(16, 60, 2):
        place = disk(f"size={pages * 4}k")
        try:
            shutil.copytree(bench.saved, place, dirs_exist_ok=True)
        except (OSError, shutil.Error):
            continue
        try:
            found = bench.compile(place)
        except EngramError:
            found = verify_build(place / "out").manifest.build_id
        seen.add(found)
        assert found in (bench.old, bench.new)
        subprocess.run(["mount", "-o", "remount,size=4m", place], capture_output=True, check=True)
        assert bench.compile(place) == bench.new
        assert not list(place.rglob(f"{UNFINISHED}*"))
    assert seen == {bench.old, bench.new}


def test_a_disk_that_cannot_be_written_is_said_and_left_alone(
    bench: Bench, disk: Callable[..., Path]
) -> None:
    place = disk("size=4m")
    shutil.copytree(bench.saved, place, dirs_exist_ok=True)
    subprocess.run(["mount", "-o", "remount,ro", place], capture_output=True, check=True)
    with pytest.raises(EngramError, match="cannot"):
        bench.compile(place)
    assert verify_build(place / "out").manifest.build_id == bench.old


def test_two_compilations_at_once_leave_one_of_their_builds_whole(bench: Bench) -> None:
    for turn in range(8):
        bench.reset()
        children = [
            forked(
                lambda s=seed: compile_corpora(  # type: ignore[misc]
                    bench.work / "in", bench.work / "out", options=Options(seed=s)
                )
            )
            for seed in (turn, turn + 1, turn)
        ]
        assert [os.waitpid(child, 0)[1] for child in children] == [0, 0, 0]
        assert verify_build(bench.work / "out").manifest.options.seed in (turn, turn + 1)
        assert not list(bench.work.rglob(f"{UNFINISHED}*"))
