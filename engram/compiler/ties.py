"""What ties patterns to each other: sets that grow together, and why they did."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from engram.core.build import Reason, Tie


class Edge(NamedTuple):
    """Two patterns, by key, that must share a group, and why."""

    one: str
    other: str
    by: Reason
    percent: int | None = None


class Sets:
    """Disjoint sets of keys; the smallest key of a set stands for it (union-find).

    ``edges`` holds what made one set of two, and so one way from any key of a set to any other.
    """

    def __init__(self, keys: Iterable[str]) -> None:
        self._parent = {key: key for key in keys}
        self.edges: list[Edge] = []

    def find(self, key: str) -> str:
        """The smallest key of the set that holds ``key``."""
        root = key
        while self._parent[root] != root:
            root = self._parent[root]
        while self._parent[key] != root:
            self._parent[key], key = root, self._parent[key]
        return root

    def join(self, edge: Edge) -> None:
        """Make one set of the sets of two keys."""
        low, high = sorted((self.find(edge.one), self.find(edge.other)))
        if low != high:
            self._parent[high] = low
            self.edges.append(edge)

    def join_all(self, clusters: Iterable[Iterable[str]], by: Reason) -> None:
        """Make one set of the sets of all keys of a cluster, for each of the clusters."""
        # Sorted, because the order in which sets are joined decides which edges there are.
        for first, *others in sorted(sorted(set(keys)) for keys in clusters):
            for other in others:
                self.join(Edge(first, other, by))


def ties(sets: Sets) -> Mapping[str, Tie]:
    """The tie of each key that does not stand for its set: the first step of a way to that one."""
    beside: dict[str, list[Edge]] = {}
    for edge in sets.edges:
        beside.setdefault(edge.one, []).append(edge)
        beside.setdefault(edge.other, []).append(edge)
    found: dict[str, Tie] = {}
    for root in sorted(key for key in beside if sets.find(key) == key):
        queue = deque([root])
        while queue:
            key = queue.popleft()
            for edge in beside[key]:
                other = edge.one if edge.other == key else edge.other
                if other != root and other not in found:
                    found[other] = Tie(to=key, by=edge.by, percent=edge.percent)
                    queue.append(other)
    return found
