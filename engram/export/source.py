"""What an export is made of: a run that is trained and undamaged, its base, and its prompts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from engram.core.exported import Wish
from engram.export.adapter import Adapter, adapter_in
from engram.export.weights import DTYPES, Weights, weights_in
from engram.lab import Experiment
from engram.models.layout import read_json


@dataclass(frozen=True)
class Source:
    """A trained experiment, whose chain of digests has been checked, as its parts."""

    experiment: Experiment
    wish: Wish

    @property
    def base(self) -> Path:
        """The folder of the base."""
        return self.experiment.model.folder

    @cached_property
    def adapter(self) -> Adapter:
        return adapter_in(self.experiment.adapter)

    @cached_property
    def weights(self) -> Weights:
        """The fused weights, in the type that is asked for."""
        found = weights_in(self.base, self.adapter)
        asked = DTYPES.get(self.wish.quantise) if self.wish.quantise else None
        return Weights(found.base, found.adapter, asked)

    @cached_property
    def config(self) -> dict[str, Any]:
        """The base's ``config.json``."""
        return read_json(self.base / "config.json")

    @property
    def architecture(self) -> str:
        return str(self.config.get("model_type"))

    @property
    def stop(self) -> int:
        """The id of the token that ends an answer."""
        return self.experiment.prompter.stop

    @property
    def template(self) -> str:
        """The chat template that the prompt contract applies: the base's, or the stated default."""
        return str(self.experiment.prompter.tokenizer.chat_template)

    @cached_property
    def has_template(self) -> bool:
        """Whether the base brings the chat template itself."""
        config = self.base / "tokenizer_config.json"
        own = config.is_file() and "chat_template" in read_json(config)
        return own or any(
            (self.base / f"chat_template.{end}").exists() for end in ("jinja", "json")
        )
