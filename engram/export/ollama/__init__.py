"""Ollama: the GGUF file, and a Modelfile whose template says in Go what the chat template says.

``template`` derives it from what the chat template does, ``modelfile`` writes and reads the file,
and ``rendering`` carries a template out, so that it can be compared and asked with.
"""

from __future__ import annotations
