"""Cross entropy and divergence over a vocabulary, in single precision."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 - its name everywhere


def token_losses(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """-log p(target) in nats for each of [n, vocabulary] logits and [n] targets."""
    return F.cross_entropy(logits.float(), targets, reduction="none")


def divergences(logits: torch.Tensor, base: torch.Tensor) -> torch.Tensor:
    """KL(base || tuned) in nats for each of [n, vocabulary] logits.

    No gradient reaches ``base``.
    """
    known = F.log_softmax(base.detach().float(), dim=-1)
    tuned = F.log_softmax(logits.float(), dim=-1)
    return F.kl_div(tuned, known, reduction="none", log_target=True).sum(dim=-1)
