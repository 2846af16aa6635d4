"""Data in Markdown: whatever it holds, it is read as text and stays in its cell."""

from __future__ import annotations

from engram.report.text import visible

# All that Markdown or HTML could take for markup inside of a line. An entity is never markup, not
# even in a table, where a backslash does not protect a pipe everywhere.
_ENTITIES = {ord(char): f"&#{ord(char)};" for char in r"\`*_{}[]()<>#!|~$&@:"}
_SPACE = "&#160;"


def code(data: str) -> str:
    """The data as code, with every space kept: between backticks wherever those can hold it."""
    shown = visible(data)
    if not shown:
        return ""
    if "`" in shown or "|" in shown or "  " in shown or shown != shown.strip():
        return f"<code>{_kept(shown)}</code>"
    return f"`{shown}`"


def _kept(shown: str) -> str:
    # A browser joins runs of spaces, and drops those at the edges.
    inner = shown.strip(" ")
    before, _, after = shown.partition(inner) if inner else (shown, "", "")
    kept = inner.translate(_ENTITIES).replace("  ", f" {_SPACE}")
    return _SPACE * len(before) + kept + _SPACE * len(after)
