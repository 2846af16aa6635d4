"""Texts that chat templates and tokenizers take for control tokens, whichever model it will be.

These are the tokens that are written alike in many models. What a certain model's tokenizer makes
of a corpus is asked with ``--model``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from engram.compiler import rules
from engram.compiler.content.remark import Remark

# ChatML, Llama 3 and 4, Phi, Qwen, GPT, Command R, Granite: <|...|>. DeepSeek: full-width bars.
# Llama 2 and Mistral: [INST], <<SYS>>. Gemma: <start_of_turn>. Command R: <BOS_TOKEN>.
_CONTROL = re.compile(
    r"<\|[A-Za-z][A-Za-z0-9_]*\|>|<\uff5c[^\s<>\uff5c]{1,40}\uff5c>"
    r"|\[/?(?:INST|AVAILABLE_TOOLS|TOOL_RESULTS|SYSTEM_PROMPT)\]|\[TOOL_(?:CALLS|CONTENT)\]"
    r"|<</?SYS>>|<(?:start|end)_of_(?:turn|image)>|<[BE]OS_TOKEN>"
    r"|<fim_(?:prefix|middle|suffix|pad)>"
)
# The words of SentencePiece and BERT vocabularies, and what reasoning models mark: HTML and usage
# texts may hold the same letters.
_WORDS = re.compile(
    r"</?s>|<(?:pad|unk|bos|eos|mask|cls|sep|PAD|UNK|BOS|EOS|MASK)>|\[(?:CLS|SEP|MASK|PAD|UNK)\]"
    r"|</?(?:think|tool_call|tool_response)>|\[/?THINK\]|<unused[0-9]+>"
)


def chat_tokens(text: str) -> Iterator[Remark]:
    """A remark for each kind of control token in ``text``, naming the first."""
    if "<" not in text and "[" not in text:
        return
    for expression, rule, whose in (
        (_CONTROL, rules.CHAT_TOKEN, "a control token of chat models"),
        (_WORDS, rules.SPECIAL_WORD, "a special token to many models"),
    ):
        found = expression.search(text)
        if found:
            yield Remark(rule, f"holds `{found[0]}`, {whose}")
