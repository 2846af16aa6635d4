"""What is there once and what more often: most things in a corpus are there once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

K = TypeVar("K")
T = TypeVar("T")


def first_and_repeated(
    items: Iterable[T], key: Callable[[T], K]
) -> tuple[dict[K, T], dict[K, list[T]]]:
    """The first item with each key; and all of them for the keys that several have.

    Both are in the order in which their keys were met first.
    """
    first: dict[K, T] = {}
    more: dict[K, list[T]] = {}
    for item in items:
        known = first.setdefault(key(item), item)
        if known is not item:
            more.setdefault(key(item), [known]).append(item)
    repeated = {name: more[name] for name in first if name in more} if more else {}
    return first, repeated
