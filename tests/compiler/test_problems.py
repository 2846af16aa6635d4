"""Two checkers, one opinion: the model and the JSON Schema run on every document, and agree."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engram.compiler import problems
from engram.compiler.corpus_schema import NAME, corpus_schema, schema_bytes
from engram.compiler.problems import model_problems, problems_in, schema_problems
from engram.compiler.schema import main
from tests.compiler.factories import corpus, pattern

ROOT = Path(__file__).parents[2]
FULL = corpus(
    [
        pattern(1, id="a", variants=["x"], accept=["y"], match="exact", tags=[""], source="s"),
        pattern(2, phrasings=["{input}!"]),
    ],
    schema=1,
    version="1",
    license="MIT",
    holdout="variant",
    phrasings=["Say {input}"],
    demo=["2 + 1 ="],
)
# fmt: off
JUNK = st.sampled_from([
    None, True, False, 0, 1, 2, 1.5, "", "x", "two words", "regex", "{input}", "a" * 101, "é", [],
    [""], ["x"], [1], [None], {}, {"x": 1}, {"input": "a", "output": "b", "category": "c"},
])
# fmt: on


def places(data: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The path of everything in a document."""
    keys = data if isinstance(data, dict) else range(len(data)) if isinstance(data, list) else ()
    return [path, *(p for key in keys for p in places(data[key], (*path, key)))]


@st.composite
def damaged(draw: st.DrawFn) -> Any:
    """The full corpus with some things replaced, removed or added."""
    data = copy.deepcopy(FULL)
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(places(data)[1:] or [("name",)]))
        inner: Any = data
        for part in path[:-1]:
            inner = inner[part]
        how = draw(st.sampled_from(["replace", "remove", "add"]))
        if how == "replace":
            inner[path[-1]] = copy.deepcopy(draw(JUNK))
        elif how == "remove":
            del inner[path[-1]]
        elif isinstance(inner, dict):
            inner[draw(st.sampled_from(["inptu", "x", "version", "id"]))] = copy.deepcopy(
                draw(JUNK)
            )
        if not isinstance(data, dict):
            break
    return data


def without_words(found: list[problems.Problem]) -> set[tuple[Any, str]]:
    return {(problem.path, problem.kind) for problem in found}


@given(damaged())
def test_model_and_schema_find_the_same_faults(data: Any) -> None:
    by_model, by_schema = without_words(model_problems(data)), without_words(schema_problems(data))
    assert without_words(problems_in(data)) == by_model | by_schema
    if data.get("schema") is True:
        # To pydantic, as to Python, that is the literal 1. Only the schema tells them apart.
        by_schema.discard((("schema",), "choice"))
    assert by_model == by_schema
    assert not any(kind == "other" for _, kind in by_model)


def test_each_of_the_two_can_find_a_fault_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for checker in ("model_problems", "schema_problems"):
        with monkeypatch.context() as patch:
            patch.setattr(problems, checker, lambda _: [])
            assert without_words(problems_in({})) == {
                ((key,), "missing") for key in ("name", "description", "examples")
            }


@pytest.mark.parametrize("data", [None, 3, "x", [], [1]])
def test_a_document_that_is_no_mapping_is_one_fault(data: Any) -> None:
    assert without_words(problems_in(data)) == {((), "type")}


def test_an_empty_list_is_told_from_one_with_nothing_right_in_it() -> None:
    assert without_words(problems_in(corpus([]))) == {(("examples",), "empty")}
    assert without_words(problems_in(corpus([{}]))) == {
        (("examples", 0, key), "missing") for key in ("input", "output", "category")
    }


def test_the_published_schema_is_the_one_of_the_model() -> None:
    published = (ROOT / "schemas" / NAME).read_bytes()
    assert published == schema_bytes(), "run: python -m engram.compiler.schema"


def test_the_schema_is_a_schema_and_takes_a_full_corpus() -> None:
    jsonschema.Draft202012Validator.check_schema(corpus_schema())
    jsonschema.validate(FULL, corpus_schema())


def test_the_schema_is_written_and_drift_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["--check"]) == 1
    assert main([]) == 0
    assert main(["--check"]) == 0
    path = tmp_path / "schemas" / NAME
    path.write_text(json.dumps({}))
    assert main(["--check"]) == 1
