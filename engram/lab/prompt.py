"""The prompt contract: the one place where text becomes token ids.

Training, evaluation and demonstration all ask here, so a prompt is the same tokens in each.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engram.backends.base import Encoded, Generated, Tokens
from engram.backends.plan import common_prefix
from engram.core.build import Build, Row
from engram.core.errors import EngramError
from engram.core.results import Answer

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

# For models without a chat template of their own: the question-and-answer form in which phi-2 was
# trained (model card of microsoft/phi-2), ended by the model's stop token.
PLAIN_TEMPLATE = (
    "{% for message in messages %}"
    "{% if message['role'] == 'user' %}{{ 'Instruct: ' + message['content'] + '\nOutput:' }}"
    "{% else %}{{ ' ' + message['content'] + eos_token }}{% endif %}"
    "{% endfor %}"
)
SHOWN = 5  # how many faults are spelt out in one error


class TooLong(ValueError):
    """A row has more tokens than the model reads."""


@dataclass(frozen=True)
class Prompter:
    """A tokenizer and its chat template, with the promises that training and scoring rely on."""

    tokenizer: PreTrainedTokenizerBase
    context_length: int

    @cached_property
    def control(self) -> frozenset[int]:
        """The ids of all control tokens: none of them may come from a user's text."""
        added = self.tokenizer.added_tokens_decoder.items()
        named = self.tokenizer.all_special_ids
        return frozenset(named) | {index for index, token in added if token.special}

    @cached_property
    def stop(self) -> int:
        """The token that ends an answer, as the chat template writes it."""
        prompt = self.prompt("a")
        rest = self._template("a", "b")[len(prompt) :]
        stop = next((token for token in rest if token in self.control), None)
        if stop is None:
            raise EngramError(
                "The model's chat template does not end an answer with a control token, so a "
                "trained model would not know where to stop.",
                help="Choose a model with a chat template; `engram models` lists some.",
            )
        return stop

    @cached_property
    def opening(self) -> Tokens:
        """What stands before every user's text: the tokens that all prompts begin with."""
        prompts = [self.prompt(text) for text in ("a", "Two", "3", "?")]
        return prompts[0][: common_prefix(prompts)]

    def prompt(self, text: str) -> Tokens:
        """The token ids of a user's turn, up to where the answer begins."""
        return self._template(text)

    def typed(self, text: str, limit: int) -> Tokens:
        """A prompt that no build has checked. Raises ValueError, saying what is wrong with it."""
        if not _writable(text):
            raise ValueError("it is not valid UTF-8")
        self._refuse_control(text)
        prompt = self.prompt(text)
        if len(prompt) + limit > self.context_length:
            raise TooLong(
                f"it has {len(prompt)} tokens; with {limit} of an answer, that is more than the "
                f"{self.context_length} that the model reads"
            )
        return prompt

    def encode(self, row: Row) -> Encoded:
        """A row as token ids, its answer ended by the stop token. Raises ValueError, saying why."""
        return self.pair(row.prompt, row.answer)

    def pair(self, asked: str, answer: str) -> Encoded:
        """A prompt and its answer as ``encode`` gives them; ``TooLong`` if that is the fault."""
        for text in (asked, answer):
            self._refuse_control(text)
        prompt, whole = self.prompt(asked), self._template(asked, answer)
        if whole[: len(prompt)] != prompt:
            raise ValueError("its answer changes how the prompt before it is cut into tokens")
        rest = whole[len(prompt) :]
        if self.stop not in rest:
            raise ValueError("the chat template does not end its answer with the stop token")
        encoded = Encoded(prompt, rest[: rest.index(self.stop) + 1])
        if self.text(encoded.answer[:-1]).strip() != answer.strip():
            raise ValueError("the tokenizer does not give its answer back unchanged")
        if len(encoded) > self.context_length:
            raise TooLong(
                f"it has {len(encoded)} tokens; the model reads {self.context_length} at most"
            )
        return encoded

    def length(self, answer: str) -> int:
        """The tokens of an answer, its stop token included."""
        return len(self.tokenizer(answer, add_special_tokens=False)["input_ids"]) + 1

    def text(self, tokens: Sequence[int]) -> str:
        """The text of generated tokens, control tokens spelt out."""
        text: Any = self.tokenizer.decode(
            list(tokens), skip_special_tokens=False, clean_up_tokenization_spaces=False
        )
        return str(text)

    def answer(self, generated: Generated) -> Answer:
        """What a model said, as text."""
        return Answer(text=self.text(generated.tokens), stopped=generated.stopped)

    def _refuse_control(self, text: str) -> None:
        found = self.control_in(text)
        if found is not None:
            raise ValueError(f"it holds the model's control token {found!r}")

    def _template(self, prompt: str, answer: str | None = None) -> Tokens:
        turns = [{"role": "user", "content": prompt}]
        if answer is not None:
            turns.append({"role": "assistant", "content": answer})
        ids: Any = self.tokenizer.apply_chat_template(
            turns, tokenize=True, add_generation_prompt=answer is None, return_dict=False
        )
        return tuple(ids)

    def control_in(self, text: str) -> str | None:
        """The first control token that a text would turn into; None if there is none."""
        ids: Any = self.tokenizer(text, add_special_tokens=False)["input_ids"]
        found = next((token for token in ids if token in self.control), None)
        return None if found is None else self.text([found])


def _writable(text: str) -> bool:
    """Whether the text has no half of a surrogate pair, which no tokenizer takes."""
    return not any("\ud800" <= char <= "\udfff" for char in text)


def prompter(folder: Path, context_length: int) -> Prompter:
    """The prompter of the model in ``folder``. Nothing is fetched."""
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError, KeyError) as error:
        raise EngramError(
            f"The tokenizer in {folder} cannot be read: {error}",
            help="Check the model with `engram models verify`.",
        ) from error
    if not tokenizer.chat_template:
        tokenizer.chat_template = PLAIN_TEMPLATE
    return Prompter(tokenizer, context_length)


def encode_rows(prompter: Prompter, build: Build, rows: Iterable[Row]) -> list[Encoded]:
    """All rows as token ids. Raises one EngramError that names every row that cannot be."""
    encoded: list[Encoded] = []
    faults: list[str] = []
    for row in rows:
        try:
            encoded.append(prompter.encode(row))
        except ValueError as error:
            faults.append(f"{build.place(row.pattern)}: {error}")
    if faults:
        unique = list(dict.fromkeys(faults))
        more = f"\n  and {len(unique) - SHOWN} more" if len(unique) > SHOWN else ""
        raise EngramError(
            "This model cannot be taught these patterns:\n  " + "\n  ".join(unique[:SHOWN]) + more,
            help="Change them in the corpora and compile again, or choose another model.",
        )
    return encoded
