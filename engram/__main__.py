"""The program ``engram``, and ``python -m engram``."""

import sys


def main() -> None:
    """Run the command line. Ctrl-C is heeded even while it is being imported."""
    try:
        from engram.cli import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
