"""`ecard-terminal`, also `python -m verify`: the one place of this room that reads the clock."""

from __future__ import annotations

import io
import sys
from datetime import UTC, datetime

from verify.cli import Streams, run


def main() -> int:
    """Run the command line of this process; returns its exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8")  # what we say is UTF-8 on every system: programs read it
    return run(sys.argv[1:], now=_now, streams=Streams(lines=sys.stdin.buffer, out=sys.stdout.buffer, err=sys.stderr))


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 because a command line is where time enters


if __name__ == "__main__":
    sys.exit(main())
