"""Does a BLAS multiply correctly? Products of small whole numbers are exact in float32.

Some OpenBLAS builds compute wrong results on processors newer than themselves. Comparing every
element with a product in pure Python would take seconds; Freivalds' test (1977) compares
``C x = A (B x)`` instead, which is as exact and takes milliseconds. ``x`` is fixed, and so large
that errors do not cancel by chance.
"""

from __future__ import annotations

import ctypes
from array import array
from collections.abc import Iterator
from itertools import islice
from operator import mul
from typing import NamedTuple

ROW_MAJOR, NO_TRANS, TRANS = 101, 111, 112


class Product(NamedTuple):
    """The sizes of one product, [m, k] @ [k, n]; ``trans`` if the second is stored as [n, k]."""

    m: int
    n: int
    k: int
    trans: bool


# A vector, whole blocks, and sizes that leave a tail in every kernel; weights are used transposed.
PRODUCTS = (
    Product(64, 80, 48, trans=False),
    Product(1, 96, 64, trans=True),
    Product(67, 131, 259, trans=True),
    Product(131, 67, 130, trans=False),
)


def multiplies_exactly(library: ctypes.CDLL) -> bool:
    """Whether ``cblas_sgemm`` of the library gets every one of the test products right."""
    return all(_right(library, product) for product in PRODUCTS)


def _right(library: ctypes.CDLL, product: Product) -> bool:
    m, n, k, trans = product
    numbers = _integers()
    a = array("f", islice(numbers, m * k))
    b = array("f", islice(numbers, k * n))
    c = array("f", [0.0]) * (m * n)
    sgemm = library.cblas_sgemm
    sgemm.restype = None
    sgemm(
        ctypes.c_int(ROW_MAJOR), ctypes.c_int(NO_TRANS), ctypes.c_int(TRANS if trans else NO_TRANS),
        ctypes.c_int(m), ctypes.c_int(n), ctypes.c_int(k),
        ctypes.c_float(1.0), _pointer(a), ctypes.c_int(k), _pointer(b),
        ctypes.c_int(k if trans else n), ctypes.c_float(0.0), _pointer(c), ctypes.c_int(n),
    )  # fmt: skip
    if not all(value.is_integer() for value in c):
        return False
    rows_of_b = [b[i::k] for i in range(k)] if trans else _rows(b, n)
    x = list(range(1_000_003, 1_000_003 + 7_919 * n, 7_919))
    bx = [_dot(row, x) for row in rows_of_b]
    pairs = zip(_rows(c, n), _rows(a, k), strict=True)
    return all(_dot(c_row, x) == _dot(a_row, bx) for c_row, a_row in pairs)


def _integers() -> Iterator[float]:
    """Whole numbers from -8 to 8, always the same, by a linear congruential generator."""
    state = 20_240_115
    while True:
        state = (state * 1_103_515_245 + 12_345) % (1 << 31)
        yield float((state >> 16) % 17 - 8)


def _rows(values: array[float], width: int) -> list[array[float]]:
    return [values[start : start + width] for start in range(0, len(values), width)]


def _dot(left: array[float], right: list[int]) -> int:
    return sum(map(mul, map(int, left), right))


def _pointer(values: array[float]) -> ctypes.Array[ctypes.c_float]:
    return (ctypes.c_float * len(values)).from_buffer(values)
