"""Settings that every test shares."""

from __future__ import annotations

import os
import signal

from hypothesis import Phase, settings

from engram.runtime import prepare
from tests.effort import PROFILE

# A busy machine is no defect of the product; how long things take is measured in benchmarks.
settings.register_profile("engram", deadline=None)
settings.register_profile("nightly", deadline=None, max_examples=10_000)
# Against mutants: few examples, the same ones each time, and no search for smaller ones.
settings.register_profile(
    "mutation",
    deadline=None,
    derandomize=True,
    max_examples=25,
    phases=[Phase.explicit, Phase.generate],
)
settings.load_profile(PROFILE)

# Under GitHub Actions, findings are printed in another format.
os.environ.pop("GITHUB_ACTIONS", None)

# A shell has what it starts in the background ignore Ctrl-C, and so would all that a test starts.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Whatever a test imports first, the fast BLAS is in front of it.
prepare()
