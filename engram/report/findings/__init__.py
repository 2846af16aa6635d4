"""Findings as people read them, and as programs do: one module for each format."""
