"""The Modelfile: its grammar, and a Go template that writes what the chat template writes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from engram.core.errors import EngramError
from engram.core.exported import Wish
from engram.export.ollama.modelfile import Instruction, read_modelfile, write_modelfile
from engram.export.ollama.rendering import render
from engram.export.ollama.template import go_template, rendered
from engram.export.ollama.writing import instructions
from engram.export.source import Source
from engram.lab.prompt import PLAIN_TEMPLATE
from tests.export.conftest import Trained
from tests.tiny import CHATML

jinja2 = pytest.importorskip("jinja2", reason="the run extra brings it")

# The shape of Llama 3's: a beginning in front of everything, and headers.
SPECIALS = {"bos_token": "<s>", "eos_token": "</s>"}
HEADERS = (
    "{{ bos_token }}{% for m in messages %}<|start|>{{ m.role }}<|end|>\n\n{{ m.content }}<|eot|>"
    "{% endfor %}{% if add_generation_prompt %}<|start|>assistant<|end|>\n\n{% endif %}"
)
COUNTING = "{% for m in messages %}{{ loop.index }}. {{ m.content }}\n{% endfor %}"
SHOUTING = "{% for m in messages %}{{ m.content | upper }}\n{% endfor %}"


def chat(template: str) -> Any:
    compiled = jinja2.Environment().from_string(template)

    def written(turns: Sequence[dict[str, str]], asking: bool) -> str:
        text: str = compiled.render(messages=list(turns), add_generation_prompt=asking, **SPECIALS)
        return text

    return written


@pytest.mark.parametrize("template", [CHATML, PLAIN_TEMPLATE, HEADERS])
def test_both_templates_write_the_same_of_any_conversation(template: str) -> None:
    written = chat(template)
    found = go_template(written)
    talk = [
        {"role": "system", "content": "Be\n\nkind. "},
        {"role": "user", "content": "{{ .Content }}?"},
        {"role": "assistant", "content": '"""'},
        {"role": "user", "content": "\ttabs "},
    ]
    for turns in (talk, talk[1:], talk[:2], talk[3:]):
        assert rendered(found, turns) == written(turns, True)
    # An answer that is begun is gone on with.
    assert rendered(found, talk[1:3]).endswith('"""')


@pytest.mark.parametrize("template", [COUNTING, SHOUTING])
def test_a_template_that_go_would_write_otherwise_is_refused(template: str) -> None:
    with pytest.raises(EngramError, match="cannot be written for Ollama"):
        go_template(chat(template))


@pytest.mark.parametrize("kind", ["llama", "phi"])
def test_the_modelfile_is_of_its_grammar_and_says_how_to_ask(trained: Trained, kind: str) -> None:
    source = Source(trained(kind, "lora"), Wish(to="ollama"))
    wanted = instructions(source)
    found = read_modelfile(write_modelfile(wanted))
    assert found == wanted
    assert Instruction("FROM", "./model-f32.gguf") in found
    stop = {"llama": "<|im_end|>", "phi": "<|endoftext|>"}[kind]
    assert Instruction("PARAMETER", stop, "stop") in found
    assert Instruction("PARAMETER", "0", "temperature") in found
    assert Instruction("PARAMETER", "1", "repeat_penalty") in found


def test_what_people_write_in_modelfiles_is_read() -> None:
    text = (
        '# mine\n\nfrom ./model.gguf\nparameter stop "<|end|>"\nPARAMETER num_ctx 4096\n'
        'SYSTEM """You are\n  two lines.\n"""\nMESSAGE user Is it?\nLICENSE MIT'
    )
    assert read_modelfile(text) == [
        Instruction("FROM", "./model.gguf"),
        Instruction("PARAMETER", "<|end|>", "stop"),
        Instruction("PARAMETER", "4096", "num_ctx"),
        Instruction("SYSTEM", "You are\n  two lines.\n"),
        Instruction("MESSAGE", "Is it?", "user"),
        Instruction("LICENSE", "MIT"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "FROM a\nFROM b",
        "FROM a\nPARAMETER stop",
        "FROM a\nSPEAK b",
        'FROM a\nSYSTEM """b',
        "FROM",
    ],
)
def test_what_is_no_modelfile_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"Modelfile|instruction"):
        read_modelfile(text)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("a {{- .X -}} b", "axb"),
        ('{{ if .No }}1{{ else if eq .X "x" }}2{{ else }}3{{ end }}', "2"),
        ("{{ if not (and .X .No) }}1{{ else }}2{{ end }}", "1"),
        ("{{ range $i, $m := .Many }}{{ $i }}{{ . }}{{ $m }}{{ end }}", "0aa1bb"),
        ("{{ $n := len (slice .Many 1) }}{{ $n }}{{ or .No .X }}{{ ne .X .No }}", "1xtrue"),
        ('{{ "{{" }}', "{{"),
    ],
)
def test_templates_are_carried_out_as_go_does(template: str, text: str) -> None:
    data = {"X": "x", "No": "", "Many": ["a", "b"]}
    assert render(template, data) == text


@pytest.mark.parametrize("template", ["{{ if .X }}", "{{ end }}", "{{ printf .X }}", "{{ $x }}"])
def test_what_is_not_known_of_go_is_refused(template: str) -> None:
    with pytest.raises((ValueError, KeyError)):
        render(template, {"X": "x"})
