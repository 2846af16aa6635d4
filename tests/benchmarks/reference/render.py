"""The rows of the reference job as token ids, rendered just as engram renders them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from engram.core.build import Row
from engram.core.recipe import EvalSettings
from engram.lab.measure import SLACK
from engram.lab.prompt import Prompter, prompter
from engram.models import find

MODEL = "smollm2-135m"


def render(path: Path) -> None:
    """Write the part of a Job that is the same for every side and recipe."""
    model = find(MODEL)
    prompts = prompter(model.folder, model.context_length)
    rows = {split: _rows(split, prompts) for split in ("train", "test")}
    longest = max(len(row["answer"]) for split in rows.values() for row in split)
    limit = max(EvalSettings().max_new_tokens, longest + SLACK)
    told = {"model": str(model.folder), "stop": prompts.stop, "limit": limit, **rows}
    path.write_text(json.dumps(told), encoding="utf-8")


def _rows(split: str, prompts: Prompter) -> list[dict[str, Any]]:
    lines = Path(__file__).with_name(f"{split}.jsonl").read_text(encoding="ascii").splitlines()
    return [_row(Row.model_validate_json(line), prompts) for line in lines]


def _row(row: Row, prompts: Prompter) -> dict[str, Any]:
    encoded = prompts.encode(row)
    messages = [message.model_dump() for message in row.messages]
    return {"prompt": encoded.prompt, "answer": encoded.answer, "messages": messages}
