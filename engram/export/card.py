"""README.md of an export: the model card, for the model hub and for people."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engram import __version__
from engram.compiler.card import CARD_NAME, told_in
from engram.core.build import PROBE_NAMES
from engram.core.exported import LEAST_QUANTISED, Parity
from engram.core.results import Report
from engram.export.kinds import Kind
from engram.export.loading import loading
from engram.export.origin import base_name, hub_id
from engram.export.source import Source
from engram.lab.evaluated import report_in
from engram.lab.record import adapter_digest, read_training
from engram.lab.stats import wilson
from engram.report.figures import PROBE_QUESTIONS, PROBE_TITLES, interval_of, percent, rate_of
from engram.report.markdown.escape import code
from engram.report.markdown.table import table
from engram.report.measures import locality_line
from engram.report.wording import RATES, ending
from engram.report.write import REPORT

CARD = "README.md"
UNCHECKED = """\
> **Nobody has asked this export anything.** It was made with `--unchecked`: whether it answers as \
the adapter it was made from is not known."""


def card_bytes(source: Source, kind: Kind, parity: Parity | None) -> bytes:
    """The card: YAML for programs, then what it is, how it is used, and how it was made."""
    build = Path(source.experiment.build.folder)
    licence, corpora = told_in((build / CARD_NAME).read_bytes())
    sections = (
        f"# {code(title(source))}, taught patterns",
        _about(source),
        "" if parity else UNCHECKED,
        f"## Use\n\n{loading(source)}",
        f"## Does it answer as it was trained to?\n\n{_parity(parity)}" if parity else "",
        f"## What it was taught\n\n{_data(source, corpora)}",
        f"## How\n\n{_recipe(source)}",
        f"## What it scores\n\n{_scores(source)}",
        f"## Licences\n\n{_licences(source, licence)}",
        f"## Digests\n\n{_digests(source)}",
    )
    front = "".join(_front(source, kind, licence))
    body = "\n\n".join(section for section in sections if section)
    return f"---\n{front}---\n\n{body}\n".encode()


def title(source: Source) -> str:
    """What the base is called, without whose it is."""
    return base_name(source.experiment.model).name.rpartition("/")[2]


def is_adapter(source: Source) -> bool:
    """Whether the base is not in the export."""
    return source.wish.adapter or source.wish.to == "peft"


def _front(source: Source, kind: Kind, data: str | None) -> Iterator[str]:
    model = source.experiment.model
    licence = licence_of(source, data)
    yield f"license: {licence}\n"
    if licence == "other":
        yield "license_name: base-and-patterns\n"
    if found := hub_id(model):
        relation = "adapter" if is_adapter(source) else "finetune"
        if source.wish.quantise in LEAST_QUANTISED:
            relation = "quantized"
        yield f"base_model: {found}\nbase_model_relation: {relation}\n"
    yield f"library_name: {kind.library}\npipeline_tag: text-generation\n"
    method = source.adapter.config.fine_tune_type
    tags = ["engram", *([method] if method != "full" else []), source.wish.to]
    yield "tags:\n" + "".join(f"- {tag}\n" for tag in dict.fromkeys(tags))


def licence_of(source: Source, data: str | None) -> str:
    """The licence of the whole, as the hub calls it: the base's, where the patterns add nothing."""
    spec = source.experiment.model.spec
    base = spec.licence.lower() if spec else None
    return base if base and data in ("cc0-1.0", base) else "other"


def _about(source: Source) -> str:
    model = source.experiment.model
    what = "An adapter for" if is_adapter(source) else "A fused copy of"
    origin = hub_id(model)
    by = f"`{base_name(model).name}`" + (f" ({origin})" if origin and model.spec else "")
    note = model.spec.note if model.spec else "a folder of its maker's own"
    return (
        f"{what} {by}: {note}. It was trained by engram {__version__} to answer patterns the same "
        "way every time."
    )


