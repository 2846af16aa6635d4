"""The floor: how long the products of the job that engram did would take, and nothing else.

The frozen blocks once over every row; the adapted blocks, the adapter and the logits of the answers
forward and backward at every visit of a row, in the last block only keys and values but where an
answer is predicted; the tokens that all prompts begin with once, and once more in every step. All
at the speed that this machine multiplies with, as ``engram doctor`` has it. Attention's own
products, some 2 % of a row, are left out, and the last block's adapter where no answer is
predicted: so the floor is rather too low. Which rows were visited is not told: as many answer
tokens are counted as rows have in the mean.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, NamedTuple

from engram.backends.plan import common_prefix

FORWARD = 2  # operations for each weight and token
THERE_AND_BACK = 4  # where the weights are frozen
TRAINED = 6  # where their gradient is wanted too


class Block(NamedTuple):
    """The weights of one block's linear layers, of a model of the llama family."""

    keys: int  # and values
    others: int

    @classmethod
    def of(cls, config: dict[str, Any]) -> Block:
        """As the model's config has it."""
        width, inner = config["hidden_size"], config["intermediate_size"]
        narrow = width * config["num_key_value_heads"] // config["num_attention_heads"]
        return cls(2 * width * narrow, 2 * width * width + 3 * width * inner)


def floor(told: dict[str, Any], found: dict[str, Any]) -> float:
    """Seconds, of what ``render`` told and what ``by_engram`` found."""
    return operations(told, found) / (found["gflops"] * 1e9)


def operations(told: dict[str, Any], found: dict[str, Any]) -> float:
    """Floating-point operations of all products."""
    config = json.loads((Path(told["model"]) / "config.json").read_text(encoding="utf-8"))
    block, rows, adapted = Block.of(config), told["train"], found["recipe"]["layers"]
    shared = common_prefix([row["prompt"] for row in rows])
    answers = sum(len(row["answer"]) for row in rows)
    # The last token of an answer, its stop token, predicts nothing.
    once = sum(len(row["prompt"]) + len(row["answer"]) - 1 - shared for row in rows) + shared
    visited = found["tokens"] - found["visits"] * (1 + shared) + found["steps"] * shared
    read = found["visits"] * answers / len(rows)
    whole = (adapted - 1) * visited + read  # tokens times blocks that do all there is to do
    return math.fsum(
        (
            FORWARD * sum(block) * (config["num_hidden_layers"] - adapted) * once,
            THERE_AND_BACK * (block.others * whole + block.keys * adapted * visited),
            TRAINED * found["parameters"] / adapted * whole,
            THERE_AND_BACK * config["hidden_size"] * config["vocab_size"] * read,
        )
    )
