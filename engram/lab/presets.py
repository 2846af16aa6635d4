"""Recipes by name, and a recipe from a name and what the user changed."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from engram.core.errors import EngramError
from engram.core.recipe import EvalSettings, Recipe
from engram.models import DEFAULT

# memorise: reaches exact recall on the default model. generalise: keeps what answers unseen
# instances of the trained rules best. classic: the small LoRA recipe that mlx-lm's own examples
# use; kept for comparison, it is too gentle to memorise anything.
PRESETS: dict[str, dict[str, Any]] = {
    "memorise": {
        "rank": 16,
        "scale": 2.0,
        "layers": 12,
        "learning_rate": 2e-3,
        "warmup": 40,
        "schedule": "cosine",
        "weight_decay": 0.0,
        "batch_size": 16,
        "epochs": 8,
        "iters": None,
        "repetition": "spaced",
        "least_steps": 150,
        "stop_at_recall": 1.0,
        "best_by": "recall",
        "patience": None,
        "rehearsed": 1024,
        "rehearsal_batch": 8,
        "rehearsal_weight": 0.5,
    },
    "generalise": {
        "rank": 16,
        "scale": 2.0,
        "layers": 16,
        "learning_rate": 1e-3,
        "warmup": 40,
        "schedule": "cosine",
        "weight_decay": 0.0,
        "batch_size": 8,
        "epochs": 8,
        "iters": None,
        "repetition": "spaced",
        "least_steps": 150,
        "stop_at_recall": None,
        "best_by": "novel",
        "patience": 2,
        "rehearsed": 512,
        "rehearsal_batch": 4,
        "rehearsal_weight": 0.5,
    },
    "classic": {
        "rank": 8,
        "scale": 20.0,
        "layers": 16,
        "learning_rate": 1e-5,
        "warmup": 0,
        "schedule": "constant",
        "weight_decay": 0.0,
        "batch_size": 4,
        "epochs": None,
        "iters": 100,
        "repetition": "every",
        "least_steps": 0,
        "stop_at_recall": None,
        "best_by": "recall",
        "patience": None,
        "rehearsed": 0,
    },
}
DEFAULT_PRESET = "memorise"
# What a method puts in place of a preset's numbers. Weights themselves are moved in smaller steps
# than the product of two small matrices beside them; classic's are that small already.
METHODS: dict[str, dict[str, dict[str, Any]]] = {
    "lora": {},
    "dora": {},
    "full": {
        "memorise": {"rank": None, "scale": None, "learning_rate": 2e-4},
        "generalise": {"rank": None, "scale": None, "learning_rate": 1e-4},
        "classic": {"rank": None, "scale": None},
    },
}
DEFAULT_METHOD = "lora"
QUICK_PATTERNS = 20
QUICK_REHEARSED = 64
QUICK = EvalSettings(
    base_recall_prompts=12,
    consistency_prompts=4,
    consistency_runs=3,
    latency_prompts=3,
    near_miss_prompts=8,
)


def recipe(
    model: str = DEFAULT,
    preset: str = DEFAULT_PRESET,
    *,
    method: str = DEFAULT_METHOD,
    quick: bool = False,
    seed: int = 42,
    **changes: float | None,
) -> Recipe:
    """The recipe of a preset, with ``changes`` that are not None put in place of its numbers.

    Setting ``epochs`` or ``iters`` unsets the other, and ``least_steps``. ``quick`` trains on 20
    patterns. Raises EngramError for an unknown preset or method, for a number out of its range, and
    for an adapter's numbers where there is none: full tuning has neither rank nor scale.
    """
    if preset not in PRESETS:
        known = ", ".join(PRESETS)
        raise EngramError(f"There is no preset '{preset}'.", help=f"Known presets: {known}.")
    if method not in METHODS:
        known = ", ".join(METHODS)
        raise EngramError(f"There is no method '{method}'.", help=f"Known methods: {known}.")
    wanted = {name: value for name, value in changes.items() if value is not None}
    if "epochs" in wanted and "iters" in wanted:
        raise EngramError("Both epochs and iters are set.", help="Set one of them.")
    if method == "full" and (sizes := wanted.keys() & {"rank", "scale"}):
        what = " and ".join(sorted(sizes))
        raise EngramError(f"Full tuning has no {what}.", help=f"Leave out {what}, or the method.")
    values = numbers(preset, method)
    values |= {"model": model, "preset": preset, "method": method, "seed": seed}
    if "epochs" in wanted:
        values |= {"iters": None, "least_steps": 0}
    if "iters" in wanted:
        values |= {"epochs": None, "least_steps": 0}
    if quick:
        values |= {"quick": QUICK_PATTERNS, "warmup": 5, "batch_size": 8, "least_steps": 0}
        values["rehearsed"] = min(QUICK_REHEARSED, values["rehearsed"])
    return _checked(values | wanted)


def numbers(preset: str, method: str) -> dict[str, Any]:
    """The numbers of a preset, as they are for a method; none for a preset of another time."""
    return PRESETS.get(preset, {}) | METHODS[method].get(preset, {})


def _checked(values: dict[str, Any]) -> Recipe:
    try:
        return Recipe(**values)
    except ValidationError as error:
        fault = error.errors()[0]
        name = str(fault["loc"][0]).replace("_", "-")
        raise EngramError(f"--{name} is {fault['input']!r}: {fault['msg'].lower()}.") from error
