"""Faults of residents at their phones."""

from __future__ import annotations
