"""Where the figures come from: the chain of digests, from corpora to this page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from engram.core.results import Report
from engram.report.html.element import Html, el, join, quoted
from engram.report.html.section import Section, prose


class Link(NamedTuple):
    """One thing that the report depends on: what it is, which one, and its digests."""

    title: str
    note: str
    digests: tuple[tuple[str, str], ...]


def origin(report: Report, source: str) -> Section:
    """The links of the chain in order, each with its digests."""
    parts = (
        prose(
            "Each link was made from those before it, and is known by its SHA-256, or the start of "
            "one. A build or an adapter that was changed since is refused, and a report that was "
            "changed is made anew."
        ),
        el("ol", *(_link(link) for link in _links(report, source)), class_="chain"),
        prose("Beside this page: sha256sum -c SHA256SUMS."),
    )
    return Section("origin", "Where the figures come from", parts, "Provenance")


def _links(report: Report, source: str) -> Iterator[Link]:
    chain = report.chain
    settings = [("evaluation_digest", chain.evaluation_digest)]
    if report.tuned.locality:
        settings.append(("neutral_prompts", report.tuned.locality.digest))
    settings += [("judge", str(judge)) for judge in report.judges]
    yield Link("Build", "corpora, compiled and locked", (("build_id", chain.build_id),))
    yield Link("Data", "train.jsonl, valid.jsonl and test.jsonl", (("data", chain.data),))
    model = (("model_digest", chain.model_digest), ("tokenizer_digest", chain.tokenizer_digest))
    yield Link("Base model", chain.model, model)
    yield Link("Recipe", report.recipe.preset, (("recipe_digest", chain.recipe_digest),))
    yield Link("Run", f"{chain.backend}, {chain.dtype}", (("run_id", chain.run_id),))
    adapter = (("adapter_digest", chain.adapter_digest),)
    yield Link("Adapter", "its weights and their scale", adapter)
    yield Link("Evaluation", "what was asked, and how", tuple(settings))
    yield Link("Report", f"by engram {report.engram}", (("report.json", source),))


def _link(link: Link) -> Html:
    named = [(el("dt", name), el("dd", quoted(value))) for name, value in link.digests]
    return el(
        "li",
        el("h3", link.title, " ", el("small", quoted(link.note))),
        el("dl", *(join(*pair) for pair in named)),
    )
