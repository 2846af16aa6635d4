"""Prompts that the base makes up, rehearsed so that training on patterns leaves the rest as it is.

After the opening of its chat template a chat model goes on with what a user would write (Xu et al.,
2024, "Magpie"). Rehearsing what a network itself gives keeps it from being overwritten (Robins,
1995, "Catastrophic forgetting, rehearsal and pseudorehearsal"): no other text is needed, and it is
a function of model and recipe alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from engram.backends.base import Sampling
from engram.lab.experiment import Experiment
from engram.lab.watch import Watch, stage

TOKENS = 12  # of a made-up prompt at most: about as many as a question of a corpus has
TOGETHER = 32
TEMPERATURE = 1.0


def made_up(experiment: Experiment, watch: Watch) -> list[str]:
    """At most ``recipe.rehearsed`` different prompts, none of which stands in the build."""
    prompter, recipe = experiment.prompter, experiment.recipe
    if not recipe.rehearsed:
        return []
    opening = prompter.opening
    if not opening:
        watch.warn("Nothing is rehearsed: the chat template begins with the user's own text.")
        return []
    rounds = -(-recipe.rehearsed // (2 * TOGETHER))
    how = Sampling(runs=TOGETHER, temperature=TEMPERATURE, seed=recipe.seed, limit=TOKENS)
    with stage(watch, "rehearsal", rounds * TOGETHER) as done:
        said = experiment.language_model.sample([opening] * rounds, prompter.stop, how, done)
    texts = [prompter.text(one.tokens) for runs in said for one in runs]
    asked = {row.prompt.strip() for rows in experiment.build.rows.values() for row in rows}
    usable = (text for text in begun(texts) if text and not prompter.control_in(text))
    return [text for text in dict.fromkeys(usable) if text not in asked][: recipe.rehearsed]


def begun(texts: Iterable[str]) -> Iterator[str]:
    """Every text, and the same cut after some of its words: people do not finish everything."""
    for place, text in enumerate(texts):
        words = text.strip().split(" ")
        yield " ".join(words)
        yield " ".join(words[: 1 + place % len(words)])
