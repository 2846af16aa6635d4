"""A chat template, which is Jinja, as the Go template that Ollama carries out.

Nobody translates one language into the other here. The chat template is asked what it writes around
the turns of a few conversations, and a Go template is made that writes the same; it is then carried
out on other conversations, and refused if a single character differs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engram.core.errors import EngramError
from engram.export.ollama.rendering import render

# Writes turns as text, with the beginning of an answer after them or without.
Chat = Callable[[Sequence[dict[str, str]], bool], str]

ASKED, SAID, ASKED_AGAIN, TOLD = "Qa1q", "Wb2w", "Ec3e", "Rd4r"


@dataclass(frozen=True)
class Around:
    """What stands around the turns: before and after one of each role, and at both ends.

    ``opening`` is there where no system message is; ``answer`` is how an answer begins.
    """

    opening: str
    system: tuple[str, str] | None
    user: tuple[str, str]
    assistant: tuple[str, str]
    answer: str


def go_template(chat: Chat) -> str:
    """The Go template that writes what ``chat`` writes. Raises EngramError if there is none."""
    try:
        found = _written(_around(chat))
    except ValueError as error:
        raise _refused(str(error)) from error
    for turns in _conversations():
        if rendered(found, turns) != chat(turns, True):
            raise _refused(f"it treats turns otherwise where there are {len(turns)} of them")
    return found


def rendered(template: str, turns: Sequence[dict[str, str]]) -> str:
    """What Ollama makes of a conversation by a template."""
    messages = [{"Role": turn["role"], "Content": turn["content"]} for turn in turns]
    return render(template, {"Messages": messages})


def _turns(*texts: str, system: str | None = None) -> list[dict[str, str]]:
    roles = ("user", "assistant")
    turns = [{"role": roles[place % 2], "content": text} for place, text in enumerate(texts)]
    return [*([{"role": "system", "content": system}] if system is not None else []), *turns]


def _conversations() -> list[list[dict[str, str]]]:
    texts = ("Is it so?", "It\n is: `so`.", "{{ Why }}?", "<b>", "5 > 4")
    lengths = (texts[:1], texts[:3], texts)
    return [_turns(*some, system=one) for some in lengths for one in (None, "Be brief.")]


def _around(chat: Chat) -> Around:
    before, after = _cut(chat(_turns(ASKED), False), ASKED)
    start, answer = _cut(chat(_turns(ASKED), True), ASKED + after)
    if start != before:
        raise ValueError("its beginning depends on what is to come")
    two = chat(_turns(ASKED, SAID), False)
    assistant = _cut(_cut(two, ASKED + after)[1], SAID)
    three = chat(_turns(ASKED, SAID, ASKED_AGAIN), False)
    user = _cut(_cut(three, SAID + assistant[1])[1], ASKED_AGAIN)
    if not before.endswith(user[0]):
        raise ValueError("its first turn is not like the others")
    opening = before.removesuffix(user[0])
    return Around(opening, _system(chat, user[0]), (user[0], after), assistant, answer)


def _system(chat: Chat, user: str) -> tuple[str, str] | None:
    """What stands around a system message; null if the template leaves it out."""
    whole = chat(_turns(ASKED, system=TOLD), False)
    if TOLD not in whole:
        return None
    before, rest = _cut(whole, TOLD)
    return before, _cut(rest, user + ASKED)[0]


def _cut(text: str, at: str) -> tuple[str, str]:
    """What stands before and after the one place of a text."""
    if text.count(at) != 1:
        raise ValueError("it does not write a turn as it is, once")
    before, _, after = text.partition(at)
    return before, after


def _written(around: Around) -> str:
    system = (
        "" if around.system is None else f"{around.system[0]}{{{{ .Content }}}}{around.system[1]}"
    )
    texts = [around.opening, *(around.system or ()), *around.user, *around.assistant, around.answer]
    if any("{{" in text or '"""' in text for text in texts):
        raise ValueError("what stands around its turns would be taken for Go")
    opening = around.opening
    # Without a system message to write, the opening stands before the first turn all the same.
    first = '(ne .Role "system")' if around.system else "true"
    skip = '{{ if eq .Role "system" }}' + system + "{{ else if "
    return (
        "{{ range $i, $m := .Messages }}"
        "{{ $last := eq (len (slice $.Messages $i)) 1 }}"
        "{{ if and (eq $i 0) " + first + " }}" + opening + "{{ end }}"
        + skip + 'eq .Role "user" }}' + around.user[0] + "{{ .Content }}" + around.user[1]
        + '{{ else if eq .Role "assistant" }}' + around.assistant[0] + "{{ .Content }}"
        + "{{ if not $last }}" + around.assistant[1] + "{{ end }}{{ end }}"
        + '{{ if and $last (ne .Role "assistant") }}' + around.answer + "{{ end }}{{ end }}"
    )  # fmt: skip


def _refused(why: str) -> EngramError:
    return EngramError(
        f"The model's chat template cannot be written for Ollama: {why}.",
        help="Export it --to gguf: llama.cpp carries out the chat template itself.",
    )
