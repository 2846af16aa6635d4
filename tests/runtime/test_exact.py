"""A library is used only if it multiplies exactly."""

from __future__ import annotations

import ctypes
from pathlib import Path

import pytest

from engram.runtime.exact import multiplies_exactly
from tests.runtime.fakes import (
    NOT_A_NUMBER,
    OFF_BY_LITTLE,
    OFF_BY_ONE,
    ROWS_SWAPPED,
    library,
    needs_compiler,
)


@needs_compiler
def test_a_correct_library_passes(tmp_path: Path) -> None:
    assert multiplies_exactly(ctypes.CDLL(str(library(tmp_path, "right"))))


@needs_compiler
@pytest.mark.parametrize("spoil", [OFF_BY_ONE, OFF_BY_LITTLE, NOT_A_NUMBER, ROWS_SWAPPED])
def test_a_library_with_one_wrong_element_fails(tmp_path: Path, spoil: str) -> None:
    assert not multiplies_exactly(ctypes.CDLL(str(library(tmp_path, "wrong", spoil))))
