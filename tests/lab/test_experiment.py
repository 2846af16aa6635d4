"""One experiment from a locked build to a report, on a tiny model through the real code."""

from __future__ import annotations

import json
import math
import shutil
import socket
from contextlib import nullcontext
from pathlib import Path
from statistics import fmean
from typing import Any

import jsonschema
import pytest

pytest.importorskip("mlx", reason="an experiment needs the run extra")

import engram
from engram import lab
from engram.backends.base import Encoded
from engram.compiler import compile_corpora
from engram.core.errors import EngramError, RefusedBuild
from engram.core.recipe import Recipe
from engram.core.results import Report
from engram.lab.consistency import whole
from engram.lab.measure import what_to_ask
from engram.report.schema import NAME
from tests.lab.conftest import SETTINGS, Heard, train_tiny, write_corpora

SCHEMAS = Path(__file__).parents[2] / "schemas"
EVALUATION = [
    f"{stage} {side}"
    for side in ("base", "tuned")
    for stage in ("asking", "sampling", "likelihood", "timing", "locality")
] + ["near misses"]


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise AssertionError("the network was used")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)


def go(manifest: Path, recipe: Recipe, watch: Any = None) -> lab.Outcome:
    return lab.run(manifest, recipe, settings=SETTINGS, offline=True, watch=watch)


def test_a_run_leaves_an_adapter_and_its_reports_in_its_own_folder(
    manifest: Path, tiny_recipe: Recipe, heard: Any, no_network: None
) -> None:
    outcome = go(manifest, tiny_recipe, heard)
    report = outcome.report
    assert outcome.folder == manifest.parent / "runs" / report.chain.run_id
    names = {path.name for path in outcome.folder.iterdir() if not path.name.startswith(".")}
    assert names == {
        "SHA256SUMS",
        "adapter",
        "comparison.json",
        "log.jsonl",
        "recipe.json",
        "report.html",
        "report.json",
        "report.md",
        "rehearsed.json",
        "training.json",
    }
    assert Report.model_validate_json((outcome.folder / "report.json").read_bytes()) == report
    assert heard.stages == ["rehearsal", "preparing", "training", *EVALUATION]
    assert all(done == total for total, done in heard.counts.values())


def test_a_real_report_validates_against_the_committed_schema(
    manifest: Path, tiny_recipe: Recipe
) -> None:
    report = json.loads((go(manifest, tiny_recipe).folder / "report.json").read_bytes())
    schema = json.loads((SCHEMAS / NAME).read_bytes())
    jsonschema.validate(report, schema, cls=jsonschema.Draft202012Validator)
    for side in ("base", "tuned"):
        del report[side]["consistency"]["same_answer"]
        with pytest.raises(jsonschema.ValidationError, match="same_answer"):
            jsonschema.validate(report, schema, cls=jsonschema.Draft202012Validator)
        report[side]["consistency"]["same_answer"] = None


def test_every_row_is_trained_and_asked(manifest: Path, tiny_recipe: Recipe) -> None:
    build = engram.verify_build(manifest)
    report = go(manifest, tiny_recipe).report
    assert report.training.rows == len(build.rows["train"])
    asked = {one.row for one in report.answers}
    assert asked == {row.id for split in ("train", "test") for row in build.rows[split]}
    assert all(one.tuned is not None for one in report.answers)
    tested = {row.id for row in build.rows["test"]}
    assert all(one.base is not None for one in report.answers if one.row in tested)
    assert report.tuned.probes["recall"].rows == len(build.rows["train"])
    assert report.base.probes["recall"].rows == SETTINGS.base_recall_prompts


@pytest.mark.parametrize("side", ["base", "tuned"])
def test_the_same_answer_is_as_likely_as_the_model_says(
    manifest: Path, tiny_recipe: Recipe, side: str
) -> None:
    report = go(manifest, tiny_recipe).report
    experiment = lab.open_experiment(manifest, tiny_recipe)
    prompter, model = experiment.prompter, experiment.language_model
    asked = what_to_ask(experiment, SETTINGS)
    on_top = model.adapter(experiment.adapter) if side == "tuned" else nullcontext()
    odds = []
    with on_top:
        for row in asked.consistency:
            prompt = prompter.prompt(row.prompt)
            said = model.time(prompt, prompter.stop, asked.limit).answer
            answer = Encoded(prompt, whole(said, prompter.stop))
            odds += model.likelihood([answer], SETTINGS.temperature, lambda _: None)
    found = getattr(report, side).consistency
    assert len(odds) == found.prompts == SETTINGS.consistency_prompts
    assert found.same_answer == pytest.approx(fmean(map(math.exp, odds)), rel=1e-3)
    low, high = found.sampling_bounds
    assert 0 <= low <= high <= 1


