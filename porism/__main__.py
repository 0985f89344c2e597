"""The command ``porism``, also as ``python -m porism``."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command line; Ctrl-C while it is still being loaded ends it without a traceback."""
    try:
        from porism.cli import main as run

        return run()
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
