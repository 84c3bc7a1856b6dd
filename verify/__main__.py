"""`ecard-terminal`, also `python -m verify`: the one place of this room that reads the clock."""

from __future__ import annotations

import io
import sys
from datetime import UTC, datetime

from verify.cli import NOBODY_READS, Streams, run


def main() -> int:
    """Run the command line of this process; returns its exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # UTF-8 on every system, because programs read it; a file's name may be no text at all
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    if sys.stdout is None:  # closed by whoever started us, as any of the three may be
        return NOBODY_READS
    lines = io.BytesIO() if sys.stdin is None else sys.stdin.buffer
    return run(sys.argv[1:], now=_now, streams=Streams(lines=lines, out=sys.stdout.buffer, err=sys.stderr or io.StringIO()))


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 because a command line is where time enters


if __name__ == "__main__":
    sys.exit(main())
