"""Faults of the operator console."""

from __future__ import annotations
