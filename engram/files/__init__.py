"""Files in and out: YAML with positions, JSONL, canonical JSON, digests, atomic writes."""
