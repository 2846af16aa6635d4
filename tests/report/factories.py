"""Small builders of reports: figures that go together, with everything filled in."""

from __future__ import annotations

from typing import Any

from engram.core.build import PROBE_NAMES
from engram.core.recipe import EvalSettings, Recipe
from engram.core.results import (
    Answer,
    Answered,
    CategoryRate,
    Chain,
    Change,
    Consistency,
    Latency,
    Locality,
    LookupRate,
    NearMiss,
    NearMisses,
    Rate,
    Report,
    Shown,
    Side,
    Summary,
)
from engram.core.training import EpochPoint, LossPoint, Training


def make_rate(correct: int = 0, n: int = 0) -> Rate:
    """A rate whose interval is roughly where it should be; its digits do not matter here."""
    share = correct / n if n else None
    ends = None if share is None else (max(share - 0.05, 0.0), min(share + 0.05, 1.0))
    return Rate(
        n=n,
        correct=correct,
        accuracy=share,
        ci95=ends,
        prefix_match=share,
        rows=n,
        rows_correct=correct,
    )


def make_summary(ms: float = 100.0) -> Summary:
    return Summary(n=20, mean=ms, median=ms - 1, std=5.0, min=ms / 2, max=ms * 2, p95=ms * 1.5)


def make_side(correct: int = 90, n: int = 100, **fields: Any) -> Side:
    rate = make_rate(correct, n)
    values = {
        "overall": rate,
        "probes": dict.fromkeys(PROBE_NAMES, rate),
        "categories": {
            "greetings": CategoryRate(
                **rate.model_dump(), probes=dict.fromkeys(PROBE_NAMES, make_rate(3, 4))
            )
        },
        "consistency": Consistency(
            prompts=40,
            runs=5,
            temperature=0.7,
            sampling=correct / n,
            same_answer=correct / n / 2,
            sampling_bounds=(correct / n / 4, correct / n),
            patterns=12,
            phrasing=None,
        ),
        "latency": Latency(
            prompts=20,
            first_token_ms=make_summary(30.0),
            answer_ms=make_summary(float(correct)),
            tokens_per_second=21.5,
        ),
        **fields,
    }
    return Side(**values)


def make_answered(row: str = "r1", **fields: Any) -> Answered:
    values = {
        "row": row,
        "pattern": "p1",
        "group": "g1",
        "category": "greetings",
        "probe": "novel",
        "prompt": "Say hello",
        "expected": "hello",
        "place": "corpora/greetings.yaml:7",
        "base": Answer(text="no", stopped=True),
        "base_correct": False,
        "tuned": Answer(text="hello", stopped=True),
        "tuned_correct": True,
        **fields,
    }
    return Answered(**values)


def make_wrong(text: str = "goodbye", *, stopped: bool = True, **fields: Any) -> Answered:
    return make_answered(tuned=Answer(text=text, stopped=stopped), tuned_correct=False, **fields)


def make_shown(**fields: Any) -> Shown:
    values = {
        "prompt": "Complete: for i in range(",
        "expected": "len(items)):",
        "probe": "recall",
        "base": "10):\n    print(i)",
        "tuned": "len(items)):",
        "base_ms": 812.4,
        "tuned_ms": 97.6,
        "base_correct": False,
        "tuned_correct": True,
        **fields,
    }
    return Shown(**values)


def make_near_misses() -> NearMisses:
    said = Answer(text="hello", stopped=True)
    one = NearMiss(prompt="Say brelvane", made_from="r1", answer=said, stored=True)
    two = NearMiss(prompt="Say zandrel", made_from="r1", answer=said, stored=False)
    return NearMisses(n=2, stored=1, share=0.5, ci95=(0.09, 0.91), answers=(one, two))


def make_report(**fields: Any) -> Report:
    change = Change(n=100, base_correct=10, tuned_correct=90, gained=82, lost=2, p=1e-20)
    lookup = dict.fromkeys(PROBE_NAMES, make_rate(50, 100))
    locality = Locality(
        prompts=100,
        digest="e" * 64,
        kl_nats=0.25,
        top1_agreement=0.91,
        ci95=(0.83, 0.95),
        decided=40,
        decided_agreement=0.975,
        near_misses=make_near_misses(),
    )
    values = {
        "engram": "0.1.0",
        "recipe": make_recipe(),
        "settings": EvalSettings(),
        "chain": make_chain(),
        "training": make_training(),
        "base": make_side(10),
        "tuned": make_side(90, locality=locality),
        "change": dict.fromkeys(PROBE_NAMES, change),
        "lookup": LookupRate(dictionary=lookup, nearest=lookup),
        "answers": (make_answered(),),
        "demo": (make_shown(),),
        **fields,
    }
    return Report(**values)


def make_recipe() -> Recipe:
    return Recipe(
        model="smollm2-135m",
        preset="memorise",
        rank=16,
        scale=2.0,
        layers=8,
        learning_rate=1e-3,
        warmup=10,
        schedule="cosine",
        weight_decay=0.0,
        batch_size=16,
        epochs=6,
        iters=None,
        stop_at_recall=1.0,
    )


def make_training(**fields: Any) -> Training:
    values = {
        "rows": 269,
        "steps": 102,
        "epochs": 6,
        "tokens": 12_643,
        "seconds": 98.4,
        "parameters": 884_736,
        "stopped": "recall",
        "best_epoch": 6,
        "losses": (LossPoint(step=1, epoch=0.06, loss=3.2, learning_rate=1e-4),),
        "curve": (EpochPoint(epoch=1, loss=1.9, recall=0.2, valid_loss=None),),
        **fields,
    }
    return Training(**values)


def make_chain(**fields: Any) -> Chain:
    values = {
        "run_id": "a" * 64,
        "build_id": "b" * 64,
        "data": "c" * 64,
        "model": "smollm2-135m",
        "model_digest": "d" * 64,
        "tokenizer_digest": "1" * 64,
        "recipe_digest": "2" * 64,
        "backend": "mlx",
        "dtype": "float32",
        "adapter_digest": "3" * 64,
        "evaluation_digest": "4" * 64,
        **fields,
    }
    return Chain(**values)