def test_every_wrong_answer_names_its_corpus_file_and_line(
    manifest: Path, tiny_recipe: Recipe
) -> None:
    outcome = go(manifest, tiny_recipe)
    lines = (manifest.parent.parent / "corpora/greetings.yaml").read_text().splitlines()
    wrong = [one for one in outcome.report.answers if not one.tuned_correct]
    assert wrong
    markdown = (outcome.folder / "report.md").read_text()
    for one in wrong:
        file, line = one.place.split(":")
        assert file == "greetings.yaml"
        assert one.expected in lines[int(line) - 1]
        assert one.place in markdown


def test_the_same_question_is_not_computed_twice(
    manifest: Path, tiny_recipe: Recipe, heard: Any
) -> None:
    first = go(manifest, tiny_recipe)
    again = go(manifest, tiny_recipe, heard)
    assert again.report == first.report
    assert heard.stages == []
    assert len(heard.lines) == 2


def test_other_settings_evaluate_anew_but_do_not_train_anew(
    manifest: Path, tiny_recipe: Recipe, heard: Any
) -> None:
    first = go(manifest, tiny_recipe)
    settings = SETTINGS.model_copy(update={"max_new_tokens": 5})
    again = lab.run(manifest, tiny_recipe, settings=settings, offline=True, watch=heard)
    assert heard.stages == EVALUATION
    assert again.report.chain.adapter_digest == first.report.chain.adapter_digest
    assert again.report.chain.evaluation_digest != first.report.chain.evaluation_digest


def test_every_answer_that_counts_as_right_can_end(tmp_path: Path, tiny_recipe: Recipe) -> None:
    corpora = write_corpora(tmp_path / "corpora")
    other = " ".join(["bye"] * 30)
    with (corpora / "greetings.yaml").open("a", encoding="utf-8") as file:
        file.write(f'  - {{input: "see you", output: "bye", accept: ["{other}"], category: c0}}\n')
    manifest = compile_corpora(corpora, tmp_path / "build").manifest_path
    experiment = lab.open_experiment(manifest, tiny_recipe)
    longest = experiment.prompter.length(other)
    assert longest > SETTINGS.max_new_tokens
    assert what_to_ask(experiment, SETTINGS).limit > longest


def test_two_runs_in_two_places_give_the_same_adapter_and_answers(
    tiny_recipe: Recipe, tmp_path: Path
) -> None:
    reports = []
    for name in ("one", "two"):
        compiled = compile_corpora(
            write_corpora(tmp_path / name / "corpora"), tmp_path / name / "build"
        )
        reports.append(go(compiled.manifest_path, tiny_recipe).report)
    one, two = reports
    assert one.chain == two.chain
    assert [a.tuned for a in one.answers] == [a.tuned for a in two.answers]
    assert one.tuned.consistency == two.tuned.consistency
    assert one.training.losses == two.training.losses


def test_a_comment_in_a_corpus_retrains_nothing(
    manifest: Path, tiny_recipe: Recipe, heard: Any
) -> None:
    go(manifest, tiny_recipe)
    corpora = manifest.parent.parent / "corpora"
    file = corpora / "greetings.yaml"
    file.write_text("# a comment\n" + file.read_text())
    compiled = compile_corpora(corpora, manifest.parent)
    assert compiled.changed
    go(manifest, tiny_recipe, heard)
    assert "training" not in heard.stages


def test_a_quick_run_uses_twenty_patterns(tiny_llama: Path, tmp_path: Path) -> None:
    corpora = write_corpora(tmp_path / "corpora", holdout="variant", patterns=60)
    compiled = compile_corpora(corpora, tmp_path / "build")
    recipe = lab.recipe(str(tiny_llama), quick=True, epochs=1, layers=1, rank=2)
    report = go(compiled.manifest_path, recipe).report
    assert len({one.pattern for one in report.answers}) == 20
    assert report.tuned.probes["recall"].n == 20
    probes = report.tuned.probes
    assert probes["variant"].rows + probes["variant_template"].rows > 0


