"""Faults of callers and their proofs."""

from __future__ import annotations
