"""Tests against mutants, each in a fork of a process in which everything is imported already.

A fault in a function is put in by giving the function its other code: nothing is imported or
collected again. A fault in what runs on import takes an import. Either way a test that starts a
program of its own does not see the fault, and so cannot find it.
"""

from __future__ import annotations

import gc
import inspect
import os
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import SourceFileLoader
from importlib.util import spec_from_file_location
from multiprocessing import Pipe
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

from tests.mutation.baseline import Baseline, Watch
from tests.mutation.mutants import Mutant

SURVIVED, KILLED, TIMEOUT, ELSEWHERE = "survived", "killed", "timeout", "on import"
# A test that computes so many times as long as without a fault, and a second more, is in a loop;
# so is a module that takes so many seconds to import.
PATIENCE, GRACE_S, IMPORT_S = 5, 1, 30
# One that computes nothing waits for what never comes, such as the other end of a pipe.
WAIT_S = 60
MEMORY = 3 << 30
# Nobody reads what a failed test says.
QUICKLY = ("-q", "-s", "--tb=native", "--assert=plain", "-p", "no:cacheprovider")

Told = Callable[[Mutant, str], None]


def try_all(path: Path, tests: Sequence[str], mutants: Sequence[Mutant], told: Told) -> Baseline:
    """Run these tests against every mutant of the module at ``path``, and tell what came of each.

    RuntimeError if the tests fail without any fault.
    """
    with tempfile.TemporaryDirectory(dir=_memory()) as folder:
        arguments = [*tests, *QUICKLY, f"--basetemp={folder}/tests"]
        baseline: Baseline | None = None
        later: list[Mutant] = []
        done = 0

        def in_functions(send: Callable[[Any], None]) -> None:
            pytest.main(arguments, [_Many(path, mutants, send)])

        for found in _forked(in_functions):
            if isinstance(found, Baseline):
                baseline = found
            elif found[1] == ELSEWHERE:
                later.append(mutants[found[0]])
            else:
                done += 1
                told(mutants[found[0]], found[1])
        if baseline is None or baseline.failed:
            raise RuntimeError(f"without a fault, this fails: {baseline and baseline.failed}")
        if done + len(later) < len(mutants):
            raise RuntimeError(f"the tests of {path} ended before all mutants were tried")
        for mutant in later:
            told(mutant, _imported(path, mutant, arguments, baseline))
    return baseline


class _Many:
    """Runs what was collected in a fork for every mutant that differs in functions only."""

    def __init__(self, path: Path, mutants: Sequence[Mutant], send: Callable[[Any], None]) -> None:
        self.path, self.mutants, self.send = path, mutants, send

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = {item.nodeid: item for item in session.items}
        # Some modules are imported late.
        import_module(_name(self.path))
        functions = _functions(self.path)
        gc.collect()
        gc.freeze()
        (baseline,) = _forked(lambda send: send(_baseline(self.path, items)))
        self.send(baseline)
        if baseline.failed:
            return True
        own = _all_codes(self.path, self.path.read_text(encoding="utf-8"))
        finders: dict[tuple[int, int], list[str]] = {}
        for number, mutant in enumerate(self.mutants):
            codes = _other_codes(own, _all_codes(self.path, mutant.source))
            if codes is None or not codes.keys() <= functions.keys():
                self.send((number, ELSEWHERE))
                continue
            # What found one fault in a statement often finds the next.
            known = finders.setdefault(mutant.lines, [])
            names = dict.fromkeys([*reversed(known), *baseline.tests_for(mutant.lines)])
            swaps = [(function, codes[name]) for name in codes for function in functions[name]]
            verdict, by = _tried(swaps, [items[name] for name in names], baseline)
            known += [by] if by in items and by not in known else []
            self.send((number, verdict))
        return True


class _One:
    """Runs what was collected, in the order of the baseline, and keeps whether all of it passed."""

    def __init__(self, baseline: Baseline) -> None:
        self.baseline, self.passed = baseline, False

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = {item.nodeid: item for item in session.items}
        names = self.baseline.ordered(self.baseline.seconds)
        # A fault can make tests go away: what is generated from a table, for example.
        whole = not session.testsfailed and items.keys() == self.baseline.seconds.keys()
        self.passed = whole and not _failed([items[name] for name in names], self.baseline)
        return True


def _imported(path: Path, mutant: Mutant, arguments: list[str], baseline: Baseline) -> str:
    def run() -> str:
        sys.meta_path.insert(0, _Finder(path, mutant.source))
        for name in [name for name in sys.modules if name.partition(".")[0] == "engram"]:
            del sys.modules[name]
        one = _One(baseline)
        pytest.main(arguments, [one])
        return "" if one.passed else "some test"

    return _verdict(run)[0]