@pytest.mark.parametrize(
    ("file", "why"),
    [
        ("adapter/adapters.safetensors", "adapter digest"),
        ("adapter/adapter_config.json", "adapter digest"),
        ("adapter/engram.json", "is not the one that was trained"),
        ("training.json", "is not the one that was trained"),
    ],
)
def test_a_changed_adapter_is_refused(
    manifest: Path, tiny_recipe: Recipe, file: str, why: str
) -> None:
    path = go(manifest, tiny_recipe).folder / file
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(RefusedBuild, match=why):
        go(manifest, tiny_recipe)


def test_an_adapter_with_another_scale_is_refused(manifest: Path, tiny_recipe: Recipe) -> None:
    folder = go(manifest, tiny_recipe).folder
    path = folder / "adapter/adapter_config.json"
    config = path.read_text()
    path.write_text(config.replace('"scale": 2.0', '"scale": 20.0'))
    assert path.read_text() != config
    experiment = lab.reopen(manifest, folder.name)
    with pytest.raises(RefusedBuild, match="adapter digest"):
        lab.demo(experiment, SETTINGS, lab.watch.Nobody())


NO_FILE = None
DAMAGED = [b"", b"[]", b"{}", b"null", b"{", b"\xff", b"[" * 100_000, NO_FILE]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, tiny_llama: Path) -> lab.Experiment:
    """An experiment that is trained; what a test damages, it mends."""
    return train_tiny(tmp_path_factory.mktemp("trained"), tiny_llama, epochs=1, layers=1, rank=2)


def show_again(experiment: lab.Experiment) -> None:
    again = lab.reopen(Path(experiment.build.folder), experiment.run_id)
    lab.demo(again, SETTINGS, lab.watch.Nobody())


@pytest.mark.parametrize(
    "file",
    [
        "recipe.json",
        "training.json",
        "adapter/engram.json",
        "adapter/adapter_config.json",
        "adapter/adapters.safetensors",
    ],
)
@pytest.mark.parametrize("data", DAMAGED, ids=lambda data: repr(data)[:12])
def test_a_damaged_file_of_a_run_is_refused_by_its_name(
    trained: lab.Experiment, file: str, data: bytes | None
) -> None:
    path = trained.folder / file
    whole = path.read_bytes()
    path.unlink()
    if data is not NO_FILE:
        path.write_bytes(data)
    try:
        with pytest.raises(EngramError) as error:
            show_again(trained)
    finally:
        path.write_bytes(whole)
    told = error.value.message
    assert error.value.help
    assert "\n" not in told
    if data is not NO_FILE:
        assert isinstance(error.value, RefusedBuild)
        assert "adapter digest" in told or path.name in told


