"""`python -m webapp.pack` is `ecard pack`."""

from __future__ import annotations

import sys

from webapp.pack.cli import main

if __name__ == "__main__":
    sys.exit(main())
