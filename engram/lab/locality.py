"""What training did to everything else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engram.core.results import Locality, NearMisses
from engram.lab.neutral import neutral_digest
from engram.lab.stats import wilson

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

DECIDED = 0.1


def locality(
    base: npt.NDArray[np.float32], tuned: npt.NDArray[np.float32], near: NearMisses
) -> Locality:
    """How far next-token distributions on neutral prompts moved (Kullback & Leibler, 1951).

    ``base`` and ``tuned`` are [prompts, vocabulary] log-probabilities in nats.
    """
    import numpy as np

    before, after = base.astype(np.float64), tuned.astype(np.float64)
    divergence = (np.exp(before) * (before - after)).sum(axis=1)
    same = before.argmax(axis=1) == after.argmax(axis=1)
    second, first = np.exp(np.partition(before, -2, axis=1)[:, -2:]).T
    decided = first - second >= DECIDED
    n, agreed = len(before), int(same.sum())
    return Locality(
        prompts=n,
        digest=neutral_digest(),
        kl_nats=float(divergence.mean()),
        top1_agreement=agreed / n,
        ci95=wilson(agreed, n) or (0.0, 1.0),
        decided=int(decided.sum()),
        decided_agreement=float(same[decided].mean()) if decided.any() else None,
        near_misses=near,
    )