class _Finder(MetaPathFinder):
    """Finds one module, with another source."""

    def __init__(self, path: Path, source: str) -> None:
        self.name, self.path, self.source = _name(path), path, source

    def find_spec(self, fullname: str, *_: object) -> Any:
        if fullname != self.name:
            return None
        loader = _Loader(fullname, str(self.path))
        loader.other = self.source
        return spec_from_file_location(fullname, self.path, loader=loader)


class _Loader(SourceFileLoader):
    other = ""

    def get_code(self, fullname: str) -> CodeType:
        return compile(self.other, self.path, "exec", dont_inherit=True)


def _baseline(path: Path, items: Mapping[str, pytest.Item]) -> Baseline:
    baseline, watch = Baseline(), Watch(path)
    ordered = list(items.values())
    for item, following in zip(ordered, [*ordered[1:], None]):
        start = time.process_time()
        with watch as lines:
            failed = _failed([item], following=following)
        baseline.add(item.nodeid, time.process_time() - start, lines, passed=not failed)
    return baseline


def _tried(
    swaps: list[tuple[FunctionType, CodeType]], items: list[pytest.Item], baseline: Baseline
) -> tuple[str, str]:
    """What came of it when functions had other code, and which test noticed."""

    def run() -> str:
        for function, code in swaps:
            function.__code__ = code
        return _failed(items, baseline)

    return _verdict(run) if items else (SURVIVED, "")


def _failed(
    items: list[pytest.Item],
    baseline: Baseline | None = None,
    *,
    following: pytest.Item | None = None,
) -> str:
    """The first of these tests that fails, which is the last that is run; empty if none does.

    With a baseline, this process ends by a signal if a test takes far longer than there.
    """
    for item, after in zip(items, [*items[1:], following]):
        if baseline:
            limit = baseline.seconds[item.nodeid] * PATIENCE + GRACE_S
            signal.setitimer(signal.ITIMER_VIRTUAL, limit)
            signal.setitimer(signal.ITIMER_REAL, limit + WAIT_S)
        if any(report.failed for report in runtestprotocol(item, nextitem=after, log=False)):
            return item.nodeid
    return ""


def _verdict(run: Callable[[], str]) -> tuple[str, str]:
    def limited(send: Callable[[Any], None]) -> None:
        signal.setitimer(signal.ITIMER_VIRTUAL, IMPORT_S)
        size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (size + MEMORY, size + MEMORY))
        try:
            send(run())
        except BaseException:  # noqa: BLE001 - whatever a fault does, it shows
            send("all of them")

    found = list(_forked(limited))
    if not found:
        return TIMEOUT, ""
    return (KILLED if found[0] else SURVIVED), found[0]


def _functions(path: Path) -> dict[str, list[FunctionType]]:
    found: dict[str, list[FunctionType]] = {}
    for thing in gc.get_objects():
        if type(thing) is FunctionType and thing.__code__.co_filename == str(path):
            found.setdefault(thing.__qualname__, []).append(thing)
    return found


def _other_codes(
    own: Mapping[str, CodeType], other: Mapping[str, CodeType]
) -> dict[str, CodeType] | None:
    """The code of the functions that differ; None if something else differs, too."""
    different = [name for name in own.keys() | other.keys() if own.get(name) != other.get(name)]
    if any(not name or name.endswith(".") or name not in own for name in different):
        return None
    return {name: other[name] for name in different}


def _all_codes(path: Path, source: str) -> dict[str, CodeType]:
    return dict(_codes(compile(source, str(path), "exec", dont_inherit=True)))


def _codes(code: CodeType, prefix: str = "") -> Iterator[tuple[str, CodeType]]:
    """The code of every function and method by its qualified name, and the rest without a name."""
    inner = [const for const in code.co_consts if isinstance(const, CodeType)]
    for one in inner:
        if one.co_flags & inspect.CO_OPTIMIZED:
            yield f"{prefix}{one.co_name}", one
        else:
            yield from _codes(one, f"{prefix}{one.co_name}.")
    bare = tuple(None if isinstance(const, CodeType) else const for const in code.co_consts)
    yield prefix, code.replace(co_consts=bare)


def _forked(work: Callable[[Callable[[Any], None]], None]) -> Iterator[Any]:
    """What ``work`` sends from a fork of this process, in which nothing is printed."""
    receiver, sender = Pipe(duplex=False)
    child = os.fork()
    if not child:
        # Without it, this process would not notice that nobody listens any more.
        receiver.close()
        try:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, 1)
            os.dup2(nowhere, 2)
            work(sender.send)
        finally:
            os._exit(0)
    sender.close()
    try:
        while True:
            yield receiver.recv()
    except EOFError:
        return
    finally:
        os.waitpid(child, 0)


def _name(path: Path) -> str:
    return ".".join(path.relative_to(Path.cwd()).with_suffix("").parts)


def _memory() -> str | None:
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108
