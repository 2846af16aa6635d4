"""A build is taken at its digests' word only: anything else is refused, by the file's name."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engram.compiler import compile_corpora, verify_build
from engram.compiler.emit import build_id, data_digest, manifest_bytes
from engram.compiler.rows import dump_rows, dump_sites, parse_rows, parse_sites
from engram.core.build import SPLITS, Build, Manifest, Row, Split
from engram.core.errors import MissingBuild, RefusedBuild
from engram.files.canonical import digest
from tests.compiler.factories import corpus, pattern, write_corpora


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build that nobody has touched."""
    folder = tmp_path_factory.mktemp("whole")
    documents = [
        corpus([pattern(n, f"c{n % 3}", variants=[f"two plus {n}"]) for n in range(45)]),
        corpus([pattern(n, "facts") for n in range(100, 112)], "facts", holdout="variant"),
    ]
    compile_corpora(write_corpora(folder / "corpora", *documents), folder / "build")
    return folder / "build"


@pytest.fixture
def build(whole: Path, tmp_path: Path) -> Path:
    """A copy to damage."""
    return Path(shutil.copytree(whole, tmp_path / "build"))


def files_of(build: Path) -> list[Path]:
    """Everything in a build that is locked."""
    return sorted(
        path for path in build.rglob("*") if path.is_file() and path.name != "provenance.json"
    )


def data_folder(build: Path) -> Path:
    return next((build / "data").iterdir())


def refuses(build: Path, *words: str) -> None:
    with pytest.raises(RefusedBuild) as caught:
        verify_build(build / "manifest.json")
    for word in words:
        assert word in str(caught.value)
    assert caught.value.exit_code == 1


def test_a_whole_build_is_read_from_the_bytes_that_were_hashed(whole: Path) -> None:
    build = verify_build(whole / "manifest.json")
    assert set(build.rows) == set(SPLITS)
    for output in build.manifest.outputs:
        split: Any = Path(output.path).stem
        assert dump_rows(build.rows[split]) == (whole / output.path).read_bytes()
        assert len(build.rows[split]) == output.rows
    assert build.place(build.rows["test"][0].pattern).startswith("sums.yaml:")
    assert verify_build(whole) == build


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_flipped_bit_is_refused_by_the_name_of_the_file(
    whole: Path, data: st.DataObject
) -> None:
    path = data.draw(st.sampled_from(files_of(whole)))
    content = path.read_bytes()
    place = data.draw(st.integers(0, len(content) - 1))
    bit = 1 << data.draw(st.integers(0, 7))
    try:
        path.write_bytes(content[:place] + bytes([content[place] ^ bit]) + content[place + 1 :])
        refuses(whole, path.name)
    finally:
        path.write_bytes(content)


def cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def drop_a_line(content: bytes) -> bytes:
    return b"".join(content.splitlines(keepends=True)[1:])


def swap_lines(content: bytes) -> bytes:
    lines = content.splitlines(keepends=True)
    return b"".join([*lines[1:], lines[0]])


DAMAGES: list[Callable[[bytes], bytes]] = [
    lambda _: b"",
    cut,
    lambda content: content + b"\n",
    lambda content: content + content,
    drop_a_line,
    lambda content: b" " + content,
]


@pytest.mark.parametrize("damage", range(len(DAMAGES)))
@pytest.mark.parametrize("number", range(8))
def test_any_other_damage_to_any_file_is_refused(build: Path, number: int, damage: int) -> None:
    path = files_of(build)[number]
    path.write_bytes(DAMAGES[damage](path.read_bytes()))
    refuses(build, path.name)


@pytest.mark.parametrize("number", range(7))
def test_a_file_that_is_missing_or_no_file_is_refused(build: Path, number: int) -> None:
    path = [path for path in files_of(build) if path.name != "manifest.json"][number]
    path.unlink()
    refuses(build, path.name)
    path.mkdir()
    refuses(build, path.name)


def test_where_there_is_no_manifest_nothing_was_compiled(build: Path) -> None:
    (build / "manifest.json").unlink()
    for named in (build, build / "manifest.json", build / "nowhere", build / "nowhere/m.json"):
        with pytest.raises(MissingBuild, match="There is no manifest") as caught:
            verify_build(named)
        assert caught.value.help == "Compile first: engram compile corpora -o build"
        assert caught.value.exit_code == 2


