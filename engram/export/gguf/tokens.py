"""A tokenizer in GGUF: its tokens and merges, which of them are control tokens, how text is cut."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engram.core.errors import EngramError
from engram.export.source import Source

if TYPE_CHECKING:
    from gguf import GGUFWriter

# How llama.cpp calls a way of cutting text into words, by the expressions that cut, in order. A
# tokenizer that cuts otherwise would get other token ids there.
_GPT2 = "ByteLevel"
_WORDS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|%s| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
CUTTERS = {
    (_GPT2,): "gpt-2",
    ("Digits", _GPT2): "smollm",
    (_WORDS % r"\p{N}",): "qwen2",
    (_WORDS % r"\p{N}{1,3}",): "llama-bpe",
}


def tokenizer_of(source: Source) -> dict[str, Any]:
    """The tokenizer that makes the token ids, as the ``tokenizers`` library writes it.

    Raises EngramError unless it is a byte-level BPE that cuts text as llama.cpp can.
    """
    backend: Any = source.experiment.prompter.tokenizer
    found: dict[str, Any] = json.loads(backend.backend_tokenizer.to_str())
    cutter(found)
    return found


def cutter(tokenizer: Mapping[str, Any]) -> str:
    """llama.cpp's name for how a tokenizer cuts text into words. Raises EngramError without one."""
    model = tokenizer["model"]
    if model["type"] != "BPE" or model.get("byte_fallback"):
        raise _refused(f"is of the kind {model['type']}, and not a byte-level BPE")
    steps = tokenizer.get("pre_tokenizer") or {}
    steps = steps.get("pretokenizers", [steps])
    cuts = tuple(cut for step in steps if (cut := _cut(step)) is not None)
    if cuts not in CUTTERS:
        raise _refused(f"cuts text in a way that has no name there: {', '.join(cuts)}")
    return CUTTERS[cuts]


def write_tokenizer(writer: GGUFWriter, source: Source) -> None:
    """Write tokens, merges, special tokens and the chat template.

    Nothing is put before or after a prompt but what the template says, and an answer ends with the
    stop token that was trained.
    """
    tokenizer = tokenizer_of(source)
    tokens, kinds = tokens_of(tokenizer, int(source.config["vocab_size"]))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(cutter(tokenizer))
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    merges = tokenizer["model"]["merges"]
    writer.add_token_merges([one if isinstance(one, str) else " ".join(one) for one in merges])
    own = source.experiment.prompter.tokenizer
    writer.add_eos_token_id(source.stop)
    for index, write in (
        (own.bos_token_id, writer.add_bos_token_id),
        (own.pad_token_id, writer.add_pad_token_id),
        (own.unk_token_id, writer.add_unk_token_id),
    ):
        if isinstance(index, int):
            write(index)
    writer.add_add_bos_token(False)
    writer.add_add_eos_token(False)
    writer.add_chat_template(source.template)


def tokens_of(tokenizer: Mapping[str, Any], size: int) -> tuple[list[str], list[int]]:
    """Every token by its id, and what kind each is; ids that no token has are named as unused."""
    from gguf import TokenType

    tokens = [f"[PAD{index}]" for index in range(size)]
    kinds = [int(TokenType.UNUSED)] * size
    for token, index in tokenizer["model"]["vocab"].items():
        tokens[index], kinds[index] = token, int(TokenType.NORMAL)
    for added in tokenizer["added_tokens"]:
        kind = TokenType.CONTROL if added["special"] else TokenType.USER_DEFINED
        tokens[added["id"]], kinds[added["id"]] = added["content"], int(kind)
    return tokens, kinds


def _cut(step: Mapping[str, Any]) -> str | None:
    """How one step of a pre-tokenizer cuts; null for one that only spells bytes."""
    kind = str(step.get("type"))
    if kind == _GPT2:
        if step.get("add_prefix_space"):
            return "ByteLevel with a space in front"
        return _GPT2 if step.get("use_regex", True) else None
    if kind == "Digits" and not step.get("individual_digits"):
        return "Digits in groups"
    return str(step["pattern"].get("Regex")) if kind == "Split" else kind


def _refused(why: str) -> EngramError:
    return EngramError(
        f"The model's tokenizer cannot be written as GGUF: it {why}.",
        help="Export it --to hf, and convert that with llama.cpp's own script.",
    )
