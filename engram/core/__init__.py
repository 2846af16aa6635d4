"""The nouns of engram and its one error type. This floor imports nothing else of the package."""
