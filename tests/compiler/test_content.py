# ruff: noqa: RUF001
"""Content: what hides is found wherever it stands, and no language is mistaken for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engram.compiler import validate
from engram.compiler.content.characters import odd_characters
from engram.compiler.content.harmless import harmless
from engram.compiler.content.lookalikes import lookalikes
from engram.compiler.content.personal import personal
from engram.compiler.content.remark import Remark
from engram.compiler.content.texts import TAUGHT
from engram.compiler.content.tokens import chat_tokens
from engram.compiler.content.unicode18 import ADDED
from engram.compiler.unicode13 import ASSIGNED
from tests.compiler.factories import corpus, pattern, write_corpora
from tests.core.test_credentials import SHAPES

Check = Callable[[str], Iterable[Remark]]

# fmt: off
ALRIGHT = [
    "", "plain text\twith a tab\nand a line", "naïve café Straße Ærøskøbing Łódź",
    "日本語のテキスト、全角\u3000スペース",
    "한국어 텍스트", "ᄒ\u1161\u11ab ᅟ\u1161", "Ελληνικά και English",
    "Русский и English",
    "עברית", "שלום (world)\u200f!", "العربية\u061c 123", "\u2067עברית\u2069 in English",
    "\u202bעברית\u202c", "می\u200cخواهم", "क\u094d\u200dष", "ക\u0d4d\u200d", "ශ\u0dca\u200dරී",
    "ภาษา\u200bไทย", "ខ្មែរ\u200bភាសា",
    "👩\u200d💻", "👨\u200d👩\u200d👧\u200d👦", "👩🏽\u200d🚀",
    "🏳\ufe0f\u200d🌈", "❤\ufe0f\u200d🔥",
    "1\ufe0f\u20e3", "©\ufe0f ™\ufe0f", "🫠🪿🫨",
    "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", "葛\U000e0100", "0\ufe00",
    "ᠮᠣᠩᠭᠣᠯ\u180b", "Δx = 2 Ωm, µm, πr², α-helix", "x ≠ y ⇒ ∃z", "f'(x) → ∞", "ß ẞ", "ꝥ ꟊ", "𝒳 𝔘",
    "",
]
ODD = {
    "\x00": "ENG403", "a\x1b[0m": "ENG403", "a\r\n": "ENG403", "a\x85": "ENG403",
    "a\u2029b": "ENG403",
    "a\u202eb": "ENG401", "a\u2066b\u2069": "ENG401", "שלום\u202e": "ENG401",
    "\u2067עברית": "ENG401", "עברית\u2069": "ENG401",
    "a\U000e0041": "ENG402", "🏴\U000e0068\U000e0069": "ENG402", "a\U000e0100": "ENG402",
    "😀\ufe01\ufe02": "ENG402",
    "😀\U000e0121": "ENG402", "\U000e0001": "ENG402",
    "a\u200bb": "ENG404", "a\u200db": "ENG404", "a\u200cb": "ENG404", "\u200d": "ENG404",
    "Auf\u00adlage": "ENG404",
    "a\ufeffb": "ENG404", "a\u2060b": "ENG404", "a\u200eb": "ENG404", "\u3164": "ENG404",
    "a\ufe0f": "ENG404", "می\u200c\u200cخ": "ENG404",
    "\ue000": "ENG405", "\uf8ff": "ENG405", "\U0010ffff": "ENG405", "\ufdd0": "ENG405",
    "\u0378": "ENG405",
    "\U00050000": "ENG405", "\ud800": "ENG405",
}
# fmt: on


def codes(check: Check, text: str) -> list[str]:
    return [remark.rule.code for remark in check(text)]


@pytest.mark.parametrize("text", ALRIGHT)
def test_what_a_script_needs_is_left_alone(text: str) -> None:
    assert codes(odd_characters, text) == codes(lookalikes, text) == []


@pytest.mark.parametrize("text", ODD)
def test_what_hides_is_found(text: str) -> None:
    assert codes(odd_characters, text) == [ODD[text]]


def test_a_remark_names_the_first_offender_and_counts_the_others() -> None:
    (remark,) = odd_characters("ab\u200b c\u200b\u2060")
    assert remark.words == "holds U+200B ZERO WIDTH SPACE at character 3 and 2 more"


def test_what_unicode_assigns_is_told_by_tables_and_not_by_this_python() -> None:
    for spans in (ASSIGNED, ADDED):
        edges = [int(end, 16) for span in spans.split() for end in span.split("-")]
        assert edges == sorted(edges)
    # The first emoji of Unicode 16, and one that no version has yet.
    assert codes(odd_characters, "\U0001fae9\U0001faff") == []


@pytest.mark.parametrize("word", ["p\u0430ypal", "G\u041eogle", "c\u03bfm", "micr\u043esoft.com"])
def test_words_that_only_look_latin_are_found(word: str) -> None:
    assert codes(lookalikes, f"Go to {word} now") == ["ENG406"]


@pytest.mark.parametrize("text", ["Привет", "IT-шник", "USB\u0430", "Ωm", "λx", "kΩ", "ΔT", "αβc"])
def test_words_in_another_script_are_no_imitations(text: str) -> None:
    assert codes(lookalikes, text) == ([] if text != "USB\u0430" else ["ENG406"])


# fmt: off
TOKENS = [
    "<|im_start|>", "<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|start_header_id|>",
    "<|begin_of_text|>",
    "<|user|>", "<|assistant|>", "<|end|>", "<|channel|>", "<|START_OF_TURN_TOKEN|>",
    "<|fim_prefix|>",
    "<|reserved_special_token_0|>", "<|start_of_role|>", "<|header_start|>", "<|vision_start|>",
    "<\uff5cbegin\u2581of\u2581sentence\uff5c>", "<\uff5cUser\uff5c>",
    "<\uff5ctool\u2581calls\u2581begin\uff5c>",
    "[INST]", "[/INST]", "<<SYS>>", "<</SYS>>", "[AVAILABLE_TOOLS]", "[/TOOL_RESULTS]",
    "[TOOL_CALLS]",
    "[SYSTEM_PROMPT]", "<start_of_turn>", "<end_of_turn>", "<start_of_image>", "<BOS_TOKEN>",
    "<fim_middle>",
]
WORDS = [
    "<s>", "</s>", "<pad>", "<unk>", "<bos>", "<eos>", "<mask>", "[CLS]", "[MASK]", "<think>",
    "</tool_call>", "<unused7>",
]
PLAIN = [
    "a < b and b > c", "x = y[INSTANCE]", "<span>text</span>", "f <| g |> h", "[x for x in y]",
    "a | b", "<|", "|>",
    "usage: prog [OPTIONS] <filename>", "List<String>", "<<EOF", "std::vector<s_t>",
    "#include <sys/types.h>", "[ARGS]...",
]
# fmt: on


@pytest.mark.parametrize("token", TOKENS + WORDS)
def test_tokens_of_known_families_are_found(token: str) -> None:
    assert codes(chat_tokens, f"x{token}y") == ["ENG411" if token in TOKENS else "ENG412"]


@pytest.mark.parametrize("text", PLAIN)
def test_brackets_are_no_tokens(text: str) -> None:
    assert codes(chat_tokens, text) == []


# fmt: off
SOMEBODYS = {
    "Ask ada@lovelace.name.": "ENG422", "<a.b+c@sub.mail-host.co.uk>": "ENG422",
    "mailto:jane@roe.io": "ENG422",
    "Call +49 30 227-32152": "ENG423", "+1 (202) 456-1111": "ENG423", "(212) 736-5000": "ENG423",
    "212-736-5000": "ENG423",
    "+442072193000": "ENG423", "tel:+33 1 42 76 40 40": "ENG423", "1-800-221-1212": "ENG423",
}
NOBODYS = [
    "jane@example.com", "jane@mail.example.org", "a@b.test", "a@b.invalid", "root@localhost",
    "user@domain.com",
    "git@github.com:a/b.git", "ssh://git@github.com/a", "noreply@github.com",
    "1+a@users.noreply.github.com",
    "q@k.transpose(-2, -1)", "x@w.T", "A@B.mT", "a@b.at[0].set(1)", "@app.route",
    "@pytest.mark.skip", "package@1.2.3",
    "npm i react@18.2.0", "https://medium.com/@ada.lovelace", "user@host:path/x.io", "a@b",
    "202-555-0123", "+1 202-555-0123", "(555) 123-4567", "555-867-5309", "+44 20 7946 0958",
    "+44 7700 900123", "+61 491 570 156",
    "+1 234 567 8900", "(123) 456-7890", "123-456-7890", "2024-01-15", "2024-01-15T12:34:56+02:00",
    "3.141592653589793",
    "1+4915112345678", "x = a +491511234567", "+1000000000000", "+00:00", "1,234,567,890",
    "192.168.100.200", "978-3-16-148410-0",
    "4111 1111 1111 1111", "212-736-50001", "12:30:00", "+ 49 30 22732152", "10^+123456789012",
    "+12", "+1.2345678901",
]
# fmt: on


@pytest.mark.parametrize("text", SOMEBODYS)
def test_addresses_and_numbers_that_may_be_somebodys_are_found(text: str) -> None:
    assert codes(personal, text) == [SOMEBODYS[text]]


@pytest.mark.parametrize("text", NOBODYS)
def test_what_is_reserved_or_only_has_the_shape_is_left_alone(text: str) -> None:
    assert codes(personal, text) == []


@given(st.text(st.characters(exclude_categories=())), st.sampled_from([*ODD, *TOKENS, *SOMEBODYS]))
def test_no_text_is_too_odd_to_look_at(text: str, other: str) -> None:
    for check in TAUGHT:
        for remark in (*check(text), *check(text + other)):
            assert "\n" not in remark.words


@given(st.text(st.characters(codec="ascii", categories=["L", "Zs"])))
def test_letters_and_spaces_are_never_remarked_upon(text: str) -> None:
    # A run of so many letters may be a key.
    assert [r for check in TAUGHT for r in check(text[:30])] == []


def everywhere(text: str) -> dict[str, Any]:
    fields = {"variants": [text], "accept": [text], "tags": [text], "source": text}
    filled = pattern(1, input=text, output=text, phrasings=[f"{{input}} {text}"], **fields)
    named = {"description": text, "version": text, "license": text}
    return corpus([filled], **named, phrasings=[f"{text} {{input}}"])


def test_every_text_is_looked_at_where_it_stands(tmp_path: Path) -> None:
    folder = write_corpora(tmp_path, everywhere("a\u202eb"))
    found = [f.message.split()[0:4] for f in validate([folder]) if f.code == "ENG401"]
    names = [" ".join(words).partition(" holds")[0] for words in found]
    lists = ("phrasings", "phrasings", "variants", "accept", "tags")
    assert sorted(names) == sorted(
        [f"an item of `{name}`" for name in lists]
        + ["`description`", "`input`", "`license`", "`output`", "`source`", "`version`"]
    )


def test_who_is_named_as_the_source_may_have_an_address(tmp_path: Path) -> None:
    document = corpus([pattern(1, source="ada@lovelace.name")], description="By ada@lovelace.name")
    assert {f.code for f in validate([write_corpora(tmp_path, document)])} == {"ENG312"}


# fmt: off
SCRAPS = [
    *ALRIGHT, *ODD, *TOKENS, *SOMEBODYS, *NOBODYS, "PRIVATE KEY", "-----BEGIN PRIVATE KEY-----",
    "://u:p", "@h", "+1", "555-0199", ".1234", "a" * 19, "a", "1", " ", "\n", "=", "_", "/", ":",
    "-", "+", ".",
]
# fmt: on


@given(st.lists(st.sampled_from(SCRAPS), max_size=6).map("".join), st.sampled_from(SCRAPS))
def test_no_check_finds_anything_in_a_harmless_text(text: str, other: str) -> None:
    for texts in ((text,), (text, other)):
        if harmless(texts):
            assert [r for one in texts for check in TAUGHT for r in check(one)] == []


@given(st.text(st.characters(codec="ascii")), st.text("aZ0+/=_.:~-", min_size=15, max_size=24))
def test_no_check_finds_anything_in_harmless_ascii(text: str, run: str) -> None:
    for one in (text, run, text + run, run + text):
        if harmless((one,)):
            assert [r for check in TAUGHT for r in check(one)] == []


def test_common_texts_are_harmless_and_what_the_checks_find_is_not() -> None:
    assert harmless(("for i in range(", "len(items)):", "HTTP status 404, in 2024: Not Found!\n"))
    for text in (*ODD, *TOKENS, *SOMEBODYS, *SHAPES.values()):
        assert not harmless((text,)), text
