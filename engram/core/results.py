"""What a run measured: rates with their intervals, and the report that holds them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from engram.core.build import Probe, ProbeName
from engram.core.noun import Float, Noun
from engram.core.plugins import Plugin
from engram.core.recipe import EvalSettings, Recipe
from engram.core.training import Training

REPORT_VERSION = 1
Interval = Annotated[tuple[Float, Float], Field(strict=False)]


class Answer(Noun):
    """What a model said to one prompt, greedily. ``stopped``: by its stop token, in the limit."""

    text: str
    stopped: bool


class Rate(Noun):
    """A share of groups answered right, with a 95 % Wilson interval.

    Rows of one group are correlated, so ``n`` and ``correct`` count groups, and a group is right
    when every row asked of it is. ``rows`` and ``rows_correct`` count the rows. ``accuracy`` and
    ``ci95`` are null where ``n`` is 0. ``prefix_match`` is the share of groups whose every answer
    starts with the expected one.
    """

    n: int
    correct: int
    accuracy: Float | None
    ci95: Interval | None
    prefix_match: Float | None
    rows: int
    rows_correct: int


class CategoryRate(Rate):
    """One category on the rows of test.jsonl, and on each probe by itself."""

    probes: dict[ProbeName, Rate]


class Summary(Noun):
    """The distribution of a measured quantity, in the unit that its name says."""

    n: int
    mean: Float
    median: Float
    std: Float
    min: Float
    max: Float
    p95: Float


class Consistency(Noun):
    """Does it answer the same way every time?

    ``sampling``: mean over prompts of 1 - (unique - 1) / (runs - 1), for ``runs`` seeded samples at
    ``temperature``. ``same_answer``: mean over the same prompts of the probability that a sample at
    ``temperature`` is the greedy answer, token for token with its stop token (of an answer that was
    cut at the limit, its tokens). It is computed from the probabilities of the tokens; nothing is
    drawn. ``sampling_bounds``: the lowest and the highest value that ``sampling`` can have in
    expectation, given those probabilities, where answers of other tokens count as other answers.
    ``phrasing``: mean over patterns, by the formula of ``sampling``, over the greedy answers to all
    asked phrasings of one pattern; null where no pattern was asked twice.
    """

    prompts: int
    runs: int
    temperature: Float
    sampling: Float | None
    same_answer: Float | None
    sampling_bounds: Interval | None
    patterns: int
    phrasing: Float | None


class Latency(Noun):
    """Time to the first token and to the whole answer, in ms, one prompt at a time."""

    prompts: int
    first_token_ms: Summary
    answer_ms: Summary
    tokens_per_second: Float


class NearMiss(Noun):
    """A prompt that looks like the trained row ``made_from``, and what the tuned model said.

    ``stored``: the answer is, word for word, one that was trained for a pattern of that category.
    """

    prompt: str
    made_from: str
    answer: Answer
    stored: bool


class NearMisses(Noun):
    """How many of ``n`` prompts that are no pattern were answered as if they were one."""

    n: int
    stored: int
    share: Float | None
    ci95: Interval | None
    answers: Annotated[tuple[NearMiss, ...], Field(strict=False)]


class Locality(Noun):
    """What training did to everything else: next-token agreement with the base on neutral prompts.

    ``kl_nats`` is the mean of KL(base || tuned) over the next-token distribution at the end of each
    prompt; ``top1_agreement`` the share of prompts with the same most likely token. Where the base
    hardly prefers one token to the next, a small change turns the order round: ``decided`` counts
    the prompts on which its first choice is likelier than its second by at least 0.1, and
    ``decided_agreement`` is the share of those.
    """

    prompts: int
    digest: str
    kl_nats: Float
    top1_agreement: Float
    ci95: Interval
    decided: int
    decided_agreement: Float | None
    near_misses: NearMisses


class Side(Noun):
    """One model's figures. ``overall`` is over all rows of test.jsonl: nothing that was trained."""

    overall: Rate | None = None
    probes: dict[ProbeName, Rate]
    categories: dict[str, CategoryRate]
    consistency: Consistency
    latency: Latency
    locality: Locality | None = None


class Change(Noun):
    """Base against tuned on the groups both were asked: what flipped, and McNemar's exact p."""

    n: int
    base_correct: int
    tuned_correct: int
    gained: int
    lost: int
    p: Float | None


class LookupRate(Noun):
    """What needs no model: a dictionary of the trained prompts, and its nearest neighbour."""

    dictionary: dict[ProbeName, Rate]
    nearest: dict[ProbeName, Rate]


class Answered(Noun):
    """One row and what each side said. A side that was not asked is null.

    ``base_ms`` and ``tuned_ms`` are times of whole answers, generated alone; null for a row outside
    the latency sample.
    """

    row: str
    pattern: str
    group: str
    category: str
    probe: ProbeName
    prompt: str
    expected: str
    place: str
    base: Answer | None
    base_correct: bool | None
    tuned: Answer | None
    tuned_correct: bool | None
    base_ms: Float | None = None
    tuned_ms: Float | None = None


class Shown(Noun):
    """One prompt of the demonstration, answered by both sides. Times are of whole answers."""

    prompt: str
    expected: str
    probe: Probe
    base: str
    tuned: str
    base_ms: Float
    tuned_ms: Float
    base_correct: bool
    tuned_correct: bool


class Exchange(Noun):
    """A prompt, of a person or of the build, and what both sides have said to it so far.

    ``title`` says where the prompt is from. What is expected, and what is right, is known only of
    prompts that are rows of the build. A time is null until the answer is whole; ``stopped`` is
    false for one that was cut at the length limit.
    """

    title: str
    prompt: str
    expected: str | None
    base: str = ""
    tuned: str = ""
    base_ms: Float | None = None
    tuned_ms: Float | None = None
    base_stopped: bool = True
    tuned_stopped: bool = True
    base_correct: bool | None = None
    tuned_correct: bool | None = None


class Chain(Noun):
    """The digests from corpus to report. ``run_id`` digests all that a training run depends on."""

    run_id: str
    build_id: str
    data: str
    model: str
    model_digest: str
    tokenizer_digest: str
    recipe_digest: str
    backend: str
    dtype: str
    adapter_digest: str
    evaluation_digest: str


class Report(Noun):
    """Base against tuned: the whole of what a run found.

    ``judges`` are those of other distributions, in the versions that judged these answers.
    """

    report_version: Literal[1] = 1
    engram: str
    recipe: Recipe
    settings: EvalSettings
    chain: Chain
    training: Training
    base: Side
    tuned: Side
    change: dict[ProbeName, Change]
    lookup: LookupRate
    answers: Annotated[tuple[Answered, ...], Field(strict=False)]
    demo: Annotated[tuple[Shown, ...], Field(strict=False)]
    judges: Annotated[tuple[Plugin, ...], Field(strict=False)] = ()
