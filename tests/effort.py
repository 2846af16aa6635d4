"""How hard tests try: as long as everybody can wait, or as long as a night is."""

from __future__ import annotations

import os

# The name of a hypothesis profile, too.
PROFILE = os.environ.get("ENGRAM_TEST_PROFILE", "engram")


def effort(usual: int, *, nightly: int) -> int:
    """A number of tries: the usual one, or that of the nightly tests."""
    return nightly if PROFILE == "nightly" else usual
