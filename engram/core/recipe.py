"""How an adapter is trained and how a run is judged: every number that can change a result."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from engram.core.build import LARGEST
from engram.core.noun import Noun

RECIPE_VERSION = 1

Method = Literal["lora", "dora", "full"]
BestBy = Literal["recall", "novel"]
Positive = Annotated[int, Field(ge=1, le=LARGEST)]
PositiveFloat = Annotated[float, Field(gt=0, strict=False, allow_inf_nan=False)]
Seed = Annotated[int, Field(ge=0, le=LARGEST)]


class Recipe(Noun):
    """The hyper-parameters of one training run.

    ``layers`` counts the top blocks that are trained. Methods ``lora`` and ``dora`` give them an
    adapter of ``rank``, whose output ``scale`` multiplies (alpha / r in the notation of Hu et al.,
    2021, "LoRA"); ``full`` trains them themselves, and both are null. Exactly one of ``epochs`` and
    ``iters`` is set: passes over train.jsonl, or optimiser steps. With ``repetition`` ``spaced``,
    rows that are known rest for some of the epochs. Few rows are trained for as many epochs as give
    ``least_steps`` when none rests. ``stop_at_recall`` ends training early once this share of the
    rows was predicted exactly when each was last seen (null: never).

    The adapter is that of the best epoch. ``best_by`` ``recall``: the one that knows most of the
    trained rows, and of those the one with the lowest loss on reworded rows of valid.jsonl;
    ``novel``: the one with the lowest loss on novel rows of valid.jsonl. ``patience`` ends training
    after so many epochs without a better one (null: never).

    ``rehearsed`` prompts that the base makes up are rehearsed, ``rehearsal_batch`` in every step:
    ``rehearsal_weight`` times the mean KL(base || tuned) of the first token of their answers is
    added to the loss, so that what no pattern asks stays as it was.
    """

    version: Literal[1] = 1
    model: str
    method: Method = "lora"
    preset: str
    rank: Positive | None
    scale: PositiveFloat | None
    layers: Positive
    learning_rate: PositiveFloat
    warmup: Annotated[int, Field(ge=0)]
    schedule: Literal["constant", "cosine"]
    weight_decay: Annotated[float, Field(ge=0, strict=False)]
    batch_size: Positive
    epochs: Positive | None
    iters: Positive | None
    repetition: Literal["every", "spaced"] = "every"
    least_steps: Annotated[int, Field(ge=0, le=LARGEST)] = 0
    stop_at_recall: Annotated[float, Field(gt=0, le=1, strict=False)] | None
    best_by: BestBy = "recall"
    patience: Positive | None = None
    rehearsed: Annotated[int, Field(ge=0, le=LARGEST)] = 0
    rehearsal_batch: Positive = 4
    rehearsal_weight: Annotated[float, Field(ge=0, strict=False, allow_inf_nan=False)] = 0.3
    seed: Seed = 42
    quick: Positive | None = None

    @model_validator(mode="after")
    def _sized(self) -> Recipe:
        needed = self.method != "full"
        if (self.rank is not None, self.scale is not None) != (needed, needed):
            wants = "both rank and scale" if needed else "neither rank nor scale"
            raise ValueError(f"method {self.method} has {wants}")
        return self

    @property
    def tuning(self) -> str:
        """What is trained, in words: ``LoRA of rank 16 on 8 layers``."""
        name = {"lora": "LoRA", "dora": "DoRA", "full": "full tuning"}[self.method]
        if self.rank is None:
            return f"{name} of {self.layers} layers"
        return f"{name} of rank {self.rank} on {self.layers} layers"


class EvalSettings(Noun):
    """How many prompts are asked, and how. Samples are chosen by digest, not at random.

    Of every answer ``max_new_tokens`` are read, or as many as the longest right one may have.
    """

    version: Literal[1] = 1
    max_new_tokens: Positive = 16
    base_recall_prompts: Positive = 100
    consistency_prompts: Positive = 40
    consistency_runs: Annotated[int, Field(ge=2)] = 5
    temperature: PositiveFloat = 0.7
    latency_prompts: Positive = 20
    near_miss_prompts: Annotated[int, Field(ge=0)] = 40
    seed: Seed = 42
