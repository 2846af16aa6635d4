"""An adapter by itself, in the files of those who put it on the base: mlx-lm, and PEFT."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np

from engram.backends.adapter_files import CONFIG, WEIGHTS
from engram.core.errors import EngramError
from engram.export.adapter import DOWN, MAGNITUDE, UP, Adapter, Array
from engram.export.companions import write_generation, write_tokenizer
from engram.export.origin import base_name
from engram.export.source import Source
from engram.lab.watch import Watch, stage
from engram.models.safetensors import Form, write

PEFT_WEIGHTS = "adapter_model.safetensors"
# What PEFT calls the parts of an adapter, and where in its model the base's is.
PARTS = {DOWN: "lora_A.weight", UP: "lora_B.weight", MAGNITUDE: "lora_magnitude_vector"}
ROOT = "base_model.model."


def check_mlx(source: Source) -> None:
    """Raise EngramError where mlx-lm would not ask the adapter as it was trained."""
    if source.wish.adapter and not source.has_template:
        raise EngramError(
            f"mlx-lm takes the chat template from the base, and {source.experiment.model.name} "
            "has none.",
            help="Leave out --adapter: the fused model brings the template that it was trained in.",
        )


def check_peft(source: Source) -> None:
    """Raise EngramError where there is no adapter that PEFT has."""
    if source.adapter.config.fine_tune_type == "full":
        raise EngramError(
            "Full tuning changed the weights themselves, so there is no adapter for PEFT.",
            help="Export the model: --to hf.",
        )


def write_mlx_adapter(source: Source, folder: Path, watch: Watch) -> None:
    """Write the folder that ``mlx_lm.generate --adapter-path`` takes: the run's own files."""
    with stage(watch, "copying", 2) as done:
        for name in (WEIGHTS, CONFIG):
            shutil.copyfile(source.experiment.adapter / name, folder / name)
            done(1)


def write_peft_adapter(source: Source, folder: Path, watch: Watch) -> None:
    """Write the folder that ``PeftModel.from_pretrained`` takes, with the tokenizer beside it."""
    tensors = peft_tensors(source.adapter)
    forms = {name: (Form("F32", value.shape), value.nbytes) for name, value in tensors.items()}
    with stage(watch, "writing", 1) as done:
        write(folder / PEFT_WEIGHTS, forms, (value.tobytes() for value in tensors.values()))
        done(1)
    config = json.dumps(peft_config(source), indent=2)
    (folder / CONFIG).write_bytes(config.encode() + b"\n")
    write_tokenizer(source, folder)
    write_generation(source, folder)


def peft_tensors(adapter: Adapter) -> dict[str, Array]:
    """The tensors under PEFT's names, [outputs, inputs] as torch has them."""
    found = {}
    for name, value in adapter.tensors.items():
        layer, _, part = name.rpartition(".")
        found[f"{ROOT}{layer}.{PARTS[part]}"] = np.ascontiguousarray(value.T)
    return dict(sorted(found.items()))


def peft_config(source: Source) -> dict[str, Any]:
    """PEFT's configuration: rank and scale, and in which layers of which blocks."""
    adapter, experiment = source.adapter, source.experiment
    parts = [layer.split(".") for layer in adapter.layers]
    at = parts[0].index("layers")
    name, revision = base_name(experiment.model)
    return {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": name,
        "revision": revision,
        "r": adapter.rank,
        # PEFT multiplies by alpha / r, and mlx-lm by the scale.
        "lora_alpha": adapter.scale * adapter.rank,
        "lora_dropout": 0.0,
        "target_modules": sorted({layer[-1] for layer in parts}),
        "layers_to_transform": sorted({int(layer[at + 1]) for layer in parts}),
        "layers_pattern": "layers",
        "use_dora": adapter.config.fine_tune_type == "dora",
        "bias": "none",
        "fan_in_fan_out": False,
        "inference_mode": True,
    }
