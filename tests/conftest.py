"""Settings that every test shares."""

from __future__ import annotations

import os

from hypothesis import settings

from engram.runtime import prepare

# A busy machine is no defect of the product; how long things take is measured in benchmarks.
settings.register_profile("engram", deadline=None)
settings.load_profile("engram")

# Under GitHub Actions, findings are printed in another format.
os.environ.pop("GITHUB_ACTIONS", None)

# Whatever a test imports first, the fast BLAS is in front of it.
prepare()
