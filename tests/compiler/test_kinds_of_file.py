"""One corpus in YAML, in JSON, and in JSON lines is one corpus."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from engram.compiler.emit import emit
from engram.core.build import Options
from engram.core.finding import errors_in
from tests.compiler.factories import Fields, as_yaml, corpus, look

TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cn"]), min_size=1, max_size=6)
PATTERNS = st.fixed_dictionaries(
    {"input": TEXTS, "output": TEXTS, "category": st.sampled_from(["a", "b"])},
    optional={
        "variants": st.lists(TEXTS, max_size=2),
        "accept": st.lists(TEXTS, max_size=1),
        "match": st.sampled_from(["exact", "prefix"]),
        "tags": st.lists(TEXTS, max_size=1),
        "source": TEXTS | st.none(),
        "phrasings": st.sampled_from([[], ["Say {input}"], None]),
    },
)
CORPORA = st.builds(
    corpus,
    st.lists(PATTERNS, min_size=1, max_size=5, unique_by=lambda fields: fields["input"]),
    license=st.sampled_from(["MIT", None]),
    holdout=st.sampled_from(["pattern", "variant"]),
)


def in_files(document: Fields) -> dict[str, dict[str, str]]:
    """The corpus in each kind of file, by name."""
    fields = {key: value for key, value in document.items() if key != "examples"}
    lines = "".join(json.dumps(one) + "\n" for one in document["examples"])
    return {
        "yaml": {"sums.yaml": as_yaml(document)},
        "json": {"sums.json": json.dumps(document, indent=1)},
        "jsonl": {"sums.corpus.yaml": as_yaml(fields), "sums.jsonl": lines},
    }


@settings(max_examples=60, deadline=None)
@given(CORPORA)
def test_every_kind_of_file_makes_the_same_build_or_has_the_same_faults(document: Fields) -> None:
    outcomes = set()
    for files in in_files(document).values():
        with TemporaryDirectory() as folder:
            for name, text in files.items():
                (Path(folder) / name).write_bytes(text.encode())
            state, findings = look(Path(folder), Options())
            codes = tuple(sorted(finding.code for finding in errors_in(findings)))
            outcomes.add(codes or emit(state, Options()).manifest.data)
    assert len(outcomes) == 1
