"""How many of the faults in a module its tests find.

    python -m pip install --group mutation
    python -m tests.mutation.run [ROOM | MODULE ...] [--sample N] [--seed S] [--show]

A room is one of ``targets``: verification, split, manifest or loader. Of a module that has more
mutants than ``--sample``, so many are drawn. Those that no test can find, since they behave alike,
stand with a reason in ``equivalent.toml``, are not run, and count for nothing. ``--show`` prints
what survived. Exit code 1 if a room has fewer found than it must.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from pathlib import Path
from random import Random

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

from tabulate import tabulate

import engram
from engram.lab.stats import wilson
from tests.mutation.mutants import Mutant, mutants_of
from tests.mutation.targets import ROOMS, Target
from tests.mutation.trial import KILLED, SURVIVED, TIMEOUT, try_all

PACKAGE = Path(engram.__file__).resolve().parent
TESTS = Path(__file__).resolve().parent.parent
COLUMNS = ("module", "mutants", "equivalent", "run", "killed", "by time", "survived", "killed %")


def main() -> int:
    """Run what the command line names, and print a table; 1 if too few were found."""
    os.environ["ENGRAM_TEST_PROFILE"] = "mutation"
    os.chdir(PACKAGE.parent)
    asked = _arguments()
    lines: list[list[object]] = []
    enough = True
    for name, room in ROOMS.items():
        found: Counter[str] = Counter()
        for target in room.targets:
            if not asked.what or {name, target.module, Path(target.module).stem} & set(asked.what):
                of_one = _tried(target, asked)
                lines.append(_line(target.module, of_one))
                found += of_one
        if found:
            lines.append(_line(f"{name}, at least {room.least} %", found))
            enough &= 100 * _killed(found) >= room.least * found["run"]
    print(tabulate(lines, COLUMNS, disable_numparse=True))
    return 0 if enough else 1


def _tried(target: Target, asked: argparse.Namespace) -> Counter[str]:
    path = PACKAGE / target.module
    known = _equivalent(target.module)
    mutants = mutants_of(path)
    gone = known - {mutant.name for mutant in mutants}
    if gone:
        raise SystemExit(f"equivalent.toml lists what {target.module} has no more: {sorted(gone)}")
    chosen = [m for m in mutants if m.name not in known and m.where.startswith(asked.where)]
    if asked.sample and len(chosen) > asked.sample:
        drawn = Random(f"{asked.seed} {target.module}").sample(range(len(chosen)), asked.sample)  # noqa: S311
        chosen = [chosen[number] for number in sorted(drawn)]
    found = Counter(mutants=len(mutants), run=len(chosen))
    found["equivalent"] = sum(mutant.name in known for mutant in mutants)

    def told(mutant: Mutant, verdict: str) -> None:
        found[verdict] += 1
        if asked.show and verdict == SURVIVED:
            print(f"\n{target.module}:{mutant.lines[0]} {mutant.where}, {mutant.operator}")
            print(f"  - {mutant.before}\n  + {mutant.after}", flush=True)

    try_all(path, [str(TESTS / test) for test in target.tests], chosen, told)
    return found


def _equivalent(module: str) -> set[tuple[str, str, str]]:
    listed = tomllib.loads((TESTS / "mutation/equivalent.toml").read_text(encoding="utf-8"))
    return {
        (entry["where"], entry["before"], after)
        for entry in listed.get(module, ())
        for after in entry["after"]
    }


def _killed(found: Counter[str]) -> int:
    return found[KILLED] + found[TIMEOUT]


def _line(name: str, found: Counter[str]) -> list[object]:
    share = f"{100 * _killed(found) / found['run']:.1f}" if found["run"] else "-"
    whole = found["run"] == found["mutants"] - found["equivalent"]
    interval = wilson(_killed(found), found["run"])
    if interval and not whole:
        share += f" ({100 * interval[0]:.1f} to {100 * interval[1]:.1f})"
    counts = (found[key] for key in ("mutants", "equivalent", "run", KILLED, TIMEOUT, SURVIVED))
    return [name, *counts, share]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("what", nargs="*", help="rooms or modules; all of them if none is named")
    parser.add_argument("--sample", type=int, help="mutants of a module to draw")
    parser.add_argument("--seed", type=int, default=42, help="what is drawn depends on")
    parser.add_argument("--where", default="", help="only in functions that begin so")
    parser.add_argument("--show", action="store_true", help="print what survived")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
