"""Rows that others wrote become a corpus: ``engram import``.

    rows     a file becomes records, one at a time, each with its line and its very bytes
    shapes   a record becomes a pattern, or a reason why not
    writing  patterns become a corpus, and what was not taken a report

Every record ends in the corpus or in the report, once, and no value is changed on the way.
"""

from __future__ import annotations

from engram.compiler.intake.importing import Imported, import_rows
from engram.compiler.intake.rows import FORMS, Form
from engram.compiler.intake.shapes import Wanted
from engram.compiler.intake.writing import Header

__all__ = ["FORMS", "Form", "Header", "Imported", "Wanted", "import_rows"]