@pytest.mark.parametrize("number", range(8))
def test_a_link_is_refused_even_if_it_leads_to_the_same_bytes(build: Path, number: int) -> None:
    path = files_of(build)[number]
    path.rename(build / "elsewhere")
    path.symlink_to(build / "elsewhere")
    refuses(build, path.name)


@pytest.mark.parametrize("folder", ["data", "patterns"])
def test_a_linked_folder_is_refused(build: Path, folder: str) -> None:
    (build / folder).rename(build / "elsewhere")
    (build / folder).symlink_to(build / "elsewhere")
    refuses(build, folder)


@pytest.mark.parametrize("name", ["extra.jsonl", ".hidden", "TRAIN.jsonl", "train.jsonl.bak"])
def test_a_file_that_the_manifest_does_not_list_is_refused(build: Path, name: str) -> None:
    (data_folder(build) / name).write_bytes(b"")
    refuses(build, name)


def test_other_generations_and_runs_are_nobodys_business(build: Path) -> None:
    (build / "runs" / "x").mkdir(parents=True)
    (build / "data" / ("0" * 64)).mkdir()
    verify_build(build / "manifest.json")


# From here on the forger knows how digests are computed, and makes everything match again.


def forge(build: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the manifest, and give it the build id that it then should have."""
    path = build / "manifest.json"
    fields = json.loads(path.read_bytes())
    change(fields)
    manifest = Manifest.model_validate_json(json.dumps(fields))
    manifest = manifest.model_copy(update={"build_id": build_id(manifest)})
    path.write_bytes(manifest_bytes(manifest))


def reseal(build: Path, forged: Build) -> None:
    """Write forged rows and places into the build, with every digest that they then should have."""
    card = (data_folder(build) / "README.md").read_bytes()
    shutil.rmtree(build / "data")
    contents = {f"{split}.jsonl": dump_rows(rows) for split, rows in forged.rows.items() if rows}
    data = data_digest({name: digest(content) for name, content in contents.items()})
    (build / "data" / data).mkdir(parents=True)
    where = dump_sites(forged.sites.values())
    (build / "patterns" / f"{digest(where)}.jsonl").write_bytes(where)
    for name, content in contents.items():
        (build / "data" / data / name).write_bytes(content)
    (build / "data" / data / "README.md").write_bytes(card)

    def entry(path: str, content: bytes) -> dict[str, Any]:
        size, lines = len(content), content.count(b"\n")
        return {"path": path, "bytes": size, "rows": lines, "sha256": digest(content)}

    def change(fields: dict[str, Any]) -> None:
        fields["data"] = data
        fields["outputs"] = [entry(f"data/{data}/{n}", c) for n, c in contents.items()]
        fields["patterns"] = entry(f"patterns/{digest(where)}.jsonl", where)

    forge(build, change)


def with_rows(build: Build, split: Split, rows: list[Row]) -> Build:
    ordered = tuple(sorted(rows, key=lambda row: row.id))
    return build.model_copy(update={"rows": {**build.rows, split: ordered}})


def test_resealing_what_was_not_changed_is_not_refused(build: Path) -> None:
    reseal(build, verify_build(build))
    verify_build(build)


def test_a_novel_row_in_train_is_refused(build: Path) -> None:
    true = verify_build(build)
    stolen = next(row for row in true.rows["test"] if row.probe == "novel")
    taught = stolen.model_copy(update={"probe": "recall"})
    reseal(build, with_rows(true, "train", [*true.rows["train"], taught]))
    refuses(build, "leaks")


def test_a_novel_pattern_taught_by_another_wording_is_refused(build: Path) -> None:
    true = verify_build(build)
    stolen = next(row for row in true.rows["test"] if row.probe == "novel")
    for word in ("Complete: ", " "):
        prompt = f"{word}{stolen.prompt}"
        taught = _asking(stolen, prompt, "recall")
        reseal(build, with_rows(true, "train", [*true.rows["train"], taught]))
        refuses(build, "leaks")


def test_a_trained_prompt_in_test_is_refused(build: Path) -> None:
    true = verify_build(build)
    recall = true.rows["train"][0]
    for row in (
        recall,
        recall.model_copy(update={"probe": "variant"}),
        _asking(recall, recall.prompt.upper() + " ", "variant"),
    ):
        reseal(build, with_rows(true, "test", [*true.rows["test"], row]))
        refuses(build, "leaks")


def test_a_row_that_is_not_what_its_name_says_is_refused(build: Path) -> None:
    true = verify_build(build)
    first, *rest = true.rows["train"]
    for change in ({"id": "0" * 16}, {"category": "facts_"}, {"pattern": "nobody"}):
        reseal(build, with_rows(true, "train", [first.model_copy(update=change), *rest]))
        refuses(build, "leaks")


def test_rows_out_of_order_or_twice_are_refused(build: Path) -> None:
    true = verify_build(build)
    rows = true.rows["train"]
    for forged in (rows[::-1], (*rows[:1], *rows)):
        reseal(build, true.model_copy(update={"rows": {**true.rows, "train": forged}}))
        refuses(build, "leaks")


def test_a_category_that_is_only_tested_is_refused(build: Path) -> None:
    true = verify_build(build)
    rows = [row for row in true.rows["train"] if row.category != "c1"]
    reseal(build, with_rows(true, "train", rows))
    refuses(build, "leaks")


def test_a_group_in_two_splits_is_refused(build: Path) -> None:
    true = verify_build(build)
    held_out = next(site for site in true.sites.values() if site.split == "test")
    trained = next(site for site in true.sites.values() if site.split == "train")
    moved = trained.model_copy(update={"group": held_out.group})
    sites = {**true.sites, trained.pattern: moved}
    reseal(build, true.model_copy(update={"sites": sites}))
    refuses(build, "leaks")


def test_figures_that_do_not_add_up_are_refused(build: Path) -> None:
    forge(build, lambda fields: fields["counts"][0].update(rows=999))
    refuses(build, "counts")


def test_another_leak_proof_is_refused(build: Path) -> None:
    forge(build, lambda fields: fields["leak_proof"].update(pairs=10**9))
    refuses(build, "leak proof")


@pytest.mark.parametrize("answer", ["nonsense", ""])
def test_a_demonstration_of_what_is_no_row_is_refused(build: Path, answer: str) -> None:
    forge(build, lambda fields: fields["demo"][0].update(answer=answer))
    refuses(build, "demonstrates")


@pytest.mark.parametrize(
    "path",
    [
        "../train.jsonl",
        "/etc/passwd",
        "data/x/../train.jsonl",
        "data//train.jsonl",
        "",
        "train.jsonl",
        "~/train.jsonl",
    ],
)
@pytest.mark.parametrize("of_rows", [True, False])
def test_a_path_that_no_compiler_writes_is_refused(build: Path, path: str, of_rows: bool) -> None:
    def change(fields: dict[str, Any]) -> None:
        (fields["outputs"][0] if of_rows else fields["patterns"])["path"] = path

    forge(build, change)
    refuses(build, "manifest.json lists")


@pytest.mark.parametrize("data", ["..", ".", "", "x" * 64, "A" * 64])
def test_a_data_folder_that_is_no_digest_is_refused(build: Path, data: str) -> None:
    forge(build, lambda fields: fields.update(data=data))
    refuses(build, "manifest.json", "names a data folder that is none")


def test_files_listed_twice_or_in_another_order_are_refused(build: Path) -> None:
    forge(build, lambda fields: fields["outputs"].append(fields["outputs"][0]))
    refuses(build, "manifest.json")
    forge(build, lambda fields: fields["outputs"].reverse())
    refuses(build, "manifest.json")


@pytest.mark.parametrize(
    "text",
    [b"", b"{}", b"[]", b"null", b"\xff", b"[" * 100_000, b'{"manifest_version":2}', b"1e999"],
)
def test_what_is_no_manifest_is_refused(build: Path, text: bytes) -> None:
    (build / "manifest.json").write_bytes(text)
    refuses(build, "manifest.json")


def test_of_several_faults_in_a_manifest_the_first_is_told(build: Path) -> None:
    (build / "manifest.json").write_bytes(b'{"manifest_version":2,"engram":3}')
    refuses(build, "is no manifest that this engram knows: manifest_version: ")


def test_the_way_round_to_the_right_file_is_refused(build: Path) -> None:
    def change(fields: dict[str, Any]) -> None:
        name = fields["patterns"]["path"].rpartition("/")[2]
        fields["patterns"]["path"] = f"patterns/../patterns/{name}"

    forge(build, change)
    refuses(build, "lists a file that a build does not have")


@pytest.mark.parametrize("new", ["0" * 64, "f" * 64])
def test_a_data_folder_with_the_name_of_other_data_is_refused(build: Path, new: str) -> None:
    old = data_folder(build).name
    data_folder(build).rename(build / "data" / new)

    def change(fields: dict[str, Any]) -> None:
        fields["data"] = new
        for output in fields["outputs"]:
            output["path"] = output["path"].replace(old, new)

    forge(build, change)
    refuses(build, "does not match its files")


def test_a_manifest_that_is_no_file_is_told_from_one_that_is_not_there(build: Path) -> None:
    path = build / "manifest.json"
    path.unlink()
    with pytest.raises(MissingBuild, match="There is no manifest"):
        verify_build(path)
    os.mkfifo(path)
    refuses(build, "manifest.json is not a regular file")


def test_a_file_of_less_than_nothing_is_refused(build: Path) -> None:
    forge(build, lambda fields: fields["patterns"].update(bytes=-1))
    refuses(build, ".jsonl has grown since")


@pytest.mark.parametrize("rows", [1, 10**6])
def test_the_other_row_count_of_a_whole_file_is_refused(build: Path, rows: int) -> None:
    forge(build, lambda fields: fields["outputs"][0].update(rows=rows))
    refuses(build, f"does not hold the {rows} rows that the manifest lists")


def test_a_file_that_grew_or_changed_is_told_from_one_that_is_gone(build: Path) -> None:
    path = data_folder(build) / "train.jsonl"
    content = path.read_bytes()
    path.write_bytes(content + b"x")
    refuses(build, "train.jsonl has grown since")
    path.write_bytes(content[:-1] + b" ")
    refuses(build, "train.jsonl has changed since")
    path.unlink()
    refuses(build, "train.jsonl cannot be opened")


def test_rows_that_no_compiler_writes_are_refused_although_their_digests_are_right(
    build: Path,
) -> None:
    true = verify_build(build)
    spaced = dump_rows(true.rows["train"]).replace(b'", "', b'",  "', 1)
    name = "train.jsonl"
    old = data_folder(build)
    contents = {path.name: path.read_bytes() for path in old.glob("*.jsonl")} | {name: spaced}
    order = [f"{split}.jsonl" for split in SPLITS if f"{split}.jsonl" in contents]
    data = data_digest({name: digest(contents[name]) for name in order})
    old.rename(build / "data" / data)
    (build / "data" / data / name).write_bytes(spaced)

    def change(fields: dict[str, Any]) -> None:
        fields["data"] = data
        for output in fields["outputs"]:
            content = contents[output["path"].rpartition("/")[2]]
            output["path"] = f"data/{data}/{output['path'].rpartition('/')[2]}"
            output.update(bytes=len(content), sha256=digest(content))

    forge(build, change)
    refuses(build, "train.jsonl holds what is no row")


def test_the_other_size_of_a_whole_file_is_refused(build: Path) -> None:
    forge(build, lambda fields: fields["outputs"][0].update(bytes=10**6))
    refuses(build, "train.jsonl has changed since")


def test_an_empty_file_is_no_file_of_a_build(build: Path) -> None:
    old = data_folder(build)
    contents = {path.name: path.read_bytes() for path in old.glob("*.jsonl")} | {"valid.jsonl": b""}
    order = [f"{split}.jsonl" for split in SPLITS]
    data = data_digest({name: digest(contents[name]) for name in order})
    old.rename(build / "data" / data)
    (build / "data" / data / "valid.jsonl").write_bytes(b"")

    def change(fields: dict[str, Any]) -> None:
        fields["data"] = data
        for output, name in zip(fields["outputs"], order, strict=True):
            content = contents[name]
            size, rows = len(content), content.count(b"\n")
            output.update(path=f"data/{data}/{name}", bytes=size, rows=rows, sha256=digest(content))

    forge(build, change)
    refuses(build, "valid.jsonl does not hold the 0 rows")


@pytest.mark.parametrize("folder", ["data", "patterns"])
def test_a_folder_that_is_gone_or_a_file_is_refused(build: Path, folder: str) -> None:
    shutil.rmtree(build / folder)
    refuses(build, f"{folder} is not a folder of its own")
    (build / folder).write_bytes(b"")
    refuses(build, f"{folder} is not a folder of its own")


def test_a_demonstration_of_a_row_that_is_not_there_is_refused(build: Path) -> None:
    forge(build, lambda fields: fields["demo"][0].update(row="nobody"))
    refuses(build, "demonstrates what is no row")


def test_a_manifest_with_the_id_of_another_is_refused(build: Path) -> None:
    path = build / "manifest.json"
    fields = json.loads(path.read_bytes())
    manifest = Manifest.model_validate_json(json.dumps(fields | {"build_id": "0" * 64}))
    path.write_bytes(manifest_bytes(manifest))
    refuses(build, "does not match its own build id")


def test_a_build_with_other_tables_of_unicode_is_refused(build: Path) -> None:
    forge(build, lambda fields: fields.update(unicode="99.0.0"))
    refuses(build, "compiled with Unicode 99.0.0")


def test_fields_that_this_version_does_not_know_are_refused(build: Path) -> None:
    path = build / "manifest.json"
    fields = json.loads(path.read_bytes())
    path.write_text(json.dumps(fields | {"extra": 1}, separators=(",", ":"), sort_keys=True))
    refuses(build, "extra")


def test_random_rearrangements_of_a_build_are_refused(build: Path, whole: Path) -> None:
    random_ = random.Random(1)  # noqa: S311 - not a secret
    for _ in range(60):
        one, other = random_.sample(files_of(build), 2)
        first, second = one.read_bytes(), other.read_bytes()
        one.write_bytes(second)
        other.write_bytes(first)
        refuses(build)
        one.write_bytes(first)
        other.write_bytes(second)
    assert verify_build(build).rows == verify_build(whole).rows


def _asking(row: Row, prompt: str, probe: str) -> Row:
    from engram.compiler.rows import row_id

    messages = (row.messages[0].model_copy(update={"content": prompt}), row.messages[1])
    changes = {"messages": messages, "probe": probe, "id": row_id(row.pattern, prompt)}
    return row.model_copy(update=changes)


def test_a_number_that_json_cannot_keep_is_refused(build: Path) -> None:
    path = build / "manifest.json"
    text = path.read_text().replace('"crossing":0', f'"crossing":{10**30}')
    path.write_text(text)
    refuses(build, "manifest.json")


def test_a_test_set_that_claims_to_show_more_is_refused(build: Path) -> None:
    forge(build, lambda fields: fields["detectable"][0].update(groups=10**6, per_mille=0))
    refuses(build, "test set")


@pytest.mark.parametrize("spacing", [b":", b":  "])
def test_lines_that_are_spaced_in_another_way_are_no_lines_of_a_build(
    whole: Path, spacing: bytes
) -> None:
    rows, sites = data_folder(whole) / "train.jsonl", next((whole / "patterns").iterdir())
    for path, parse in ((rows, parse_rows), (sites, parse_sites)):
        other = path.read_bytes().replace(b": ", spacing, 1)
        with pytest.raises(ValueError, match="not written the way a compiler writes"):
            parse(other)


def test_of_several_faults_in_a_row_the_first_is_told() -> None:
    with pytest.raises(ValueError, match=r"^messages: "):
        parse_rows(b'{"messages": 1, "id": 2}\n')
    with pytest.raises(ValueError, match=r"^a line: Invalid JSON"):
        parse_rows(b"{\n")


def test_a_line_holds_every_other_answer_and_tag_as_json_does(whole: Path) -> None:
    row = verify_build(whole).rows["train"][0]
    for texts in ((), ("a",), ('"b"', "é", "c")):
        row = row.model_copy(update={"accept": texts, "tags": texts})
        line = dump_rows([row])
        assert parse_rows(line) == (row,)
        assert json.loads(line)["accept"] == json.loads(line)["tags"] == list(texts)
