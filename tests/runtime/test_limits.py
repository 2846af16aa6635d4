"""Cores and memory that a process may really use, in and out of containers."""

from __future__ import annotations

from pathlib import Path

import pytest

from engram.runtime import available_memory, cores, memory, total_memory


def files(root: Path, contents: dict[str, str]) -> Path:
    for name, text in contents.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def test_memory_is_known_here() -> None:
    available, total = available_memory(), total_memory()
    assert available is not None
    assert total is not None
    assert 0 < available <= total


@pytest.mark.parametrize(
    ("contents", "left"),
    [
        ({}, None),
        ({"memory.max": "max\n", "memory.current": "5\n", "memory.stat": ""}, None),
        (
            {
                "memory.max": "1000\n",
                "memory.current": "700\n",
                "memory.stat": "anon 500\ninactive_file 200\n",
            },
            500,
        ),
        (
            {
                "memory/memory.limit_in_bytes": "1000\n",
                "memory/memory.usage_in_bytes": "1200\n",
                "memory/memory.stat": "total_inactive_file 100\n",
            },
            0,
        ),
    ],
)
def test_a_container_limits_memory(
    tmp_path: Path, contents: dict[str, str], left: int | None
) -> None:
    assert memory._cgroup(files(tmp_path, contents)) == left


def test_available_memory_is_the_smaller_of_machine_and_container(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory.sys, "platform", "linux")
    root = files(tmp_path, {"meminfo": "MemTotal: 900 kB\nMemAvailable: 10 kB\n"})
    monkeypatch.setattr(memory, "MEMINFO", root / "meminfo")
    monkeypatch.setattr(memory, "CGROUP", root)
    assert available_memory() == 10 * 1024
    files(root, {"memory.max": "4096", "memory.current": "96", "memory.stat": ""})
    assert available_memory() == 4000


@pytest.mark.parametrize(
    ("contents", "quota"),
    [
        ({}, 1 << 20),
        ({"cpu.max": "max 100000\n"}, 1 << 20),
        ({"cpu.max": "150000 100000\n"}, 2),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, 1 << 20),
        ({"cpu/cpu.cfs_quota_us": "400000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 4),
    ],
)
def test_a_container_limits_cores(tmp_path: Path, contents: dict[str, str], quota: int) -> None:
    assert cores._quota(files(tmp_path, contents)) == quota


def test_two_hardware_threads_of_a_core_count_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for cpu in range(4):
        place = {
            f"cpu{cpu}/topology/physical_package_id": "0",
            f"cpu{cpu}/topology/core_id": str(cpu % 2),
        }
        files(tmp_path, place)
    monkeypatch.setattr(cores, "TOPOLOGY", tmp_path)
    monkeypatch.setattr(cores, "CGROUP", tmp_path)
    monkeypatch.setattr(cores.os, "sched_getaffinity", lambda _: {0, 1, 2, 3}, raising=False)
    assert cores.allowed_cores() == 2
    monkeypatch.setattr(cores.os, "sched_getaffinity", lambda _: {0, 2}, raising=False)
    assert cores.allowed_cores() == 1
