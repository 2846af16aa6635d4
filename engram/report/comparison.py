"""comparison.json: base and tuned in one flat shape, for tools that compare runs."""

from __future__ import annotations

from typing import Any

from engram.core.results import Answered, Report, Side

Json = dict[str, Any]


def comparison(report: Report) -> Json:
    """What test.jsonl found: ``baseline``, ``finetuned`` and the ``improvement`` between them.

    Nothing that was trained on counts here. ``accuracy`` is the share of groups, as everywhere;
    ``raw_results`` lists the rows. ``accuracy_pct`` is in percentage points, and a negative
    ``latency_change_ms`` means that the tuned model is faster. What was not measured is null.
    """
    baseline = {"config": _config(report, tuned=False), **_figures(report.base)}
    finetuned = {"config": _config(report, tuned=True), **_figures(report.tuned)}
    baseline["raw_results"] = [_base_result(row) for row in _tested(report) if row.base]
    finetuned["raw_results"] = [_tuned_result(row) for row in _tested(report) if row.tuned]
    return {
        "baseline": baseline,
        "finetuned": finetuned,
        "improvement": _improvement(baseline, finetuned),
    }


def _tested(report: Report) -> list[Answered]:
    return [answered for answered in report.answers if answered.probe != "recall"]


def _config(report: Report, *, tuned: bool) -> Json:
    chain, side = report.chain, report.tuned if tuned else report.base
    rate = side.overall
    return {
        "model": chain.model,
        "model_digest": chain.model_digest,
        "adapter_digest": chain.adapter_digest if tuned else None,
        "recipe": report.recipe.model_dump(mode="json") if tuned else None,
        "backend": chain.backend,
        "dtype": chain.dtype,
        "build_id": chain.build_id,
        "run_id": chain.run_id,
        "split": "test",
        "max_new_tokens": report.settings.max_new_tokens,
        "groups": rate.n if rate else 0,
        "groups_correct": rate.correct if rate else 0,
        "rows": rate.rows if rate else 0,
        "rows_correct": rate.rows_correct if rate else 0,
    }


def _figures(side: Side) -> Json:
    answer = side.latency.answer_ms
    return {
        "accuracy": side.overall.accuracy if side.overall else None,
        "consistency": side.consistency.sampling,
        "latency": {
            "mean_ms": answer.mean,
            "median_ms": answer.median,
            "std_ms": answer.std,
            "min_ms": answer.min,
            "max_ms": answer.max,
        },
        "per_category": {
            name: {"accuracy": rate.accuracy, "correct": rate.correct, "n": rate.n}
            for name, rate in side.categories.items()
        },
    }


def _base_result(row: Answered) -> Json:
    return _result(row, row.base.text if row.base else None, row.base_correct, row.base_ms)


def _tuned_result(row: Answered) -> Json:
    return _result(row, row.tuned.text if row.tuned else None, row.tuned_correct, row.tuned_ms)


def _result(row: Answered, actual: str | None, correct: bool | None, ms: float | None) -> Json:
    return {
        "prompt": row.prompt,
        "expected": row.expected,
        "actual": actual,
        "correct": correct,
        "latency_ms": ms,
    }


def _improvement(baseline: Json, finetuned: Json) -> Json:
    accuracy = _difference(baseline["accuracy"], finetuned["accuracy"])
    return {
        "accuracy": accuracy,
        "accuracy_pct": None if accuracy is None else 100 * accuracy,
        "consistency": _difference(baseline["consistency"], finetuned["consistency"]),
        "latency_change_ms": _difference(
            baseline["latency"]["mean_ms"], finetuned["latency"]["mean_ms"]
        ),
    }


def _difference(before: float | None, after: float | None) -> float | None:
    return None if before is None or after is None else after - before
