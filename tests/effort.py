"""How hard tests try: as long as everybody can wait, or as long as a night is."""

from __future__ import annotations

import os

# The name of a hypothesis profile, too.
PROFILE = os.environ.get("ENGRAM_TEST_PROFILE", "engram")


# Of the usual tries, one in so many is made against each mutant (tests/mutation).
AGAINST_MUTANTS = 10


def effort(usual: int, *, nightly: int) -> int:
    """A number of tries: the usual one, that of the nightly tests, or that against mutants."""
    if PROFILE == "mutation":
        return max(1, usual // AGAINST_MUTANTS)
    return nightly if PROFILE == "nightly" else usual