def _parity(parity: Parity) -> str:
    interval = interval_of(wilson(parity.same, parity.rows))
    return (
        f"It was loaded in {parity.client} and asked {parity.rows} rows through its own chat "
        f"template: {parity.same} ({percent(parity.share)}, 95 % interval {interval}) were "
        "answered as the adapter answers them in engram, character for character and with the "
        f"same ending; at least {percent(parity.least)} had to be. Of {parity.stops} answers that "
        f"end with the stop token, {parity.stopped} ended by themselves."
    )


def _data(source: Source, corpora: list[str]) -> str:
    experiment = source.experiment
    rows = {split: experiment.rows(split) for split in ("train", "valid", "test")}
    patterns = len({row.pattern for row in rows["train"]})
    categories = len({row.category for row in rows["train"]})
    counts = ", ".join(f"{len(found):,} {split}" for split, found in rows.items())
    quick = " (a quick run: a part of the build)" if experiment.recipe.quick else ""
    return (
        "\n".join(corpora)
        + f"\n\nTrained{quick}: {patterns:,} patterns in {categories} categories. Rows: {counts}. "
        "No prompt of valid or test stands in train."
    )


def _recipe(source: Source) -> str:
    experiment = source.experiment
    recipe = experiment.recipe
    training = read_training(experiment.folder, experiment.question)
    if training is None:
        raise ValueError("a run that is exported is trained")
    facts = [
        ["what was trained", recipe.tuning],
        ["preset, seed", f"{recipe.preset}, {recipe.seed}"],
        ["peak learning rate, batch", f"{recipe.learning_rate:g}, {recipe.batch_size} rows"],
        ["trained", f"{training.steps:,} steps, {training.epochs:g} epochs, {ending(training)}"],
        ["kept", f"epoch {training.best_epoch}"],
        ["parameters trained", f"{training.parameters:,}"],
        ["prompts rehearsed", f"{recipe.rehearsed:,}"],
        ["computed by", f"{experiment.backend.name} in {experiment.backend.dtype}"],
    ]
    return table(["", ""], "ll", facts)


def _scores(source: Source) -> str:
    report = _report(source)
    if report is None:
        return "It has not been evaluated."
    headers = ["probe", "what is asked", "base", "tuned"]
    rows = [
        [PROBE_TITLES[name], PROBE_QUESTIONS[name], *_rates(report, index)]
        for index, name in enumerate(PROBE_NAMES)
    ]
    told = f"Of the adapter in engram, not of this export. {RATES}"
    return f"{told}\n\n{table(headers, 'llrr', rows)}\n\n{locality_line(report)}"


def _rates(report: Report, index: int) -> Iterator[str]:
    name = PROBE_NAMES[index]
    for side in (report.base, report.tuned):
        rate = side.probes.get(name)
        yield f"{rate_of(rate)} ({interval_of(rate.ci95)})" if rate and rate.n else rate_of(None)


def _report(source: Source) -> Report | None:
    """The report on this very adapter; null if there is none."""
    path = source.experiment.folder / REPORT
    if not path.exists():
        return None
    report = report_in(path)
    same = report.chain.adapter_digest == adapter_digest(source.experiment.folder)
    return report if same else None


def _licences(source: Source, data: str | None) -> str:
    spec = source.experiment.model.spec
    base = spec.licence if spec else "not known to engram: see where it is from"
    patterns = "as above, corpus by corpus" if data else "not stated by every corpus"
    return f"- base: {base}\n- patterns: {patterns}"


def _digests(source: Source) -> str:
    experiment = source.experiment
    rows = [
        ["build", experiment.build.manifest.build_id],
        ["data", experiment.build.manifest.data],
        ["run", experiment.run_id],
        ["adapter", adapter_digest(experiment.folder)],
        ["base", experiment.model.digest],
        ["tokenizer and chat template", experiment.model.tokenizer_digest],
    ]
    files = "`engram-export.json` has the SHA-256 of every file."
    return (
        table(["", "SHA-256"], "ll", [[name, code(value)] for name, value in rows]) + "\n\n" + files
    )
