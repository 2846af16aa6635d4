"""The top of the page: what was done, and what came of it in four figures."""

from __future__ import annotations

from engram.core.build import PROBE_NAMES, ProbeName
from engram.core.results import Rate, Report
from engram.report.figures import (
    PROBE_QUESTIONS,
    PROBE_TITLES,
    interval_of,
    p_value,
    percent,
    points,
)
from engram.report.html.bars import pair
from engram.report.html.element import Html, el, join, quoted
from engram.report.units import duration


def headline(report: Report, contents: Html) -> Html:
    """The title, what was done in two sentences, the contents, and a card for each probe."""
    chain = report.chain
    run = join("engram report, run ", el("code", chain.run_id[:16]))
    return el(
        "header",
        el("p", run, class_="eyebrow"),
        el("h1", quoted(chain.model), ", base against tuned"),
        el("p", _done(report), class_="lede"),
        contents,
        el("div", *(_card(report, name) for name in PROBE_NAMES), class_="cards"),
        _key(),
    )


def _done(report: Report) -> Html:
    recipe, training, chain = report.recipe, report.training, report.chain
    quick = f"A quick run on {recipe.quick} patterns. " if recipe.quick else ""
    return join(
        quick,
        f"Taught {training.rows:,} rows with {recipe.tuning}, "
        f"in {training.steps:,} steps and {duration(training.seconds)} on ",
        f"{chain.backend} ({chain.dtype}). Both models were then asked the same held-out "
        "rows, and what was taught.",
    )


def _card(report: Report, name: ProbeName) -> Html:
    base, tuned = report.base.probes.get(name), report.tuned.probes.get(name)
    return el(
        "article",
        el("h2", PROBE_TITLES[name], id=f"card-{name}"),
        el("p", PROBE_QUESTIONS[name], class_="question"),
        el("p", el("span", _share(base), class_="from"), " → ", el("strong", _share(tuned))),
        pair(base, tuned),
        el("dl", *_terms("base", base), *_terms("tuned", tuned), *_change(report, name)),
        class_="card",
        aria_labelledby=f"card-{name}",
        data_probe=name,
    )


def _share(rate: Rate | None) -> str:
    return percent(rate.accuracy) if rate else percent(None)


def _terms(side: str, rate: Rate | None) -> list[Html]:
    if rate is None or not rate.n:
        return [el("dt", side), el("dd", "not asked")]
    return [el("dt", side), el("dd", f"{interval_of(rate.ci95)}% (n = {rate.n:,})")]


def _change(report: Report, name: ProbeName) -> list[Html]:
    change = report.change.get(name)
    if change is None or not change.n:
        return []
    p = p_value(change.p)
    told = f"{points(change)} points, p {p if p.startswith('<') else '= ' + p}"
    return [el("dt", "change"), el("dd", told)]


def _key() -> Html:
    """What the bars mean."""
    return el(
        "p",
        *(
            el("span", el("span", class_=f"key {kind}"), f" {name}")
            for kind, name in (("base", "base"), ("tuned", "tuned"), ("interval", "95 % interval"))
        ),
        el("span", "Bars run from 0 to 100 %."),
        class_="legend",
    )
