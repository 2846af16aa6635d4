"""The programs that an export is for, each asked in a process of its own, as its users ask it.

A client gets texts and no token ids: its own tokenizer and the exported chat template turn them
into a prompt, and the export's own configuration says how it answers and where it stops.
"""
