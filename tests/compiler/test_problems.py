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
from engram.compiler.corpus_schema import SCHEMAS, schema_files, schema_of
from engram.compiler.problems import Problem, model_problems, problems_in, schema_problems
from engram.compiler.schema import main
from engram.core.corpus import TABLE_FIELDS, Corpus, CorpusFields, Pattern
from engram.core.noun import Noun
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
    templates=[
        pattern(3, "{a}", id="t", variants=["{b}"], accept=["y"], match="prefix", tags=["{a}"]),
        pattern(4, source="{b}", phrasings=[]),
    ],
    rows=[{"a": "1", "b": "2"}, {"a": "3", "b": "4"}],
    key="a",
)
# fmt: off
JUNK = st.sampled_from([
    None, True, False, 0, 1, 2, 1.5, "", "x", "two words", "regex", "{input}", "a" * 101, "é", [],
    [""], ["x"], [1], [None], {}, {"x": 1}, {"input": "a", "output": "b", "category": "c"},
    "x.csv", "../x.csv", [{"a": "1"}], [{"a": 1}], [{}],
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
    assert_agreed(data, Corpus)


@given(damaged())
def test_they_agree_on_the_fields_of_a_corpus_and_on_a_pattern_by_themselves(data: Any) -> None:
    lists = {"examples", *TABLE_FIELDS}
    assert_agreed({key: value for key, value in data.items() if key not in lists}, CorpusFields)
    examples = data.get("examples")
    for example in examples if isinstance(examples, list) else [examples]:
        assert_agreed(example, Pattern)


def assert_agreed(data: Any, model: type[Noun]) -> None:
    """Both find the same faults, and where there are none, the model has nothing to say."""
    by_model = without_words(model_problems(data, model))
    by_schema = without_words(schema_problems(data, model))
    assert without_words(problems_in(data, model)) == by_model | by_schema
    if isinstance(data, dict) and data.get("schema") is True:
        # To pydantic, as to Python, that is the literal 1. Only the schema tells them apart.
        by_schema.discard((("schema",), "choice"))
    assert by_model == by_schema
    assert not any(kind == "other" for _, kind in by_model)


def test_the_model_can_find_every_fault_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(problems, "schema_problems", lambda *_: [])
    assert without_words(problems_in({})) == {
        ((key,), "missing") for key in ("name", "description", "examples")
    }


def test_what_only_the_schema_sees_is_found_beside_what_the_model_finds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(problems, "model_problems", lambda *_: [Problem(("name",), "missing")])
    assert without_words(problems_in({})) == {
        ((key,), "missing") for key in ("name", "description", "examples")
    }


def test_a_truth_value_is_no_version_although_python_says_it_is_1() -> None:
    assert without_words(problems_in(FULL | {"schema": True})) == {(("schema",), "choice")}


@pytest.mark.parametrize("data", [None, 3, "x", [], [1]])
def test_a_document_that_is_no_mapping_is_one_fault(data: Any) -> None:
    assert without_words(problems_in(data)) == {((), "type")}


def test_an_empty_list_is_told_from_one_with_nothing_right_in_it() -> None:
    assert without_words(problems_in(corpus([]))) == {(("examples",), "empty")}
    assert without_words(problems_in(corpus([{}]))) == {
        (("examples", 0, key), "missing") for key in ("input", "output", "category")
    }


def test_half_a_table_lacks_the_other_half() -> None:
    def lacks(**parts: Any) -> set[str]:
        data = {"name": "x", "description": "d"} | parts
        return {
            str(path[0]) for path, kind in without_words(problems_in(data)) if kind == "missing"
        }

    row, template = {"a": "1"}, pattern(1)
    assert lacks() == {"examples"}
    assert lacks(rows=[row]) == {"templates", "key"}
    assert lacks(templates=[template], key="a") == {"rows"}
    assert lacks(templates=[template], key="a", rows="x.csv") == set()
    assert lacks(examples=[template], key="a") == {"rows", "templates"}


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_published_schemas_are_those_of_the_models(name: str) -> None:
    published = (ROOT / "schemas" / name).read_bytes()
    assert published == schema_files()[name], "run: python -m engram.compiler.schema"


def test_the_schema_is_a_schema_and_takes_a_full_corpus() -> None:
    for model in SCHEMAS.values():
        jsonschema.Draft202012Validator.check_schema(schema_of(model))
    jsonschema.validate(FULL, schema_of(Corpus))


def test_the_schema_is_written_and_drift_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["--check"]) == 1
    assert main([]) == 0
    assert main(["--check"]) == 0
    path = tmp_path / "schemas" / "corpus.v1.json"
    path.write_text(json.dumps({}))
    assert main(["--check"]) == 1
