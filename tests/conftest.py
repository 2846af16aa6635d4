"""Settings that every test shares."""

from __future__ import annotations

import os

from hypothesis import settings

from engram.runtime import prepare
from tests.effort import PROFILE

# A busy machine is no defect of the product; how long things take is measured in benchmarks.
settings.register_profile("engram", deadline=None)
settings.register_profile("nightly", deadline=None, max_examples=10_000)
settings.load_profile(PROFILE)

# Under GitHub Actions, findings are printed in another format.
os.environ.pop("GITHUB_ACTIONS", None)

# Whatever a test imports first, the fast BLAS is in front of it.
prepare()
