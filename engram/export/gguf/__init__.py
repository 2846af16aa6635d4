"""GGUF: one file with weights, tokenizer and chat template, for llama.cpp and what is built on it.

``architectures`` says what each kind of model is called there, ``tokens`` writes the tokenizer, and
``writing`` the file. Only the ``gguf`` package knows the format's bytes.
"""

from __future__ import annotations
