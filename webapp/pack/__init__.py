"""The conformance pack: a city in a box, from throw-away keys, for makers of gates and readers and for our own tests (FORMATS section 6)."""

from __future__ import annotations

from webapp.pack.cli import register, run
from webapp.pack.runner import run_pack
from webapp.pack.writer import write_pack

__all__ = ["register", "run", "run_pack", "write_pack"]
