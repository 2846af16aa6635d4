"""Which modules are mutated, by what they are for, and which tests must notice."""

from __future__ import annotations

from typing import NamedTuple


class Target(NamedTuple):
    """A module of engram, and tests of ``tests``: files, the quick ones first."""

    module: str
    tests: tuple[str, ...]


class Room(NamedTuple):
    """Modules with one purpose, and the least percentage of their mutants that must be found."""

    least: int
    targets: tuple[Target, ...]


def _of_compiler(module: str, *tests: str) -> Target:
    return Target(f"compiler/{module}.py", tuple(f"compiler/test_{name}.py" for name in tests))


_PLACED = ("quotas", "splits", "stays", "lock")
_JOINED = ("near", "splits", "why", "proof")
_EMITTED = ("verify", "splits", "publish", "power", "demo", "proof")

ROOMS = {
    "verification": Room(
        100,
        (
            Target(
                "compiler/verify.py",
                ("compiler/test_verify.py", "plugins/test_judges.py", "compiler/test_mutations.py"),
            ),
            _of_compiler("proof", "proof", "verify"),
            _of_compiler("seal", "seal", "verify"),
            _of_compiler("rows", "verify", "proof", "content"),
            _of_compiler("power", "power", "verify"),
            Target("files/reading.py", ("files/test_reading.py", "compiler/test_verify.py")),
            Target("core/build.py", ("core/test_build.py", "compiler/test_verify.py")),
        ),
    ),
    "split": Room(
        85,
        (
            _of_compiler("split", *_PLACED),
            _of_compiler("placing", *_PLACED),
            _of_compiler("quotas", *_PLACED),
            _of_compiler("group", *_JOINED),
            _of_compiler("ties", *_JOINED),
            _of_compiler("near", *_JOINED),
            _of_compiler("holding", "splits", "stays", "lock"),
            _of_compiler("companions", "splits", "stays", "lock"),
            _of_compiler("lock", "lock", "lockfile", "stays"),
            _of_compiler("lockfile", "lockfile", "lock", "stays"),
        ),
    ),
    "manifest": Room(
        85,
        (
            _of_compiler("emit", *_EMITTED),
            _of_compiler("publish", "publish", "verify"),
            _of_compiler("demo", "demo", "verify", "splits"),
        ),
    ),
    "loader": Room(
        85,
        (
            _of_compiler("read", "kinds_of_file", "hostile", "lines", "tables"),
            _of_compiler("check", "problems", "lines", "tables", "kinds_of_file", "hostile"),
            _of_compiler("documents", "problems", "kinds_of_file", "lines", "tables", "hostile"),
        ),
    ),
}