def test_a_flipped_byte_of_the_build_is_refused_before_a_model_is_loaded(
    manifest: Path, tiny_recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engram.lab import experiment

    monkeypatch.setattr(experiment, "load_backend", lambda *_: pytest.fail("a model was loaded"))
    path = next(manifest.parent.glob("data/*/train.jsonl"))
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.write_bytes(data)
    with pytest.raises(RefusedBuild, match=r"train\.jsonl"):
        go(manifest, tiny_recipe)


def test_a_run_is_found_by_the_start_of_its_id(manifest: Path, tiny_recipe: Recipe) -> None:
    outcome = go(manifest, tiny_recipe)
    again = lab.reopen(manifest, outcome.folder.name[:5])
    assert again.folder == outcome.folder
    assert again.recipe == tiny_recipe
    with pytest.raises(EngramError, match="No run begins with 'zz'") as error:
        lab.reopen(manifest, "zz")
    assert outcome.folder.name in (error.value.help or "")


def test_a_run_of_another_build_is_refused(
    manifest: Path, tiny_recipe: Recipe, tmp_path: Path
) -> None:
    folder = go(manifest, tiny_recipe).folder
    other = compile_corpora(write_corpora(tmp_path / "c2", patterns=22), tmp_path / "b2")
    shutil.copytree(folder, other.folder / "runs" / folder.name)
    with pytest.raises(RefusedBuild, match="not of this build"):
        lab.reopen(other.manifest_path, folder.name)


def test_a_run_that_came_to_nothing_is_not_listed(manifest: Path, tiny_recipe: Recipe) -> None:
    failed = lab.open_experiment(manifest, tiny_recipe.model_copy(update={"layers": 99}))
    with pytest.raises(EngramError, match="99 layers"):
        lab.train(failed, lab.watch.Nobody())
    with pytest.raises(EngramError, match="No run begins") as error:
        lab.reopen(manifest, failed.run_id)
    assert "Nothing was trained" in (error.value.help or "")
    assert str(manifest) in (error.value.help or "")


def test_whoever_has_to_wait_for_a_run_says_so(
    manifest: Path, tiny_recipe: Recipe, heard: Any
) -> None:
    from filelock import FileLock

    experiment = lab.open_experiment(manifest, tiny_recipe)
    experiment.folder.mkdir(parents=True)
    first = FileLock(experiment.folder / ".lock")
    first.acquire()
    say = heard.say

    def heard_waiting(line: str) -> None:
        say(line)
        first.release()

    heard.say = heard_waiting
    lab.train(experiment, heard)
    assert heard.lines == [f"Waiting for another engram that works on {experiment.folder} ..."]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"rows_correct": 0', '"rows_correct": 1'),
        ('"correct": 0', '"correct": 7'),
        ("}", "} "),
    ],
)
def test_a_changed_report_is_computed_anew(
    manifest: Path, tiny_recipe: Recipe, heard: Any, old: str, new: str
) -> None:
    first = go(manifest, tiny_recipe)
    path = first.folder / "report.json"
    text = path.read_text()
    path.write_text(text.replace(old, new))
    assert path.read_text() != text
    again = go(manifest, tiny_recipe, heard)
    assert heard.stages == EVALUATION
    assert again.report.tuned.probes == first.report.tuned.probes
    assert "} " not in path.read_text()


def test_evaluating_what_was_not_trained_says_so(manifest: Path, tiny_recipe: Recipe) -> None:
    experiment = lab.open_experiment(manifest, tiny_recipe)
    with pytest.raises(EngramError, match="no trained adapter") as error:
        lab.evaluate(experiment, SETTINGS, lab.watch.Nobody())
    assert "engram train" in (error.value.help or "")


