"""engram in a notebook: how results show themselves there, and how a run tells how far it is.

``import engram`` in a notebook is enough. Nothing here is imported anywhere else.
"""

from __future__ import annotations

from typing import Any

from engram.notebook.progress import Progress

__all__ = ["Progress", "load_ipython_extension"]

# Module and name of each class that shows itself, and the function here that shows it. IPython
# looks for the classes when it meets them, so that none is imported for this.
_SHOWN = {
    ("engram.core.results", "Report"): "report",
    ("engram.lab", "Outcome"): "outcome",
    ("engram.compiler", "Compiled"): "compiled",
    ("engram.core.finding", "Finding"): "finding",
    ("engram.core.finding", "Findings"): "findings",
}


def load_ipython_extension(shell: Any) -> None:
    """Let a notebook's shell show results as HTML and as Markdown (``%load_ext engram.notebook``).

    ``import engram`` does this by itself where a shell runs.
    """
    from engram.notebook import as_html, as_markdown

    formatters = shell.display_formatter.formatters
    for kind, room in (("text/html", as_html), ("text/markdown", as_markdown)):
        for (module, name), function in _SHOWN.items():
            formatters[kind].for_type_by_name(module, name, getattr(room, function))
