"""The reference job by transformers and PEFT on PyTorch, on the CPU.

    PYTHON by_peft.py JOB RECIPE bfloat16|float32

Run by a Python that has torch, transformers and peft; engram need not be there. The base is in the
precision that is named, the adapter in single precision, as PEFT has it. Batches are of rows of
like length, padded to the longest; the loss is that of transformers, on the answers alone. Only the
seconds of training count, not those in which recall is asked, after the epochs whose loss suggests
it.
"""

from __future__ import annotations

import math
import sys

import torch
from job import EPOCHS, SCALE, WARMUP, Course, Job, Row, padded
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import AutoModelForCausalLM

ADAPTED = [*(f"{name}_proj" for name in "qkvo"), "gate_proj", "up_proj", "down_proj"]
IGNORED = -100  # a label that transformers leaves out of the loss
CLIP = 1.0


def adapted(job: Job, precision: torch.dtype) -> PeftModel:
    """The base with a fresh adapter on all linear layers of its top blocks."""
    torch.manual_seed(job.seed)
    base = AutoModelForCausalLM.from_pretrained(job.model, dtype=precision)
    blocks = base.config.num_hidden_layers
    config = LoraConfig(
        r=job.recipe.rank,
        lora_alpha=SCALE * job.recipe.rank,
        lora_dropout=0.0,
        target_modules=ADAPTED,
        layers_to_transform=list(range(blocks - job.recipe.layers, blocks)),
        task_type="CAUSAL_LM",
    )
    return get_peft_model(base, config)


def loss_of(model: PeftModel, batch: list[Row]) -> torch.Tensor:
    """The mean loss over the answer tokens of a batch, in nats."""
    whole = [[*row.prompt, *row.answer] for row in batch]
    labels = [[*[IGNORED] * len(row.prompt), *row.answer] for row in batch]
    said = model(
        input_ids=torch.tensor(padded(whole)),
        attention_mask=torch.tensor(padded([[1] * len(line) for line in whole])),
        labels=torch.tensor(padded(labels, IGNORED)),
    )
    return said.loss


def rate(step: int, steps: int) -> float:
    """The part of the learning rate at a step: a linear rise, then a half cosine to a tenth."""
    if step < WARMUP:
        return (step + 1) / WARMUP
    passed = min(1.0, (step - WARMUP) / (EPOCHS * steps - WARMUP))
    return 0.1 + 0.45 * (1 + math.cos(math.pi * passed))


def predicted(model: PeftModel, lines: list[list[int]]) -> list[list[int]]:
    """The likeliest token after each token."""
    with torch.no_grad():
        found: list[list[int]] = model(input_ids=torch.tensor(lines)).logits.argmax(-1).tolist()
    return found


def main() -> None:
    """Train, ask, tell."""
    job = Job.told()
    model = adapted(job, getattr(torch, sys.argv[3]))
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    course = Course(job, lambda lines: predicted(model, lines))
    steps = len(job.batches(0))
    optimizer = torch.optim.AdamW(weights, lr=job.recipe.learning_rate, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: rate(step, steps))
    over = False
    while not over:
        losses = []
        for batch in job.batches(course.epochs):
            loss = loss_of(model, batch)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(weights, CLIP)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
            losses.append(loss.item())
        over = course.epoch_ended(sum(losses) / len(losses))
    parameters = sum(weight.numel() for weight in weights)
    course.tell(steps=course.epochs * steps, parameters=parameters)


if __name__ == "__main__":
    main()