def test_a_diverged_run_says_what_to_lower(
    manifest: Path, tiny_recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engram.backends.plan import Schedule

    monkeypatch.setattr(Schedule, "rate", lambda *_: 1e30)
    for rate, advice in ((2e-3, "0.0005"), (1e-4, "2.5e-05"), (1.0, "0.002"), (1e30, "0.002")):
        recipe, watch = tiny_recipe.model_copy(update={"learning_rate": rate}), Heard()
        again = "diverged again, at half the learning rate, at step 4"
        with pytest.raises(EngramError, match=again) as error:
            go(manifest, recipe, watch)
        assert f"--learning-rate {advice} " in (error.value.help or "")
        assert watch.lines == [
            "Training diverged at step 2: it goes back to the start, and on at half the learning "
            f"rate, {rate / 2:g} at most."
        ]


def test_with_nothing_left_to_train_it_says_what_to_lower(
    manifest: Path, tiny_recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engram.backends.plan import Schedule

    monkeypatch.setattr(Schedule, "rate", lambda *_: 1e30)
    recipe = tiny_recipe.model_copy(update={"epochs": None, "iters": 2})
    with pytest.raises(EngramError, match="diverged at step 2:") as error:
        go(manifest, recipe)
    assert "--learning-rate 0.001 " in (error.value.help or "")


def test_the_report_says_what_a_dictionary_would_score(manifest: Path, tiny_recipe: Recipe) -> None:
    lookup = go(manifest, tiny_recipe).report.lookup
    assert lookup.dictionary["recall"].accuracy == 1.0
    assert lookup.dictionary["novel"].correct == 0


def test_the_demonstration_shows_the_prompts_of_the_manifest(
    manifest: Path, tiny_recipe: Recipe, heard: Any
) -> None:
    outcome = go(manifest, tiny_recipe)
    prompts = [one["prompt"] for one in json.loads(manifest.read_bytes())["demo"]]
    assert "hello 0" in prompts
    assert [one.prompt for one in outcome.report.demo] == prompts
    experiment = lab.open_experiment(manifest, tiny_recipe)
    shown = lab.demo(experiment, SETTINGS, heard)
    assert [(one.base, one.tuned) for one in shown] == [
        (one.base, one.tuned) for one in outcome.report.demo
    ]


@pytest.mark.parametrize(
    ("flags", "fault"),
    [
        ({"preset": "huge"}, "no preset 'huge'"),
        ({"epochs": 1, "iters": 1}, "Both epochs and iters"),
        ({"rank": 0}, "--rank is 0"),
        ({"method": "sideways"}, "no method 'sideways'"),
        ({"method": "full", "rank": 8}, "Full tuning has no rank"),
        ({"method": "full", "rank": 8, "scale": 2.0}, "Full tuning has no rank and scale"),
        ({"learning_rate": -1.0}, "--learning-rate is -1.0"),
        ({"batch_size": 2**60}, "--batch-size is 1152921504606846976"),
    ],
)
def test_a_recipe_out_of_range_is_an_error(flags: dict[str, Any], fault: str) -> None:
    with pytest.raises(EngramError, match=fault):
        lab.recipe(**flags)


def test_full_tuning_takes_smaller_steps_unless_it_is_told() -> None:
    lora, dora, full = (lab.recipe(method=method) for method in ("lora", "dora", "full"))
    assert full.learning_rate == pytest.approx(lora.learning_rate / 10)
    assert dora == lora.model_copy(update={"method": "dora"})
    assert (full.rank, full.scale, full.layers) == (None, None, lora.layers)
    assert lab.recipe(method="full", learning_rate=3e-4).learning_rate == 3e-4
    assert lab.recipe(preset="classic", method="full").learning_rate == 1e-5


@pytest.mark.parametrize(
    "wrong", [{"method": "full"}, {"rank": None}, {"method": "dora", "scale": None}]
)
def test_only_an_adapter_has_a_rank_and_a_scale(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="rank"):
        Recipe(**{**lab.recipe().model_dump(), **wrong})


@pytest.mark.parametrize(
    ("method", "words"),
    [("dora", "DoRA of rank 4 on 2 layers"), ("full", "full tuning of 2 layers")],
)
def test_every_method_runs_from_build_to_report_and_again(
    manifest: Path, tiny_llama: Path, heard: Any, method: str, words: str
) -> None:
    sizes = {} if method == "full" else {"rank": 4}
    recipe = lab.recipe(
        str(tiny_llama), method=method, epochs=2, layers=2, batch_size=8, **sizes
    ).model_copy(update={"rehearsed": 8})
    outcome = go(manifest, recipe)
    assert outcome.report.recipe.tuning == words
    page = (outcome.folder / "report.md").read_text()
    assert f"| `method` | `{method}` |" in page
    assert "Taught" in (html := (outcome.folder / "report.html").read_text())
    assert words in html
    again = lab.reopen(manifest, outcome.folder.name)
    assert again.recipe == recipe
    lab.demo(again, SETTINGS, heard)
    weights = outcome.folder / "adapter/adapters.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    with pytest.raises(RefusedBuild, match="adapter digest"):
        go(manifest, recipe)


def test_the_classic_preset_is_that_of_mlx_lm() -> None:
    classic = lab.recipe(preset="classic")
    assert (classic.iters, classic.batch_size, classic.rank) == (100, 4, 8)
    assert (classic.learning_rate, classic.layers) == (1e-5, 16)


def test_a_run_that_was_stopped_is_listed_with_its_step_until_it_is_trained(
    manifest: Path, tiny_recipe: Recipe, heard: Any
) -> None:
    from engram.lab.runs import Runs

    experiment = lab.open_experiment(manifest, tiny_recipe)
    steps = []

    def stop_in_the_second_epoch(done: int, note: str = "") -> None:
        steps.append(note)
        if note.startswith("epoch 2"):
            raise KeyboardInterrupt

    heard.advance = stop_in_the_second_epoch
    with pytest.raises(KeyboardInterrupt):
        lab.train(experiment, heard)
    (run,) = Runs(manifest).all
    assert (run.state, run.busy) == ("stopped", False)
    assert run.step == sum("epoch 1" in note for note in steps)
    go(manifest, tiny_recipe)
    (run,) = Runs(manifest).all
    assert (run.state, run.current, run.id) == ("evaluated", True, experiment.run_id)
