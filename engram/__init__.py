"""engram: a compiler for patterns, and a laboratory that trusts only compiled builds."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engram.compiler import Compiled, compile_corpora, validate, verify_build
    from engram.core.build import Build, Manifest, Row
    from engram.core.corpus import Corpus, Pattern
    from engram.core.errors import EngramError, RefusedBuild
    from engram.core.finding import Finding
    from engram.core.recipe import EvalSettings, Recipe
    from engram.core.results import Report
    from engram.lab import Outcome, recipe, run
    from engram.notebook import Progress

__version__ = "0.1.0"

# Names and where they live. Nothing is imported until it is asked for, so that `import engram`
# (and with it the command line) starts in milliseconds.
_HOMES = {
    "Build": "engram.core.build",
    "Compiled": "engram.compiler",
    "Corpus": "engram.core.corpus",
    "EngramError": "engram.core.errors",
    "EvalSettings": "engram.core.recipe",
    "Finding": "engram.core.finding",
    "Manifest": "engram.core.build",
    "Outcome": "engram.lab",
    "Pattern": "engram.core.corpus",
    "Progress": "engram.notebook",
    "Recipe": "engram.core.recipe",
    "RefusedBuild": "engram.core.errors",
    "Report": "engram.core.results",
    "Row": "engram.core.build",
    "compile_corpora": "engram.compiler",
    "recipe": "engram.lab",
    "run": "engram.lab",
    "validate": "engram.compiler",
    "verify_build": "engram.compiler",
}

__all__ = [
    "Build",
    "Compiled",
    "Corpus",
    "EngramError",
    "EvalSettings",
    "Finding",
    "Manifest",
    "Outcome",
    "Pattern",
    "Progress",
    "Recipe",
    "RefusedBuild",
    "Report",
    "Row",
    "__version__",
    "compile_corpora",
    "recipe",
    "run",
    "validate",
    "verify_build",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'engram' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__


def _show_in_a_notebook() -> None:
    """Results show themselves where a notebook's shell runs; elsewhere nothing is imported."""
    if "IPython" in sys.modules and (shell := sys.modules["IPython"].get_ipython()):
        import_module("engram.notebook").load_ipython_extension(shell)


_show_in_a_notebook()
